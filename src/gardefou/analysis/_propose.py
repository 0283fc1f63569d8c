"""The concrete cases that a proposal of the solver can stand for, in both versions."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gardefou.analysis._arguments import beyond
from gardefou.analysis._case import Case
from gardefou.analysis._concrete import proposals
from gardefou.analysis._pair import Pair, Typed
from gardefou.analysis._pool import Pool
from gardefou.analysis._side import Slice
from gardefou.analysis._solve import Found
from gardefou.analysis._values import Values


def cases_of(
    pair: Pair, piece: Slice, pool: Pool, both: tuple[Typed, Typed], found: Found
) -> Iterator[Case]:
    """Cases to be decided by both guards, the most likely first."""
    for mine, guard, other in zip(both, (pair.old, pair.new), (pair.new, pair.old), strict=True):
        side = mine.side
        refused = isinstance(mine.refused, str) and found.truths.get(mine.refused, False)
        values = Values(pool, found, side.world, other.constitution.organisation_domains)
        law = guard.constitution
        yield from proposals(
            values, side.tool, law, side.world, refused=bool(refused), is_open=piece.is_open
        )
        if guard is pair.new and piece.kind == "tool.call" and not piece.is_open:
            # What one version refuses and the other takes: what their schemas do not share.
            old_tool = both[0].side.tool
            for case in proposals(values, side.tool, law, side.world, refused=False, is_open=False):
                for extra in beyond(old_tool, side.tool, law):
                    full = {**case.action.arguments, **extra}
                    action = msgspec.structs.replace(case.action, arguments=full)
                    yield msgspec.structs.replace(case, action=action)
