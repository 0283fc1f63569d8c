"""The first pass over trace files: recognise, check every line, gather tools and tasks.

1. Every file is recognised by its content. What is known to hold no trace is skipped with a note.
2. Every line is read completely before the first decision; one bad line and nothing is replayed.
3. Records are not kept: the second pass reads them again, so memory does not grow with the files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from gardefou.errors import InputError, LoadError, Problem
from gardefou.replay._readers import (
    _asb,
    _assebench,
    _bfcl,
    _labelled,
    _own,
    _suites,
)
from gardefou.replay._readers._files import Line, document, expand, lines, record
from gardefou.replay._readers._skipped import recognised, recognised_document
from gardefou.replay._readers._tools import Gathered, beside
from gardefou.replay._trace import Trace

FAMILIES: tuple[ModuleType, ...] = (_own, _suites, _asb, _assebench, _labelled, _bfcl)
MOST_PROBLEMS = 50
"""Problems shown for one file; a file in a wrong format has one on each line."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A file that holds traces, its reader, and how many it holds."""

    path: Path
    family: str
    runs: int
    reader: ModuleType
    gathered: Gathered

    def traces(self) -> Iterator[Trace]:
        """Read the file again, one trace at a time, each with its tools."""
        for line in lines(self.path):
            trace = self.reader.read(record(self.path, line))
            yield msgspec.structs.replace(trace, tools=self.gathered.tools(trace))


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What the files hold; ``notes`` say what was skipped and why."""

    sources: tuple[Source, ...]
    notes: tuple[str, ...]

    @property
    def runs(self) -> int:
        """How many traces there are in all files."""
        return sum(source.runs for source in self.sources)


def survey(paths: Sequence[Path], each: Callable[[Trace], None] = lambda _: None) -> Survey:
    """Recognise and check every file; ``each`` sees every trace once, without tools.

    Raises:
        LoadError: one problem for each file that is not known and each line that is not right.
    """
    sources: list[Source] = []
    notes: list[str] = []
    problems: list[Problem] = []
    for path in expand(list(paths)):
        try:
            found = _file(path, each, problems)
        except LoadError as error:
            problems += error.problems
            continue
        except InputError as error:
            problems.append(_problem(path, 0, error))
            continue
        if isinstance(found, Source):
            sources.append(found)
        elif found:
            notes.append(found)
    if problems:
        raise LoadError(problems)
    return Survey(sources=tuple(sources), notes=tuple(notes))


def _file(path: Path, each: Callable[[Trace], None], problems: list[Problem]) -> Source | str:
    first = next(lines(path), None)
    if first is None:
        raise _unknown(path, "an empty file")
    try:
        head = record(path, first)
    except InputError:
        return f"{path}: skipped, {_document(path)}"
    reader = next((family for family in FAMILIES if family.claims(head)), None)
    if reader is None:
        if what := recognised(head):
            return f"{path}: skipped, {what}"
        raise _unknown(path, "an object with the keys " + ", ".join(sorted(head)[:12]))
    gathered = Gathered(beside(path))
    runs = 0
    before = len(problems)
    for line in lines(path):
        try:
            trace = _read(path, line, reader)
            gathered.add(trace)
        except InputError as error:
            if len(problems) - before < MOST_PROBLEMS:
                problems.append(_problem(path, line.number, error))
            continue
        each(trace)
        runs += 1
    name = reader.__name__.rpartition("._")[2]
    return Source(path=path, family=name, runs=runs, reader=reader, gathered=gathered)


def _read(path: Path, line: Line, reader: ModuleType) -> Trace:
    trace: Trace = reader.read(record(path, line))
    return trace


def _document(path: Path) -> str:
    """What the file is as one JSON document, where that is known to hold no trace.

    Raises:
        InputError: when it is no JSON document either.
        LoadError: when it is one, of an unknown kind.
    """
    value: Any = document(path)
    if what := recognised_document(value):
        return what
    if isinstance(value, dict):
        raise _unknown(path, "one document with the keys " + ", ".join(sorted(value)[:12]))
    raise _unknown(path, f"one document, a {type(value).__name__}")


def _unknown(path: Path, found: str) -> LoadError:
    problem = Problem(
        code="trace.unknown",
        message="the file holds no traces of a known kind",
        file=str(path),
        found=found,
        expected="Gardefou traces, or a benchmark file named in the reference",
        help="see the trace format in the reference, or leave the file out",
    )
    return LoadError([problem])


def _problem(path: Path, line: int, error: InputError) -> Problem:
    at = f" at `{error.path}`" if error.path else ""
    return Problem(
        code=error.code,
        message=error.message + at,
        file=str(path),
        line=line,
        found=error.found,
        expected=error.expected,
        help=error.help,
    )
