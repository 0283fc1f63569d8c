"""The desk: one payload in, one reply out, the same for the running guard and the embedded one.

1. The five steps are the service's; the desk only translates.
2. A call that is allowed is noted as done: whether the agent's own permissions stop it after that
   is not seen, so facts may count one too many, never one too few.
3. What fails is refused with the reason, in a form that every agent takes for a block.
4. Sessions that were silent longest are forgotten beyond `MOST_SESSIONS`; facts are not.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

import msgspec

from gardefou.action import Action, Principal
from gardefou.constitution.catalogue import Tool
from gardefou.decide import Session
from gardefou.doors.hook._dialects import read_event, refusal, write_reply
from gardefou.doors.hook._event import Answer, Event, Reply, Surroundings
from gardefou.doors.hook._paths import Place
from gardefou.doors.hook._tools import action_of
from gardefou.errors import GardefouError
from gardefou.service import Judgement, Service
from gardefou.verdict import Verdict

MOST_SESSIONS = 512


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to a decision."""

    agent: str
    event: Event
    action: Action
    session: Session


class Desk:
    """Answers the hooks of one user's agents."""

    def __init__(self, service: Service, principal: Principal, *, home: Path | None = None) -> None:
        """``principal`` is on whose behalf the agents work; ``home`` is the user's folder."""
        self.service = service
        self._principal = principal
        self._home = "" if home is None else str(home)
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._turn = threading.Lock()

    def answer(self, data: bytes, around: Surroundings) -> Reply:
        """Answer one payload; it never raises for what is in it."""
        try:
            with self._turn:
                asked = self.begin(data, around)
                if isinstance(asked, Reply):
                    return asked
                return self.end(asked, self.service.decide(asked.action, asked.session))
        except GardefouError as error:
            return refused(error)

    def begin(self, data: bytes, around: Surroundings) -> Asked | Reply:
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
            if event.moment == "after":
                action = msgspec.structs.replace(action, kind="tool.result", content=event.content)
        return Asked(agent=around.agent, event=event, action=action, session=session)

    def end(self, asked: Asked, judgement: Judgement) -> Reply:
        """Note what happens, and answer in the agent's dialect."""
        event, session = asked.event, asked.session
        if judgement.goes_ahead and event.moment == "before":
            self.service.executed(judgement, session)
        if event.moment == "after":
            tool = judgement.guard.catalogue.tools.get(asked.action.tool)
            tool = tool or Tool(name=asked.action.tool)
            session.result(tool, asked.action.arguments, event.content)
        answer = Answer(verdict=Verdict.ALLOW)
        if not judgement.goes_ahead:
            answer = Answer(verdict=judgement.verdict, reason=told(judgement))
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


def told(judgement: Judgement) -> str:
    """The decision as the agent and its user read it."""
    sentence = judgement.explain().sentence
    if judgement.verdict is Verdict.HOLD:
        return f"{sentence} Nothing was done. Once a supervisor has agreed, ask again with exactly the same call."
    return f"{sentence} Nothing was done; do not look for a way around it."


def refused(error: GardefouError) -> Reply:
    """What could not be decided, refused (rule 3)."""
    return refusal(f"refused by gardefou: {error.diagnostics()}\n")
