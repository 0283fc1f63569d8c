"""Laws of the way in, on values that nobody thought of.

law 2: ingest returns typed values or raises InputError, and nothing else, whatever comes.
law 3: what is typed once is typed the same again, and normal forms re-parse to themselves.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gardefou.constitution.catalogue import (
    ROLES,
    Catalogue,
    Parameter,
    Tool,
    dump_catalogue,
    import_tools,
    ingest,
    load_catalogue,
)
from gardefou.constitution.catalogue.types import (
    Money,
    Surroundings,
    literal,
    parse_domain,
    parse_iban,
    parse_money,
    parse_parties,
    parse_path,
    parse_persons,
    parse_shell,
    parse_sql,
    parse_timestamp,
    parse_url,
)
from gardefou.errors import InputError, LoadError, Unevaluable

PIECES = st.sampled_from(
    [
        "a", "b", "corp.example", "evil.example", "@", ".", "..", ",", ";", " ", "<", ">", '"', "'",
        "\\", "/", "//", ":", "?", "#", "%", "%2e", "%2F", "(", ")", "[", "]", "\n", "\r\n", "\t",
        "\x00", "\u200b", "\u202e", "\u00a0", "=?utf-8?q?", "?=", "0", "1", "5000", "000", "-", "+",
        "e", "E3", "0x", "€", "EUR", "$", "NaN", "٥", "é", "e\u0301", "а", "xn--", "ß", "\U0001f600",
        "http", "https://", "mailto:", "file://", "C:", "~", "*", "$X", "${", "}", "$(", "`", "|", "&&",
        ">x", "<<EOF\n", "EOF", "rm", "sudo", "bash -c ", "eval ", "select ", "drop table ", " from ",
        "--", "/*", "*/", "with x as (", "2026-05-01", "T10:00", "Z", "GB29NWBK60161331926819",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=30)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.binary(max_size=3)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | SCALARS, inner, max_size=3),
    max_leaves=8,
)
TYPES = [
    "text", "integer", "number", "boolean", "money", "party", "domain", "iban", "url", "path",
    "person", "timestamp", "sql", "shell", "json",
]  # fmt: skip


def check(error: InputError | LoadError) -> None:
    """A refusal has a stable code and one line."""
    assert error.code
    assert "\n" not in error.message


DEEP = settings(max_examples=300, deadline=None)


@pytest.mark.parametrize("type_", TYPES)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_ingest_raises_input_errors_only(type_: Any, data: st.DataObject) -> None:
    """law 2."""
    role = data.draw(st.sampled_from(sorted(ROLES)))
    tool = Tool(
        name="t", parameters={"a": Parameter(role=role, type=type_), "b[].c": Parameter(role=role)}
    )
    sent = {"a": data.draw(VALUES), "b": data.draw(VALUES)}
    try:
        first = ingest(tool, sent, organisation_domains=("corp.example",), currency="EUR")
    except InputError as error:
        check(error)
        return
    again = ingest(tool, first.arguments, organisation_domains=("corp.example",), currency="EUR")
    assert again == first
    assert {name for name, known in ROLES.items() if known.many} <= first.roles.keys()
    assert not {leaf.role for leaf in first.leaves} - ROLES.keys()


@DEEP
@given(VALUES | st.text() | st.binary())
def test_arguments_of_any_shape_are_refused_or_read(arguments: Any) -> None:
    """law 2."""
    try:
        ingest(Tool(name="t"), arguments)
    except InputError as error:
        check(error)


KEYWORDS = [
    "type", "properties", "required", "items", "anyOf", "allOf", "oneOf", "not", "$ref", "$defs",
    "enum", "const", "additionalProperties", "patternProperties", "pattern", "format", "minimum",
    "if", "then", "else", "default", "definitions", "prefixItems", "dependentSchemas", "$schema",
]  # fmt: skip
WORDS = st.sampled_from(
    ["object", "string", "integer", "a", "b", "#", "#/$defs/a", "#/properties/a", "(", "^a", "date"]
)
SCHEMAS = st.recursive(
    WORDS | st.booleans() | st.integers() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*KEYWORDS, "a", "b"]), inner, max_size=4)
    ),
    max_leaves=14,
).filter(lambda schema: isinstance(schema, dict))
SMALL = st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES, max_size=2)


@DEEP
@given(SCHEMAS, SMALL)
@example({"$ref": "#"}, {"a": 1})
@example({"allOf": [{"$ref": "#"}]}, {"a": 1})
@example({"properties": {"a": {"$ref": "#/properties/a"}}}, {"a": 1})
def test_no_schema_makes_ingest_raise_anything_else(
    schema: dict[str, Any], arguments: dict[str, Any]
) -> None:
    """law 2: schemas come from outside too."""
    tool = Tool(name="t", schema=schema, parameters={"a": Parameter(role="amount", type="money")})
    try:
        ingest(tool, arguments, currency="EUR")
    except InputError as error:
        check(error)


@DEEP
@given(TEXTS | st.integers() | st.floats(), st.sampled_from(["", "EUR", "JPY", "KWD"]))
def test_an_amount_re_parses_to_itself(value: Any, currency: str) -> None:
    """law 3."""
    try:
        money = parse_money(value, "", Surroundings(currency=currency))
    except InputError:
        return
    assert money.minor >= 0
    if money.currency != "XXX":
        assert literal(str(money)) == money


@DEEP
@given(st.integers(0, 10**15), st.sampled_from(["EUR", "JPY", "KWD"]), st.integers(0, 10**15))
def test_limits_agree_with_whole_minor_units(minor: int, currency: str, other: int) -> None:
    digits = {"EUR": 2, "JPY": 0, "KWD": 3}[currency]
    mine = Money(minor=minor, currency=currency, exponent=digits)
    limit = str(Money(minor=other, currency=currency, exponent=digits))
    assert mine.over(limit) == (minor > other)
    assert mine.at_least(limit) == (minor >= other)


@DEEP
@given(TEXTS)
def test_receivers_re_parse_to_themselves(text: str) -> None:
    """law 3."""
    try:
        parties = parse_parties(text)
    except InputError:
        return
    assert parties
    for party in parties:
        (again,) = parse_parties(party.value)
        assert (again.value, again.kind, again.domain) == (party.value, party.kind, party.domain)


@DEEP
@given(TEXTS)
def test_addresses_hosts_paths_and_persons_re_parse_to_themselves(text: str) -> None:
    """law 3."""
    for parse in (parse_domain, parse_iban, parse_path, parse_url):
        try:
            value = parse(text)
        except InputError:
            continue
        again = parse(value.value)
        assert again.value == value.value, parse
        if parse is parse_url:
            assert (again.host, again.path, again.query) == (value.host, value.path, value.query)
    try:
        persons = parse_persons(text)
    except InputError:
        return
    assert [parse_persons(person.ref) for person in persons] == [[person] for person in persons]


@DEEP
@given(TEXTS)
def test_code_is_read_or_opaque(text: str) -> None:
    """law 2: an empty reading is opaque."""
    for parse in (parse_shell, parse_sql):
        try:
            value: Any = parse(text)
        except InputError:
            continue
        named = value.programs or value.writes if parse is parse_shell else value.verbs
        assert named or value.opaque
        assert parse(value.text) == value


@DEEP
@given(TEXTS, TEXTS)
def test_a_path_is_judged_or_unevaluable(text: str, root: str) -> None:
    """law 2."""
    try:
        parse_path(root)
        path = parse_path(text)
    except InputError:
        return
    try:
        within = path.within(root)
    except Unevaluable:
        return
    assert within in {True, False}
    if within and path.known:
        assert ".." not in path.value.split("/")


@given(st.datetimes())
def test_a_time_is_read_exactly(moment: Any) -> None:
    us = parse_timestamp(moment.isoformat())
    assert us % 1_000_000 == moment.microsecond
    assert parse_timestamp(moment.isoformat() + "+00:00") == us


@DEEP
@given(VALUES | SCHEMAS | st.lists(SCHEMAS, max_size=3))
def test_an_import_raises_its_own_errors_only(document: Any) -> None:
    """law 2."""
    try:
        catalogue = import_tools(document)
    except (LoadError, InputError):
        return
    assert load_catalogue(dump_catalogue(catalogue)) == catalogue


@DEEP
@given(st.text() | TEXTS)
def test_a_file_raises_load_errors_only(text: str) -> None:
    """law 2."""
    for document in (text, "catalogue: 1\ntools:\n  " + text, "{" + text):
        try:
            assert isinstance(load_catalogue(document), Catalogue)
        except LoadError as error:
            check(error)
