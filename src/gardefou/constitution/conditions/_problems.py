"""Collects the mistakes of one condition text, with their places in the document."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from gardefou.errors import LoadError, Problem


class Problems:
    """The mistakes found so far in one text that starts at a line and column of a file."""

    def __init__(self, text: str, file: str, line: int, column: int) -> None:
        """Remember where the text stands; every line of a block begins at the same column."""
        self.text = text
        self._file = file
        self._line = line
        self._column = column
        self._found: list[Problem] = []

    def line_of(self, offset: int) -> int:
        """The line in the document of an offset in the text."""
        return self._line + self.text.count("\n", 0, offset)

    def column_of(self, offset: int) -> int:
        """The column in the document of an offset in the text."""
        return self._column + offset - (self.text.rfind("\n", 0, offset) + 1)

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column (from 1) that the C++ library names."""
        start = 0
        for _ in range(line - 1):
            start = self.text.find("\n", start) + 1
        return min(start + max(column - 1, 0), len(self.text))

    def add(
        self,
        offset: int,
        code: str,
        message: str,
        *,
        found: str = "",
        expected: str = "",
        help: str = "",  # noqa: A002 - the word users see
    ) -> None:
        """Add one mistake at an offset of the text."""
        self.add_at(
            self.line_of(offset),
            self.column_of(offset),
            code,
            message,
            found=found,
            expected=expected,
            help=help,
        )

    def add_at(
        self,
        line: int,
        column: int,
        code: str,
        message: str,
        *,
        found: str = "",
        expected: str = "",
        help: str = "",  # noqa: A002 - the word users see
    ) -> None:
        """Add one mistake at a place in the document; the same mistake is added once."""
        problem = Problem(
            code=f"conditions.{code}",
            message=message,
            file=self._file,
            line=line,
            column=column,
            found=found,
            expected=expected,
            help=help,
        )
        if problem not in self._found:
            self._found.append(problem)

    def __bool__(self) -> bool:
        """Whether anything was found."""
        return bool(self._found)

    def error(self) -> LoadError:
        """All of them as one error."""
        return LoadError(self._found)


def shown(text: str, limit: int = 60) -> str:
    """User text in backticks, in one line and bounded."""
    flat = " ".join(text.split())
    return f"`{flat if len(flat) <= limit else flat[: limit - 1] + '…'}`"


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A way out for an unknown name: the nearest known one, if there is one."""
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else otherwise
