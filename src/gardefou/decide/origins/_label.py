"""Labelling one call: the origin of each argument, and whose idea the call is."""

from __future__ import annotations

from collections.abc import Sequence

from gardefou.constitution.catalogue import ROLES, Ingested, Tool
from gardefou.decide.grants import Grant, Use, covers, use_of
from gardefou.decide.origins._intent import (
    is_asked,
    is_left,
    is_pointed,
    prompting,
    reaches_foreign,
)
from gardefou.decide.origins._leaves import origin_of
from gardefou.decide.origins._model import ABSENT, Intent, Labels, LeafOrigin, Origin
from gardefou.decide.origins._store import Store
from gardefou.decide.origins._tools import profile

_ALL_ABSENT = dict.fromkeys(ROLES, ABSENT)


def label(
    store: Store, tool: Tool, ingested: Ingested, grants: Sequence[Grant], now_us: int
) -> Labels:
    """Say where the arguments of a call come from and whose idea it is."""
    leaves = ingested.leaves
    seen = profile(tool)
    asked = is_asked(store, seen, leaves)
    origins = tuple(origin_of(store, leaf, seen, asked=asked) for leaf in leaves)
    left = is_left(store, seen, origins)
    passage = prompting(store, seen, leaves, origins, asked=asked, left=left)
    repeated = not store.wishes.many and store.done.get(tool.name, 0) > 0
    foreign = reaches_foreign(store, seen, leaves, origins, repeated=repeated)
    use = use_of(tool, ingested)
    task = [grant for grant in grants if grant.granted_by != "delegation"]
    granted = _covered(store, use, task, now_us)
    consents = [grant for grant in grants if grant.granted_by == "delegation"]
    intent = Intent(
        asked=asked,
        delegated=left and passage is None,
        prompted=passage is not None,
        exposed=store.exposed,
        repeated=repeated,
        foreign=foreign,
        pointed=is_pointed(store, passage, leaves, origins, asked=asked, foreign=foreign),
        granted=granted,
        outside_grant=bool(task) and not granted,
        confirmed=_covered(store, use, consents, now_us),
    )
    reasons: tuple[str, ...] = ()
    if passage is not None:
        source = store.results[passage.result].tool
        reasons = (f"a text read by `{source}` asks for it: `{passage.said.text}`",)
    return Labels(origin=_roles(origins), leaves=origins, intent=intent, reasons=reasons)


def _covered(store: Store, use: Use, grants: Sequence[Grant], now_us: int) -> bool:
    return any(covers(grant, use, store.uses, now_us) for grant in grants)


def _roles(origins: Sequence[LeafOrigin]) -> dict[str, Origin]:
    """Of several values in one role, the least trusted speaks."""
    out = dict(_ALL_ABSENT)
    for leaf in origins:
        new = Origin(
            source=leaf.source,
            tool=leaf.tool,
            named=leaf.named,
            delegated=leaf.delegated,
            outsider=leaf.outsider,
            trusted=leaf.trusted,
        )
        old = out[leaf.role]
        if old is ABSENT or _doubt(new) > _doubt(old):
            out[leaf.role] = new
    return out


def _doubt(origin: Origin) -> tuple[bool, bool, bool]:
    return (
        origin.outsider and not (origin.named or origin.delegated),
        not origin.named,
        not origin.trusted,
    )
