"""Files that lie beside traces and hold none: recognised by content, skipped with a note."""

from __future__ import annotations

from typing import Any

# Keys that a record has when it is of this kind; the first row that fits wins.
KINDS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"suite", "attack", "goal", "text"}), "texts of attacks, without runs"),
    (frozenset({"suite", "task_id", "kind"}), "task descriptions, without runs"),
    (frozenset({"kind", "injection_task_id", "goal", "calls"}), "attacker's calls without a user"),
    (frozenset({"agent_name", "tasks"}), "task descriptions, without runs"),
    (frozenset({"Attacker Tool", "Description"}), "tool descriptions"),
    (frozenset({"Tool Name", "Description"}), "tool descriptions"),
    (frozenset({"name", "description", "parameters"}), "tool definitions"),
    (frozenset({"name", "inputSchema"}), "tool definitions"),
)


def recognised(record: dict[str, Any]) -> str | None:
    """What a record is if it is known to be no trace, else nothing."""
    return next((what for keys, what in KINDS if keys <= record.keys()), None)


def recognised_document(value: Any) -> str | None:
    """What a whole JSON document is if it is known to be no trace, else nothing."""
    if isinstance(value, dict) and isinstance(value.get("tools"), list):
        value = value["tools"]
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        named = all("name" in item or "function" in item for item in value)
        return "tool definitions" if named else None
    return None
