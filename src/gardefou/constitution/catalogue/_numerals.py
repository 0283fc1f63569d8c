"""Numbers that a model wrote as text, where the schema wants a number (ADR 0004).

1. Only a plain decimal is read, ``-?`` digits and one point: one reading, no loss. ``5,000``,
   ``5e3``, ``05000``, ``+5``, other digits and words stay text and are refused.
2. Only where every branch of the schema at that place that is no null wants a number.
3. Only after the arguments as sent did not fit; what comes out has to fit the whole schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gardefou.constitution.catalogue._plan_schema import combined

_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,9})?")
_NUMBERS = {"integer", "number"}
_DEEPEST = 16


def read_numerals(value: Any, schema: Any, whole: Mapping[str, Any], depth: int = 0) -> Any:
    """The value with plain decimals read as numbers where the schema wants numbers."""
    if depth > _DEEPEST:
        return value
    parts = combined(schema, whole)
    if isinstance(value, str):
        return _number(value) if _wants_number(parts) and _PLAIN.fullmatch(value) else value
    if isinstance(value, list):
        items = [part["items"] for part in parts if isinstance(part.get("items"), dict)]
        if len(items) != 1:
            return value
        return [read_numerals(item, items[0], whole, depth + 1) for item in value]
    if isinstance(value, dict):
        properties: dict[str, Any] = {}
        for part in parts:
            found = part.get("properties")
            properties.update(found if isinstance(found, dict) else {})
        return {
            name: read_numerals(item, properties.get(name), whole, depth + 1)
            for name, item in value.items()
        }
    return value


def _wants_number(parts: list[dict[str, Any]]) -> bool:
    kinds: set[str] = set()
    for part in parts:
        stated = part.get("type")
        kinds.update([stated] if isinstance(stated, str) else stated or ())
    return bool(kinds & _NUMBERS) and kinds <= _NUMBERS | {"null"}


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
