"""The five steps, the same for every door.

1. An action is labelled and decided under the policy of its tenant.
2. Its decision is handed to the ledger before anybody hears of it; no door acts before the entry is
   durable (law 4). Where the ledger cannot write, the caller gets an error and nothing goes ahead.
3. Only what happened is noted: `executed` for a call that went ahead, results as they come in.
4. A stop-work that stands for the principal is asked for before each decision; what cannot be
   read stops as well.
5. A held action becomes a hold that people decide on; what was approved is redeemed once.
6. The facts of a tenant are shared by all its sessions; a new policy takes them over, a restart
   takes them back, and `Books.catch_up` brings what other replicas let happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gardefou import amendments, recording, supervision
from gardefou import ledger as log
from gardefou import orders as orders_in_force
from gardefou.action import Action, Principal
from gardefou.constitution.facts import FactBook, Keys
from gardefou.decide import Grant, Guard, Session
from gardefou.errors import UsageError
from gardefou.ledger import random_bytes
from gardefou.service._books import Books
from gardefou.service._judgement import Judgement
from gardefou.service._past import Past
from gardefou.service._policies import Policies
from gardefou.service._standing import StandingStops
from gardefou.verdict import Verdict

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
        recorder: recording.Recorder | None,
        *,
        clock: Clock,
        monotonic: Clock | None = None,
        make_id: Callable[[], str] = new_id,
        directory: supervision.Directory | None = None,
        verifier: supervision.Verifier | None = None,
        notify: supervision.Notify | None = None,
        orders: Callable[[], orders_in_force.Register] | None = None,
    ) -> None:
        """Keep the documents in force with the ledger, so that any decision can be replayed.

        ``orders`` gives the register of orders for each decision, such as `Watch.register`; without
        it the policies' own registers count.
        ``directory``, ``verifier`` and ``notify`` are those of supervision. Without a recorder
        nothing is recorded, so there are no holds and no stops either.

        Raises:
            LedgerUnavailable: when they could not be made durable.
        """
        self.policies = policies
        self.recorder = recorder
        self.clock = clock
        self._make_id = make_id
        self._past = None if recorder is None else Past()  # for holds alone
        self._orders = orders
        self._under: dict[Guard, tuple[orders_in_force.Register, Guard]] = {}
        self._holds: supervision.Holds | None = None
        self._stops: StandingStops | None = None
        if recorder is not None:
            ticking = monotonic or supervision.monotonic_us
            self._holds = supervision.Holds(
                recorder.ledger,
                recorder.keyring,
                self.guard,
                clock=clock,
                monotonic=ticking,
                directory=directory,
                verifier=verifier,
                notify=notify or supervision.nobody,
                books=self.book,
            )
            self._stops = StandingStops(self._holds, ticking)
        self.books = Books(policies, self.guard, recorder, self._holds)
        self.books.catch_up()
        self.keep()

    @property
    def holds(self) -> supervision.Holds:
        """Human supervision.

        Raises:
            UsageError: ``service.no_ledger`` when nothing is recorded.
        """
        if self._holds is None:
            raise _no_ledger()
        return self._holds

    @property
    def ledger(self) -> log.Ledger:
        """The ledger that everything is recorded in.

        Raises:
            UsageError: ``service.no_ledger`` when nothing is recorded.
        """
        if self.recorder is None:
            raise _no_ledger()
        return self.recorder.ledger

    def guard(self, tenant: str) -> Guard:
        """The guard of a tenant's policy, under the orders of this moment."""
        guard = self.policies.of(tenant).guard
        if self._orders is None:
            return guard
        register = self._orders()
        kept = self._under.get(guard)
        if kept is None or kept[0] is not register:
            if len(self._under) > len(self.policies.all()):
                self._under.clear()  # policies were exchanged: their guards are not used again
            kept = self._under[guard] = (register, guard.under(register))
        return kept[1]

    def keep(self) -> None:
        """Keep the documents in force with the ledger; after an exchange, before the first use.

        Raises:
            LedgerUnavailable: when they could not be made durable.
            VerificationError: ``amendment.not_in_force`` when the ledger's chain of amendments leads
                to other documents (law 8); ``amendment.chain`` when it is broken.
        """
        if self.recorder is not None:
            self._check_chains()
            for policy in self.policies.all():
                self.recorder.keep_constitution(policy.constitution, policy.layers)
                self.recorder.keep_catalogue(policy.guard)

    def _check_chains(self) -> None:
        common, tenants = self.policies.snapshot()
        now_us = self.clock()
        with self.ledger.store.reading() as session:
            for name, policy in {**tenants, "": common}.items():
                amendments.check(session, amendments.version_of(policy.guard), now_us, name)

    def session(self, tenant: str, *, grants: Iterable[Grant] = ()) -> Session:
        """Begin a session that shares the facts of its tenant."""
        return self.policies.of(tenant).guard.session(self.book(tenant), grants=grants)

    def book(self, tenant: str) -> FactBook:
        """The facts of a tenant under the policy in force (rule 6)."""
        return self.books.of(tenant)

    def start(self, *, alone: bool, officers: Sequence[log.Verifier] = ()) -> tuple[str, ...]:
        """Begin to watch over holds, and to answer others who ask for what only an owner can do.

        Where the ledger lies in a file, officers' instruments, the steps of amendments and erasures
        are taken at its counter; with ``officers``, only theirs. The rest is as `Holds.start`.

        Raises:
            As `Holds.start`.
        """
        recorder = self.recorder
        if recorder is None:
            raise _no_ledger()
        ledger = recorder.ledger
        desks: dict[str, log.Desk] = {
            "orders": orders_in_force.OwnOffice(ledger, officers).answer,
            "amendments": lambda asked: amendments.answer(ledger, asked),
            "erasure": log.erasure_desk(ledger, recorder.keyring),
        }
        return self.holds.start(alone=alone, desks=desks)

    def close(self) -> None:
        """Keep the facts with the ledger, for the next start.

        Raises:
            LedgerUnavailable: when they cannot be kept; they are made again from the entries then.
        """
        self.books.save()

    def judge(
        self,
        action: Action,
        session: Session,
        *,
        mode: str = "",
        trace_id: str = "",
        tokens: int = 0,
        waker: log.Waker | None = None,
        context: Any = None,
    ) -> Judgement:
        """Decide an action and hand the decision to the ledger; it is not durable yet.

        ``tokens`` are those of the model call that an answer ends, as the vendor counted them.
        ``waker`` and ``context`` are the ticket's. `decide` waits, `AsyncService.decide` awaits.

        Raises:
            InputError: when the action has no canonical form.
            LedgerUnavailable: when nothing can be accepted; nothing may go ahead.
        """
        guard = self.guard(action.principal.tenant)
        now_us = self.clock()
        labelled = guard.label(action, session, now_us)
        stop = None if self._stops is None else self._stops.on(action.principal)
        if stop is not None:
            labelled = msgspec.structs.replace(labelled, stop=stop.id)
        decision = guard.decide(labelled, session, now_us)
        book = session.facts
        facts = book.read(now_us, Keys.of(action)) if book.has_facts else {}
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
                tokens=tokens,
                waker=waker,
                context=context,
            )
        before: tuple[supervision.Before, ...] = ()
        if self._past is not None:
            before = self._past.of(action) if decision.verdict is Verdict.HOLD else ()
            self._past.note(action, decision)
        return Judgement(
            id=decision_id,
            guard=guard,
            labelled=labelled,
            decision=decision,
            facts=facts,
            before=before,
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

    def hold(self, judgement: Judgement, **more: Any) -> supervision.Hold:
        """Open the hold of a held action; durable when this returns (rule 5).

        ``more`` are further fields of `gardefou.supervision.Opening`, such as the model's answer.

        Raises:
            InputError: ``hold.unpresentable`` when nobody could be shown the call: deny it.
            LedgerUnavailable: when it could not be made durable; nothing may go ahead.
        """
        new = supervision.opening(
            judgement.guard,
            judgement.labelled,
            judgement.decision,
            judgement.facts,
            decision_id=judgement.id,
            **{"before": judgement.before, **more},
        )
        return self.holds.open(new)

    def redeem(
        self, hold_id: str, principal: Principal, *, preconditions: Mapping[str, Any] | None = None
    ) -> supervision.Grant:
        """Use an approval once, and note that the stored call goes ahead.

        Raises:
            Refused: when there is nothing to use, or not by this principal, or not any more.
            LedgerUnavailable: when the intent could not be made durable; nothing may run.
        """
        grant = self.holds.redeem(hold_id, principal, preconditions=preconditions)
        if self.books.claim(hold_id):
            guard = self.guard(principal.tenant)
            labelled = recording.label_again(guard, grant.call.part)
            guard.remember(labelled, self.book(principal.tenant), self.clock())
        return grant

    def executed(self, judgement: Judgement, session: Session) -> None:
        """Note that an action went ahead (rule 3)."""
        guard, labelled, ticket = judgement.guard, judgement.labelled, judgement.ticket
        if ticket is None or self.books.claim(ticket.receipt().seq):
            guard.executed(labelled, session, self.clock())
        else:
            guard.mention(labelled, session)


def _no_ledger() -> UsageError:
    return UsageError(
        "there is no ledger, so nothing can wait for people",
        code="service.no_ledger",
        help="open a ledger and give the service its recorder",
    )
