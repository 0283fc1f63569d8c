"""The call that a hold is about: what identifies it, and what is kept of it until people decide.

Rules (promise 1: only the stored call runs):

1. The digest covers tenant, principal chain and session, stage, tool with the digest of its schema
   and description, arguments and content, credential reference, constitution and preconditions.
   A changed byte in any of them is another call.
2. The call is stored in its canonical form; what runs is the stored copy, never what is sent again.
3. What has no canonical form cannot be shown, so it cannot be approved: ``hold.unpresentable``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import msgspec

from gardefou.action import Action, canonical, digest
from gardefou.constitution.facts import FactValue
from gardefou.decide import Decision, Explanation, Guard, Labelled, explanation
from gardefou.decide.origins import LeafOrigin
from gardefou.errors import InputError
from gardefou.recording import action_part, facts_part
from gardefou.supervision._face import Face, face_of

MAX_NAME = 512
DIGEST_LABEL = "hold/v1"
VOLATILE = frozenset(
    {"metadata", "prompt_cache_key", "safety_identifier", "stream_options", "user"}
)
"""Fields at the top of a request's body that change between two sendings of one request."""


class Before(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened earlier in the session, for the reviewer's card."""

    at_us: int
    tool: str
    verdict: str
    text: str = ""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a hold is opened with; `opening` fills it from a decision.

    ``credential`` names the credential that the call will use, never the credential itself.
    ``preconditions`` are versions or ETags that the tool supplied. ``response`` is the model's
    answer that the call is part of, for doors that replay it; ``replay`` is `replay_key` of the
    request it answers. ``idempotent`` says that the tool takes the hold's id as idempotency key.
    """

    labelled: Labelled
    decision: Decision
    explanation: Explanation
    facts: Mapping[str, FactValue] = {}
    prose: str = ""
    decision_id: str = ""
    stage: str = ""
    credential: str = ""
    preconditions: Mapping[str, Any] = {}
    before: tuple[Before, ...] = ()
    response: Any = None
    replay: str = ""
    idempotent: bool = False


def opening(
    guard: Guard,
    labelled: Labelled,
    decision: Decision,
    facts: Mapping[str, FactValue] | None = None,
    **more: Any,
) -> Opening:
    """What a held decision is opened with; ``more`` are further fields of `Opening`."""
    known = dict(facts or {})
    ids = dict.fromkeys(ground.article for ground in decision.grounds if ground.article)
    return Opening(
        labelled=labelled,
        decision=decision,
        explanation=explanation(guard, labelled, decision, known),
        facts=known,
        prose=guard.constitution.prose_for(ids),
        **more,
    )


class StoredCall(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What is kept of a call, decoded from its canonical bytes.

    ``part`` is the labelled action as decisions keep it; ``facts`` those of the decision.
    """

    part: dict[str, Any]
    facts: dict[str, Any]
    stage: str
    tool_digest: str
    effects: tuple[str, ...]
    credential: str
    constitution: str
    preconditions: dict[str, Any]
    sentence: str
    words: tuple[str, ...]
    origins: tuple[LeafOrigin, ...]
    prose: str
    before: tuple[Before, ...]
    decision_id: str

    @cached_property
    def action(self) -> Action:
        """The action that was stored, and that alone may run."""
        return msgspec.convert(self.part["action"], Action)

    @cached_property
    def face(self) -> Face:
        """How it looks to a reviewer."""
        return face_of(self.action, self.origins)

    def digest(self) -> str:
        """The digest that votes and grants are bound to (rule 1)."""
        action = {k: v for k, v in self.part["action"].items() if k != "call_id"}
        return digest(
            {
                "action": action,
                "stage": self.stage,
                "tool_digest": self.tool_digest,
                "credential": self.credential,
                "constitution": self.constitution,
                "preconditions": self.preconditions,
            },
            label=DIGEST_LABEL,
        )


def stored_call(new: Opening) -> StoredCall:
    """The call as it is stored.

    Raises:
        InputError: ``hold.unpresentable`` when it has no canonical form (rule 3).
    """
    labelled, decision = new.labelled, new.decision
    because = new.explanation.because
    value = {
        "part": action_part(labelled),
        "facts": facts_part(new.facts, decision.waivers),
        "stage": new.stage or labelled.action.kind,
        "tool_digest": labelled.tool.digest(),
        "effects": labelled.tool.effects,
        "credential": new.credential,
        "constitution": decision.constitution,
        "preconditions": dict(new.preconditions),
        "sentence": new.explanation.sentence,
        "words": [word for item in because for word in item.words],
        "origins": msgspec.to_builtins(new.explanation.origins),
        "prose": new.prose,
        "before": msgspec.to_builtins(new.before),
        "decision_id": new.decision_id,
    }
    action = labelled.action
    try:
        for name in (action.tool, action.principal.tenant):
            _check_name(name)
        return msgspec.convert(msgspec.json.decode(canonical(value)), StoredCall)
    except InputError as error:
        raise InputError(
            f"the call has no form that could be shown: {error.message}",
            code="hold.unpresentable",
            found=error.found,
            expected=error.expected or "a value in canonical form",
            path=error.path,
            help="what nobody can be shown, nobody can approve: it is denied",
        ) from None


def _check_name(name: str) -> None:
    if not name.isprintable() or len(name) > MAX_NAME:
        raise InputError(
            "a tool's or tenant's name has characters that nobody sees, or too many",
            code="hold.unpresentable",
            found=repr(name[:80]),
            expected=f"at most {MAX_NAME} printable characters",
        )


def replay_key(method: str, path: str, body: Mapping[str, Any]) -> str:
    """The digest of a request without the fields that change from sending to sending.

    Raises:
        InputError: when the body has no canonical form.
    """
    kept = {name: value for name, value in body.items() if name not in VOLATILE}
    return digest({"method": method.upper(), "path": path, "body": kept}, label="replay/v1")


def challenge(verdict: str, call_digest: str, hold_id: str, person: str, nonce: str) -> bytes:
    """What a reviewer's key signs: this verdict of this person on this call in this hold."""
    parts = ("hold-vote/v1", verdict, call_digest, hold_id, person, nonce)
    return hashlib.sha256("\0".join(parts).encode()).digest()
