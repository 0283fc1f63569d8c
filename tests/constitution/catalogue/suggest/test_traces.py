"""Tools of which only calls were seen."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gardefou.constitution.catalogue.suggest import tool_from_calls


def test_a_schema_is_drawn_from_the_calls() -> None:
    calls = [{"to": ["a@b.example"], "body": "x"}, {"to": [], "body": "y", "count": 1}]
    tool = tool_from_calls("send_email", calls)
    assert tool.schema == {
        "type": "object",
        "properties": {
            "to": {"type": "array", "items": {"type": "string"}},
            "body": {"type": "string"},
            "count": {"type": "integer"},
        },
        "required": ["body", "to"],
    }
    assert tool.effects == ("sends_outside",)
    assert tool.parameters["to[]"].role == "recipients"


def test_an_argument_seen_with_several_types_has_none() -> None:
    tool = tool_from_calls("get_item", [{"id": 1}, {"id": "a"}])
    assert tool.schema["properties"]["id"] == {}


def test_a_few_single_words_seen_often_are_a_choice_not_a_command_line() -> None:
    calls = [{"command": ("view", "create")[n % 2], "path": "x"} for n in range(20)]
    tool = tool_from_calls("edit", calls)
    assert tool.schema["properties"]["command"]["enum"] == ["create", "view"]
    assert "executes_code" not in tool.effects


def test_a_tool_without_calls_is_labelled_by_its_name() -> None:
    assert tool_from_calls("delete_file", []).effects == ("deletes",)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(st.text(max_size=8), json_values, max_size=4), max_size=6))
def test_any_calls_make_a_tool(calls: list[dict[str, Any]]) -> None:
    """Law 3: the order in which calls were seen changes nothing that is known of each argument."""
    tool = tool_from_calls("get_thing", calls)
    back = tool_from_calls("get_thing", list(reversed(calls)))
    assert tool.parameters.keys() == back.parameters.keys()
