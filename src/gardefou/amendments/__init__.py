"""Amendments: who may change a constitution, how, and the chain of what was in force (floor 5)."""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.amendments._chain import Chain, Link, Step, check, draft_challenge, read_chain
    from gardefou.amendments._charter import Charter, Rank, load_charter
    from gardefou.amendments._draft import Amendment, Proved, Version, kinds_of, version_of
    from gardefou.amendments._passkeys import PasskeySigner, parse_passkey
    from gardefou.amendments._procedure import (
        Refusal,
        activate,
        begin,
        draft,
        make_draft,
        sign,
        signature,
    )
    from gardefou.amendments._requests import (
        ActivateRequest,
        BeginRequest,
        DraftRequest,
        Request,
        SignRequest,
        answer,
        carry_out,
    )

__all__ = [
    "ActivateRequest",
    "Amendment",
    "BeginRequest",
    "Chain",
    "Charter",
    "DraftRequest",
    "Link",
    "PasskeySigner",
    "Proved",
    "Rank",
    "Refusal",
    "Request",
    "SignRequest",
    "Step",
    "Version",
    "activate",
    "answer",
    "begin",
    "carry_out",
    "check",
    "draft",
    "draft_challenge",
    "kinds_of",
    "load_charter",
    "make_draft",
    "parse_passkey",
    "read_chain",
    "sign",
    "signature",
    "version_of",
]

__getattr__ = on_demand(
    __name__,
    {
        "_chain": ("Chain", "Link", "Step", "check", "draft_challenge", "read_chain"),
        "_charter": ("Charter", "Rank", "load_charter"),
        "_draft": ("Amendment", "Proved", "Version", "kinds_of", "version_of"),
        "_passkeys": ("PasskeySigner", "parse_passkey"),
        "_procedure": (
            "Refusal",
            "activate",
            "begin",
            "draft",
            "make_draft",
            "sign",
            "signature",
        ),
        "_requests": (
            "ActivateRequest",
            "BeginRequest",
            "DraftRequest",
            "Request",
            "SignRequest",
            "answer",
            "carry_out",
        ),
    },
)
