"""Files are recognised by content; one bad line and nothing is replayed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replay_samples import Write, call, labelled_run, session, step, suite_run

from gardefou.errors import LoadError
from gardefou.replay import survey


def codes(path: Path) -> list[tuple[str, int]]:
    with pytest.raises(LoadError) as caught:
        survey([path])
    assert all(problem.file == str(path) for problem in caught.value.problems)
    return [(problem.code, problem.line) for problem in caught.value.problems]


def test_content_decides_and_not_the_name(write: Write) -> None:
    path = write("runs.jsonl", suite_run(step("a")), compressed=True)
    other = write("runs.txt", suite_run(step("a")))
    found = survey([path, other])
    assert [source.runs for source in found.sources] == [1, 1]


def test_a_folder_stands_for_the_trace_files_below_it(write: Write, tmp_path: Path) -> None:
    write("one/a.jsonl", suite_run(step("a")))
    write("one/two/b.jsonl.gz", suite_run(step("b")), compressed=True)
    write("one/notes.txt", "no trace")
    assert survey([tmp_path]).runs == 2


def test_a_file_named_twice_is_read_once(write: Write) -> None:
    path = write("a.jsonl", suite_run(step("a")))
    assert survey([path, path]).runs == 1


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ({"suite": "s", "attack": "a", "goal": "g", "text": "t"}, "texts of attacks"),
        ({"suite": "s", "task_id": "t", "kind": "user"}, "task descriptions"),
        ({"kind": "attacker_only", "injection_task_id": 1, "goal": "g", "calls": []}, "attacker"),
        ({"agent_name": "a", "tasks": []}, "task descriptions"),
        ({"Attacker Tool": "a", "Description": "d"}, "tool descriptions"),
        ({"name": "a", "description": "d", "parameters": {}}, "tool definitions"),
    ],
)
def test_known_files_without_traces_are_skipped_with_a_note(
    write: Write, record: object, what: str
) -> None:
    found = survey([write("a.jsonl", record)])
    assert found.sources == ()
    (note,) = found.notes
    assert "a.jsonl: skipped" in note
    assert what in note


def test_a_document_of_tools_is_skipped_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "tools.json"
    path.write_text(json.dumps([{"name": "a", "parameters": {}}], indent=1))
    assert "tool definitions" in survey([path]).notes[0]


def test_an_unknown_file_names_what_was_found(write: Write) -> None:
    with pytest.raises(LoadError) as caught:
        survey([write("a.jsonl", {"ship": 1, "berth": 2})])
    (problem,) = caught.value.problems
    assert problem.code == "trace.unknown"
    assert problem.found == "an object with the keys berth, ship"


def test_an_unknown_document_names_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text('{\n "ships": {},\n "piers": []\n}')
    assert codes(path) == [("trace.unknown", 0)]


def test_what_is_missing_empty_or_damaged_is_said(write: Write, tmp_path: Path) -> None:
    assert codes(tmp_path / "none.jsonl") == [("trace.missing", 0)]
    (tmp_path / "empty").mkdir()
    assert codes(tmp_path / "empty") == [("trace.folder", 0)]
    assert codes(write("blank.jsonl")) == [("trace.unknown", 0)]
    whole = write("cut.jsonl.gz", *[suite_run(step("a"))] * 300, compressed=True)
    whole.write_bytes(whole.read_bytes()[:-20])
    assert [code for code, _ in codes(whole)] == ["trace.unreadable"]


def test_every_bad_line_is_named_and_nothing_is_read(write: Write) -> None:
    bad = suite_run(step("a"))
    bad["calls"][0]["tool"] = 7
    lines = [json.dumps(suite_run(step("a"))), "{", json.dumps(bad), "[1]", '{"a": 1, "a": 2}']
    path = write("a.jsonl")
    path.write_text("\n".join(lines))
    assert codes(path) == [
        ("json.syntax", 2),
        ("trace.record", 3),
        ("trace.line", 4),
        ("json.duplicate_key", 5),
    ]


def test_problems_of_a_long_wrong_file_are_bounded(write: Write) -> None:
    path = write("a.jsonl", suite_run(step("a")), *[[1]] * 200)
    assert len(codes(path)) == 50


def test_problems_of_all_files_come_together(write: Write, tmp_path: Path) -> None:
    one = write("one.jsonl", {"ship": 1})
    two = tmp_path / "two.jsonl"
    with pytest.raises(LoadError) as caught:
        survey([one, tmp_path / "none.jsonl"])
    # A path that does not exist stops the survey before any file is read.
    assert [p.code for p in caught.value.problems] == ["trace.missing"]
    two.write_text("{")
    with pytest.raises(LoadError) as caught:
        survey([one, two])
    assert [p.code for p in caught.value.problems] == ["trace.unknown", "json.syntax"]


def test_a_broken_file_of_tools_is_an_error(write: Write, tmp_path: Path) -> None:
    (tmp_path / "tools.json").write_text('{"ships": 1}')
    path = write("a.jsonl", suite_run(step("a")))
    assert codes(path) == [("trace.tools", 0)]


ATTACK = (call("read", result="x", injected=True), call("pay", harm=True))


@pytest.mark.parametrize(
    "record",
    [
        session("attack", *ATTACK),
        session("attack", call("pay", harm=True), injected_from="start"),
        session(
            "honest", {"user": "Hello."}, {"model": "Good day."}, call("look", expected="allow")
        ),
    ],
)
def test_our_own_sessions_are_read(write: Write, record: dict[str, object]) -> None:
    assert survey([write("a.jsonl", record)]).runs == 1


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (session("attack", call("pay")), "trace.session"),
        (session("attack", call("pay", harm=True)), "trace.session"),
        (session("attack", *reversed(ATTACK)), "trace.session"),
        (session("attack", *ATTACK, call("pay", harm=True)), "trace.session"),
        (session("honest", *ATTACK), "trace.session"),
        (session("honest", injected_from="start"), "trace.session"),
        (session("honest", {"user": "a", "model": "b"}), "trace.session"),
        (session("honest", {}), "trace.session"),
        (session("honest", {"user": "a", "result": "b"}), "trace.session"),
        (session("honest", {"visitor": "a"}), "trace.record"),
        (session("kind"), "trace.record"),
        (session("honest", call("a", expected="perhaps")), "trace.record"),
        (session("honest", odd=1), "trace.record"),
        (session("honest", {"call": {"tool": "a"}}), "trace.record"),
    ],
)
def test_our_own_format_is_strict(write: Write, record: dict[str, object], code: str) -> None:
    assert codes(write("a.jsonl", record)) == [(code, 1)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    record=st.sampled_from(
        [suite_run(step("a")), labelled_run("act", step("a")), session("honest")]
    ),
    key=st.integers(0, 20),
    value=JSON,
)
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_record_is_read_or_refused_and_never_crashes(
    write: Write, record: dict[str, object], key: int, value: object
) -> None:
    """law 2: what cannot be read is said, whatever it is."""
    damaged = {**record, list(record)[key % len(record)]: value}
    path = write("a.jsonl", damaged)
    try:
        found = survey([path])
    except LoadError as error:
        assert error.problems  # noqa: PT017 - either outcome is right; a crash is not
    else:
        assert found.runs == 1 or found.notes
