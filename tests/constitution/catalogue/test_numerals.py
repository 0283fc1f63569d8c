"""Numbers written as text: one reading or a refusal (ADR 0004, law 2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.constitution.catalogue import Parameter, Tool, ingest
from gardefou.errors import InputError

PAY = Tool(
    name="pay",
    schema={
        "type": "object",
        "properties": {
            "amount": {"type": "number"},
            "count": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "note": {"type": "string"},
            "either": {"type": ["string", "integer"]},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
        },
        "required": ["amount"],
        "$defs": {"line": {"type": "object", "properties": {"price": {"type": "number"}}}},
    },
    effects=("pays",),
    parameters={"amount": Parameter(role="amount", type="money", currency="EUR")},
    labelled_by="person",
    confidence=1.0,
)


@pytest.mark.parametrize(
    ("sent", "minor"), [("10", 1000), ("10.5", 1050), ("0.01", 1), ("5.0", 500), ("5000", 500_000)]
)
def test_a_plain_decimal_is_read(sent: str, minor: int) -> None:
    assert ingest(PAY, {"amount": sent}).roles["amount"].minor == minor


@pytest.mark.parametrize(
    "sent",
    ["5,000", "5e3", "05000", "+5", "0x10", "٥", "５", " 5", "5 ", "", "-", ".5", "5.", "1_000", "NaN",
     "Infinity", "null", "1/2", "9" * 40, "0.0000000001"],
)  # fmt: skip
def test_everything_else_is_refused(sent: str) -> None:
    """Law 2."""
    with pytest.raises(InputError):
        ingest(PAY, {"amount": sent})


def test_only_where_the_schema_wants_a_number() -> None:
    found = ingest(
        PAY,
        {"amount": "1", "count": "2", "note": "3", "either": "4", "lines": [{"price": "5.5"}]},
    )
    assert found.arguments == {
        "amount": 1, "count": 2, "note": "3", "either": "4", "lines": [{"price": 5.5}]
    }  # fmt: skip


def test_an_unknown_argument_is_still_refused() -> None:
    """Law 2: reading a number must not open the schema."""
    with pytest.raises(InputError) as caught:
        ingest(PAY, {"amount": "1", "also": "2"})
    assert caught.value.code == "ingress.unknown_argument"


@given(st.text(alphabet="0123456789.,-+eE _x", max_size=8))
def test_what_is_read_is_the_value_that_was_written(sent: str) -> None:
    """Law 3: no text is read as another number than the one it denotes."""
    try:
        found: Any = ingest(PAY, {"amount": sent}).arguments["amount"]
    except InputError:
        return
    assert found == float(sent)
    assert sent.strip() == sent
