"""Vocabularies: which names one article may use, and their types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from gardefou.action import digest
from gardefou.constitution.catalogue import EFFECTS, ROLES, Tool
from gardefou.constitution.conditions._types import (
    BOOL,
    DOMAINS,
    DOUBLE,
    INT,
    STRING,
    STRUCTS,
    TIMESTAMP,
    Field,
    Record,
    Type,
    domain_type,
    list_of,
)
from gardefou.errors import UsageError

ROOTS = (
    "action",
    "args",
    "defs",
    "facts",
    "intent",
    "now",
    "origin",
    "principal",
    "roles",
    "sets",
    "tool",
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# The lexer of CEL reads these as its own words, even behind a dot.
_KEYWORDS = frozenset({"in", "true", "false", "null"})
_JSON_TYPES = {"string": STRING, "integer": INT, "number": DOUBLE, "boolean": BOOL}
_MAX_SCHEMA_DEPTH = 8


class Definition(msgspec.Struct, frozen=True):
    """A named condition text and its place; it is put in, typed, where ``defs.<name>`` stands."""

    text: str
    file: str = ""
    line: int = 1
    column: int = 1


class Vocabulary(msgspec.Struct, frozen=True):
    """The names that the conditions of one article may use.

    ``roots`` maps a root to its type, ``records`` a record's name to its fields.
    """

    roots: dict[str, Type]
    records: dict[str, Record]
    sets: dict[str, tuple[str, ...]] = {}
    definitions: dict[str, Definition] = {}

    def record(self, of: Type) -> Record | None:
        """The fields of a type, or None when it has none."""
        if of.kind == "domain":
            return DOMAINS.get(of.name)
        return self.records.get(of.name) if of.kind in ("record", "struct") else None

    def digest(self) -> str:
        """Changes when any name or type changes; a compiled condition is cached under it."""
        return digest(msgspec.to_builtins(self), label="vocabulary/v1")


def vocabulary(
    *,
    effects: Sequence[str] = (),
    tools: Sequence[Tool] = (),
    facts: Mapping[str, Field] | None = None,
    sets: Mapping[str, Iterable[str]] | None = None,
    definitions: Mapping[str, Definition] | None = None,
) -> Vocabulary:
    """The vocabulary of an article that is selected by effects, by tools, or by neither.

    By effects (or by neither): ``args`` are the roles; a scalar role is optional unless every
    effect guarantees it. By tools: ``args`` are the tools' own parameters, optional unless every
    tool requires them, and the roles stand under ``roles``.

    Raises:
        UsageError: when an effect is not in the closed list.
    """
    unknown = [name for name in effects if name not in EFFECTS]
    if unknown:
        raise UsageError(
            f"`{unknown[0]}` is not an effect",
            code="conditions.unknown_effect",
            help=f"the effects are: {', '.join(EFFECTS)}",
        )
    records: dict[str, Record] = dict(STRUCTS)
    records["roles"] = _roles(effects)
    records["origin"] = Record({name: Field(Type("struct", "origin_of_one")) for name in ROLES})
    records["tool"] = Record(
        {"name": Field(STRING), "labelled": Field(BOOL), "effects": Field(list_of(STRING))}
    )
    records["facts"] = Record(dict(facts or {}))
    known_sets = {name: tuple(sorted(members)) for name, members in (sets or {}).items()}
    records["sets"] = Record({name: Field(list_of(STRING)) for name in known_sets})
    roots = {
        "action": Type("struct", "action"),
        "principal": Type("struct", "principal"),
        "args": Type("record", "roles"),
        "origin": Type("record", "origin"),
        "intent": Type("struct", "intent"),
        "facts": Type("record", "facts"),
        "tool": Type("record", "tool"),
        "sets": Type("record", "sets"),
        "now": TIMESTAMP,
    }
    if tools:
        roots["roles"] = roots["args"]
        roots["args"] = Type("record", "args")
        _Parameters(records).add(tools)
    return Vocabulary(roots, records, known_sets, dict(definitions or {}))


def _roles(effects: Sequence[str]) -> Record:
    guaranteed = (
        set.intersection(*(set(EFFECTS[name].guarantees) for name in effects)) if effects else set()
    )
    fields = {}
    for role in ROLES.values():
        value = domain_type(role.type)
        if role.many:
            fields[role.name] = Field(list_of(value))
        else:
            fields[role.name] = Field(value, optional=role.name not in guaranteed)
    return Record(fields)


class _Parameters:
    """Turns the JSON Schemas of tools into records."""

    def __init__(self, records: dict[str, Record]) -> None:
        self._records = records

    def add(self, tools: Sequence[Tool]) -> None:
        names = sorted({name for tool in tools for name in _properties(tool.schema)})
        fields: dict[str, Field] = {}
        hidden: dict[str, str] = {}
        for name in names:
            found: list[Field] = []
            for tool in tools:
                properties = _properties(tool.schema)
                if name in properties:
                    required = name in tool.schema.get("required", ())
                    found.append(self._field(tool, name, properties[name], required=required))
            if not _nameable(name):
                hidden[name] = "its name is not a CEL name; give the parameter a role"
            elif any(field.type != found[0].type for field in found):
                hidden[name] = "its type differs between the tools that this article is on"
            else:
                always = len(found) == len(tools) and not any(field.optional for field in found)
                values = found[0].values if len(found) == 1 else ()
                fields[name] = Field(found[0].type, optional=not always, values=values)
        self._records["args"] = Record(_listed(fields), hidden)

    def _field(self, tool: Tool, path: str, schema: Any, *, required: bool) -> Field:
        schema = schema if isinstance(schema, dict) else {}
        values = schema.get("enum", ())
        texts = tuple(values) if values and all(isinstance(v, str) for v in values) else ()
        return Field(
            self._type(tool, path, schema, 1),
            optional=not required,
            values=texts if texts and not self._typed(tool, path) else (),
        )

    @staticmethod
    def _typed(tool: Tool, path: str) -> bool:
        parameter = tool.parameters.get(path)
        return parameter is not None and parameter.type not in ("json", "text")

    def _type(self, tool: Tool, path: str, schema: dict[str, Any], depth: int) -> Type:
        kind = schema.get("type")
        if isinstance(kind, list):
            kinds = [k for k in kind if k != "null"]
            kind = kinds[0] if len(kinds) == 1 else None
        if kind == "array" and depth < _MAX_SCHEMA_DEPTH:
            items = schema.get("items")
            items = items if isinstance(items, dict) else {}
            item = self._type(tool, f"{path}[]", items, depth + 1)
            # No message can hold a list of lists: the inner list stays opaque.
            return list_of(domain_type("json") if item.kind == "list" else item)
        parameter = tool.parameters.get(path)
        if parameter is not None and parameter.type != "json":
            return domain_type(parameter.type)
        if kind == "object" and schema.get("properties") and depth < _MAX_SCHEMA_DEPTH:
            return self._record(tool, path, schema, depth)
        return _JSON_TYPES.get(kind or "", domain_type("json"))

    def _record(self, tool: Tool, path: str, schema: dict[str, Any], depth: int) -> Type:
        fields: dict[str, Field] = {}
        hidden: dict[str, str] = {}
        for name, inner in _properties(schema).items():
            if not _nameable(name):
                hidden[name] = "its name is not a CEL name; give the parameter a role"
                continue
            inner_schema = inner if isinstance(inner, dict) else {}
            fields[name] = Field(
                self._type(tool, f"{path}.{name}", inner_schema, depth + 1),
                optional=name not in schema.get("required", ()),
            )
        record = Record(_listed(fields), hidden)
        # Two tools with the same record share its type, so that both can be read in one article.
        label = f"args.{path}"
        number = 1
        while self._records.setdefault(label, record) != record:
            number += 1
            label = f"args.{path} ({number})"
        return Type("record", label)


def _listed(fields: dict[str, Field]) -> dict[str, Field]:
    """An absent list is an empty list, so that no list is ever optional."""
    return {
        name: Field(field.type, values=field.values) if field.type.kind == "list" else field
        for name, field in fields.items()
    }


def _properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _nameable(name: str) -> bool:
    return _NAME.match(name) is not None and name not in _KEYWORDS
