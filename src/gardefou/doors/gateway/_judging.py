"""Deciding for one exchange: its actions, its calls, and what waits for people."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec

from gardefou.action import Action
from gardefou.decide import Session
from gardefou.doors.gateway._actions import Frame, call_action
from gardefou.doors.gateway._conversation import Known
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._holds import Desk, Held
from gardefou.doors.gateway._logs import event
from gardefou.doors.gateway._replies import sentence
from gardefou.doors.gateway._settings import Mode
from gardefou.doors.gateway._waivers import Taken
from gardefou.errors import LedgerUnavailable
from gardefou.service import Judgement
from gardefou.verdict import Verdict
from gardefou.wires import RELEASE, Call, Item, Ruling


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Why something as a whole does not go on: refused, or waiting for people."""

    judgement: Judgement
    text: str
    pending: str = ""


class Ruled(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to the calls of an answer, what was decided on them, and whose holds are open."""

    rulings: dict[str, Ruling]
    judged: tuple[Judgement, ...]
    waiting: dict[str, str] = {}


class Judging:
    """Everything that is decided in one exchange."""

    def __init__(
        self,
        gateway: Gateway,
        frame: Frame,
        items: Sequence[Item],
        *,
        mode: Mode,
        wait_s: float,
        together: bool = False,
    ) -> None:
        """Begin with what the request says; the session is rebuilt when the first call needs it."""
        self.gateway = gateway
        self.frame = frame
        self.items = items
        self.mode = mode
        self.trace_id = ""
        self.holds: list[Held] = []
        self._word = "observe" if mode == "observe" else ""
        self._service = gateway.service
        self._tenant = frame.principal.tenant
        self._session: Session = gateway.service.service.session(self._tenant)
        self._desk = Desk(gateway.service, wait_s, together=together)
        self._known: Known | None = None
        self._taken: Taken | None = None

    async def decide(self, actions: Sequence[Action], *, tokens: int = 0) -> list[Judgement]:
        """Decide actions that need no session; all are durable when this returns.

        ``tokens`` are those that the vendor counted for the answer that is decided.

        Raises:
            LedgerUnavailable: when they cannot be recorded; nothing may go ahead.
        """
        judged = []
        waiting = []
        if self._taken is not None:
            # Nothing is awaited until all are decided, so they see the counts of this call.
            self._taken.tell(self._session.facts, self.gateway.clock())
        for action in actions:
            judgement, durable = self._service.submit(
                action, self._session, mode=self._word, trace_id=self.trace_id, tokens=tokens
            )
            judged.append(judgement)
            if durable is not None:
                waiting.append(durable)
        for durable in waiting:
            await durable
        self._count(judged)
        return judged

    async def reserve(self, action: Action) -> None:
        """Reserve the calls of waivers that a request needs, before it is decided.

        Raises:
            LedgerUnavailable: when the count cannot be asked; nothing may go ahead.
        """
        guard = self._service.service.guard(self._tenant)
        now_us = self.gateway.clock()
        self._taken = await self.gateway.waivers.take(guard, self._session.facts, action, now_us)

    async def give_back(self) -> None:
        """Give back the calls of waivers: the request does not go ahead as it was.

        Raises:
            LedgerUnavailable: when the count cannot be changed; the calls stay counted.
        """
        taken, self._taken = self._taken, None
        if taken is not None:
            await self.gateway.waivers.give_back(taken)

    def admitted(self, judged: Sequence[Judgement]) -> None:
        """Note that a request goes ahead: facts and the calls of waivers count it now."""
        for judgement in judged:
            if judgement.goes_ahead and judgement.labelled.action.kind == "model.request":
                self._service.service.executed(judgement, self._session)

    async def used(self, judgement: Judgement, tokens: int) -> None:
        """Record the tokens of a stream that has ended; what cannot be recorded is reported."""
        try:
            await self._service.used(judgement, tokens)
        except LedgerUnavailable as error:
            event(logging.ERROR, "usage_not_recorded", code=error.code)

    async def stop(self, judged: Sequence[Judgement]) -> Stop | None:
        """What keeps this from going on; holds wait together, and all of them are needed.

        Raises:
            LedgerUnavailable: when a hold is not durable.
        """
        stopped = [judgement for judgement in judged if not judgement.goes_ahead]
        if not stopped:
            return None
        for judgement in stopped:
            if judgement.verdict is Verdict.DENY:
                return Stop(judgement=judgement, text=sentence(judgement))
        endings = await self._desk.settle(stopped)
        self.holds += endings
        for judgement, ending in zip(stopped, endings, strict=True):
            if ending.ending == "refused":
                return Stop(judgement=judgement, text=ending.text)
        for judgement, ending in zip(stopped, endings, strict=True):
            if ending.ending == "pending":
                return Stop(judgement=judgement, text=ending.text, pending=ending.hold)
        return None

    async def rule(self, calls: Sequence[Call]) -> Ruled:
        """Decide the calls of an answer, one after the other, and what happens to each.

        Raises:
            LedgerUnavailable: when they cannot be recorded; none may go.
        """
        known = self.known()
        rulings: dict[str, Ruling] = {}
        judged: list[Judgement] = []
        held: list[tuple[Call, Judgement]] = []
        waiting: dict[str, str] = {}
        for call in calls:
            action, unreadable = call_action(self.frame, call)
            judgement = await self._service.decide(
                action, known.session, mode=self._word, trace_id=self.trace_id
            )
            judged.append(judgement)
            if unreadable is None and judgement.goes_ahead:
                # The next call of the same answer is decided after this one.
                self._service.service.executed(judgement, known.session)
                known.release(call, judgement.labelled)
                rulings[call.key] = RELEASE
            elif unreadable is None and judgement.verdict is Verdict.HOLD:
                held.append((call, judgement))
            else:
                rulings[call.key] = Ruling(action="refuse", text=sentence(judgement))
        if held:
            endings = await self._desk.settle([judgement for _, judgement in held])
            self.holds += endings
            for (call, judgement), ending in zip(held, endings, strict=True):
                rulings[call.key] = _ruling_of(ending)
                if ending.ending == "pending":
                    waiting[call.key] = ending.hold
                if ending.ending == "approved":
                    judgement.guard.mention(judgement.labelled, known.session)
                    known.release(call, judgement.labelled)
        self._count(judged)
        return Ruled(rulings=rulings, judged=tuple(judged), waiting=waiting)

    def known(self) -> Known:
        """The session after the conversation in the request."""
        if self._known is None:
            service = self._service.service
            self._known = self.gateway.conversations.take(
                service.policies.of(self._tenant).guard,
                service.session(self._tenant),
                self.frame.principal,
                self.items,
                self.gateway.clock(),
            )
        return self._known

    def close(self) -> None:
        """Keep the session for the next request of the conversation."""
        if self._known is not None:
            self.gateway.conversations.give_back(self._known)
            self._known = None

    def _count(self, judged: Sequence[Judgement]) -> None:
        decisions = self.gateway.metrics.decisions
        for judgement in judged:
            action = judgement.labelled.action
            decisions[(action.kind, judgement.verdict.word, self.mode)] += 1


def _ruling_of(ending: Held) -> Ruling:
    if ending.ending == "approved":
        return RELEASE
    return Ruling(action="notice" if ending.ending == "pending" else "refuse", text=ending.text)
