"""Fuzz target: settings end in a whole value or named mistakes, an upstream's bytes in an answer or an error.

Run with atheris, which is no dependency of the project:

    pip install atheris
    python fuzz/fuzz_gateway.py -max_total_time=600 CORPUS

`tests/doors/gateway/test_fuzz.py` runs the same entry points with Hypothesis.
"""

from __future__ import annotations

import asyncio
import sys

from gardefou.doors.gateway._connection import Connection
from gardefou.doors.gateway._load import parse_settings
from gardefou.doors.gateway._settings import Settings
from gardefou.errors import LoadError, Problem, UpstreamError

GOOD = b'[store]\nledger = "l"\nkey = "k"\n[upstreams.a]\nkind = "openai"\n'


class Pipe(asyncio.Transport):
    """A transport that only remembers whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send nothing."""

    def abort(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        """Nothing is read here."""

    def resume_reading(self) -> None:
        """Nothing is read here."""


def one_text(data: bytes) -> None:
    """Settings: every mistake has a code, and no line of the file is repeated."""
    settings, problems = _settings(data)
    if settings is not None:
        return
    assert problems, "refused without a problem"
    for problem in problems:
        assert problem.code.startswith("settings."), problem
        assert "\n" not in problem.message, problem


def _settings(data: bytes) -> tuple[Settings | None, tuple[Problem, ...]]:
    try:
        return parse_settings(data), ()
    except LoadError as error:
        return None, error.problems


def one_answer(pieces: list[bytes]) -> tuple[int, bytes, str]:
    """An upstream's bytes, in these pieces: the status, the body that came, and the error's code."""
    return asyncio.run(_answer(pieces))


async def _answer(pieces: list[bytes]) -> tuple[int, bytes, str]:
    connection = Connection(asyncio.get_running_loop())
    connection.connection_made(Pipe())
    connection.send(b"x")
    for piece in pieces:
        if not connection.is_closed:
            connection.data_received(piece)
    connection.connection_lost(None)
    body, code = b"", ""
    try:
        await connection.head(1)
        while chunk := await connection.chunk(1):
            body += chunk
    except UpstreamError as error:
        code = error.code
    assert code.startswith("upstream.") or connection.is_complete, "an end that is none"
    return connection.status, body, code


def one_input(data: bytes) -> None:
    """Treat the bytes as settings, as more settings, and as an answer cut in two."""
    one_text(data)
    one_text(GOOD + data)
    half = len(data) // 2
    one_answer([data[:half], data[half:]])


def main() -> None:
    """Hand over to the fuzzer."""
    import atheris  # noqa: PLC0415 - only this entry point needs it

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
