"""Decisions: what was decided, by which articles and rules, and until when people may answer."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gardefou.orders import Notice
from gardefou.verdict import Verdict

HoldKind = Literal["supervision", "user_consent"]
Cause = Literal["rule", "unevaluable", "refused", "unlisted", "grant", "order", "stop"]


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """One reason for a verdict.

    ``article`` is the article's id and ``rule`` the number of the rule in it, from 1; both are
    empty where the engine itself tightened: an ingress refusal, an unlisted effect, a grant.
    ``order`` is the id of the order that tightened.
    """

    verdict: Verdict
    cause: Cause
    article: str = ""
    rule: int = 0
    red_line: bool = False
    code: str = ""
    detail: str = ""
    order: str = ""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a hold waits for: how many persons of which roles, and until when (seconds).

    After ``escalate_after_s`` (None: half of decide-by) the quorum ``escalate_to`` suffices as well,
    where there is one. ``denials`` persons' deny ends the hold.
    """

    kind: HoldKind = "supervision"
    quorum: dict[str, int] = {}
    decide_by_s: int = 3600
    use_by_s: int = 600
    escalate_after_s: int | None = None
    escalate_to: dict[str, int] = {}
    denials: int = 1


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict on one action, with everything that produced it.

    ``articles`` are the ids of all articles that address the action, ``grounds`` those that
    tightened it. ``at_us`` is the time of the decision in microseconds since 1970, UTC.
    ``orders`` is the digest of the register, ``notices`` what its orders say of an action that they
    let pass, ``waivers`` how many calls each waiver that was asked had let pass before, that day.
    """

    verdict: Verdict
    articles: tuple[str, ...] = ()
    grounds: tuple[Ground, ...] = ()
    hold: Terms | None = None
    constitution: str = ""
    catalogue: str = ""
    at_us: int = 0
    orders: str = ""
    notices: tuple[Notice, ...] = ()
    waivers: dict[str, int] = {}

    @property
    def red_line(self) -> bool:
        """A red line refused the action: nobody can lift this verdict."""
        return any(ground.red_line and ground.verdict is Verdict.DENY for ground in self.grounds)

    @property
    def by_order(self) -> bool:
        """An order tightened the verdict: it binds also where rules are only observed."""
        return any(ground.cause == "order" for ground in self.grounds)

    def to_json(self) -> dict[str, Any]:
        """The decision as plain JSON values, verdicts by their words."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        value["verdict"] = self.verdict.word
        for ground, source in zip(value.get("grounds", ()), self.grounds, strict=True):
            ground["verdict"] = source.verdict.word
        return value
