"""Vocabularies: which names one article may use, and their types."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from gardefou.action import digest
from gardefou.constitution.catalogue import EFFECTS, ROLES, Tool
from gardefou.constitution.conditions._definition import Definition
from gardefou.constitution.conditions._parameters import Parameters
from gardefou.constitution.conditions._types import (
    BOOL,
    DOMAINS,
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
    known_sets = {
        # The values of a call are in NFC (canonical form, rule 4): so is what they meet.
        name: tuple(sorted({unicodedata.normalize("NFC", member) for member in members}))
        for name, members in (sets or {}).items()
    }
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
        Parameters(records).add(tools)
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
