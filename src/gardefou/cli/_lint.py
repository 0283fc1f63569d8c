"""``gardefou lint``: rules without work, actions without a rule, quorums that cannot be met."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from gardefou.analysis import Lint
from gardefou.analysis import lint as run_lint
from gardefou.cli._output import AsJson, Exit, command, put, put_json
from gardefou.cli._versions import OldCatalogue, guard_from


@command
def lint(
    constitution: Annotated[
        Path,
        typer.Argument(
            help="A constitution: a file, or a folder whose .md files are its layers by name.",
            readable=False,
            show_default=False,
        ),
    ],
    *,
    catalogue: OldCatalogue = "auto",
    as_json: AsJson = False,
) -> Exit:
    """Look for rules that never matter, tools that no article addresses, and impossible quorums."""
    found = run_lint(guard_from(constitution, catalogue))
    if as_json:
        put_json(found.to_json())
    else:
        for line in _lines(found):
            put(line)
    if any(remark.code in ("lint.unknown", "lint.not_analysed") for remark in found.remarks):
        return Exit.UNKNOWN
    return Exit.NO if found.remarks else Exit.YES


def _lines(found: Lint) -> Iterator[str]:
    for remark in found.remarks:
        place = ":".join(str(part) for part in (remark.file, remark.line) if part)
        yield (
            f"{place}: {remark.sentence} [{remark.code}]"
            if place
            else f"{remark.sentence} [{remark.code}]"
        )
    yield f"{found.rules} rules, {len(found.remarks)} remarks, {found.asked} questions"
