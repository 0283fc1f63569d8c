"""Reading a JSON Schema in one place: the parts that hold together, local references followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 16


def combined(schema: Any, whole: Mapping[str, Any], depth: int = 0) -> list[dict[str, Any]]:
    """The schema and everything combined with it in the same place, local references followed."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return []
    parts = [schema]
    ref = schema.get("$ref")
    if isinstance(ref, str) and ref.startswith("#/"):
        target: Any = whole
        for name in ref[2:].split("/"):
            target = target.get(name) if isinstance(target, dict) else None
        parts += combined(target, whole, depth + 1)
    for key in ("allOf", "anyOf", "oneOf"):
        branches = schema.get(key)
        for branch in branches if isinstance(branches, list) else ():
            parts += combined(branch, whole, depth + 1)
    return parts
