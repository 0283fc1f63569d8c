"""What is left of an answer's calls after the rulings (the same on every wire, whole or streamed).

1. A released call stays as the model made it, and in its place.
2. A call without a ruling is refused.
3. Each call that does not go ahead is replaced by a text that names its tool.
4. While a call is left, the answer still asks for it: the texts are plain words of the model.
   When none is left, the stop reason says so, and a refusal takes the vendor's form of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from gardefou.wires._model import Call, Ruling


class Outcome(msgspec.Struct, frozen=True):
    """The calls of one turn after the rulings; texts stand in the order of the calls."""

    released: tuple[Call, ...]
    notices: tuple[str, ...]
    refusals: tuple[str, ...]

    @property
    def changes(self) -> bool:
        """Whether any call was replaced."""
        return bool(self.notices or self.refusals)

    @property
    def words(self) -> tuple[str, ...]:
        """The texts that become plain words of the model (rule 4)."""
        return (*self.notices, *self.refusals) if self.released else self.notices

    @property
    def refused(self) -> tuple[str, ...]:
        """The texts that take the vendor's form of a refusal (rule 4)."""
        return () if self.released else self.refusals


REFUSE = Ruling(action="refuse")


def outcome(calls: Iterable[Call], rulings: Mapping[str, Ruling]) -> Outcome:
    """Sort the calls of one turn by their rulings; only a client's calls keep the turn open."""
    released, notices, refusals = [], [], []
    for call in calls:
        ruling = rulings.get(call.key, REFUSE)
        if ruling.action == "release":
            if call.executor == "client":
                released.append(call)
        elif ruling.action == "notice":
            notices.append(text_for(call, ruling))
        else:
            refusals.append(text_for(call, ruling))
    return Outcome(tuple(released), tuple(notices), tuple(refusals))


def text_for(call: Call, ruling: Ruling) -> str:
    """The text that stands in the call's place."""
    if ruling.text:
        return ruling.text
    if ruling.action == "notice":
        return f"The call of the tool `{call.name}` is held for review; nothing was executed."
    return f"The call of the tool `{call.name}` was refused; nothing was executed."
