"""What the commands share: exit codes, where output goes, how errors are shown.

Results go to standard output, everything else to standard error. Exit codes: 0 yes, 1 no
(denied, held, does not load), 2 the call is wrong, 3 could not tell: a file cannot be read, is not
understood, or something failed. Nothing ends in 1 but an answer.
"""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn, ParamSpec

import msgspec
import typer
from rich.console import Console

from gardefou.action import parse
from gardefou.errors import FileError, GardefouError, InputError, LoadError, UsageError

P = ParamSpec("P")

AsJson = Annotated[
    bool, typer.Option("--json", help="Write the result as JSON, for programs.", show_default=False)
]


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Whoever read the notes has left: as for the result, not the answer 1 of the library."""
        raise BrokenPipeError


stderr = _Console(stderr=True, highlight=False, soft_wrap=True)


class ContentError(InputError):
    """Raised when what a file holds is not what it should be; the call itself is right."""


class Exit(IntEnum):
    """What a command's exit code says."""

    YES = 0
    NO = 1
    USAGE = 2
    UNKNOWN = 3
    INTERRUPTED = 130
    CLOSED = 141


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
            code = _answer(lambda: function(*args, **kwargs))
        except BrokenPipeError:
            # Whoever read the output has left; what is still in the buffers has nowhere to go.
            _discard(1, 2)
            code = Exit.CLOSED
        raise typer.Exit(int(code))

    return run


def _answer(function: Callable[[], Exit]) -> Exit:
    try:
        code = function()
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        note("interrupted")
        return Exit.INTERRUPTED
    except LoadError as error:
        note(error.diagnostics())
        return Exit.UNKNOWN
    except GardefouError as error:
        note(f"error: {_place(error)}{error.diagnostics()}")
        # A value of the call itself that has no typed form is a mistake in the call.
        mistaken = isinstance(error, UsageError | InputError) and not isinstance(
            error, ContentError
        )
        return Exit.USAGE if mistaken else Exit.UNKNOWN
    except OSError as error:
        place = f"`{error.filename}`" if error.filename else "a file or a device failed"
        note(f"error: {place}: {(error.strerror or 'cannot be used').lower()} [cli.device]")
        if not error.filename:
            _discard(1)
        return Exit.UNKNOWN
    except Exception as error:  # noqa: BLE001 - Python would end in 1, and 1 is an answer
        if os.environ.get("GARDEFOU_TRACEBACK"):
            traceback.print_exc()
        note(f"error: a defect of Gardefou: {type(error).__name__}: {error} [cli.defect]")
        note("    nothing was decided; report it with what GARDEFOU_TRACEBACK=1 shows")
        return Exit.UNKNOWN
    return code


def _discard(*streams: int) -> None:
    """Let what is still in the buffers go nowhere, or Python would fail on it once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream)
    os.close(nowhere)


def _place(error: GardefouError) -> str:
    path = getattr(error, "path", "")
    return f"`{path}`: " if path else ""


def read(path: Path) -> bytes:
    """The bytes of a file, or of standard input for ``-``.

    Raises:
        FileError: ``cli.file`` when it cannot be read.
    """
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(
            f"the file `{path}` cannot be read: {(error.strerror or 'unknown reason').lower()}",
            code="cli.file",
            help="check the path and the permissions",
        ) from None


def read_text(path: Path) -> str:
    """The text of a file, or of standard input for ``-``.

    Raises:
        FileError: ``cli.file`` when it cannot be read.
        ContentError: ``cli.encoding`` when it is not UTF-8.
    """
    try:
        return read(path).decode()
    except UnicodeDecodeError as error:
        raise ContentError(
            f"the file `{path}` is not UTF-8 at byte {error.start}",
            code="cli.encoding",
            help="encode the file as UTF-8",
        ) from None


def read_json(path: Path) -> Any:
    """The JSON value in a file, or on standard input for ``-``.

    Raises:
        FileError: ``cli.file`` when it cannot be read.
        ContentError: ``json.*``, with the file's name, when it is no JSON value.
    """
    data = read(path)
    with named(path):
        return parse(data)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Put the file's name before what is wrong with its content.

    Raises:
        ContentError: for any InputError inside.
    """
    try:
        yield
    except InputError as error:
        inside = f"{path}: {error.path}" if error.path else str(path)
        raise ContentError(
            error.message,
            code=error.code,
            found=error.found,
            expected=error.expected,
            path=inside,
            help=error.help,
        ) from None
