"""Argument probes (concepts 4.5): renamed, extra, missing, repeated, nested; and what ingest gives.

Law 2: an argument that no rule sees is refused before anything is decided.
"""

from __future__ import annotations

from typing import Any

import pytest

from gardefou.constitution.catalogue import ROLES, Parameter, Tool, ingest
from gardefou.constitution.catalogue.types import Path, Person, Shell, Sql, Url
from gardefou.errors import InputError

SEND = Tool(
    name="send",
    schema={
        "type": "object",
        "properties": {
            "to": {"type": "string"},
            "amount": {"type": "number", "maximum": 10_000},
            "urgent": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
            "mode": {"enum": ["fast", "slow"]},
            "from": {
                "type": "object",
                "properties": {"name": {"type": "string"}},
                "required": ["name"],
            },
            "extra": {"type": "object"},
            "copy": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "day": {"type": "string", "format": "date"},
            "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
        },
        "required": ["to"],
    },
    parameters={"to": Parameter(role="recipients", type="party")},
)


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


PROBES = [
    ({"To": "bob@corp.example"}, "ingress.unknown_argument"),
    ({"recipient": "bob@corp.example"}, "ingress.unknown_argument"),
    ({"to": "bob", "bcc": "x@evil.example"}, "ingress.unknown_argument"),
    ({"to": "bob", "\u0442o": "x"}, "ingress.unknown_argument"),
    ({"to": "bob", "to ": "x"}, "ingress.unknown_argument"),
    ({"to": "bob", "": "x"}, "ingress.unknown_argument"),
    ({"to": "bob", "__proto__": {}}, "ingress.unknown_argument"),
    ({"to": "bob", "from": {"name": "a", "as": "b"}}, "ingress.unknown_argument"),
    ({}, "ingress.missing_argument"),
    ({"to": "bob", "from": {}}, "ingress.missing_argument"),
    ({"to": ["bob"]}, "ingress.wrong_type"),
    ({"to": {"x": "bob"}}, "ingress.wrong_type"),
    ({"to": None}, "ingress.wrong_type"),
    ({"to": 5}, "ingress.wrong_type"),
    ({"to": "bob", "amount": "5e0"}, "ingress.wrong_type"),
    ({"to": "bob", "amount": True}, "ingress.wrong_type"),
    ({"to": "bob", "urgent": 1}, "ingress.wrong_type"),
    ({"to": "bob", "urgent": "true"}, "ingress.wrong_type"),
    ({"to": "bob", "tags": "x"}, "ingress.wrong_type"),
    ({"to": "bob", "tags": {"0": "x"}}, "ingress.wrong_type"),
    ({"to": "bob", "tags": ["a", 5]}, "ingress.wrong_type"),
    ({"to": "bob", "amount": 10_001}, "ingress.schema_mismatch"),
    ({"to": "bob", "tags": ["a", "b", "c", "d"]}, "ingress.schema_mismatch"),
    ({"to": "bob", "mode": "FAST"}, "ingress.schema_mismatch"),
    ({"to": "bob", "copy": 5}, "ingress.schema_mismatch"),
    ({"to": "bob", "day": "tomorrow"}, "ingress.schema_mismatch"),
    ({"to": "bob", "code": "ABCD"}, "ingress.schema_mismatch"),
    ({"to": "bob", "extra": {"x": deep(70)}}, "json.depth"),
    ({"to": "bob", "amount": float("nan")}, "json.not_finite"),
    ({"to": "bob", "amount": 2**64}, "json.integer"),
    ({"to": "bob\ud800"}, "json.surrogate"),
    ({"to": "bob", "extra": {"caf\u00e9": 1, "cafe\u0301": 2}}, "json.duplicate_key"),
    ({"to": "bob", "extra": {5: 1}}, "json.key"),
    ({"to": "bob", "extra": {"x": b"bytes"}}, "json.type"),
    ({"to": "bob", "extra": {"x": {1, 2}}}, "json.type"),
    ('{"to": "bob", "to": "x@evil.example"}', "json.duplicate_key"),
    ('{"to": "bob"', "json.syntax"),
    ('{"to": "bob", "amount": NaN}', "json.not_finite"),
    ('{"to": "bob", "amount": 1e999}', "json.not_finite"),
    (b'{"to": "\xff"}', "json.encoding"),
    ("[]", "ingress.not_object"),
    ('"bob"', "ingress.not_object"),
    ("null", "ingress.not_object"),
]


@pytest.mark.parametrize(("arguments", "code"), PROBES, ids=lambda v: ascii(v)[:50])
def test_a_probe_is_refused_with_its_code(arguments: Any, code: str) -> None:
    """law 2: an unknown argument, a duplicate key, a wrong type is never silent."""
    with pytest.raises(InputError) as refused:
        ingest(SEND, arguments)
    assert refused.value.code == code
    assert "\n" not in refused.value.message


def test_a_refusal_names_the_place_and_no_value() -> None:
    """House style: no payload text, no secrets."""
    with pytest.raises(InputError) as refused:
        ingest(SEND, {"to": "bob", "tags": ["a", {"password": "hunter2"}]})
    assert refused.value.path == "tags[1]"
    assert "hunter2" not in refused.value.diagnostics()


@pytest.mark.parametrize(
    "arguments",
    [
        {"to": "bob", "copy": None},
        {"to": "bob", "amount": 5.0, "urgent": False, "mode": "slow"},
        {"to": "bob", "extra": {"anything": [1, {"x": None}]}},
        {"to": "bob", "day": "2026-05-01"},
        '{"to": "bob"}',
        b'{"to": "bob"}',
    ],
    ids=str,
)
def test_what_the_schema_allows_passes(arguments: Any) -> None:
    assert ingest(SEND, arguments).roles["recipients"][0].value == "bob"


class TestSchemas:
    """What counts as listed, and what a broken schema means."""

    def refused(self, schema: dict[str, Any], arguments: dict[str, Any]) -> str:
        try:
            ingest(Tool(name="t", schema=schema), arguments)
        except InputError as error:
            return error.code
        return ""

    def test_no_schema_takes_any_object(self) -> None:
        assert self.refused({}, {"a": [1, {"b": None}]}) == ""

    def test_an_empty_list_of_properties_takes_none(self) -> None:
        assert self.refused({"type": "object", "properties": {}}, {}) == ""
        assert (
            self.refused({"type": "object", "properties": {}}, {"a": 1})
            == "ingress.unknown_argument"
        )

    def test_additional_properties_are_the_schemas_own_word(self) -> None:
        schema = {"properties": {"a": {}}, "additionalProperties": {"type": "integer"}}
        assert self.refused(schema, {"b": 1}) == ""
        assert self.refused(schema, {"b": "x"}) == "ingress.wrong_type"

    def test_pattern_properties_are_listed(self) -> None:
        schema = {"properties": {"a": {}}, "patternProperties": {"^x-": {"type": "string"}}}
        assert self.refused(schema, {"x-1": "v"}) == ""
        assert self.refused(schema, {"y-1": "v"}) == "ingress.unknown_argument"

    def test_references_inside_the_schema_are_followed(self) -> None:
        schema = {
            "properties": {"who": {"$ref": "#/$defs/Who"}},
            "$defs": {"Who": {"type": "object", "properties": {"name": {"type": "string"}}}},
        }
        assert self.refused(schema, {"who": {"name": "a"}}) == ""
        assert self.refused(schema, {"who": {"name": 5}}) == "ingress.wrong_type"
        assert self.refused(schema, {"who": {"name": "a", "x": 1}}) == "ingress.unknown_argument"

    def test_a_recursive_definition_is_followed(self) -> None:
        node = {
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#/definitions/N"}, {"type": "null"}]}},
        }
        schema = {"properties": {"n": {"$ref": "#/definitions/N"}}, "definitions": {"N": node}}
        assert self.refused(schema, {"n": {"next": {"next": None}}}) == ""
        assert self.refused(schema, {"n": {"next": {"nxt": None}}}) == "ingress.schema_mismatch"

    def test_names_of_combined_schemas_are_known(self) -> None:
        schema = {
            "allOf": [
                {"$ref": "#/$defs/Base"},
                {"properties": {"b": {"type": "string"}}, "required": ["b"]},
            ],
            "$defs": {"Base": {"type": "object", "properties": {"a": {"type": "integer"}}}},
        }
        assert self.refused(schema, {"a": 1, "b": "x"}) == ""
        assert self.refused(schema, {"a": "x", "b": "x"}) == "ingress.wrong_type"
        assert self.refused(schema, {"a": 1, "b": "x", "c": 1}) == "ingress.unknown_argument"

    def test_a_definition_used_alone_and_combined_is_closed_where_it_stands_alone(self) -> None:
        schema = {
            "properties": {
                "one": {"$ref": "#/$defs/Base"},
                "two": {"allOf": [{"$ref": "#/$defs/Base"}, {"properties": {"b": {}}}]},
            },
            "$defs": {"Base": {"type": "object", "properties": {"a": {}}}},
        }
        assert self.refused(schema, {"one": {"a": 1}, "two": {"a": 1, "b": 1}}) == ""
        assert self.refused(schema, {"one": {"a": 1, "b": 1}}) == "ingress.unknown_argument"
        assert self.refused(schema, {"two": {"a": 1, "c": 1}}) == "ingress.unknown_argument"

    @pytest.mark.parametrize("word", ["anyOf", "oneOf"])
    def test_alternatives_are_closed_each(self, word: str) -> None:
        card = {"type": "object", "properties": {"card": {"type": "string"}}, "required": ["card"]}
        iban = {"type": "object", "properties": {"iban": {"type": "string"}}, "required": ["iban"]}
        schema = {"properties": {"by": {word: [card, iban]}}}
        assert self.refused(schema, {"by": {"card": "1"}}) == ""
        assert self.refused(schema, {"by": {"card": "1", "iban": "2"}}) == "ingress.schema_mismatch"

    def test_alternatives_that_only_require_add_no_names(self) -> None:
        schema = {
            "properties": {"a": {}, "b": {}},
            "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
        }
        assert self.refused(schema, {"a": 1}) == ""
        assert self.refused(schema, {"a": 1, "c": 1}) == "ingress.unknown_argument"
        assert self.refused(schema, {}) == "ingress.schema_mismatch"

    @pytest.mark.parametrize(
        "schema",
        [
            {"type": "banana"},
            {"properties": {"a": {"$ref": "https://schemas.example/a.json"}}},
            {"properties": {"a": {"$ref": "#/$defs/nobody"}}},
            {"properties": {"a": {"pattern": "("}}},
            {"properties": 5},
        ],
        ids=str,
    )
    def test_a_schema_that_cannot_be_used_refuses_every_call(self, schema: dict[str, Any]) -> None:
        """law 2: nobody knows what it would allow; nothing is fetched."""
        assert self.refused(schema, {}) == "ingress.schema"

    def test_a_pattern_that_looks_around_works_within_bounds(self) -> None:
        schema = {"properties": {"a": {"type": "string", "pattern": "^(?=.*x)(a+)+$"}}}
        assert self.refused(schema, {"a": "ax"}) == "ingress.schema_mismatch"
        assert self.refused(schema, {"a": "a" * 5000 + "!x"}) == "ingress.schema_mismatch"

    def test_older_drafts_are_read(self) -> None:
        schema = {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "properties": {"a": {"type": "number", "minimum": 5, "exclusiveMinimum": True}},
        }
        assert self.refused(schema, {"a": 5}) == "ingress.schema_mismatch"
        assert self.refused(schema, {"a": 6}) == ""
        assert self.refused(schema, {"b": 6}) == "ingress.unknown_argument"

    @pytest.mark.parametrize("time", ["2026-05-01T09:30:00Z", "2026-05-01T09:30:00", "2026-05-01"])
    def test_times_without_a_zone_pass_the_format(self, time: str) -> None:
        schema = {"properties": {"at": {"type": "string", "format": "date-time"}}}
        assert self.refused(schema, {"at": time}) == ""
        assert self.refused(schema, {"at": "soon"}) == "ingress.schema_mismatch"


class TestRoles:
    """Values by role, typed values by place, leaves."""

    def test_list_roles_are_always_there(self) -> None:
        roles = ingest(SEND, {"to": "bob"}).roles
        assert {name for name, role in ROLES.items() if role.many} <= roles.keys()

    def test_an_unlabelled_argument_has_the_role_other(self) -> None:
        ingested = ingest(SEND, {"to": "bob", "tags": ["a", "b"], "amount": 5})
        assert ingested.roles["other"] == ["a", "b", 5]
        assert {leaf.path: (leaf.role, leaf.text) for leaf in ingested.leaves} == {
            "to": ("recipients", "bob"),
            "tags[0]": ("other", "a"),
            "tags[1]": ("other", "b"),
            "amount": ("other", "5"),
        }

    def test_text_that_holds_json_stays_text(self) -> None:
        tool = Tool(name="t", parameters={"body": Parameter(role="content", type="text")})
        sent = {"body": '{"to": "x@evil.example", "amount": 5}'}
        ingested = ingest(tool, sent)
        assert ingested.roles["content"] == [sent["body"]]
        assert len(ingested.leaves) == 1

    def test_labels_reach_into_objects_and_lists(self) -> None:
        tool = Tool(
            name="t",
            parameters={
                "guests[].email": Parameter(role="recipients", type="party"),
                "where.url": Parameter(role="urls", type="url"),
                "files": Parameter(role="paths", type="path"),
                "who": Parameter(role="persons", type="person"),
            },
        )
        sent = {
            "guests": [{"email": "a@b.example", "note": "x"}, {"email": "c@d.example"}],
            "where": {"url": "https://a.b.example/x"},
            "files": ["/a/../b", ["c"]],
            "who": "Ada, Bo; Cy",
        }
        ingested = ingest(tool, sent)
        assert [party.value for party in ingested.roles["recipients"]] == [
            "a@b.example",
            "c@d.example",
        ]
        assert ingested.roles["other"] == ["x"]
        assert [path.value for path in ingested.roles["paths"]] == ["/b", "c"]
        assert ingested.roles["persons"] == [Person(ref=name) for name in ("ada", "bo", "cy")]
        (url,) = ingested.roles["urls"]
        assert isinstance(url, Url)
        assert ingested.typed["where"]["url"] == url
        assert ingested.typed["guests"][1]["email"].site == "d.example"
        assert isinstance(ingested.typed["files"][0], Path)
        assert len(ingested.typed["who"]) == 3

    def test_a_name_with_a_dot_of_its_own_is_one_name(self) -> None:
        tool = Tool(
            name="t",
            schema={"properties": {"user.mail": {}}},
            parameters={"user.mail": Parameter(role="recipients", type="party")},
        )
        assert ingest(tool, {"user.mail": "a@b.example"}).roles["recipients"][0].site == "b.example"

    def test_keys_that_nobody_listed_are_leaves(self) -> None:
        """Data can leave in the keys of an object too."""
        tool = Tool(name="t", parameters={"headers": Parameter(role="content", type="json")})
        leaves = ingest(tool, {"headers": {"x-secret-42": "v"}}).leaves
        assert [(leaf.path, leaf.role, leaf.text) for leaf in leaves] == [
            ("headers{}", "content", "x-secret-42"),
            ("headers.x-secret-42", "content", "v"),
        ]

    def test_null_is_absent(self) -> None:
        ingested = ingest(SEND, {"to": "bob", "copy": None})
        assert "copy" not in ingested.typed
        assert ingested.arguments["copy"] is None

    def test_commands_and_statements_are_joined(self) -> None:
        tool = Tool(
            name="t",
            parameters={
                "run": Parameter(role="command", type="shell"),
                "ask": Parameter(role="query", type="sql"),
            },
        )
        ingested = ingest(tool, {"run": "ls | wc", "ask": ["select 1", "drop table t"]})
        command, query = ingested.roles["command"], ingested.roles["query"]
        assert isinstance(command, Shell)
        assert isinstance(query, Sql)
        assert command.programs == ("ls", "wc")
        assert query.verbs == ("select", "drop")

    def test_a_list_of_words_is_one_command(self) -> None:
        tool = Tool(name="t", parameters={"argv": Parameter(role="command", type="shell")})
        ingested = ingest(tool, {"argv": ["sudo", "rm", "-rf", "/srv; echo x"]})
        assert ingested.roles["command"].programs == ("sudo", "rm")
        assert [leaf.path for leaf in ingested.leaves] == [f"argv[{i}]" for i in range(4)]

    def test_several_times_are_the_earliest(self) -> None:
        tool = Tool(
            name="t",
            parameters={
                "start": Parameter(role="at", type="timestamp"),
                "end": Parameter(role="at", type="timestamp"),
            },
        )
        sent = {"start": "2026-05-02 10:00", "end": "2026-05-01"}
        assert ingest(tool, sent).roles["at"] == 1_777_593_600_000_000

    def test_other_scalar_roles_have_one_value_or_are_refused(self) -> None:
        tool = Tool(name="t", parameters={"case": Parameter(role="case", type="text")})
        assert ingest(tool, {"case": ["A", "A"]}).roles["case"] == "A"
        with pytest.raises(InputError) as refused:
            ingest(tool, {"case": ["A", "B"]})
        assert refused.value.code == "ingress.several_values"

    def test_the_role_has_its_own_type(self) -> None:
        """A recipient that the catalogue types as an IBAN is a party for every rule on recipients."""
        tool = Tool(name="t", parameters={"to": Parameter(role="recipients", type="iban")})
        ingested = ingest(tool, {"to": "GB29 NWBK 6016 1331 9268 19"})
        assert ingested.typed["to"].country == "GB"
        assert ingested.roles["recipients"][0].kind == "iban"
        with pytest.raises(InputError) as refused:
            ingest(tool, {"to": "GB29NWBK60161331926818"})
        assert refused.value.code == "iban.checksum"

    def test_a_role_that_nobody_knows_is_other(self) -> None:
        tool = Tool(name="t", parameters={"a": Parameter(role="sauce")})
        assert ingest(tool, {"a": 5}).roles["other"] == [5]
