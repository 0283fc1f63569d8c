"""What a person decided on the tools of a server, for the record.

1. Whoever has a role in the constitution decides: the same people who are asked about a call that
   nobody's rule names (rule 5 of `_people`).
2. Where a verifier is set, the person signs exactly these verdicts on exactly these definitions.
3. The entry names tools and digests; reason and evidence are sealed for the person.
4. The entry is durable before anything is confirmed (law 4).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from gardefou.ledger import Receipt
from gardefou.supervision._core import Core, check_reason, sealed_text
from gardefou.supervision._model import ANYBODY
from gardefou.supervision._refusals import refused

MAX_EVIDENCE = 16 * 1024
MAX_TOOLS = 200


class ToolVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """One tool of an act; ``definition`` and ``labels`` are digests."""

    tool: str
    verdict: Literal["confirmed", "rejected"]
    definition: str
    labels: str


class ToolsAct(msgspec.Struct, frozen=True, kw_only=True):
    """What one person decides at once; ``id`` is new for each act, so that nothing is replayed."""

    id: str
    tenant: str
    person: str
    server: str
    verdicts: tuple[ToolVerdict, ...]

    def challenge(self) -> bytes:
        """What the person's key signs."""
        return hashlib.sha256(msgspec.json.encode(["tools-settled/v1", self])).digest()


def may_settle(core: Core, tenant: str, person: str) -> bool:
    """Whether a person decides on tools (rule 1)."""
    return person in core.roles(tenant).get(ANYBODY, ())


def settled(core: Core, act: ToolsAct, *, reason: str, evidence: bytes) -> Receipt:
    """Record an act; durable when this returns, and only then may it be put in force.

    Raises:
        Refused: ``tools.role``, ``tools.evidence``, ``tools.none``, ``hold.reason``.
        GardefouError: whatever the verifier raises.
        LedgerUnavailable: when it could not be made durable.
    """
    check_reason(reason)
    if not may_settle(core, act.tenant, act.person):
        raise refused(
            "tools.role",
            "you have no role in the constitution, so you decide on no tool",
            "ask somebody who has one; the page of people says who they are",
        )
    if not 0 < len(act.verdicts) <= MAX_TOOLS:
        raise refused("tools.none", f"an act has 1 to {MAX_TOOLS} tools", "choose some of them")
    if len(evidence) > MAX_EVIDENCE or (core.verifier is None and evidence):
        raise refused("tools.evidence", "nobody here can verify this evidence", "sign it again")
    if core.verifier is not None:
        core.verifier.verify(
            evidence, tenant=act.tenant, person=act.person, challenge=act.challenge()
        )
    owner = core.person(act.tenant, act.person)
    commitment, part = sealed_text(owner, "reason", {"reason": reason, "person": act.person})
    data: dict[str, Any] = {
        "act": act.id,
        "tenant": act.tenant,
        "server": act.server,
        "by": owner.pseudonym,
        "tools": _listed(act.verdicts),
        "reason": commitment,
    }
    parts = [part]
    if evidence:
        text = base64.b64encode(evidence).decode()
        data["evidence"], proof = sealed_text(owner, "evidence", text)
        parts.append(proof)
    return core.append(
        "tools.settled", data, about=act.id, changes=(), parts=tuple(parts), now_us=core.now()
    )


def _listed(verdicts: Sequence[ToolVerdict]) -> list[dict[str, str]]:
    return [msgspec.to_builtins(verdict) for verdict in verdicts]
