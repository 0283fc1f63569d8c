"""Tools of which only calls were recorded: a schema is drawn from the arguments seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gardefou.constitution.catalogue import Tool
from gardefou.constitution.catalogue.suggest._suggest import suggest

# A choice is told from free text after so many calls.
_ENOUGH = 12


def tool_from_calls(name: str, calls: Iterable[Mapping[str, Any]], description: str = "") -> Tool:
    """Return a tool with proposed labels, its schema drawn from the arguments of its calls.

    An argument that every call has is required; one that was seen with several types has no type.
    """
    seen = list(calls)
    shown: dict[str, dict[str, Any] | None] = {}
    for call in seen:
        for argument, value in call.items():
            shown[argument] = _merge(shown.get(argument), _schema(value))
    properties: dict[str, Any] = {argument: part or {} for argument, part in shown.items()}
    for argument, part in properties.items():
        chosen = _choices([call[argument] for call in seen if argument in call])
        if chosen and part.get("type") == "string":
            properties[argument] = part | {"enum": chosen}
    required = [name for name in properties if all(name in call for call in seen)]
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = sorted(required)
    return suggest(Tool(name=name, description=description, schema=schema if properties else {}))


def _choices(values: list[Any]) -> list[str]:
    """Return the few single words that an argument was always one of, when it was seen enough."""
    words = {value for value in values if isinstance(value, str)}
    few = len(values) >= _ENOUGH and len(words) <= len(values) // 4
    if few and all(word.replace("_", "").replace("-", "").isalpha() for word in words):
        return sorted(words)
    return []


def _schema(value: Any, depth: int = 0) -> dict[str, Any] | None:
    """Return the schema that a value shows: None says nothing of its type."""
    if value is None:
        return None
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int):
        return {"type": "integer"}
    if isinstance(value, float):
        return {"type": "number"}
    if isinstance(value, str):
        return {"type": "string"}
    if depth >= 4:  # deeper shapes carry no names worth reading
        return {}
    if isinstance(value, list):
        items: dict[str, Any] | None = None
        for item in value[:50]:
            items = _merge(items, _schema(item, depth + 1))
        return {"type": "array"} if items is None else {"type": "array", "items": items}
    if isinstance(value, dict):
        inner = {str(key): _schema(item, depth + 1) or {} for key, item in value.items()}
        return {"type": "object", "properties": inner}
    return {}


def _merge(known: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a schema that allows both; the empty schema allows all, and stays."""
    if known is None or new is None or known == new:
        return new if known is None else known
    one, other = known.get("type"), new.get("type")
    if {one, other} == {"integer", "number"}:
        return {"type": "number"}
    if one != other or one is None:
        return {}
    if one == "object":
        inner = dict(known["properties"])
        for name, part in new["properties"].items():
            inner[name] = _merge(inner.get(name), part)
        return {"type": "object", "properties": inner}
    items = _merge(known.get("items"), new.get("items"))
    return known if items is None else {"type": "array", "items": items}
