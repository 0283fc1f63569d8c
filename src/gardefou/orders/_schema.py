"""The JSON Schema of instruments, made from their classes, and what breaks it.

The schema that is published (``schema.json``, package data) is this one, so that whoever writes
instruments with another tool is refused for the same reasons. What a schema cannot say, such as
that a moment exists or that an order is known, is checked after it.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any, NamedTuple, get_args

import msgspec

from gardefou.constitution.reading import did_you_mean, shown
from gardefou.orders._instruments import KINDS, Instrument
from gardefou.orders._words import Instant

_INSTANT = get_args(Instant)[1].pattern
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?\Z", re.ASCII)

TITLE = "Gardefou instruments, format 1"


class Fault(NamedTuple):
    """Where a value breaks the schema, and how."""

    path: tuple[str | int, ...]
    code: str
    message: str
    expected: str
    help: str


def make_schema() -> dict[str, Any]:
    """The schema, from the classes."""
    made = msgspec.json.schema(Instrument)
    for definition in made["$defs"].values():
        definition.pop("title", None)
        for field in definition.get("properties", {}).values():
            field.pop("default", None)  # what is left out is unstated, not empty
    # At least one property: an empty one would mean everything, which is never meant.
    for name in ("Subject", "Population"):
        made["$defs"][name]["minProperties"] = 1
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": TITLE, **made}


def published_schema() -> dict[str, Any]:
    """The schema as it is published with the package."""
    text = (resources.files("gardefou.orders") / "schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


def faults(value: dict[str, Any]) -> list[Fault]:
    """Everything in a value that breaks the schema of its kind; the kind itself comes first."""
    kind = value.get("instrument")
    if not isinstance(kind, str) or kind not in KINDS:
        what = shown(kind) if kind is not None else "nothing"
        return [
            Fault(
                ("instrument",) if "instrument" in value else (),
                "order.instrument",
                f"{what} is no kind of instrument",
                ", ".join(f"`{name}`" for name in KINDS),
                did_you_mean(str(kind), KINDS, kind="instrument"),
            )
        ]
    found: list[Fault] = []
    for error in _validator(kind).iter_errors(value):
        found += _unknown_keys(error) or [_fault(error, value)]
    return found


@cache
def _validator(kind: str) -> Any:
    import jsonschema_rs  # noqa: PLC0415 - 45 ms, only once an instrument is read

    schema = make_schema()
    reference = schema["discriminator"]["mapping"][kind]
    return jsonschema_rs.validator_for({"$ref": reference, "$defs": schema["$defs"]})


def _unknown_keys(error: Any) -> list[Fault]:
    if error.kind.name != "additionalProperties":
        return []
    path = tuple(error.instance_path)
    known = _properties(error)
    return [
        Fault(
            (*path, key),
            "key.unknown",
            f"{shown(key)} is no key of {_name(path)}",
            ", ".join(f"`{word}`" for word in known),
            did_you_mean(key, known, kind="key"),
        )
        for key in map(str, error.kind.unexpected)
    ]


def _fault(error: Any, value: Any) -> Fault:
    path = tuple(error.instance_path)
    kind = error.kind
    name = _name(path)
    here = value
    for step in path:
        here = here[step]
    match kind.name:
        case "required":
            key = kind.property
            return Fault(
                path, "key.missing", f"{name} lacks the key `{key}`", f"`{key}`", f"add `{key}: …`"
            )
        case "enum":
            options = [str(option) for option in kind.options]
            return Fault(
                path,
                "order.word",
                f"{shown(here)} is no value of {name}",
                ", ".join(f"`{option}`" for option in options),
                did_you_mean(str(here), options, kind="word"),
            )
        case "type":
            words = " or ".join(_TYPES.get(str(word), str(word)) for word in kind.types)
            return Fault(
                path,
                "value.type",
                f"{name} is {_described(here)}",
                words,
                f"write {words}",
            )
        case "pattern":
            return _pattern(path, str(here), kind.pattern)
    return Fault(
        path,
        "order.bound",
        f"{name} does not fit: {_sentence(error.message)}",
        "a value within the bounds of the schema",
        "see docs/reference/orders.md for the bounds",
    )


def _name(path: tuple[str | int, ...]) -> str:
    names = [str(step) for step in path if isinstance(step, str)]
    return f"`{names[-1]}`" if names else "the instrument"


def _described(value: Any) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a mapping"
    return "nothing" if value is None else shown(value)


_TYPES = {
    "string": "a text in quotes",
    "integer": "a whole number",
    "boolean": "`true` or `false`",
    "array": "a list",
    "object": "a mapping",
}


def _pattern(path: tuple[str | int, ...], found: str, pattern: str) -> Fault:
    name = _name(path)
    if pattern == _INSTANT:
        return Fault(
            path,
            "order.time_zone" if _LOCAL.match(found) else "order.time",
            f"{name} is {shown(found)}, which is no moment with a zone",
            "2027-03-01T17:00:00+01:00 or 2027-03-01T17:00:00[Europe/Paris]",
            "say where it is that late: add `Z`, an offset or a zone in brackets",
        )
    return Fault(
        path,
        "order.form",
        f"{name} is {shown(found)}",
        f"a text that `{pattern}` matches",
        "mend the spelling",
    )


def _properties(error: Any) -> list[str]:
    """The keys that the mapping may have, from the place of the schema that was broken."""
    schema: Any = make_schema()
    here: Any = {"$defs": schema["$defs"]}
    for step in error.schema_path:
        if step == "additionalProperties":
            break
        if step == "$ref":
            continue
        here = here[step]
    return sorted(here.get("properties", {}))


def _sentence(message: str) -> str:
    return " ".join(str(message)[:200].lower().split())
