"""The types that a vocabulary declares are those that the ingress gives the values."""

from __future__ import annotations

import random
from typing import Any

import pytest

from gardefou.constitution.catalogue import ROLES, Parameter, Tool, ingest, types
from gardefou.constitution.conditions import DOMAINS, STRUCTS, Type, Vocabulary, vocabulary
from gardefou.errors import InputError

_CLASSES = {
    "domain": types.Domain,
    "iban": types.Iban,
    "money": types.Money,
    "party": types.Party,
    "path": types.Path,
    "person": types.Person,
    "shell": types.Shell,
    "sql": types.Sql,
    "url": types.Url,
}
_EXAMPLES: dict[str, Any] = {
    "domain": types.parse_domain("a.example"),
    "iban": types.parse_iban("DE89370400440532013000"),
    "money": types.parse_money("5.00 EUR"),
    "party": types.parse_parties("a@b.example")[0],
    "path": types.parse_path("/srv/a.txt"),
    "person": types.parse_persons("ann")[0],
    "shell": types.parse_shell("ls -l > out"),
    "sql": types.parse_sql("select 1 from a"),
    "url": types.parse_url("https://a.example/b?c=d"),
}


def fits(value: Any, of: Type, vocab: Vocabulary) -> bool:
    """Whether a run-time value is of a type, so that no comparison with it is silently false."""
    match of.kind:
        case "list":
            assert of.item is not None
            return isinstance(value, (list, tuple)) and all(fits(v, of.item, vocab) for v in value)
        case "record":
            record = vocab.records[of.name]
            return (
                isinstance(value, dict)
                and all(
                    # An empty text in the place of a receiver is an absent one: it is noticed.
                    name in value or field.optional or field.type.kind in ("list", "domain")
                    for name, field in record.fields.items()
                )
                and all(
                    fits(item, record.fields[name].type, vocab)
                    for name, item in value.items()
                    if name in record.fields
                )
            )
        case "domain":
            # A list, an object or null in the place of a value has no attributes: it is noticed.
            return of.name == "json" or isinstance(
                value, (_CLASSES[of.name], list, dict, type(None))
            )
        case "bool":
            return type(value) is bool
        case "double":
            return type(value) in (int, float)
        case "string":
            return type(value) is str
    return type(value) is int


@pytest.mark.parametrize("name", sorted(_CLASSES))
def test_every_field_of_a_domain_type_exists_with_its_type(name: str) -> None:
    vocab = vocabulary()
    for field_name, field in DOMAINS[name].fields.items():
        assert fits(getattr(_EXAMPLES[name], field_name), field.type, vocab), field_name
    assert set(_CLASSES) | {"json"} == set(DOMAINS)


def test_every_role_has_a_type() -> None:
    record = vocabulary().records["roles"]
    assert list(record.fields) == list(ROLES)
    for role in ROLES.values():
        assert (record.fields[role.name].type.kind == "list") == role.many
        assert record.fields[role.name].optional == (not role.many)


def test_structs_are_closed_lists_of_texts_flags_and_structs() -> None:
    for record in STRUCTS.values():
        assert all(not field.optional for field in record.fields.values())


_LABELS = ("text", "json", "party", "person", "path", "url", "money", "shell", "integer", "number")
_SCALARS: dict[str, list[Any]] = {
    "string": ["x", "a@b.example", "/srv/a", "https://a.example/", "5", "12.5", "", "ls -l", "é"],
    "integer": [0, 1, 42],
    "number": [0.5, 7],
    "boolean": [True, False],
}


class RandomTool:
    """A random schema with random labels, and random arguments that mostly fit it."""

    def __init__(self, source: random.Random) -> None:
        self.source = source
        self.parameters: dict[str, Parameter] = {}
        schema = self._object("", 0)
        self.tool = Tool(name="t", schema=schema, parameters=self.parameters)

    def _label(self, path: str) -> None:
        if path and self.source.random() < 0.3:
            role = self.source.choice(["other", "content", "targets", "recipients"])
            self.parameters[path] = Parameter(role=role, type=self.source.choice(_LABELS))

    def _schema(self, path: str, depth: int) -> dict[str, Any]:
        self._label(path)
        kinds = [*_SCALARS, "none", "null", "any", "ref"]
        kinds += ["object", "array"] if depth < 3 else []
        kind = self.source.choice(kinds)
        match kind:
            case "object":
                return self._object(path, depth + 1)
            case "array":
                return {"type": "array", "items": self._schema(f"{path}[]", depth + 1)}
            case "none":
                return {}
            case "null":
                return {"type": [self.source.choice(list(_SCALARS)), "null"]}
            case "any":
                pair = self.source.sample(list(_SCALARS), 2)
                return {"anyOf": [{"type": pair[0]}, {"type": pair[1]}]}
            case "ref":
                return {"$ref": "#/$defs/text"}
        return {"type": kind}

    def _object(self, path: str, depth: int) -> dict[str, Any]:
        names = self.source.sample(["a", "b", "c", "d-e", "in"], self.source.randint(1, 4))
        prefix = f"{path}." if path else ""
        result: dict[str, Any] = {
            "type": "object",
            "properties": {name: self._schema(prefix + name, depth) for name in names},
            "required": [name for name in names if self.source.random() < 0.5],
        }
        if not path:
            result["$defs"] = {"text": {"type": "string"}}
        return result

    def value(self, schema: dict[str, Any]) -> Any:
        if "$ref" in schema:
            return self.source.choice(_SCALARS["string"])
        if "anyOf" in schema:
            return self.value(self.source.choice(schema["anyOf"]))
        kind = schema.get("type", "any")
        if isinstance(kind, list):
            kind = self.source.choice(kind)
        match kind:
            case "object":
                required = schema["required"]
                return {
                    name: self.value(inner)
                    for name, inner in schema["properties"].items()
                    if name in required or self.source.random() < 0.6
                }
            case "array":
                return [self.value(schema["items"]) for _ in range(self.source.randint(0, 2))]
            case "null":
                return None
            case "any":
                plain = [value for values in _SCALARS.values() for value in values]
                return self.source.choice([*plain, ["x"], {"k": "v"}])
        return self.source.choice(_SCALARS[kind])


def test_ingested_values_have_the_declared_types() -> None:
    """Law 2: a condition never compares a value of another type than it was checked with.

    What the ingress refuses is held before any condition is asked. A text that holds several
    receivers or persons, and an empty one, has no single value: conditions notice, because such
    values have no attributes; they are left out here by the examples.
    """
    source = random.Random(5)
    typed = 0
    for _ in range(4000):
        made = RandomTool(source)
        vocab = vocabulary(tools=[made.tool])
        arguments = made.value(made.tool.schema)
        try:
            ingested = ingest(made.tool, arguments)
        except InputError:
            continue
        typed += 1
        record = vocab.records["args"]
        for name, value in ingested.typed.items():
            if name in record.fields:
                field = record.fields[name]
                assert fits(value, field.type, vocab), (made.tool, arguments, name, str(field.type))
    assert typed > 1000
