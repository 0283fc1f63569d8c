"""What a session did lately, for the people who decide on its next action.

Kept in memory, bounded, and sealed into a hold when one opens; nothing decides on it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from itertools import islice

from gardefou import supervision
from gardefou.action import Action
from gardefou.decide import Decision, quoted

MAX_SESSIONS = 1_000
MAX_BEFORE = 10
MAX_VALUES = 3

_Key = tuple[str, str, str, str, str]


class Past:
    """The last calls of each session, the oldest first; sessions are told apart by principal too."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._sessions: OrderedDict[_Key, deque[supervision.Before]] = OrderedDict()

    def of(self, action: Action) -> tuple[supervision.Before, ...]:
        """What the action's session did before it."""
        with self._lock:
            return tuple(self._sessions.get(_key(action), ()))

    def note(self, action: Action, decision: Decision) -> None:
        """Note a call that was decided; about 3 µs, other kinds of action cost nothing."""
        if action.kind != "tool.call":
            return
        values = islice(action.arguments.items(), MAX_VALUES)
        told = [f"{name} {quoted(value)}" for name, value in values if isinstance(value, str)]
        before = supervision.Before(
            at_us=decision.at_us,
            tool=action.tool,
            verdict=decision.verdict.word,
            text=", ".join(told),
        )
        key = _key(action)
        with self._lock:
            past = self._sessions.get(key)
            if past is None:
                past = self._sessions[key] = deque(maxlen=MAX_BEFORE)
                if len(self._sessions) > MAX_SESSIONS:
                    self._sessions.popitem(last=False)
            past.append(before)
            self._sessions.move_to_end(key)


def _key(action: Action) -> _Key:
    who = action.principal
    return (who.tenant, who.application, who.agent, who.user, action.session)
