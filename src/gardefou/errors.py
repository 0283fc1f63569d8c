"""Every error of the package.

* GardefouError
  - UsageError            the caller's mistake: an argument, an option, an order of calls
  - FileError             a file or a folder that cannot be read or written
  - InputError            one value from outside that cannot be put in canonical or typed form
  - Unevaluable           a typed value that a condition cannot judge; the rule tightens
  - LoadError             a document that cannot be loaded: all its problems at once
  - LedgerError
    + LedgerUnavailable   the ledger cannot write now; nothing may go ahead
    + VerificationError   evidence is bad: something was changed, forged or lost
  - UpstreamError         a vendor's server cannot be reached, or does not answer as it should

A refusal is not an error: it is a `Decision` with a verdict.
Messages are one lower-case clause without a full stop; user text stands in backticks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One mistake in a document: where it is, what was found, what was expected, what to do.

    ``line`` and ``column`` count from 1; 0 means that the place is not known.
    """

    code: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    found: str = ""
    expected: str = ""
    help: str = ""

    def __str__(self) -> str:
        """Show the problem as compilers do: place, message, found, expected, way out."""
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        text = f"{place}: {self.message}" if place else self.message
        if self.found:
            text += f"; found {self.found}"
        if self.expected:
            text += f"; expected {self.expected}"
        text += f" [{self.code}]"
        return f"{text}\n    {self.help}" if self.help else text


class GardefouError(Exception):
    """The root of the tree; `code` is stable and documented, `help` says what to do next."""

    def __init__(self, message: str, *, code: str, help: str = "") -> None:  # noqa: A002 - the word users see
        """Keep the message for people and the code for programs."""
        super().__init__(message)
        self.message = message
        self.code = code
        self.help = help

    def diagnostics(self) -> str:
        """The whole story for a person: message, code and way out."""
        text = f"{self.message} [{self.code}]"
        return f"{text}\n    {self.help}" if self.help else text

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes whole."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(
    kind: type[GardefouError], args: tuple[Any, ...], state: dict[str, Any]
) -> GardefouError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class UsageError(GardefouError):
    """Raised when the caller asks for something that makes no sense; mend the call."""


class FileError(GardefouError):
    """Raised when a file or a folder cannot be read or written; the call may be right all the same."""


class InputError(GardefouError):
    """Raised when one value from outside has no canonical or typed form; it is never guessed."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        found: str = "",
        expected: str = "",
        path: str = "",
        help: str = "",  # noqa: A002 - the word users see
    ) -> None:
        """Name the place inside the value (``path``, such as ``to[1]``) beside found and expected."""
        super().__init__(message, code=code, help=help)
        self.found = found
        self.expected = expected
        self.path = path


class Unevaluable(GardefouError):  # noqa: N818 - a state of a rule, the design's word
    """Raised when a condition meets a value it cannot judge, such as another currency's amount."""


class LoadError(GardefouError):
    """Raised when a document has problems; it carries all of them, sorted by place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Collect the problems of one load; nothing of the document is used."""
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column)))
        count = len(self.problems)
        noun = "problem" if count == 1 else "problems"
        super().__init__(f"{count} {noun} in the document, nothing was loaded", code="load")

    def __str__(self) -> str:
        """Every problem on its own lines, then the count."""
        return "\n".join([*(str(p) for p in self.problems), self.message])

    def diagnostics(self) -> str:
        """Every problem on its own lines, then the count."""
        return str(self)


class LedgerError(GardefouError):
    """The root of what can go wrong with the ledger."""


class LedgerUnavailable(LedgerError):  # noqa: N818 - a state of the world, the design's word
    """Raised when the ledger cannot write; whatever asked must be refused."""


class VerificationError(LedgerError):
    """Raised when evidence does not verify: changed, forged, truncated or from another log."""


class UpstreamError(GardefouError):
    """Raised when a vendor's server cannot be reached, breaks off or answers what is no answer."""
