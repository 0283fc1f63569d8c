"""``gardefou replay``: recorded runs, decided again, counted and reported."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from gardefou import __version__
from gardefou.cli._documents import Labels, Layers, catalogue_of, constitution_of
from gardefou.cli._ledger import KeyFile, recording
from gardefou.cli._output import Exit, command, note, put, read, stderr
from gardefou.constitution import Constitution
from gardefou.decide import Grant, load_grants
from gardefou.errors import FileError, UsageError
from gardefou.replay import (
    LANGUAGES,
    Options,
    Row,
    Subject,
    Summary,
    guards,
    progress,
    write_html,
    write_json,
)
from gardefou.replay import replay as replay_traces


@command
def replay(
    traces: Annotated[
        list[Path],
        typer.Argument(
            help="Trace files, .jsonl or .jsonl.gz, or folders of them.",
            metavar="TRACES",
            readable=False,
            show_default=False,
        ),
    ],
    *,
    constitution: Layers = None,
    catalogue: Labels = "auto",
    grants: Annotated[
        str,
        typer.Option(
            help="A file of task grants, or peers: the tools that other honest runs of the task used.",
            metavar="FILE",
            show_default=False,
        ),
    ] = "",
    json_out: Annotated[
        Path | None,
        typer.Option(
            "--json", help="Write the summary here; - for standard output.", metavar="FILE"
        ),
    ] = None,
    html_out: Annotated[
        Path | None, typer.Option("--html", help="Write the report here.", metavar="FILE")
    ] = None,
    language: Annotated[str, typer.Option(help="The language of the report: en or fr.")] = "en",
    ledger: Annotated[
        str, typer.Option(help="Record every decision in this ledger.", show_default=False)
    ] = "",
    key: KeyFile = None,
) -> Exit:
    """Decide every call of recorded runs, in order, and count what was stopped and disturbed."""
    if language not in LANGUAGES:
        raise UsageError(
            f"there is no report in `{language}`",
            code="cli.language",
            help=f"the languages are: {', '.join(LANGUAGES)}",
        )
    for path in (json_out, html_out):
        _writable(path)
    known = catalogue_of(catalogue)
    law = constitution_of(constitution or [], known)
    fixed = () if grants in {"", "peers"} else _grants(Path(grants))
    with progress(stderr) as advance, recording(ledger, key, law, constitution or []) as record:
        summary = replay_traces(
            traces,
            guards(law, known, grants=fixed, record=record),
            Options(
                subject=_subject(law, catalogue, grants),
                peers=grants == "peers",
                note=note,
                progress=advance,
            ),
        )
    _write(summary, json_out, html_out, language)
    unmet = [call for row in summary.sets for call in row.expected.unmet]
    for call in unmet:
        note(f"not as expected: {call}")
    return Exit.NO if unmet else Exit.YES


def _writable(path: Path | None) -> None:
    """Ask before the work, not after it, whether the result has a place.

    Raises:
        FileError: ``replay.write`` when it has none.
    """
    if path is None or str(path) == "-":
        return
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        why = "is a folder" if path.is_dir() else "its folder does not exist or is not yours"
        raise FileError(
            f"`{path}` cannot be written: {why}",
            code="replay.write",
            help="name a file in a folder that exists and that you may write to",
        )


def _write(summary: Summary, json_out: Path | None, html_out: Path | None, language: str) -> None:
    if html_out is not None:
        write_html(summary, html_out, language)
        note(f"the report is in {html_out}")
    if json_out is not None and str(json_out) != "-":
        write_json(summary, json_out)
        note(f"the summary is in {json_out}")
    if json_out is not None and str(json_out) == "-":
        put(summary.to_json().decode().rstrip("\n"))
        return
    for line in _table(summary.sets):
        put(line)
    latency = summary.latency_us
    put(
        f"{latency.decisions} calls decided, ingress and origins included: "
        f"half within {latency.p50:.0f} µs, 99 of 100 within {latency.p99:.0f} µs"
    )


def _table(rows: Sequence[Row]) -> list[str]:
    """One aligned line for each set and template."""
    head = ("set", "template", "attacks", "denied", "held", "missed", "honest", "denied", "held", "calls", "denied", "held")  # fmt: skip
    lines: list[tuple[str, ...]] = [head]
    for row in rows:
        a, h = row.attacks, row.honest
        numbers = (a.runs, a.stopped_deny, a.stopped_hold, a.missed, h.runs, h.runs_denied, h.runs_held, h.calls, h.calls_denied, h.calls_held)  # fmt: skip
        lines.append((row.name, row.template or "-", *map(str, numbers)))
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return [
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def _subject(law: Constitution, catalogue: str, grants: str) -> Subject:
    kind: Literal["none", "file", "peers"] = "none"
    if grants:
        kind = "peers" if grants == "peers" else "file"
    return Subject(
        engine=__version__,
        constitution=law.name,
        constitution_digest=law.digest,
        catalogue=catalogue,
        grants=kind,
    )


def _grants(path: Path) -> tuple[Grant, ...]:
    """The grants in a file; every session begins with them.

    Raises:
        LoadError: with every mistake of the file.
    """
    return load_grants(read(path), file=str(path))
