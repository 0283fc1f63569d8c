"""Files as numbered lines of JSON, plain or compressed; the content decides, never the name."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from gardefou.action import MAX_BYTES, parse
from gardefou.errors import InputError, LoadError, Problem

GZIP = b"\x1f\x8b"


class Line(NamedTuple):
    """One line of a file; ``number`` counts from 1."""

    number: int
    text: bytes


def expand(paths: list[Path]) -> list[Path]:
    """Turn folders into the trace files below them, sorted; files stay as they are.

    Raises:
        LoadError: for each path that does not exist, and each folder without a trace file.
    """
    found: list[Path] = []
    problems: list[Problem] = []
    for path in paths:
        if path.is_dir():
            names = ("*.jsonl", "*.jsonl.gz")
            below = sorted({file for name in names for file in path.rglob(name)})
            found += below
            if not below:
                problems.append(_problem(path, "trace.folder", "the folder holds no trace file"))
        elif path.exists():
            found.append(path)
        else:
            problems.append(_problem(path, "trace.missing", "the file does not exist"))
    if problems:
        raise LoadError(problems)
    return list(dict.fromkeys(found))


def lines(path: Path) -> Iterator[Line]:
    """The lines that are not blank.

    Raises:
        LoadError: when the file cannot be read, is cut short, or has a line above the size limit.
    """
    number = 0
    try:
        with _open(path) as stream:
            while text := stream.readline(MAX_BYTES + 1):
                number += 1
                if len(text) > MAX_BYTES:
                    message = f"the line is longer than {MAX_BYTES} bytes"
                    _refuse(path, "trace.size", message, number)
                if text.strip():
                    yield Line(number, text)
    except (OSError, EOFError, zlib.error) as error:
        # gzip raises EOFError for a cut file, zlib.error and BadGzipFile (OSError) for damage.
        detail = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        _refuse(path, "trace.unreadable", f"the file cannot be read: {detail.lower()}", number)


def record(path: Path, line: Line) -> dict[str, Any]:
    """The JSON object on a line.

    Raises:
        InputError: when the line is no JSON object in canonical form.
    """
    value = parse(line.text)
    if not isinstance(value, dict):
        kind = "a list" if isinstance(value, list) else "a single value"
        raise InputError(
            "the line is not a JSON object",
            code="trace.line",
            found=kind,
            expected="one object on each line",
            help=f"see the trace format in the reference, or leave `{path.name}` out",
        )
    return value


def document(path: Path) -> Any:
    """The whole file as one JSON value, for files that are not JSON lines.

    Raises:
        InputError: when the file is no JSON value, or above the size limit.
        LoadError: when the file cannot be read.
    """
    try:
        with _open(path) as stream:
            return parse(stream.read(MAX_BYTES + 1))
    except (OSError, EOFError, zlib.error):
        _refuse(path, "trace.unreadable", "the file cannot be read", 0)


def _open(path: Path) -> gzip.GzipFile | BufferedReader:
    with path.open("rb") as stream:
        compressed = stream.read(2) == GZIP
    return gzip.GzipFile(path, "rb") if compressed else path.open("rb")


def _problem(path: Path, code: str, message: str, line: int = 0) -> Problem:
    return Problem(
        code=code,
        message=message,
        file=str(path),
        line=line,
        help="name a .jsonl file, plain or compressed with gzip, or a folder that holds some",
    )


def _refuse(path: Path, code: str, message: str, line: int) -> NoReturn:
    raise LoadError([_problem(path, code, message, line)])
