"""A proposed meaning may be wrong: what does not fit it has no role; a person's label is binding."""

from __future__ import annotations

from typing import Any

import pytest

from gardefou.constitution.catalogue import Parameter, Tool, ingest
from gardefou.errors import InputError

PROPERTIES = {"when": {"type": "string"}, "size": {"type": "string"}, "to": {"type": "string"}}


def tool(effects: tuple[str, ...], labelled_by: Any) -> Tool:
    return Tool(
        name="t",
        schema={"type": "object", "properties": PROPERTIES},
        effects=effects,
        parameters={
            "when": Parameter(role="at", type="timestamp"),
            "size": Parameter(role="limit", type="integer"),
            "to": Parameter(role="urls", type="url"),
        },
        labelled_by=labelled_by,
        confidence=0.9,
    )


def test_a_wrong_proposal_costs_a_harmless_tool_only_the_role() -> None:
    found = ingest(tool(("reads",), "suggest"), {"when": "soon", "size": "XL", "to": "a b"})
    assert "at" not in found.roles
    assert "limit" not in found.roles
    assert found.roles["urls"] == []
    assert found.typed == {"when": "soon", "size": "XL", "to": "a b"}
    assert [leaf.role for leaf in found.leaves] == ["other"] * 3


def test_a_wrong_proposal_on_what_a_call_reaches_is_refused() -> None:
    """Law 2: of a tool with consequences, whom and what it reaches is never guessed."""
    with pytest.raises(InputError):
        ingest(tool(("opens_url",), "suggest"), {"to": "a b"})
    assert "at" not in ingest(tool(("opens_url",), "suggest"), {"when": "soon"}).roles


def test_how_many_records_is_never_doubtful_where_it_matters() -> None:
    """Law 2: a limit that cannot be read must not look like no limit."""
    with pytest.raises(InputError):
        ingest(tool(("collects_personal_data",), "suggest"), {"size": "XL"})


@pytest.mark.parametrize("argument", [{"when": "soon"}, {"size": "XL"}, {"to": "a b"}])
def test_a_persons_label_is_binding(argument: dict[str, str]) -> None:
    """Law 2."""
    with pytest.raises(InputError):
        ingest(tool(("reads",), "person"), argument)
