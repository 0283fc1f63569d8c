"""The desk: one payload in, one reply out, the same for the running guard and the embedded one.

1. The five steps are the service's; the desk only translates.
2. A call that is allowed is noted as done: whether the agent's own permissions stop it after that
   is not seen, so facts may count one too many, never one too few.
3. What fails is refused with the reason, in a form that every agent takes for a block.
4. A held call blocks the agent while people decide, unless no person sits before it: then it is put
   off at once. The same call again finds its hold; what people approved is used once.
5. Sessions that were silent longest are forgotten beyond `MOST_SESSIONS`; facts are not.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

import msgspec

from gardefou.action import Action, Principal
from gardefou.decide import Session
from gardefou.doors._rulings import Ruling, Rulings
from gardefou.doors.hook._dialects import read_event, refusal, write_reply
from gardefou.doors.hook._event import Answer, Event, Reply, Surroundings
from gardefou.doors.hook._paths import Place
from gardefou.doors.hook._tools import action_of
from gardefou.errors import GardefouError
from gardefou.service import Service
from gardefou.verdict import Verdict

MOST_SESSIONS = 512
WAIT_S = 580.0  # the agents are told to wait for 600


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to a decision."""

    agent: str
    event: Event
    action: Action
    session: Session


class Desk:
    """Answers the hooks of one user's agents."""

    def __init__(
        self,
        service: Service,
        principal: Principal,
        *,
        home: Path | None = None,
        wait_s: float = WAIT_S,
    ) -> None:
        """``principal`` is on whose behalf the agents work; ``home`` is the user's folder.

        ``wait_s`` is how long a held call blocks the agent while people decide.
        """
        self.rulings = Rulings(service)
        self.service = service
        self._principal = principal
        self._home = "" if home is None else str(home)
        self._wait_s = wait_s
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._running: OrderedDict[str, Ruling] = OrderedDict()
        self._turn = threading.Lock()

    def answer(self, data: bytes, around: Surroundings) -> Reply:
        """Answer one payload; it never raises for what is in it."""
        try:
            with self._turn:
                asked = self._begin(data, around)
                if isinstance(asked, Reply):
                    return asked
                ruling = self.rulings.rule(_decided(asked), asked.session)
            ruling = self._awaited(asked, ruling)
            with self._turn:
                return self._end(asked, ruling)
        except GardefouError as error:
            return refused(error)

    def _begin(self, data: bytes, around: Surroundings) -> Asked | Reply:
        """Read a payload; a reply where there is nothing to decide.

        Raises:
            InputError: codes ``json.*`` and ``hook.payload``.
            UsageError: ``hook.agent``.
        """
        event = read_event(around.agent, data, around)
        if event.moment == "other":
            return write_reply(around.agent, event, Answer(verdict=Verdict.ALLOW))
        who = msgspec.structs.replace(self._principal, agent=around.agent)
        session = self._session(f"{around.agent}/{event.session}")
        if event.moment == "prompt":
            text = event.content if isinstance(event.content, str) else ""
            session.user(text)
            action = Action(
                kind="model.request",
                principal=who,
                session=event.session,
                channel=f"hook/{around.agent}",
                content=event.content,
            )
        else:
            place = Place(root=event.root, cwd=event.cwd, home=self._home)
            action = action_of(around.agent, event, place, who)
        return Asked(agent=around.agent, event=event, action=action, session=session)

    def _awaited(self, asked: Asked, ruling: Ruling) -> Ruling:
        """The ruling after people had time to decide (rule 4)."""
        hold, holds = ruling.hold, self.rulings.holds
        waits = asked.event.moment == "before" and not asked.event.headless
        if ruling.verdict is not Verdict.HOLD or hold is None or holds is None or not waits:
            return ruling
        if holds.wait(hold.id, self._wait_s).state == "pending":
            return ruling
        with self._turn:
            return self.rulings.rule(asked.action, asked.session)

    def _end(self, asked: Asked, ruling: Ruling) -> Reply:
        """Note what happens, and answer in the agent's dialect."""
        event, session = asked.event, asked.session
        if event.moment == "before" and ruling.grant is not None:
            self._running[event.call_id] = ruling
            if len(self._running) > MOST_SESSIONS:
                self._running.popitem(last=False)
        elif event.moment == "after":
            done = self._running.pop(event.call_id, None)
            done = done or Ruling(verdict=Verdict.ALLOW, action=asked.action)
            self.rulings.finish(done, session, event.content)
        answer = Answer(verdict=Verdict.ALLOW, approved=ruling.grant is not None)
        if not ruling.goes_ahead:
            hold_id = "" if ruling.hold is None else ruling.hold.id
            answer = Answer(verdict=ruling.verdict, reason=told(ruling), hold_id=hold_id)
        return write_reply(asked.agent, event, answer)

    def _session(self, key: str) -> Session:
        session = self._sessions.get(key)
        if session is None:
            session = self.service.session(self._principal.tenant)
            self._sessions[key] = session
            if len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        self._sessions.move_to_end(key)
        return session


def _decided(asked: Asked) -> Action:
    """What is decided: the call before it runs, and after it the result that enters the context.

    A result stands under the rules on results: those on its tool speak of arguments.
    """
    if asked.event.moment != "after":
        return asked.action
    return msgspec.structs.replace(
        asked.action, kind="tool.result", tool="", arguments={}, content=asked.event.content
    )


def told(ruling: Ruling) -> str:
    """The ruling as the agent and its user read it."""
    if ruling.verdict is not Verdict.HOLD:
        return f"{ruling.reason} Nothing was done; do not look for a way around it."
    if ruling.hold is None:
        return f"{ruling.reason} Nothing was done: without a ledger nobody can be asked here."
    return (
        f"{ruling.reason} Nothing was done. It is held as `{ruling.hold.id}`: once a supervisor has"
        " agreed, ask again with exactly the same call."
    )


def refused(error: GardefouError) -> Reply:
    """What could not be decided, refused (rule 3)."""
    return refusal(f"refused by gardefou: {error.diagnostics()}\n")
