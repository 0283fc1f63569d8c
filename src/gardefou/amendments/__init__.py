"""Amendments: who may change a constitution, how, and the chain of what was in force (floor 5)."""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.amendments._chain import Chain, Link, Step, check, draft_challenge, read_chain
    from gardefou.amendments._charter import Charter, Rank, load_charter
    from gardefou.amendments._draft import Amendment, Proved, Version, kinds_of, version_of
    from gardefou.amendments._passkeys import PasskeySigner, parse_passkey
    from gardefou.amendments._procedure import Refusal, activate, begin, draft, sign, signature

__all__ = [
    "Amendment",
    "Chain",
    "Charter",
    "Link",
    "PasskeySigner",
    "Proved",
    "Rank",
    "Refusal",
    "Step",
    "Version",
    "activate",
    "begin",
    "check",
    "draft",
    "draft_challenge",
    "kinds_of",
    "load_charter",
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
        "_procedure": ("Refusal", "activate", "begin", "draft", "sign", "signature"),
    },
)
