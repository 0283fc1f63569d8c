"""Holds: the front door of supervision.

A person has the last word on exactly what will happen. The promises are those of the design, and
their tests carry the same numbers; `docs/reference/holds.md` lists states, arrows and codes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gardefou.action import Principal
from gardefou.constitution.facts import FactBook
from gardefou.decide import Guard
from gardefou.ledger import Counter, Desk, Keyring, Ledger, Receipt, Store, open_counter
from gardefou.supervision import (
    _edit,
    _open,
    _redeem,
    _resolve,
    _stops,
    _tick,
    _tools,
    _view,
    _vote,
    _wait,
)
from gardefou.supervision._bell import POLL_S
from gardefou.supervision._break_glass import BreakGlass
from gardefou.supervision._call import Opening, StoredCall
from gardefou.supervision._clock import Clock, monotonic_us
from gardefou.supervision._core import Core, Verifier, new_id
from gardefou.supervision._counter import DESK, desk_of
from gardefou.supervision._edit import Alarm, Edited, StandingGrant
from gardefou.supervision._looking import Looking
from gardefou.supervision._model import Hold, Outcome, State, Vote
from gardefou.supervision._notices import Notify, nobody
from gardefou.supervision._people import Directory
from gardefou.supervision._redeem import Ended, Grant
from gardefou.supervision._refusals import refused
from gardefou.supervision._rows import holds_where, secret_key
from gardefou.supervision._stops import Scope, Stop
from gardefou.supervision._tick import Ticked, Ticker
from gardefou.supervision._tools import ToolsAct
from gardefou.supervision._view import HoldView
from gardefou.supervision._vote import Ballot

TICK_S = 1.0


class Holds:
    """The holds of one ledger; any number of threads, and on PostgreSQL any number of replicas."""

    def __init__(
        self,
        ledger: Ledger | Store,
        keyring: Keyring,
        guards: Callable[[str], Guard],
        *,
        clock: Clock | None = None,
        monotonic: Clock = monotonic_us,
        directory: Directory | None = None,
        verifier: Verifier | None = None,
        notify: Notify = nobody,
        books: Callable[[str], FactBook] | None = None,
        make_id: Callable[[], str] = new_id,
        poll_s: float = POLL_S,
    ) -> None:
        """Work on an open ledger; ``guards`` gives the guard in force for a tenant.

        A store in place of the ledger is for reading.

        ``books`` gives the tenant's facts for asking again at redemption; without it the facts of
        the decision are used. ``verifier`` checks the evidence of votes on the console.
        Whoever waits looks every ``poll_s`` seconds, beside being told.
        """
        self.core = Core(
            ledger,
            keyring,
            guards,
            clock=clock,
            monotonic=monotonic,
            directory=directory,
            verifier=verifier,
            notify=notify,
            books=books,
            make_id=make_id,
            poll_s=poll_s,
        )
        self._counter: Counter | None = None
        self._ticker: Ticker | None = None

    def start(
        self, *, alone: bool, tick_s: float = TICK_S, desks: Mapping[str, Desk] | None = None
    ) -> tuple[str, ...]:
        """Begin to tick and to listen to other replicas and terminals; do what a restart has to do.

        ``alone`` says that no other process works on these holds: then calls that were running ended
        in nobody knows what, and their holds are returned. ``desks`` stand at the counter of a
        ledger's file beside that for holds.

        Raises:
            FileError: ``ledger.counter_closed`` when the counter beside the ledger's file cannot be
                opened.
            LedgerUnavailable: when something could not be made durable.
        """
        self.core.listen()
        if self._counter is None and self.core.is_file:
            self._counter = open_counter(
                self.core.store.location, {DESK: desk_of(self), **(desks or {})}
            )
        moved = _redeem.recover(self.core) if alone else ()
        _tick.tick(self.core, everything=True)
        if self._ticker is None and tick_s > 0:
            self._ticker = Ticker(self.core, tick_s)
        return moved

    def close(self) -> None:
        """Stop ticking and listening; the ledger stays open."""
        if self._ticker is not None:
            self._ticker.close()
            self._ticker = None
        if self._counter is not None:
            self._counter.close()
            self._counter = None
        self.core.close()

    # From the doors

    def open(self, new: Opening) -> Hold:
        """Open a hold; durable when this returns, and denied already if nobody could release it.

        Raises:
            InputError: ``hold.unpresentable`` when the call has no canonical form: deny it.
            LedgerUnavailable: when it could not be made durable; nothing may go ahead.
        """
        return _open.open_hold(self.core, new)

    def get(self, hold_id: str) -> Hold:
        """A hold as it stands now, after its clocks.

        Raises:
            Refused: ``hold.missing``.
        """
        return _resolve.settle(self.core, hold_id)

    def call(self, hold: Hold) -> StoredCall:
        """The stored call of a hold, decoded.

        Raises:
            Refused: ``hold.erased``.
        """
        return self.core.call_of(hold)

    def wait(self, hold_id: str, timeout_s: float) -> Hold:
        """Wait until a hold is no longer pending; returns it as it stands when the time is over.

        Raises:
            Refused: ``hold.missing``.
        """
        return _wait.wait(self.core, hold_id, timeout_s)

    async def wait_async(self, hold_id: str, timeout_s: float) -> Hold:
        """As `wait`, without a thread for each waiting client."""
        return await _wait.wait_async(self.core, hold_id, timeout_s)

    def find(self, owner: str, *, call_digest: str = "", replay: str = "") -> tuple[Hold, ...]:
        """The holds of a principal's call or request, the newest first.

        ``owner`` is the subject's name, `subject_of` a labelled action. The principal is checked
        again at redemption.
        """
        subject = self.core.keyring.find(owner)
        if subject is None:
            return ()
        what, value = ("call", call_digest) if call_digest else ("replay", replay)
        key = secret_key(subject.key, what, value)
        with self.core.store.reading() as session:
            return tuple(holds_where(session, f"{what}_key = ? ORDER BY seq DESC", (key,)))

    def redeem(
        self,
        hold_id: str,
        principal: Principal,
        *,
        preconditions: Mapping[str, Any] | None = None,
    ) -> Grant:
        """Use an approval once; only what the grant holds may run.

        Raises:
            Refused: when there is nothing to use, or not by this principal, or not any more.
            LedgerUnavailable: when the intent could not be made durable; nothing may run.
        """
        return _redeem.redeem(self.core, hold_id, principal, preconditions=preconditions)

    def retry(self, hold_id: str, principal: Principal) -> Grant:
        """Run a call again whose outcome is unknown; only with an idempotency key."""
        return _redeem.retry(self.core, hold_id, principal)

    def finish(self, hold_id: str, ended: Ended, result: Any = None) -> Hold:
        """Record how a redeemed call ended."""
        return _redeem.finish(self.core, hold_id, ended, result)

    def result(self, hold: Hold) -> Any:
        """What `finish` kept of a call that ended."""
        return _redeem.result_of(self.core, hold)

    def withdraw(self, hold_id: str, principal: Principal) -> Hold:
        """The requester gives up: nothing of it can run any more.

        Raises:
            Refused: ``hold.not_yours``, ``hold.closed``.
        """
        hold = self.get(hold_id)
        if self.call(hold).action.principal != principal:
            raise refused(
                "hold.not_yours", "the hold belongs to another principal", "ask for your own"
            )
        return self._end(hold, Outcome(state="withdrawn", code="hold.withdrawn"))

    # From people

    def vote(self, ballot: Ballot) -> Hold:
        """Cast a vote; returns the hold as it stands then.

        Raises:
            Refused: with the code that says why; the refusal is in the ledger.
            LedgerUnavailable: when it could not be made durable.
        """
        return _vote.vote(self.core, ballot)

    def challenge(self, hold_id: str, verdict: Vote, person: str) -> bytes:
        """What a person's key signs to give this verdict on this hold."""
        return _vote.challenge_for(self.core, hold_id, verdict, person)

    def edit(self, ballot: Ballot, arguments: Mapping[str, Any]) -> Edited:
        """Replace a call: its hold is denied; decide the new action from the start.

        Raises:
            Refused: as a vote to deny.
            InputError: when the new arguments have no canonical form.
        """
        return _edit.edit(self.core, ballot, arguments)

    def revoke(self, ballot: Ballot) -> Hold:
        """A voter takes an approval back before it is used.

        Raises:
            Refused: as a vote to deny, or ``hold.closed`` when it was used or is over.
        """
        return _vote.revoke(self.core, ballot)

    def standing(self, hold: Hold, *, count: int, expires_us: int) -> StandingGrant:
        """Propose that calls like this one need no hold; nothing is granted by it."""
        return _edit.standing(self.core, hold, count=count, expires_us=expires_us)

    def alarm(self, hold_id: str, *, monitor: str, verdict: Alarm, reason: str) -> Hold:
        """A model-based monitor denies or escalates; it never approves."""
        return _edit.alarm(self.core, hold_id, monitor=monitor, verdict=verdict, reason=reason)

    @property
    def glass(self) -> BreakGlass:
        """Break-glass."""
        return BreakGlass(self.core)

    @property
    def looking(self) -> Looking:
        """Who has which hold open."""
        return self.core.looking

    def inbox(
        self,
        *,
        tenant: str = "",
        states: Sequence[State] = ("pending",),
        limit: int = 100,
        after: tuple[int, str] = (0, ""),
    ) -> tuple[Hold, ...]:
        """Holds by their deadline, the nearest first; ``after`` continues behind the last one."""
        return _view.inbox(self.core, tenant=tenant, states=states, limit=limit, after=after)

    def view(self, hold: Hold) -> HoldView:
        """Everything a reviewer's card shows.

        Raises:
            Refused: ``hold.erased``.
        """
        return _view.view(self.core, hold)

    def views(self, holds: Sequence[Hold]) -> tuple[HoldView, ...]:
        """The cards of many holds at once, without the comparison; erased ones are left out."""
        return _view.views(self.core, holds)

    def may_vote(self, hold: Hold, person: str) -> bool:
        """Whether a person's vote would be taken now, evidence apart."""
        return _view.may_vote(self.core, hold, person)

    def stop(self, scope: Scope, *, tenant: str, target: str, reason: str, by: str) -> Stop:
        """Stop an agent, an application, a tenant or everything."""
        return _stops.stop(self.core, scope, tenant=tenant, target=target, reason=reason, by=by)

    def resume(self, stop_id: str, *, reason: str, by: str) -> Stop:
        """End a stop."""
        return _stops.resume(self.core, stop_id, reason=reason, by=by)

    def stops(self) -> Sequence[Stop]:
        """The stops that stand."""
        return _stops.stops(self.core)

    def stopped(self, principal: Principal) -> Stop | None:
        """The stop that concerns a principal; asked before each decision."""
        return _stops.stopped(self.core, principal)

    def settle_tools(self, act: ToolsAct, *, reason: str, evidence: bytes) -> Receipt:
        """Record what a person decided on tools; only then may it be put in force."""
        return _tools.settled(self.core, act, reason=reason, evidence=evidence)

    # From time

    def tick(self) -> Ticked:
        """Do what is due: expire, escalate, lapse; repeating it changes nothing."""
        return _tick.tick(self.core)

    def _end(self, hold: Hold, outcome: Outcome) -> Hold:
        if hold.state not in ("pending", "approved") or not _resolve.resolve(
            self.core, hold, outcome
        ):
            raise refused(
                "hold.closed", "the hold is over or was used", "read it again: nothing was changed"
            )
        return self.core.read(hold.id)
