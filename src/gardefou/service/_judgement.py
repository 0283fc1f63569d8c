"""Judgements: a decision on its way into the ledger, with what explains it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gardefou import ledger, supervision
from gardefou.constitution.facts import FactValue
from gardefou.decide import Decision, Explanation, Guard, Labelled, explanation
from gardefou.verdict import Verdict


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about one action, and by which guard.

    ``facts`` are those at the moment of the decision; ``before`` is what the session did lately, for
    a held action. Nothing may act on a judgement before its
    ``ticket`` says that the entry is durable; without a ledger there is no ticket.
    """

    id: str
    guard: Guard
    labelled: Labelled
    decision: Decision
    facts: Mapping[str, FactValue] = {}
    before: tuple[supervision.Before, ...] = ()
    ticket: ledger.Ticket | None = None
    mode: str = ""

    @property
    def verdict(self) -> Verdict:
        """The verdict."""
        return self.decision.verdict

    @property
    def goes_ahead(self) -> bool:
        """Whether the action happens: allowed, or only observed, and neither a red line nor an order stops it."""
        if self.verdict is Verdict.ALLOW:
            return True
        decision = self.decision
        return self.mode == "observe" and not (decision.red_line or decision.by_order)

    def explain(self) -> Explanation:
        """The decision in words; made on demand, since most decisions are never asked about."""
        return explanation(self.guard, self.labelled, self.decision, dict(self.facts))
