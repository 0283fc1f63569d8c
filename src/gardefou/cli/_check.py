"""``gardefou check``: does a constitution load, and what does it cover."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gardefou.analysis import verify
from gardefou.cli._documents import catalogue_of, constitution_of
from gardefou.cli._output import AsJson, Exit, command, note, put, put_json
from gardefou.constitution import Overview, overview
from gardefou.constitution.catalogue import Catalogue
from gardefou.decide import Guard
from gardefou.errors import LoadError


@command
def check(
    constitution: Annotated[
        list[Path],
        typer.Argument(
            help="The constitution; further files are further layers, issuer first.",
            metavar="CONSTITUTION",
            readable=False,
            show_default=False,
        ),
    ],
    *,
    catalogue: Annotated[
        str,
        typer.Option(help="The catalogue of tools; auto checks against none.", metavar="FILE"),
    ] = "auto",
    prove: Annotated[
        bool,
        typer.Option(
            "--prove", help="Prove the properties that the constitution states.", show_default=False
        ),
    ] = False,
    as_json: AsJson = False,
) -> Exit:
    """Load a constitution, name every mistake, and say what it covers."""
    known = catalogue_of(catalogue)
    try:
        law = constitution_of(constitution, known)
    except LoadError as error:
        # The one command that asks whether a document loads: here, that it does not is the answer.
        note(error.diagnostics())
        if as_json:
            put_json({"problems": error.problems})
        return Exit.NO
    found = overview(law, known)
    for warning in found.warnings:
        note(f"warning: {warning}")
    answers = verify(Guard(law, known or Catalogue())) if prove else ()
    if as_json:
        value = msgspec.to_builtins(found)
        put_json({**value, "properties": [a.to_json() for a in answers]} if prove else value)
    else:
        for line in _lines(found):
            put(line)
        for answer in answers:
            put(f"{answer.verdict}: {answer.sentence}")
        for what in answers[0].not_analysed if answers else ():
            put(f"not analysed: {what}")
    if any(answer.verdict == "broken" for answer in answers):
        return Exit.NO
    return Exit.UNKNOWN if any(answer.verdict == "unknown" for answer in answers) else Exit.YES


def _lines(found: Overview) -> Iterator[str]:
    kinds = ", ".join(
        f"{count} {kind.replace('_', ' ')}" for kind, count in found.articles.items() if count
    )
    yield f"{found.name}, version {found.version}: loads"
    yield f"digest    {found.digest}"
    yield from (f"layer     {layer}" for layer in found.layers)
    yield f"articles  {kinds}; {found.rules} rules"
    yield from (f"role      {name}: {count} persons" for name, count in found.roles.items())
    yield from (f"fact      {fact}" for fact in found.facts)
    yield from (f"replaced  {old}" for old in found.replaced)
    for covered in found.covers:
        yield ""
        yield f"Article {covered.article} ({covered.kind.replace('_', ' ')}, {covered.layer})"
        if covered.on:
            yield f"    on {', '.join(covered.on)}"
        yield from (f"    {does}" for does in covered.does)
    yield ""
    missing = ", ".join(found.unaddressed) or "none"
    yield f"effects that no article addresses ({found.unlisted}): {missing}"
    if found.unaddressed_tools:
        yield f"tools that are not addressed ({found.unlisted}): {', '.join(found.unaddressed_tools)}"
