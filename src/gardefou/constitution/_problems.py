"""Collecting the mistakes of a document, with their places and ways out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec

from gardefou.errors import LoadError, Problem

# A file with more mistakes than this is not a constitution; the reader has enough to do.
MAX_PROBLEMS = 200
_SHOWN = 60


class Place(msgspec.Struct, frozen=True):
    """A place in a document; line and column count from 1."""

    file: str = ""
    line: int = 0
    column: int = 0


class Problems:
    """The mistakes and the warnings found so far; `check` refuses the document if it has any."""

    def __init__(self) -> None:
        """Start without any."""
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self._spoilt: set[Place] = set()

    def spoil(self, place: Place) -> None:
        """Say that what stands at a place was refused: a second message on it would mislead."""
        self._spoilt.add(place)

    def error(
        self,
        code: str,
        place: Place,
        message: str,
        *,
        found: str = "",
        expected: str = "",
        help: str = "",  # noqa: A002 - the word users see
    ) -> None:
        """Note a mistake that refuses the document."""
        if place not in self._spoilt:
            self._add(self.errors, code, place, message, found=found, expected=expected, help=help)

    def warning(self, code: str, place: Place, message: str, *, help: str = "") -> None:  # noqa: A002 - the word users see
        """Note something that is allowed and probably not meant."""
        self._add(self.warnings, code, place, message, help=help)

    def take(self, error: LoadError) -> None:
        """Take over the mistakes that another reader has found."""
        self.errors += error.problems[: max(0, MAX_PROBLEMS - len(self.errors))]

    def check(self) -> None:
        """Refuse the document when a mistake was noted.

        Raises:
            LoadError: with every mistake.
        """
        if self.errors:
            raise LoadError(self.errors)

    @staticmethod
    def _add(to: list[Problem], code: str, place: Place, message: str, **texts: str) -> None:
        problem = Problem(
            code=code,
            message=message,
            file=place.file,
            line=place.line,
            column=place.column,
            **texts,
        )
        if len(to) < MAX_PROBLEMS and problem not in to:
            to.append(problem)


def shown(text: object) -> str:
    """User text as a message may hold it: one line, printable, short, in backticks."""
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))
    return f"`{line[: _SHOWN - 1]}…`" if len(line) > _SHOWN else f"`{line}`"


def did_you_mean(word: str, known: Iterable[str], *, kind: str) -> str:
    """The way out for an unknown word: the nearest known one, else the whole list."""
    names = sorted(known)
    near = difflib.get_close_matches(word[:_SHOWN], names, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{near[0]}`?"
    if not names:
        return f"no {kind} is declared"
    rest = f" and {len(names) - 30} more" if len(names) > 30 else ""
    return f"known: {', '.join(names[:30])}{rest}"
