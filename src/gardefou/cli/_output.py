"""What the commands share: exit codes, where output goes, how errors are shown.

Results go to standard output, everything else to standard error. Exit codes: 0 yes, 1 no
(denied, held, does not load), 2 usage, 3 could not tell.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import msgspec
import typer
from rich.console import Console

from gardefou.errors import GardefouError, InputError, LoadError, UsageError

P = ParamSpec("P")

AsJson = Annotated[
    bool, typer.Option("--json", help="Write the result as JSON, for programs.", show_default=False)
]

stderr = Console(stderr=True, highlight=False, soft_wrap=True)


class Exit(IntEnum):
    """What a command's exit code says."""

    YES = 0
    NO = 1
    USAGE = 2
    UNKNOWN = 3


def put(text: str) -> None:
    """Write one line of the result."""
    sys.stdout.write(text + "\n")


def put_json(value: Any) -> None:
    """Write the result as JSON."""
    put(msgspec.json.format(msgspec.json.encode(value)).decode())


def note(text: str) -> None:
    """Tell the person something that is not part of the result."""
    stderr.print(text, markup=False)


def command(function: Callable[P, Exit]) -> Callable[P, None]:
    """Turn a function into a command: its answer becomes the exit code, errors one clear message."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = function(*args, **kwargs)
        except LoadError as error:
            note(error.diagnostics())
            code = Exit.NO
        except (UsageError, InputError) as error:
            note(f"error: {_place(error)}{error.diagnostics()}")
            code = Exit.USAGE
        except GardefouError as error:
            note(f"error: {error.diagnostics()}")
            code = Exit.UNKNOWN
        except OSError as error:
            note(f"error: `{error.filename}`: {(error.strerror or 'cannot be read').lower()}")
            code = Exit.UNKNOWN
        raise typer.Exit(int(code))

    return run


def _place(error: GardefouError) -> str:
    path = getattr(error, "path", "")
    return f"`{path}`: " if path else ""


def read(path: Path) -> bytes:
    """The bytes of a file, or of standard input for ``-``.

    Raises:
        UsageError: ``cli.file`` when it cannot be read.
    """
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the file `{path}` cannot be read: {(error.strerror or 'unknown reason').lower()}",
            code="cli.file",
            help="check the path and the permissions",
        ) from None


def read_text(path: Path) -> str:
    """The text of a file, or of standard input for ``-``.

    Raises:
        UsageError: ``cli.file`` when it cannot be read, ``cli.encoding`` when it is not UTF-8.
    """
    try:
        return read(path).decode()
    except UnicodeDecodeError as error:
        raise UsageError(
            f"the file `{path}` is not UTF-8 at byte {error.start}",
            code="cli.encoding",
            help="encode the file as UTF-8",
        ) from None
