"""Which answer a request gets: from a script, or from recordings turn by turn."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Sequence

import re2

from gardefou.doors.simulate._conversation import Asked
from gardefou.doors.simulate._script import Answer, Recording, Script, When


class Player:
    """Gives the answers of a script; counts how often each was given."""

    def __init__(self, script: Script) -> None:
        """Start with nothing given."""
        self._script = script
        self._given: Counter[int] = Counter()

    def answer(self, asked: Asked) -> Answer | None:
        """The first answer that fits and is not spent, or None."""
        for index, answer in enumerate(self._script.answers):
            spent = 0 < answer.times <= self._given[index]
            if not spent and fits(answer.when, asked):
                self._given[index] += 1
                return answer
        return None


def fits(when: When, asked: Asked) -> bool:
    """Whether a request is one that an answer is for."""
    wires = (when.wire,) if isinstance(when.wire, str) else when.wire
    return (
        (wires is None or asked.wire in wires)
        and (when.model is None or fnmatch.fnmatchcase(asked.model, when.model))
        and (when.turn is None or when.turn == asked.turn)
        and (when.stream is None or when.stream == asked.stream)
        and (when.user is None or bool(re2.search(when.user, asked.user)))
        and (when.result is None or bool(re2.search(when.result, asked.result)))
    )


class Recorded:
    """Gives the recorded answers, turn by turn.

    A recording is chosen by its name as the model, else by the user's first words, else it is the
    only one.
    """

    def __init__(self, recordings: Sequence[Recording]) -> None:
        """Keep the recordings; of two with the same first words, the first counts."""
        self._recordings = tuple(recordings)

    def answer(self, asked: Asked) -> Answer | None:
        """The answer at this place of the recording, or None when no recording fits."""
        recording = self._chosen(asked)
        if recording is None:
            return None
        if asked.answered < len(recording.answers):
            return recording.answers[asked.answered]
        return Answer(say=f"the recording {recording.name} is over")

    def _chosen(self, asked: Asked) -> Recording | None:
        for recording in self._recordings:
            if recording.name == asked.model:
                return recording
        for recording in self._recordings:
            if recording.users[:1] == asked.users[:1]:
                return recording
        return self._recordings[0] if len(self._recordings) == 1 else None
