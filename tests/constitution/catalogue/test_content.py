"""The effects of one call: what its command, statement or program shows."""

from __future__ import annotations

import pytest
from content_cases import (
    ACTING,
    HARMLESS,
    HIDDEN,
    LOOKING,
    NO_SECRETS,
    PROGRAMS,
    READING_SQL,
    SECRETS,
    SQL,
)
from hypothesis import given
from hypothesis import strategies as st

from gardefou.constitution.catalogue import (
    EFFECTS,
    Content,
    Parameter,
    Tool,
    content_of_call,
    effects_of_call,
    ingest,
)
from gardefou.errors import InputError

GRAVE = {
    "uses_force",
    "monitors_people",
    "judges_people",
    "collects_personal_data",
    "weakens_security",
}
_TOOLS = {
    role: Tool(
        name=role, effects=("executes_code",), parameters={"x": Parameter(role=role, type=type_)}
    )
    for role, type_ in (("command", "shell"), ("query", "sql"), ("code", "text"))
}


def content(role: str, text: str, *effects: str) -> Content:
    tool = _TOOLS[role]
    if effects:
        tool = Tool(name=role, effects=effects, parameters=tool.parameters)
    return content_of_call(tool, ingest(tool, {"x": text}))


def effects(role: str, text: str, *of_tool: str) -> set[str]:
    return set(content(role, text, *of_tool).effects)


@pytest.mark.parametrize("text", LOOKING)
def test_a_command_that_only_looks_is_a_read(text: str) -> None:
    assert effects("command", text) == {"reads"}


@pytest.mark.parametrize(("text", "shown"), ACTING.items())
def test_a_command_that_acts_has_the_effects_it_shows(text: str, shown: str) -> None:
    found = effects("command", text)
    assert set(shown.split()) <= found
    assert "executes_code" in found


@pytest.mark.parametrize("text", [*HIDDEN, *ACTING])
def test_what_is_not_understood_executes_code(text: str) -> None:
    """Law 2: an evasion lands at least as strict as a command that nobody has read."""
    assert "executes_code" in effects("command", text)
    assert "executes_code" in effects("command", text, "reads")


@pytest.mark.parametrize("text", SECRETS)
def test_files_of_secrets_are_known_by_name(text: str) -> None:
    assert "reads_secrets" in effects("command", text)


@pytest.mark.parametrize("text", NO_SECRETS)
def test_a_name_alone_reveals_no_secret(text: str) -> None:
    assert "reads_secrets" not in effects("command", text)


def test_a_plain_request_brings_outsiders_text_in() -> None:
    assert effects("command", "curl -s https://a.example/x") == {
        "reads",
        "reads_outside",
        "opens_url",
    }


@pytest.mark.parametrize("text", READING_SQL)
def test_a_statement_that_only_reads_is_a_read(text: str) -> None:
    assert effects("query", text) == {"reads"}


@pytest.mark.parametrize(("text", "shown"), SQL.items())
def test_a_statement_has_the_effects_it_shows(text: str, shown: str) -> None:
    assert set(shown.split()) <= effects("query", text)
    found = effects("query", text, "reads")
    assert set(shown.split()) | {"reads"} <= found


@pytest.mark.parametrize(("text", "shown"), PROGRAMS.items(), ids=lambda v: str(v)[:40])
def test_a_program_has_the_effects_of_its_calls(text: str, shown: str) -> None:
    found = effects("code", text)
    assert set(shown.split()) <= found
    assert "executes_code" in found


@pytest.mark.parametrize("text", HARMLESS)
def test_prose_and_other_meanings_are_nothing_grave(text: str) -> None:
    assert not effects("code", text) & GRAVE


@given(
    role=st.sampled_from(["command", "query", "code"]),
    text=st.one_of(
        st.sampled_from([*LOOKING, *ACTING, *HIDDEN, *READING_SQL, *SQL, *PROGRAMS]),
        st.text("abrm -./$()'\"|;&<>={}\n\\`#*", min_size=1, max_size=60),
    ),
    of_tool=st.lists(st.sampled_from(sorted(EFFECTS)), min_size=1, max_size=4, unique=True),
)
def test_only_executes_code_is_ever_replaced(role: str, text: str, of_tool: list[str]) -> None:
    """Law 1: a refinement takes nothing away but the unknown, and says the same again."""
    try:
        found = effects(role, text, *of_tool)
    except InputError:
        return
    assert set(of_tool) - {"executes_code"} <= found
    if "executes_code" in of_tool:
        assert found & {"executes_code", "reads"}
    assert found == effects(role, text, *of_tool)


@given(st.sampled_from(LOOKING), st.sampled_from([*ACTING, *HIDDEN]))
def test_looking_beside_acting_makes_nothing_harmless(looks: str, acts: str) -> None:
    assert "executes_code" in effects("command", f"{acts}\n{looks}")


def test_a_tool_that_nobody_has_labelled_stays_so() -> None:
    """Law 2: ``unlisted`` decides on it, not its content."""
    tool = Tool(name="x", parameters={"x": Parameter(role="command", type="shell")})
    assert effects_of_call(tool, ingest(tool, {"x": "rm a"})) == ()


def test_a_call_without_content_keeps_the_very_list_of_its_tool() -> None:
    tool = Tool(name="x", effects=("pays", "executes_code"))
    assert effects_of_call(tool, ingest(tool, {"x": "rm a"})) is tool.effects


def test_what_is_shown_names_the_words() -> None:
    assert content("command", "ls; rm -rf /srv/x").shown["deletes"] == "rm -rf /srv/x"
