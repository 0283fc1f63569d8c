"""Strict JSON, and edits in place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.errors import InputError
from gardefou.wires._json import MAX_DEPTH, strict
from gardefou.wires._splice import Document, append, prepend, put

SCALARS = st.none() | st.booleans() | st.integers() | st.text() | st.floats(
    allow_nan=False, allow_infinity=False
)  # fmt: skip
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(), v, max_size=4)
)
OBJECTS = st.dictionaries(st.text(), VALUES, max_size=5)
FORMS = st.sampled_from(
    [
        {"separators": (",", ":"), "ensure_ascii": False},
        {"separators": (",", ":")},
        {"indent": 1, "ensure_ascii": False},
        {},
    ]
)


def text(value: Any, form: dict[str, Any]) -> bytes:
    return json.dumps(value, **form).encode()


@given(VALUES, FORMS)
def test_what_the_standard_library_writes_is_read(value: Any, form: dict[str, Any]) -> None:
    assert strict(text(value, form)) == value


@given(OBJECTS, st.text(), VALUES, VALUES, FORMS)
def test_a_key_that_stands_twice_is_refused_however_it_is_written(
    rest: dict[str, Any], key: str, first: Any, second: Any, form: dict[str, Any]
) -> None:
    rest = {k: v for k, v in rest.items() if k != key}
    other = "".join(f"\\u{unit:04x}" for unit in _units(key))
    inner = text(rest, form).strip()[1:-1]
    middle = inner + b"," if rest else b""
    for spelling in (json.dumps(key), f'"{other}"'):
        data = b"{%b:%b,%b%b:%b}" % (
            json.dumps(key).encode(),
            text(first, form),
            middle,
            spelling.encode(),
            text(second, form),
        )
        with pytest.raises(InputError) as caught:
            strict(b"[" + data + b"]")
        assert caught.value.code == "wire.duplicate_key"


@pytest.mark.parametrize(
    "data",
    [
        rb'{"a:b": 1, "a\u003ab": 2}',
        rb'{"x": 1, "x": "\u003a"}',
        rb'{"x": ":", "x": 1, "y": "\u003a\u003A"}',
        rb'{ "x": {"x": 1}, "x": ":::" }',
    ],
)
def test_a_colon_in_a_text_hides_no_key_that_stands_twice(data: bytes) -> None:
    """The count of colons is no proof where one is written as an escape."""
    with pytest.raises(InputError) as caught:
        strict(data)
    assert caught.value.code == "wire.duplicate_key"


def _units(key: str) -> list[int]:
    data = key.encode("utf-16-be")
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


def test_depth_is_bounded_at_the_same_level_wherever_it_is_reached() -> None:
    deep = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert strict(deep) is not None
    for data in (b"[" + deep + b"]", b'{"a":' + deep + b"}"):
        with pytest.raises(InputError) as caught:
            strict(data)
        assert caught.value.code == "wire.depth"
    assert strict(b"[" + b"[]," * 5000 + b'"[[[["]') is not None


@given(OBJECTS, st.text(), VALUES, FORMS)
def test_putting_a_member_changes_no_other(
    value: dict[str, Any], key: str, new: Any, form: dict[str, Any]
) -> None:
    data = text(value, form)
    changed = put(data, key, text(new, form))
    assert strict(changed) == {**value, key: new}
    if key in value:
        span = Document(data).members[key]
        head, tail = Document(data).text[: span.start], Document(data).text[span.end :]
        assert changed.decode() == head + text(new, form).decode() + tail
    else:
        assert changed.endswith(data[data.index(b"{") + 1 :])


@given(st.lists(VALUES, max_size=4), VALUES, FORMS)
def test_elements_are_added_at_either_end(
    values: list[Any], new: Any, form: dict[str, Any]
) -> None:
    data = text(values, form)
    assert strict(prepend(data, text(new, form))) == [new, *values]
    assert strict(append(data, text(new, form))) == [*values, new]
