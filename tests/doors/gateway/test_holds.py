"""Held calls wait for people; an approval counts once, on exactly what was stored."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from gateway_running import (
    Response,
    Running,
    Upstream,
    ask,
    chat_answer,
    chat_call,
    chat_chunk,
    later,
    vote,
)

from gardefou.action import Principal
from gardefou.doors.gateway._pending import MOST_US, Kept

PAY = ("c1", "pay", {"amount": "10 EUR"})
LAW = """---
constitution: Test
version: 1
language: 1
unlisted: hold
roles: {treasurer: [dora, erik]}
---

# Test

## Article 1. Asking {#asking}

Questions about force wait.

```article
kind: default
on: kind model.request
hold:
  - when: action.model == "held"
    quorum: {treasurer: 1}
```
"""


@pytest.fixture
def patient(tmp_path: Path) -> Any:
    running = Running(tmp_path, server="keep_alive_s = 0.2")
    running.upstream.script = Upstream.answer(chat_answer(None, PAY))
    yield running
    running.stop()


def calls(answer: Response) -> list[str]:
    message = answer.json["choices"][0]["message"]
    return [call["id"] for call in message.get("tool_calls") or ()]


def test_an_approved_call_leaves_in_the_same_answer(patient: Running) -> None:
    """Law 5."""
    thread = later(patient)
    answer = patient.request(ask(), prefer="wait=10")
    thread.join()
    assert calls(answer) == ["c1"]
    (hold,) = [patient.parts.service.holds.get(answer.headers["gardefou-hold"])]
    assert hold.state == "done"
    kinds = [entry["kind"] for entry in patient.entries()]
    for kind in ("hold", "vote", "resolution", "grant.redeemed", "action.started"):
        assert kind in kinds


def test_a_denied_call_does_not_leave(patient: Running) -> None:
    thread = later(patient, "deny")
    answer = patient.request(ask(), prefer="wait=10")
    thread.join()
    assert calls(answer) == []
    assert b"did not agree" in answer.body


def test_a_call_that_nobody_decides_in_time_does_not_leave(patient: Running) -> None:
    """Law 6: silence is no."""
    answer = patient.request(ask())
    assert (calls(answer), answer.status) == ([], 200)
    assert answer.headers["gardefou-hold"] in answer.json["choices"][0]["message"]["content"]
    assert answer.json["choices"][0]["finish_reason"] == "stop"


TOOLS = [{"type": "function", "function": {"name": "pay", "parameters": {"type": "object"}}}]


def test_the_same_request_later_collects_the_kept_answer_and_no_model_is_asked(
    patient: Running,
) -> None:
    """Law 5: what people approved is what leaves, once, whatever the model would say by now."""
    first = patient.request(ask(tools=TOOLS))
    asked = len(patient.upstream.heard)
    assert calls(first) == []
    patient.upstream.script = Upstream.answer(chat_answer("I changed my mind."))
    still = patient.request(ask(tools=TOOLS))
    assert calls(still) == []
    assert still.headers["gardefou-hold"] == first.headers["gardefou-hold"]
    vote(patient)
    second = patient.request(ask(tools=TOOLS, prompt_cache_key="it may change"))
    assert second.headers["gardefou-kept"] == "true"
    assert calls(second) == ["c1"]
    assert len(patient.upstream.heard) == asked
    third = patient.request(ask(tools=TOOLS))
    assert third.json["choices"][0]["message"]["content"] == "I changed my mind."
    assert len(patient.upstream.heard) == asked + 1


def test_a_kept_stream_is_sent_again_as_a_stream(patient: Running) -> None:
    patient.upstream.script = Upstream.events(
        chat_chunk({"content": "Paying. "}),
        chat_chunk({"tool_calls": [{"index": 0, **chat_call(*PAY)}]}),
        chat_chunk({}, "tool_calls"),
        "[DONE]",
    )
    first = patient.request(ask(stream=True, tools=TOOLS), prefer="wait=0")
    assert b'"c1"' not in first.body
    vote(patient)
    asked = len(patient.upstream.heard)
    second = patient.request(ask(stream=True, tools=TOOLS))
    assert b'"c1"' in second.body
    assert b"Paying. " in second.body
    assert second.body.rstrip().endswith(b"[DONE]")
    assert len(patient.upstream.heard) == asked


def test_a_kept_answer_is_nobody_elses_and_of_no_other_request(patient: Running) -> None:
    patient.request(ask(tools=TOOLS))
    patient.upstream.script = Upstream.answer(chat_answer("Fresh."))
    other = patient.make_key(application="other")
    patient.refresh()
    for answer in (
        patient.request(ask(tools=TOOLS), key=other),
        patient.request(ask("Something else.", tools=TOOLS)),
        patient.request({**ask(tools=TOOLS), "temperature": 0.5}),
    ):
        assert "gardefou-kept" not in answer.headers
        assert answer.json["choices"][0]["message"]["content"] == "Fresh."


def test_a_kept_answer_is_found_after_a_restart_and_forgotten_in_time(tmp_path: Path) -> None:
    """Rule 4: what waits is known from the store; nothing is named while nothing waits."""
    first = Running(tmp_path)
    try:
        first.upstream.script = Upstream.answer(chat_answer(None, PAY))
        assert asyncio.run(first.gateway.pending.is_empty(0))
        first.request(ask(tools=TOOLS))
        vote(first)
    finally:
        first.stop()
    second = Running(tmp_path)
    try:
        answer = second.request(ask(tools=TOOLS))
        assert answer.headers["gardefou-kept"] == "true"
        assert calls(answer) == ["c1"]
        assert second.upstream.heard == []
        assert asyncio.run(second.gateway.pending.is_empty(0))
        name = "pending sha256:of-another"
        kept = Kept(1_000, 200, b"{}")
        pending, principal = second.gateway.pending, Principal(tenant="acme")
        asyncio.run(pending.keep(principal, name, kept))
        assert not asyncio.run(pending.is_empty(1_000 + MOST_US))
        assert asyncio.run(pending.is_empty(1_001 + MOST_US))
    finally:
        second.stop()


def test_a_denied_hold_of_a_kept_answer_lets_nothing_leave(patient: Running) -> None:
    patient.request(ask(tools=TOOLS))
    vote(patient, "deny")
    patient.upstream.script = Upstream.answer(chat_answer("Fresh."))
    answer = patient.request(ask(tools=TOOLS), prefer="wait=0")
    assert calls(answer) == []


def test_the_same_call_later_collects_the_approval_once(patient: Running) -> None:
    first = patient.request(ask())
    vote(patient)
    patient.upstream.script = Upstream.answer(chat_answer(None, ("c2", *PAY[1:])))
    second = patient.request(ask())
    assert calls(second) == ["c2"]
    assert second.headers["gardefou-hold"] == first.headers["gardefou-hold"]
    third = patient.request(ask())
    assert calls(third) == []
    assert third.headers["gardefou-hold"] != first.headers["gardefou-hold"]


def test_another_call_does_not_profit_from_an_approval(patient: Running) -> None:
    patient.request(ask())
    vote(patient)
    patient.upstream.script = Upstream.answer(
        chat_answer(None, ("c1", "pay", {"amount": "11 EUR"}))
    )
    assert calls(patient.request(ask())) == []


def test_another_application_does_not_profit_from_an_approval(patient: Running) -> None:
    patient.request(ask())
    vote(patient)
    other = patient.make_key(application="other")
    patient.refresh()
    assert calls(patient.request(ask(), key=other)) == []


def test_all_held_calls_of_an_answer_are_shown_at_once(patient: Running) -> None:
    patient.upstream.script = Upstream.answer(
        chat_answer(None, PAY, ("c2", "pay", {"amount": "20 EUR"}), ("c3", "read_file", {}))
    )
    thread = later(patient, count=2)
    answer = patient.request(ask(), prefer="wait=10")
    thread.join()
    assert calls(answer)[:2] == ["c1", "c2"]
    assert len(answer.headers["gardefou-hold"].split(", ")) == 2


def test_a_held_call_in_a_stream_leaves_once_people_agree(patient: Running) -> None:
    patient.upstream.script = Upstream.events(
        chat_chunk({"content": "Paying. "}),
        chat_chunk({"tool_calls": [{"index": 0, **chat_call(*PAY)}]}),
        chat_chunk({}, "tool_calls"),
        "[DONE]",
    )
    began = threading.Timer(0.8, vote, (patient,))
    began.start()
    answer = patient.request(ask(stream=True), prefer="wait=10")
    began.join()
    assert b"Paying. " in answer.body
    assert b'"c1"' in answer.body
    assert answer.body.count(b": keep-alive") >= 1


def test_a_held_request_waits_before_it_is_sent(tmp_path: Path) -> None:
    running = Running(tmp_path, law=LAW)
    try:
        body = {**ask(), "model": "held"}
        first = running.request(body)
        assert first.status == 200
        assert running.upstream.heard == []
        vote(running)
        running.request(body)
        assert len(running.upstream.heard) == 1
    finally:
        running.stop()


def test_a_caller_that_knows_holds_gets_202_and_a_place_to_look(patient: Running) -> None:
    answer = patient.request(ask(), prefer="respond-async")
    assert answer.status == 200  # the answer has other parts; only a held whole is 202
    running_law = patient.parts.service.holds.inbox()
    place = f"/v1/holds/{running_law[0].id}"
    state = patient.request(b"", place, "GET")
    assert (state.status, state.json["state"]) == (200, "pending")
    other = patient.make_key(application="other")
    patient.refresh()
    assert patient.request(b"", place, "GET", key=other).status == 404
    assert patient.request(b"", place, "DELETE").json["state"] == "withdrawn"
    assert patient.request(b"", "/v1/holds/nothing", "GET").status == 404


def test_a_held_request_of_a_caller_that_knows_holds_is_202(tmp_path: Path) -> None:
    running = Running(tmp_path, law=LAW)
    try:
        answer = running.request({**ask(), "model": "held"}, prefer="respond-async")
        assert answer.status == 202
        assert answer.headers["location"] == f"/v1/holds/{answer.json['hold']}"
    finally:
        running.stop()
