"""Labelling one call: the origin of each argument, and whose idea the call is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gardefou.constitution.catalogue import ROLES, Ingested, Tool
from gardefou.decide.grants import Grant, covers, use_of
from gardefou.decide.origins._fields import is_prose
from gardefou.decide.origins._forms import host, strict
from gardefou.decide.origins._store import Store
from gardefou.decide.origins._model import ABSENT, Intent, Labels, LeafOrigin, Origin
from gardefou.decide.origins._tools import Profile, carries, profile


def label(
    memory: Store, tool: Tool, ingested: Ingested, grants: Sequence[Grant], now_us: int
) -> Labels:
    """Say where the arguments of a call come from and whose idea it is."""
    leaves = ingested.leaves
    seen = profile(tool)
    asked = memory.wishes.asks_for(seen)
    open_ = memory.wishes.open
    origins = [_leaf(memory, leaf, seen, asked=asked, open_=open_) for leaf in leaves]
    reasons: list[str] = []
    prompted = _prompted(memory, seen, leaves, origins, asked=asked, reasons=reasons)
    granted, outside = _grants(memory, tool, ingested, grants, now_us)
    delegated = open_ and not prompted and _left_to_source(memory, seen)
    intent = Intent(
        asked=asked,
        delegated=delegated,
        prompted=prompted,
        exposed=memory.exposed,
        repeated=_repeated(memory, tool, leaves),
        granted=granted,
        outside_grant=outside,
    )
    return Labels(
        origin=_roles(origins), leaves=tuple(origins), intent=intent, reasons=tuple(reasons)
    )


def _grants(
    memory: Store, tool: Tool, ingested: Ingested, grants: Sequence[Grant], now_us: int
) -> tuple[bool, bool]:
    if not grants:
        return False, False
    use = use_of(tool, ingested)
    granted = any(covers(grant, use, memory.uses, now_us) for grant in grants)
    return granted, not granted


def _leaf(memory: Store, leaf: Any, seen: Profile, *, asked: bool, open_: bool) -> LeafOrigin:
    text, role = leaf.text, leaf.role
    key = strict(text)
    speaker = memory.wishes.speaker_of(key) if key else "user"
    if speaker:
        return LeafOrigin(
            path=leaf.path,
            role=role,
            source=speaker,
            named=True,
            evidence=f"the {speaker} wrote it",
        )
    places = memory.fields.get(key, ())
    prose = memory.prose_with(text) if len(text) < 200 else ()
    if not places and not prose and (site := host(key)):
        prose = memory.prose_with(site)
    for place in places:
        result = memory.results[place.result]
        if not result.outside:
            return LeafOrigin(
                path=leaf.path,
                role=role,
                source="tool",
                tool=result.tool,
                evidence=f"a field of `{result.tool}`, which only the organisation writes",
            )
    tool = ""
    hostile = [memory.passages[i] for i in prose]
    if places:
        tool = memory.results[places[0].result].tool
        linked = any(_linked(memory, place) for place in places)
        led = any(memory.results[place.result].led != "outsider" for place in places)
        steered = any((p.addressing or p.directing) and _compatible(p.acts, seen) for p in hostile)
        return LeafOrigin(
            path=leaf.path,
            role=role,
            source="tool",
            tool=tool,
            outsider=True,
            trusted=False,
            named=linked and not steered,
            delegated=(asked or open_) and led and not steered,
            evidence=f"a field of `{tool}`, which outsiders can write",
        )
    if hostile:
        tool = memory.results[hostile[0].result].tool
        sources = [memory.results[p.result] for p in hostile]
        left = (asked or open_) and any(s.led == "user" and not s.addressing for s in sources)
        return LeafOrigin(
            path=leaf.path,
            role=role,
            source="tool",
            tool=tool,
            outsider=True,
            trusted=False,
            delegated=left,
            evidence=f"stands only in text read by `{tool}`, which outsiders can write",
        )
    return LeafOrigin(
        path=leaf.path, role=role, source="model", trusted=False, evidence="the model made it"
    )


def _linked(memory: Store, place: Any) -> bool:
    words = memory.records.get((place.result, place.record), ())
    return any(word in memory.wishes.words for word in words)


def _compatible(acts: frozenset[str], seen: Profile) -> bool:
    return any(carries(said, act) for said in acts for act in seen.acts)


def _prompted(
    memory: Store,
    seen: Profile,
    leaves: Sequence[Any],
    origins: Sequence[LeafOrigin],
    *,
    asked: bool,
    reasons: list[str],
) -> bool:
    if not memory.passages:
        return False
    pairs = [
        (leaf, o)
        for leaf, o in zip(leaves, origins, strict=True)
        if ROLES[o.role].deciding and not o.named
    ]
    if asked and not pairs:
        return False
    candidates = [
        p
        for p in memory.passages
        if (p.directing or p.addressing or p.strong) and _compatible(p.acts, seen)
    ]
    for p in candidates:
        for leaf, o in pairs:
            if o.delegated and not p.addressing:
                continue
            if _holds(memory, p, leaf.text):
                reasons.append(
                    f"a passage read by `{memory.results[p.result].tool}` asks for it: `{p.text}`"
                )
                return True
        if asked:
            continue
        if (p.classes & seen.classes) or (p.words & seen.words):
            reasons.append(
                f"a passage read by `{memory.results[p.result].tool}` speaks of it: `{p.text}`"
            )
            return True
    for p in memory.passages:
        if p.addressing:
            for leaf, o in pairs:
                if not is_prose(leaf.text) and _holds(memory, p, leaf.text):
                    reasons.append(
                        f"a passage read by `{memory.results[p.result].tool}` names it: `{p.text}`"
                    )
                    return True
    return False


def _holds(memory: Store, p: Any, text: str) -> bool:
    from gardefou.decide.origins._forms import loose

    whole = loose(text)
    if not whole:
        return False
    if whole in p.near:
        return True
    parts = [loose(piece) for piece in text.split()]
    return 1 < len(parts) < 40 and all(part in p.near for part in parts if part)


def _left_to_source(memory: Store, seen: Profile) -> bool:
    for p in memory.passages:
        result = memory.results[p.result]
        if result.led == "user" and not result.addressing and _compatible(p.acts, seen):
            return True
    return False


def _repeated(memory: Store, tool: Tool, leaves: Sequence[Any]) -> bool:
    return tool.name in memory.done and not memory.wishes.many


def _roles(origins: Sequence[LeafOrigin]) -> dict[str, Origin]:
    out = dict(_ALL_ABSENT)
    for o in origins:
        new = Origin(
            source=o.source,
            tool=o.tool,
            named=o.named,
            delegated=o.delegated,
            outsider=o.outsider,
            trusted=o.trusted,
        )
        old = out[o.role]
        if old is ABSENT or _rank(new) > _rank(old):
            out[o.role] = new
    return out


_ALL_ABSENT = dict.fromkeys(ROLES, ABSENT)


def _rank(o: Origin) -> tuple[bool, bool, bool]:
    return (o.outsider and not (o.named or o.delegated), not o.named, not o.trusted)
