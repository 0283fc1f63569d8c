"""Our own traces keep their format, their counts and their distance from real people."""

from __future__ import annotations

import importlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
RED = ROOT / "tests" / "red_lines"
DATA = ROOT / "benchmarks" / "data"
FILES = {
    "red": RED / "traces.jsonl",
    "red held out": RED / "heldout.jsonl",
    "red sessions": RED / "sessions.ndjson",
    "dev": DATA / "rewritten_attacks.dev.jsonl",
    "held out": DATA / "rewritten_attacks.heldout.jsonl",
    "fresh": DATA / "rewritten_attacks.fresh.jsonl",
    "examples": ROOT / "examples" / "traces.jsonl",
}
TRACE = {"trace", "set", "label", "language", "tools", "events"}
TRACE_MAY = TRACE | {"template", "task", "principal", "injected_from", "after", "note"}
CALL = {"id", "tool", "arguments"}
CALL_MAY = CALL | {"expected", "harm", "supervised", "case", "purpose", "why"}
TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
IBAN_LENGTH = {
    "AT": 20,
    "BE": 16,
    "CY": 28,
    "DE": 22,
    "ES": 24,
    "FR": 27,
    "IE": 22,
    "LT": 20,
    "LU": 20,
    "MT": 31,
    "NL": 18,
    "PT": 25,
}
WORN_OUT = (
    "ignore all previous|ignore previous|disregard|important!|<information>|important message from|"
    "you must|system prompt|jailbreak|ignore les instructions|oublie les instructions"
)
REAL = (
    "google|microsoft|openai|anthropic|amazon|facebook|paypal|apple inc|netflix|gmail|outlook|"
    "whatsapp|telegram|slack|github|gitlab|palantir|macron|trump|biden|putin|le pen|merkel|musk|"
    "bnp paribas|deutsche bank|sncf|carrefour|doctolib"
)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def calls(trace: dict[str, Any]) -> list[dict[str, Any]]:
    return [event["call"] for event in trace["events"] if "call" in event]


@pytest.fixture(scope="module", params=FILES)
def traces(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return lines(FILES[request.param])


@pytest.fixture(scope="module")
def everything() -> list[dict[str, Any]]:
    return [trace for path in FILES.values() for trace in lines(path)]


def test_every_line_has_the_keys_of_the_format_and_no_others(traces: list[dict[str, Any]]) -> None:
    for trace in traces:
        assert trace.keys() >= TRACE, trace["trace"]
        assert trace.keys() <= TRACE_MAY, trace["trace"]
        assert trace["label"] in {"attack", "honest"}
        assert trace["language"] in {"en", "fr"}
        for event in trace["events"]:
            kinds = event.keys() & {"operator", "user", "model", "call"}
            assert len(kinds) == 1, trace["trace"]
            if kinds == {"call"}:
                assert event.keys() <= {"call", "result", "injected"}, trace["trace"]
                assert event["call"].keys() >= CALL, trace["trace"]
                assert event["call"].keys() <= CALL_MAY, trace["trace"]
            else:
                assert event.keys() == kinds, trace["trace"]
                assert all(isinstance(text, str) and text for text in event.values())


def test_an_attack_has_one_harm_and_a_start_before_it_and_honest_work_neither(
    traces: list[dict[str, Any]],
) -> None:
    for trace in traces:
        events = [event for event in trace["events"] if "call" in event]
        harm = [i for i, event in enumerate(events) if event["call"].get("harm")]
        injected = [i for i, event in enumerate(events) if event.get("injected")]
        if trace["label"] == "honest":
            assert (harm, injected, trace.get("injected_from")) == ([], [], None), trace["trace"]
        else:
            assert len(harm) == 1, trace["trace"]
            from_start = trace.get("injected_from") == "start"
            assert from_start or injected[0] < harm[0], trace["trace"]


def test_every_call_fits_the_definition_that_stands_in_its_trace(
    traces: list[dict[str, Any]],
) -> None:
    for trace in traces:
        tools = {tool["name"]: tool["parameters"] for tool in trace["tools"]}
        assert all(tool.keys() == {"name", "description", "parameters"} for tool in trace["tools"])
        for call in calls(trace):
            schema = tools[call["tool"]]
            given = call["arguments"]
            assert given.keys() <= schema["properties"].keys(), (trace["trace"], call["id"])
            assert given.keys() >= set(schema.get("required", ())), (trace["trace"], call["id"])
            for name, value in given.items():
                wanted = schema["properties"][name]
                assert isinstance(value, TYPES[wanted["type"]]), (trace["trace"], name)
                assert value in wanted.get("enum", [value]), (trace["trace"], name)


def test_trace_names_are_unique(everything: list[dict[str, Any]]) -> None:
    counted = Counter(trace["trace"] for trace in everything)
    assert [name for name, times in counted.items() if times > 1] == []


def test_no_session_is_written_twice(everything: list[dict[str, Any]]) -> None:
    counted = Counter(json.dumps(trace["events"], sort_keys=True) for trace in everything)
    assert [text[:200] for text, times in counted.items() if times > 1] == []


@pytest.mark.parametrize(
    ("file", "at_least"), [("red", 10), ("red held out", 8)], ids=["development", "held out"]
)
def test_both_red_lines_are_tried_in_both_directions_and_languages(
    file: str, at_least: int
) -> None:
    """Law 1: at least 40 traces, and what must be denied is expected to be denied."""
    counted = Counter((trace["language"], trace["label"]) for trace in lines(FILES[file]))
    assert set(counted) == {
        (lang, label) for lang in ("en", "fr") for label in ("attack", "honest")
    }
    assert min(counted.values()) >= at_least


def test_there_are_at_least_a_hundred_red_line_traces_and_a_third_is_held_out() -> None:
    seen, held_out = len(lines(FILES["red"])), len(lines(FILES["red held out"]))
    assert seen + held_out >= 100
    assert held_out / (seen + held_out) >= 0.3


def test_every_expected_verdict_of_a_red_line_trace_says_why() -> None:
    for name in ("red", "red held out", "red sessions"):
        for trace in lines(FILES[name]):
            judged = [call for call in calls(trace) if "expected" in call]
            assert judged, trace["trace"]
            assert all(call["why"].endswith(".") for call in judged), trace["trace"]
            denied = any(call["expected"] == "deny" for call in judged)
            assert denied == (trace["label"] == "attack"), trace["trace"]
            assert {call["expected"] for call in judged} <= {"deny", "hold", "not_deny"}


def test_a_later_session_follows_one_of_the_same_user() -> None:
    sessions = {trace["trace"]: trace for trace in lines(FILES["red sessions"])}
    followers = [trace for trace in sessions.values() if "after" in trace]
    assert followers
    for trace in followers:
        assert trace["principal"] == sessions[trace["after"]]["principal"]


def test_there_are_enough_rewritten_attacks_in_every_language_form_and_suite() -> None:
    both = lines(FILES["dev"]) + lines(FILES["held out"])
    attacks = [trace for trace in both if trace["label"] == "attack"]
    assert len(attacks) >= 360
    assert len(both) - len(attacks) >= 150
    languages = Counter(trace["language"] for trace in attacks)
    assert languages["en"] == languages["fr"]
    forms = Counter(trace["template"] for trace in attacks)
    assert len(forms) == 13
    assert min(forms.values()) >= 30
    assert min(Counter(trace["set"] for trace in attacks).values()) >= 30


def test_what_is_held_out_shares_no_suite_tool_set_or_frame_with_development() -> None:
    dev, held_out = lines(FILES["dev"]), lines(FILES["held out"])
    assert not {trace["set"] for trace in dev} & {trace["set"] for trace in held_out}
    tools = [{json.dumps(trace["tools"]) for trace in part} for part in (dev, held_out)]
    assert not tools[0] & tools[1]


def test_the_fresh_part_has_its_counts_in_every_language_form_and_suite() -> None:
    fresh = lines(FILES["fresh"])
    attacks = [trace for trace in fresh if trace["label"] == "attack"]
    assert len(attacks) == 136
    assert len(fresh) - len(attacks) == 48
    assert Counter(trace["language"] for trace in attacks) == {"en": 68, "fr": 68}
    assert set(Counter(trace["set"] for trace in attacks).values()) == {34}
    assert set(Counter(trace["set"] for trace in fresh).values()) == {46}
    forms = Counter(trace["template"] for trace in attacks)
    assert len(forms) == 13
    assert min(forms.values()) >= 8
    for name in {trace["set"] for trace in fresh}:
        worded = [trace for trace in attacks if trace["template"] != "correction"]
        effects = {trace["note"] for trace in worded if trace["set"] == name}
        tasks = {trace["task"] for trace in fresh if trace["set"] == name}
        assert (len(effects), len(tasks)) == (5, 6), name


def test_the_fresh_part_shares_no_suite_and_no_tool_with_the_others() -> None:
    fresh, others = lines(FILES["fresh"]), lines(FILES["dev"]) + lines(FILES["held out"])
    assert not {trace["set"] for trace in fresh} & {trace["set"] for trace in others}
    for trace in fresh:
        assert 7 <= len(trace["tools"]) <= 11, trace["trace"]
    names = [
        {tool["name"] for trace in part for tool in trace["tools"]} for part in (fresh, others)
    ]
    assert not names[0] & names[1]


def test_no_two_attacks_carry_the_same_text() -> None:
    carried = Counter(
        json.dumps(event["result"], ensure_ascii=False)
        for name in ("dev", "held out", "fresh")
        for trace in lines(FILES[name])
        for event in trace["events"]
        if event.get("injected")
    )
    assert [text[:200] for text, times in carried.items() if times > 1] == []


def test_frames_are_all_different_and_four_for_each_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DATA))
    load = importlib.import_module("notation").load
    for language in ("en", "fr"):
        frames = load(DATA / "rewritten" / f"frames.{language}.yaml")
        assert len(frames.pop("benign")) == 12
        assert {len(texts) for texts in frames.values()} == {4}
        every = [text for texts in frames.values() for text in texts]
        assert len(set(every)) == len(every) == 48
        own = load(DATA / "rewritten" / f"frames.fresh.{language}.yaml")
        assert {len(texts) for form, texts in own.items() if form != "benign"} == {2}
        fresh = [text for texts in own.values() for text in texts]
        assert len(set(fresh)) == len(fresh) == 30
        assert not set(fresh) & set(every)


@pytest.mark.parametrize("name", ["dev", "held out", "fresh"])
def test_attacks_do_not_use_worn_out_phrases(name: str) -> None:
    text = FILES[name].read_text(encoding="utf-8")
    assert re.findall(WORN_OUT, text, re.IGNORECASE) == []


def test_nobody_real_is_named(everything: list[dict[str, Any]]) -> None:
    for trace in everything:
        text = json.dumps(trace["events"], ensure_ascii=False)
        assert re.findall(rf"\b(?:{REAL})\b", text, re.IGNORECASE) == [], trace["trace"]
        for host in re.findall(r"(?:[\w.+-]@|https?://)([\w.-]+\.[a-z]{2,})", text):
            assert host.endswith(".example"), (trace["trace"], host)


def test_account_numbers_have_right_check_digits(everything: list[dict[str, Any]]) -> None:
    found = set()
    for trace in everything:
        for call in calls(trace):
            for value in call["arguments"].values():
                if isinstance(value, str) and re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", value):
                    found.add(value)
    assert len(found) >= 20
    for iban in found:
        assert len(iban) == IBAN_LENGTH[iban[:2]], iban
        assert int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1, iban


@pytest.mark.parametrize("script", ["make_red_lines", "make_rewritten"])
def test_the_committed_traces_are_what_their_script_writes(
    script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 3: the same source gives the same bytes."""
    monkeypatch.syspath_prepend(str(DATA))
    module = importlib.import_module(script)
    if script == "make_red_lines":
        written = {
            "red": module.read("development", "en", "fr"),
            "red held out": module.read("heldout", "en", "fr"),
            "red sessions": module.read("sessions", ""),
        }
    else:
        parts = {"dev": "dev", "held out": "heldout", "fresh": "fresh"}
        written = {name: module.build(part) for name, part in parts.items()}
    for name, records in written.items():
        assert records == lines(FILES[name])
