"""The types of a tool's own parameters, from its JSON Schema and its labels in the catalogue.

They are those that `catalogue.ingest` gives the values: where the schema leaves a value's kind
open, the value is opaque (``json``) rather than guessed, because a comparison with a value of
another type would be silently false.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gardefou.constitution.catalogue import Tool
from gardefou.constitution.catalogue._plan_schema import combined
from gardefou.constitution.conditions._types import (
    BOOL,
    DOUBLE,
    INT,
    STRING,
    Field,
    Record,
    Type,
    domain_type,
    list_of,
)

MAX_SCHEMA_DEPTH = 8

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# The lexer of CEL reads these as its own words, even behind a dot.
_KEYWORDS = frozenset({"in", "true", "false", "null"})
_JSON_TYPES = {"string": STRING, "integer": INT, "number": DOUBLE, "boolean": BOOL}
# Labels that an object or a list may stand under, which pass them on to what they hold.
_OPEN = frozenset({"json", "text"})
# Labels whose values are domain types: another kind of value has no such attribute and is noticed.
_NOTICED = frozenset({"money", "party", "domain", "iban", "url", "path", "person", "sql", "shell"})
_OPAQUE = domain_type("json")
_UNNAMEABLE = "its name is not a CEL name; write the rule on its role"


class Parameters:
    """Adds the records of some tools' parameters to a vocabulary."""

    def __init__(self, records: dict[str, Record]) -> None:
        """The record ``args``, and one for each object inside, go into ``records``."""
        self._records = records

    def add(self, tools: Sequence[Tool]) -> None:
        """The fields that any of the tools has; surely there only where all require them."""
        found: dict[str, list[Field]] = {}
        for tool in tools:
            fields = _Schema(tool, self._records).fields(tool.schema, "", "json", 1)
            for name, field in fields.items():
                found.setdefault(name, []).append(field)
        record = Record({}, {})
        for name, options in sorted(found.items()):
            first = options[0]
            if not _is_nameable(name):
                record.hidden[name] = _UNNAMEABLE
            elif any(option.type != first.type for option in options):
                record.hidden[name] = "its type differs between the tools that this article is on"
            else:
                always = len(options) == len(tools) and not any(o.optional for o in options)
                values = first.values if len(options) == 1 else ()
                record.fields[name] = _field(first.type, optional=not always, values=values)
        self._records["args"] = record


class _Schema:
    """One tool's schema on its way to types."""

    def __init__(self, tool: Tool, records: dict[str, Record]) -> None:
        self._tool = tool
        self._records = records

    def fields(
        self, schema: Mapping[str, Any], path: str, meaning: str, depth: int
    ) -> dict[str, Field]:
        """The fields of an object, by their names in the call."""
        parts = combined(schema, self._tool.schema)
        properties: dict[str, Any] = {}
        for part in parts:
            found = part.get("properties")
            for name, inner in found.items() if isinstance(found, dict) else ():
                # Branches may differ: only what they agree on gives a type.
                known = properties.get(name, inner)
                properties[name] = inner if known == inner else {"anyOf": [known, inner]}
        required = schema.get("required")
        names = required if isinstance(required, list) else []
        return {
            name: self._field(
                inner, f"{path}.{name}" if path else name, meaning, depth, name in names
            )
            for name, inner in properties.items()
            if isinstance(name, str)
        }

    def _field(self, schema: Any, path: str, inherited: str, depth: int, required: bool) -> Field:  # noqa: FBT001 - internal
        parts = combined(schema, self._tool.schema)
        of = self._type(parts, path, self._meaning(path, inherited), depth)
        values: tuple[str, ...] = ()
        if of == STRING and len(parts) == 1:
            listed = parts[0].get("enum")
            if isinstance(listed, list) and all(isinstance(value, str) for value in listed):
                values = tuple(listed)
        return _field(of, optional=not required or "null" in _kinds(parts), values=values)

    def _meaning(self, path: str, inherited: str) -> str:
        """The label that values at a path are read by (as `catalogue.ingest` does)."""
        own = self._tool.parameters.get(path)
        if own is not None:
            return own.type
        below = (f"{path}.", f"{path}[]")
        return "json" if any(p.startswith(below) for p in self._tool.parameters) else inherited

    def _type(self, parts: list[dict[str, Any]], path: str, meaning: str, depth: int) -> Type:
        kinds = _kinds(parts) - {"null"}
        kind = next(iter(kinds)) if len(kinds) == 1 else ""
        if kind == "array":
            return self._list(parts, path, meaning, depth)
        if kind == "object":
            return self._object(parts, path, meaning, depth)
        if kind in _JSON_TYPES:
            return _JSON_TYPES[kind] if meaning == "json" else domain_type(meaning)
        return domain_type(meaning) if meaning in _NOTICED else _OPAQUE

    def _list(self, parts: list[dict[str, Any]], path: str, meaning: str, depth: int) -> Type:
        if meaning == "shell":
            return domain_type("shell")  # a list of words is one command
        items = next((part["items"] for part in parts if "items" in part), None)
        inner = combined(items, self._tool.schema)
        own = self._tool.parameters.get(f"{path}[]")
        item_meaning = own.type if own is not None else meaning
        if depth >= MAX_SCHEMA_DEPTH or "array" in _kinds(inner):
            return list_of(_OPAQUE)
        item = self._type(inner, f"{path}[]", item_meaning, depth + 1)
        # An item that may be null has no type that a comparison could rely on.
        return list_of(item if item.kind == "domain" or "null" not in _kinds(inner) else _OPAQUE)

    def _object(self, parts: list[dict[str, Any]], path: str, meaning: str, depth: int) -> Type:
        if depth >= MAX_SCHEMA_DEPTH:
            return _OPAQUE
        below = any(p.startswith(f"{path}.") for p in self._tool.parameters)
        if meaning not in _OPEN and not below:
            return _OPAQUE  # such a call is refused
        inherited = meaning if meaning in _OPEN else "json"
        whole = parts[0] if len(parts) == 1 else {"allOf": parts}
        record = Record({}, {})
        for name, field in self.fields(whole, path, inherited, depth + 1).items():
            if _is_nameable(name):
                record.fields[name] = field
            else:
                record.hidden[name] = _UNNAMEABLE
        if not record.fields and not record.hidden:
            return _OPAQUE
        # Two tools with the same record share its type, so that one article can read both.
        label = f"args.{path}"
        number = 1
        while self._records.setdefault(label, record) != record:
            number += 1
            label = f"args.{path} ({number})"
        return Type("record", label)


def _field(of: Type, *, optional: bool, values: tuple[str, ...]) -> Field:
    """A field; a list is never optional, because an absent list is an empty one."""
    return Field(of, optional=optional and of.kind != "list", values=values)


def _kinds(parts: list[dict[str, Any]]) -> set[str]:
    """The JSON types that a schema names; ``?`` for one that it does not name."""
    kinds: set[str] = set()
    for part in parts:
        kind = part.get("type")
        if isinstance(kind, list):
            kinds.update(k if isinstance(k, str) else "?" for k in kind)
        elif isinstance(kind, str):
            kinds.add(kind)
        elif "type" in part:
            kinds.add("?")
    return kinds


def _is_nameable(name: str) -> bool:
    return _NAME.match(name) is not None and name not in _KEYWORDS
