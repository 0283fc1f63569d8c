"""``gardefou prove``: does an amendment keep what the red lines stop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from gardefou.analysis import Finding, Proof, prove
from gardefou.cli._output import AsJson, Exit, command, put, put_json
from gardefou.cli._versions import NewCatalogue, OldCatalogue, Version, guard_from

_SHOWN = 10


@command
def prove_(
    old: Version,
    new: Version,
    *,
    catalogue: OldCatalogue = "auto",
    new_catalogue: NewCatalogue = "",
    smt: Annotated[
        Path | None,
        typer.Option(
            help="Write every proved question to this folder, as SMT-LIB.",
            metavar="FOLDER",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> Exit:
    """Prove that what the red lines of OLD stop, those of NEW stop too, or show what gets through."""
    proof = prove(guard_from(old, catalogue), guard_from(new, new_catalogue or catalogue))
    if smt is not None:
        smt.mkdir(parents=True, exist_ok=True)
        for number, script in enumerate(proof.scripts, 1):
            (smt / f"{number:04d}.smt2").write_text(f"{script}\n(check-sat)\n", encoding="utf-8")
    if as_json:
        put_json(proof.to_json())
    else:
        for line in _lines(proof):
            put(line)
    return {"proved": Exit.YES, "weaker": Exit.NO, "unknown": Exit.UNKNOWN}[proof.verdict]


def _lines(proof: Proof) -> Iterator[str]:
    asked = len(proof.certificate.queries)
    if proof.holds:
        yield "proved: what the red lines refuse or hold stays refused or held"
    elif proof.verdict == "unknown":
        yield "unknown, which counts as weaker: it is not proved"
    else:
        yield "weaker: what a red line stops would get through, or more easily"
    yield f"slices {proof.slices}, of which {proof.certificate.unchanged} rest on nothing that changes; questions {asked}"
    groups: dict[tuple[str, tuple[str, ...]], list[Finding]] = {}
    for finding in proof.findings:
        groups.setdefault((finding.code, finding.articles), []).append(finding)
    for number, alike in enumerate(groups.values(), 1):
        if number > _SHOWN:
            yield f"and {len(groups) - _SHOWN} more kinds; --json has them all"
            break
        more = f" (and {len(alike) - 1} more like it)" if len(alike) > 1 else ""
        yield f"{number}. {alike[0].sentence}{more} [{alike[0].code}]"
    yield from (f"not analysed: {what}" for what in proof.certificate.not_analysed)
    yield f"certificate {proof.certificate.digest()}"
