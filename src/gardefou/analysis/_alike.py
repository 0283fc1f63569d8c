"""What two versions read alike: arguments of a tool, effects of a call, facts.

1. A tool whose schema, labels and currency are the same is read alike: the same call has the same
   typed values in both versions, or is refused by both.
2. A schema that only takes away (fewer arguments, tighter bounds) is read alike where the new
   version does not refuse; everything else is *different*: nothing is assumed about it.
3. A fact is the same when its declaration, with its definitions, sets and currency put in, and
   everything that it counts are the same. It *dominates* when it counts at least as much at every
   moment; else it is a value of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from gardefou.analysis._slots import SHAPES
from gardefou.constitution import Constitution, Selector
from gardefou.constitution.catalogue import EFFECTS, Catalogue, Tool
from gardefou.constitution.facts import FactDeclaration, Reset

Reading = Literal["same", "narrower", "different"]
FactReading = Literal["same", "dominates", "different"]

_ANNOTATIONS = frozenset({"description", "title", "$comment", "examples", "deprecated"})
_AT_MOST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_AT_LEAST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_CONTENT_ROLES = frozenset({"command", "query", "code"})


def tool_of(catalogue: Catalogue, name: str | None) -> Tool:
    """The tool with a name as the guard sees it; one that is not known has no labels."""
    found = catalogue.tools.get(name) if name is not None else None
    return found if found is not None else Tool(name=name or "")


def is_refinable(tool: Tool) -> bool:
    """Whether the content of a call can change its effects."""
    return bool(tool.effects) and any(p.role in _CONTENT_ROLES for p in tool.parameters.values())


def reading(old: Tool, new: Tool, before: Constitution, after: Constitution) -> Reading:
    """Whether both versions give the same call the same typed values."""
    if old is not new and (_parameters(old) != _parameters(new) or _doubts(old) != _doubts(new)):
        return "different"
    if before.currency != after.currency and _has_money(old):
        return "different"
    if old is new or _bare(old.schema) == _bare(new.schema):
        return "same"
    return "narrower" if is_narrower(_bare(new.schema), _bare(old.schema)) else "different"


def _parameters(tool: Tool) -> dict[str, tuple[str, str, str]]:
    return {path: (p.role, p.type, p.currency) for path, p in tool.parameters.items()}


def _doubts(tool: Tool) -> tuple[object, ...]:
    """What decides whether a proposed label may be wrong (`catalogue._plan`, `_doubtful`)."""
    is_proposed = tool.labelled_by in ("suggest", "hints") and bool(tool.effects)
    return (True, tool.effects) if is_proposed else (False,)


def _has_money(tool: Tool) -> bool:
    return any(p.type == "money" or p.role == "amount" for p in tool.parameters.values())


def _bare(schema: Any) -> Any:
    """A schema without what only people read; names of properties are kept whatever they are."""
    if isinstance(schema, list):
        return [_bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    bare: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties" and isinstance(value, dict):
            bare[key] = {name: _bare(inner) for name, inner in value.items()}
        elif key == "required" and isinstance(value, list):
            bare[key] = sorted(map(str, value))
        elif key in ("enum", "const", "default"):
            bare[key] = value
        elif key not in _ANNOTATIONS:
            bare[key] = _bare(value)
    return bare


def is_narrower(new: Any, old: Any) -> bool:
    """Whether everything that fits the new schema fits the old one, by taking away alone."""
    if new == old:
        return True
    if not isinstance(new, dict) or not isinstance(old, dict):
        return False
    if ("properties" in new) != ("properties" in old):
        return False
    changed = [key for key in {*new, *old} if new.get(key) != old.get(key)]
    return all(_takes_away(key, new, old) for key in changed)


def _takes_away(key: str, new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Whether one keyword of a schema, as it has changed, only takes away."""
    mine, its = new.get(key), old.get(key)
    if key == "properties":
        # An object that lists its names takes no others, unless it says so itself.
        is_closed = "additionalProperties" not in new and "additionalProperties" not in old
        if not (is_closed and isinstance(mine, dict) and isinstance(its, dict) and mine):
            return False
        return all(name in its and is_narrower(inner, its[name]) for name, inner in mine.items())
    if key == "required":
        return isinstance(mine, list) and set(its or ()) <= set(mine)
    if key == "items":
        return is_narrower(mine, its)
    if key in _AT_MOST or key in _AT_LEAST:
        return _is_tighter(key, mine, its)
    if key == "enum":
        return isinstance(mine, list) and (its is None or all(value in its for value in mine))
    return key == "pattern" and its is None


def _is_tighter(key: str, mine: Any, its: Any) -> bool:
    if type(mine) not in (int, float):
        return False
    if its is None:
        return True
    return bool(mine <= its if key in _AT_MOST else mine >= its)


class FactReadings(msgspec.Struct, frozen=True):
    """How each fact of the old version is read by the new one, and why where it is not the same."""

    readings: Mapping[str, FactReading]
    reasons: Mapping[str, str]


def fact_readings(
    old: Constitution, new: Constitution, before: Catalogue, after: Catalogue
) -> FactReadings:
    """Compare every fact that both versions declare."""
    readings: dict[str, FactReading] = {}
    reasons: dict[str, str] = {}
    later = {fact.name: fact for fact in new.facts}
    changed = _changed_tools(old, new, before, after)
    for fact in old.facts:
        other = later.get(fact.name)
        if other is None:
            readings[fact.name], reasons[fact.name] = "different", "it is no longer declared"
            continue
        readings[fact.name], reasons[fact.name] = _fact(fact, other, changed)
    return FactReadings(readings, reasons)


class _Changed(msgspec.Struct, frozen=True):
    old: Tool
    new: Tool
    reading: Reading


def _changed_tools(
    old: Constitution, new: Constitution, before: Catalogue, after: Catalogue
) -> tuple[_Changed, ...]:
    """The tools whose calls are not the same to a fact in both versions."""
    found = []
    for name in dict.fromkeys((*before.tools, *after.tools)):
        mine, its = tool_of(before, name), tool_of(after, name)
        how = reading(mine, its, old, new)
        if how != "same" or set(mine.effects) != set(its.effects):
            found.append(_Changed(mine, its, how))
    return tuple(found)


def _fact(
    old: FactDeclaration, new: FactDeclaration, changed: Sequence[_Changed]
) -> tuple[FactReading, str]:
    if (old.kind, old.of, old.currency, old.scope, old.on_tools) != (
        new.kind,
        new.of,
        new.currency,
        new.scope,
        new.on_tools,
    ):
        return "different", "what it counts, or for whom, has changed"
    if _number(old.condition) != _number(new.condition):
        return "different", "the condition under which it counts has changed"
    if not set(old.on) <= set(new.on):
        return "different", "it no longer counts everything that it counted"
    if not _covers_window(old.window_s, new.window_s):
        return "different", "it looks back less far"
    if new.exact_up_to > old.exact_up_to:
        return "different", "it tells more values apart before it counts every one"
    if not _resets_less(old.reset, new.reset):
        return "different", "it is reset by more than before"
    is_same = (
        set(old.on) == set(new.on)
        and old.window_s == new.window_s
        and old.exact_up_to == new.exact_up_to
        and _reset_key(old.reset) == _reset_key(new.reset)
    )
    return _over_tools(old, new, changed, is_same=is_same)


def _over_tools(
    old: FactDeclaration, new: FactDeclaration, changed: Sequence[_Changed], *, is_same: bool
) -> tuple[FactReading, str]:
    """What relabelled tools, and those whose arguments are read otherwise, do to a fact."""
    for item in changed:
        was, now = _feeds(old.on, item.old), _feeds(new.on, item.new)
        if was == "never" and now == "never":
            continue
        # A call that the new version refuses unsettles a fact, which tightens (facts, rule 2).
        if was != "never" and (item.reading == "different" or not _keeps(old.on, item)):
            return "different", f"calls of `{item.old.name}` no longer count as they did"
        is_same = False
    for item in changed:
        was, now = (
            _feeds(r.on if r else (), t) for r, t in ((old.reset, item.old), (new.reset, item.new))
        )
        if now != "never" and (
            was == "never"
            or item.reading != "same"
            or set(item.new.effects) - set(item.old.effects)
        ):
            return "different", f"calls of `{item.new.name}` reset it"
    return ("same", "") if is_same else ("dominates", "")


def _feeds(on: Sequence[Selector], tool: Tool) -> Literal["always", "never", "maybe"]:
    """Whether calls of a tool are what a fact is on."""
    effects = frozenset(tool.effects)
    matching = [
        s for s in on if s.matches(kind="tool.call", tool=tool.name, vendor="", effects=effects)
    ]
    if matching:
        return "always"
    if any(s.by == "vendor" for s in on):
        return "maybe"
    if is_refinable(tool) and any(s.by == "effect" for s in on):
        return "maybe"
    return "never"


def _keeps(on: Sequence[Selector], item: _Changed) -> bool:
    """Whether every call that counted still does, by the labels alone."""
    effects = {s.value for s in on if s.by == "effect"}
    if any(
        s.by in ("anything", "vendor") or (s.by == "kind" and s.value == "tool.call") for s in on
    ):
        return True
    if any(s.by == "tool" and s.covers_tool(item.new.name) for s in on):
        return True
    if is_refinable(item.old) and not is_refinable(item.new):
        return False
    return effects & set(item.old.effects) <= set(item.new.effects) and (
        not is_refinable(item.old) or set(item.old.effects) <= set(item.new.effects)
    )


def _covers_window(old: int | None, new: int | None) -> bool:
    """A fact may remember one bucket more than its window: the new one has to reach that far."""
    if old == new or new is None:
        return True
    return old is not None and new >= old + -(-old // 15)


def _reset_key(reset: Reset | None) -> tuple[object, ...]:
    if reset is None:
        return ()
    return (frozenset(reset.on), _number(reset.condition))


def _resets_less(old: Reset | None, new: Reset | None) -> bool:
    if new is None:
        return True
    return (
        old is not None
        and set(new.on) <= set(old.on)
        and _number(old.condition) == _number(new.condition)
    )


def _number(condition: Any) -> int:
    return -1 if condition is None else SHAPES.number(condition)


def guarantees(tool: Tool) -> tuple[str, ...]:
    """The roles without which a call of the tool is held or refused."""
    known = (EFFECTS[name].guarantees for name in tool.effects if name in EFFECTS)
    return tuple(dict.fromkeys(role for roles in known for role in roles))
