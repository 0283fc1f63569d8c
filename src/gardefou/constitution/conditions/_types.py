"""The types of values that a condition can read, and the closed lists of what each type offers."""

from __future__ import annotations

from typing import Literal

import msgspec

TypeKind = Literal[
    "bool",
    "int",
    "double",
    "string",
    "timestamp",
    "duration",
    "list",
    "record",
    "struct",
    "domain",
]


class Type(msgspec.Struct, frozen=True, array_like=True):
    """One type.

    ``record`` is a JSON object (read by key), ``struct`` one of the closed structs of the engine
    (read by attribute), ``domain`` a typed value of the catalogue (read by attribute); all three
    have a ``name``. A ``list`` has an ``item``.
    Run-time values: int for ``int``, ``timestamp`` and ``duration`` (microseconds), float or int
    for ``double``, list or tuple for ``list``.
    """

    kind: TypeKind
    name: str = ""
    item: Type | None = None

    def __str__(self) -> str:
        """The type as messages and documents show it."""
        if self.kind == "list":
            return f"list<{self.item}>"
        return self.name or self.kind


BOOL = Type("bool")
INT = Type("int")
DOUBLE = Type("double")
STRING = Type("string")
TIMESTAMP = Type("timestamp")
DURATION = Type("duration")

SCALARS: dict[str, Type] = {
    kind.kind: kind for kind in (BOOL, INT, DOUBLE, STRING, TIMESTAMP, DURATION)
}


def list_of(item: Type) -> Type:
    """The type of lists whose items have the given type."""
    return Type("list", "", item)


class Field(msgspec.Struct, frozen=True):
    """One field: its type, whether it can be absent, and its closed list of values, if any."""

    type: Type
    optional: bool = False
    values: tuple[str, ...] = ()


class Record(msgspec.Struct, frozen=True):
    """The fields of a record, struct or domain type.

    ``hidden`` are fields that exist but cannot be named in a condition, with the reason.
    """

    fields: dict[str, Field]
    hidden: dict[str, str] = {}


class Method(msgspec.Struct, frozen=True):
    """A method of a domain type; its one argument is a literal text, checked at load."""

    result: Type
    argument: Literal["money", "path"]
    example: str


_TEXT = Field(STRING)
_FLAG = Field(BOOL)
_TEXTS = Field(list_of(STRING))

# INVARIANT: these are fields of the structs in `catalogue.types`, with these types (a test compares).
DOMAINS: dict[str, Record] = {
    "domain": Record({"value": _TEXT, "site": _TEXT, "inside": _FLAG, "lookalike": _FLAG}),
    "iban": Record({"value": _TEXT, "country": _TEXT}),
    "json": Record({}),
    "money": Record({"currency": _TEXT, "minor": Field(INT)}),
    "party": Record(
        {
            "value": _TEXT,
            "kind": Field(STRING, values=("email", "phone", "iban", "url", "handle", "name")),
            "domain": _TEXT,
            "site": _TEXT,
            "inside": _FLAG,
            "checked": _FLAG,
            "lookalike": _FLAG,
        }
    ),
    "path": Record(
        {"value": _TEXT, "name": _TEXT, "suffix": _TEXT, "absolute": _FLAG, "known": _FLAG}
    ),
    "person": Record({"ref": _TEXT}),
    "shell": Record(
        {"text": _TEXT, "programs": _TEXTS, "verbs": _TEXTS, "writes": _TEXTS, "opaque": _FLAG}
    ),
    "sql": Record(
        {
            "text": _TEXT,
            "verbs": _TEXTS,
            "tables": _TEXTS,
            "statements": Field(INT),
            "writes": _FLAG,
            "opaque": _FLAG,
            "filtered": _FLAG,
            "limit": Field(INT),
            "aggregate": _FLAG,
        }
    ),
    "url": Record(
        {
            "value": _TEXT,
            "scheme": _TEXT,
            "host": _TEXT,
            "port": Field(INT),
            "site": _TEXT,
            "path": _TEXT,
            "query": _TEXT,
            "fragment": _TEXT,
            "has_credentials": _FLAG,
            "inside": _FLAG,
            "lookalike": _FLAG,
        }
    ),
}

# What of a value is only a part of the truth when the value is ``opaque``.
PARTIAL_WHEN_OPAQUE: dict[str, frozenset[str]] = {
    "shell": frozenset({"programs", "verbs", "writes"}),
    "sql": frozenset({"verbs", "tables", "statements", "filtered", "limit", "aggregate"}),
}

METHODS: dict[str, dict[str, Method]] = {
    "money": {
        "over": Method(BOOL, "money", "1000.00 EUR"),
        "at_least": Method(BOOL, "money", "1000.00 EUR"),
    },
    "path": {"within": Method(BOOL, "path", "/srv/reports")},
}

STRUCTS: dict[str, Record] = {
    "action": Record(
        {
            "kind": Field(
                STRING, values=("model.request", "model.response", "tool.call", "tool.result")
            ),
            "tool": _TEXT,
            "vendor": _TEXT,
            "model": _TEXT,
            "channel": _TEXT,
            "session": _TEXT,
            "purpose": _TEXT,
            "case": _TEXT,
            "autonomy": Field(Type("struct", "autonomy")),
            "principal": Field(Type("struct", "principal")),
        }
    ),
    "autonomy": Record({"supervised": _FLAG, "supervisor": _TEXT}),
    "principal": Record(
        {
            "tenant": _TEXT,
            "application": _TEXT,
            "agent": _TEXT,
            "user": _TEXT,
            "on_behalf_of": _TEXTS,
        }
    ),
    "intent": Record(
        dict.fromkeys(
            (
                "asked",
                "delegated",
                "prompted",
                "repeated",
                "foreign",
                "pointed",
                "granted",
                "outside_grant",
                "confirmed",
                "exposed",
            ),
            _FLAG,
        )
    ),
    "origin_of_one": Record(
        {
            "source": Field(STRING, values=("user", "operator", "tool", "model", "absent")),
            "tool": _TEXT,
            "named": _FLAG,
            "delegated": _FLAG,
            "outsider": _FLAG,
            "trusted": _FLAG,
        }
    ),
}


def domain_type(name: str) -> Type:
    """The condition type of a catalogue's domain type; plain texts and numbers are CEL's own.

    Raises:
        KeyError: when the name is not in the catalogue's closed list.
    """
    plain = {
        "text": STRING,
        "integer": INT,
        "number": DOUBLE,
        "boolean": BOOL,
        "timestamp": TIMESTAMP,
    }
    if name in plain:
        return plain[name]
    if name not in DOMAINS:
        raise KeyError(name)
    return Type("domain", name)
