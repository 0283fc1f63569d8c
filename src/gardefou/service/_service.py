"""The five steps, the same for every door.

1. An action is labelled and decided under the policy of its tenant.
2. Its decision is handed to the ledger before anybody hears of it; no door acts before the entry is
   durable (law 4). Where the ledger cannot write, the caller gets an error and nothing goes ahead.
3. Only what happened is noted: `executed` for a call that went ahead, results as they come in.
4. The facts of a tenant are shared by all its sessions; a new policy takes them over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from gardefou.action import Action
from gardefou.constitution.facts import FactBook, Keys
from gardefou.decide import Grant, Session
from gardefou.ledger import Waker, random_bytes
from gardefou.recording import Recorder
from gardefou.service._judgement import Judgement
from gardefou.service._policies import Policies, Policy

Clock = Callable[[], int]
"""Microseconds since 1970, UTC."""


def new_id() -> str:
    """A decision's id that nobody can guess."""
    return random_bytes(16).hex()


class Service:
    """Decides, records and remembers for every door of one process."""

    def __init__(
        self,
        policies: Policies,
        recorder: Recorder | None,
        *,
        clock: Clock,
        make_id: Callable[[], str] = new_id,
    ) -> None:
        """Keep the documents in force with the ledger, so that any decision can be replayed.

        Raises:
            LedgerUnavailable: when they could not be made durable.
        """
        self.policies = policies
        self.recorder = recorder
        self.clock = clock
        self._make_id = make_id
        self._books: dict[str, tuple[Policy, FactBook]] = {}
        self.keep()

    def keep(self) -> None:
        """Keep the documents in force with the ledger; after an exchange, before the first use.

        Raises:
            LedgerUnavailable: when they could not be made durable.
        """
        if self.recorder is not None:
            for policy in self.policies.all():
                self.recorder.keep_constitution(policy.constitution, policy.layers)
                self.recorder.keep_catalogue(policy.guard)

    def session(self, tenant: str, *, grants: Iterable[Grant] = ()) -> Session:
        """Begin a session that shares the facts of its tenant."""
        return self.policies.of(tenant).guard.session(self.book(tenant), grants=grants)

    def book(self, tenant: str) -> FactBook:
        """The facts of a tenant under the policy in force (rule 4)."""
        policy = self.policies.of(tenant)
        kept = self._books.get(tenant)
        if kept is not None and kept[0] is policy:
            return kept[1]
        book = policy.guard.book()
        if kept is not None:
            book.restore(kept[1].snapshot())
        self._books[tenant] = (policy, book)
        return book

    def judge(
        self,
        action: Action,
        session: Session,
        *,
        mode: str = "",
        trace_id: str = "",
        waker: Waker | None = None,
        context: Any = None,
    ) -> Judgement:
        """Decide an action and hand the decision to the ledger; it is not durable yet.

        ``waker`` and ``context`` are the ticket's. `decide` waits, `AsyncService.decide` awaits.

        Raises:
            InputError: when the action has no canonical form.
            LedgerUnavailable: when nothing can be accepted; nothing may go ahead.
        """
        guard = self.policies.of(action.principal.tenant).guard
        now_us = self.clock()
        labelled = guard.label(action, session, now_us)
        decision = guard.decide(labelled, session, now_us)
        facts = session.facts.read(now_us, Keys.of(action))
        decision_id = self._make_id()
        ticket = None
        if self.recorder is not None:
            ticket = self.recorder.submit(
                guard,
                labelled,
                decision,
                facts,
                decision_id=decision_id,
                mode=mode,
                trace_id=trace_id,
                waker=waker,
                context=context,
            )
        return Judgement(
            id=decision_id,
            guard=guard,
            labelled=labelled,
            decision=decision,
            facts=facts,
            ticket=ticket,
            mode=mode,
        )

    def decide(self, action: Action, session: Session, *, mode: str = "") -> Judgement:
        """Decide an action; its entry is durable when this returns.

        Raises:
            InputError: when the action has no canonical form.
            LedgerUnavailable: when it could not be recorded; nothing may go ahead.
        """
        judgement = self.judge(action, session, mode=mode)
        if judgement.ticket is not None:
            judgement.ticket.wait()
        return judgement

    def executed(self, judgement: Judgement, session: Session) -> None:
        """Note that an action went ahead (rule 3)."""
        judgement.guard.executed(judgement.labelled, session, self.clock())
