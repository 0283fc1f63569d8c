"""``gardefou diff``: what an amendment changes, in concrete actions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gardefou.analysis import Difference, difference, kept_files
from gardefou.cli._output import AsJson, Exit, command, put, put_json
from gardefou.cli._versions import NewCatalogue, OldCatalogue, Version, guard_from


@command
def diff(
    old: Version,
    new: Version,
    *,
    catalogue: OldCatalogue = "auto",
    new_catalogue: NewCatalogue = "",
    keep: Annotated[
        Path | None,
        typer.Option(
            help="Write every action to this folder, as files for gardefou decide.",
            metavar="FOLDER",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> Exit:
    """Say per article what becomes stricter or looser, each with the smallest action that shows it."""
    found = difference(guard_from(old, catalogue), guard_from(new, new_catalogue or catalogue))
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        for name, value in kept_files(found):
            data = msgspec.json.format(msgspec.json.encode(value)) + b"\n"
            (keep / name).write_bytes(data)
    if as_json:
        put_json(found.to_json())
    else:
        for line in _lines(found):
            put(line)
    if any(change.case is None for change in found.changes):
        return Exit.UNKNOWN
    return Exit.YES if found.is_empty else Exit.NO


def _lines(found: Difference) -> Iterator[str]:
    if found.is_empty:
        yield "no action is decided otherwise"
    for article, word in found.articles.items():
        yield f"{article}: {word}"
        for change in found.changes:
            if change.article == article:
                yield f"    {change.direction}: {change.sentence}"
    others = [change for change in found.changes if not change.article]
    if others:
        yield "the catalogue, facts and declarations:"
        yield from (f"    {change.direction}: {change.sentence}" for change in others)
    yield from (f"not analysed: {what}" for what in found.not_analysed)
    yield f"slices {found.slices}, questions {found.asked}"
