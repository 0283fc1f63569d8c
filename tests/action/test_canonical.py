"""The canonical form: one value, one sequence of bytes, and a refusal for everything else."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.action import MAX_DEPTH, Action, _canonical, canonical, digest, normal, parse
from gardefou.errors import InputError

text = st.text(st.characters(exclude_categories=("Cs",)))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(text, inner), max_leaves=20
)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('{"a":1,"a":2}', "json.duplicate_key"),
        ('{"e\\u0301":1,"\\u00e9":2}', "json.duplicate_key"),
        ('{"a":NaN}', "json.not_finite"),
        ('{"a":Infinity}', "json.not_finite"),
        ('{"a":-Infinity}', "json.not_finite"),
        ('{"a":1e999}', "json.not_finite"),
        ('{"a":9223372036854775808}', "json.integer"),
        ('{"a":-9223372036854775809}', "json.integer"),
        ('{"a":' + "9" * 5000 + "}", "json.integer"),
        ('"\\ud800"', "json.surrogate"),
        ('{"\\udc00":1}', "json.surrogate"),
        ("{", "json.syntax"),
        ("", "json.syntax"),
        ("{} {}", "json.syntax"),
        ("{'a':1}", "json.syntax"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "json.depth"),
        ("[" * 200_000, "json.depth"),
    ],
)
def test_what_has_no_canonical_form_is_refused_by_name(source: str, code: str) -> None:
    """Law 2: bad input is never guessed."""
    with pytest.raises(InputError) as caught:
        parse(source)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "json.not_finite"),
        (float("-inf"), "json.not_finite"),
        (2**63, "json.integer"),
        (2**9000, "json.integer"),
        ({1: 2}, "json.key"),
        ({"a": {1, 2}}, "json.type"),
        (b"x", "json.type"),
        ("\ud800", "json.surrogate"),
    ],
)
def test_python_values_outside_json_are_refused_by_name(value: Any, code: str) -> None:
    """Law 2, for values that come from Python instead of bytes."""
    with pytest.raises(InputError) as caught:
        canonical(value)
    assert caught.value.code == code


def test_bytes_that_are_not_utf8_are_refused_with_the_place() -> None:
    with pytest.raises(InputError, match="byte 1") as caught:
        parse(b'"\xff"')
    assert caught.value.code == "json.encoding"


@given(values)
def test_canonical_bytes_are_read_back_to_the_same_bytes(value: Any) -> None:
    """Law 3: same in, same out."""
    try:
        data = canonical(value)
    except InputError as error:
        # Two keys may become equal in NFC; nothing else of this strategy is refused.
        assert error.code == "json.duplicate_key"  # noqa: PT017 - both outcomes are lawful
        return
    assert canonical(parse(data)) == data
    assert json.loads(data) == parse(data)


@given(st.dictionaries(text, scalars))
def test_key_order_and_composition_do_not_change_the_digest(value: dict[str, Any]) -> None:
    """Law 3: the order of keys and the Unicode composition are not part of a value."""
    if len({unicodedata.normalize("NFC", key) for key in value}) != len(value):
        return
    decomposed = {
        unicodedata.normalize("NFD", key): unicodedata.normalize("NFD", item)
        if isinstance(item, str)
        else item
        for key, item in reversed(value.items())
    }
    assert digest(decomposed, label="t") == digest(value, label="t")


@given(st.binary(max_size=200))
def test_parse_answers_or_refuses_and_never_crashes(data: bytes) -> None:
    """Law 2: every byte string is a value or a refusal."""
    try:
        normal(parse(data))
    except InputError as error:
        assert error.code.startswith("json.")  # noqa: PT017 - both outcomes are lawful


def test_numbers_have_one_form() -> None:
    assert canonical([5.0, 5, -0.0, 1e2]) == b"[5,5,0,100]"


def test_an_action_digest_covers_every_field() -> None:
    """Law 5: what was approved is what runs."""
    base = Action(tool="pay", arguments={"amount": 1})
    changes = [
        Action(tool="pay", arguments={"amount": 2}),
        Action(tool="pay2", arguments={"amount": 1}),
        Action(tool="pay", arguments={"amount": 1}, session="s"),
        Action(tool="pay", arguments={"amount": 1}, vendor="v"),
        Action(kind="tool.result", tool="pay", arguments={"amount": 1}),
    ]
    digests = {action.digest() for action in [base, *changes]}
    assert len(digests) == 1 + len(changes)


@given(values)
def test_the_quick_way_gives_what_the_long_way_gives(value: Any) -> None:
    """Rules 1 to 6: whatever the quick way writes is what the long way writes."""
    quick = _canonical._quick(value)
    if quick is not None:
        long = _canonical._ENCODER.encode(_canonical._normal(value, 0)).encode()
        assert quick == long


@pytest.mark.parametrize(
    "value",
    [{1: 2}, {"a": 1.5}, {"a": float("nan")}, {"a": "\u00e9"}, {"a": 2**63}, {"a": {1, 2}}, b"x"],
)
def test_what_is_not_plain_goes_the_long_way(value: Any) -> None:
    assert _canonical._quick(value) is None


def test_plain_values_go_the_quick_way() -> None:
    assert _canonical._quick({"b": [1, True, None, "\x7f\x00"], "a": {}}) is not None
