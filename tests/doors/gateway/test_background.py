"""Responses in the background: what waits says so at once, is polled, and leaves as it was approved."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from gateway_running import Running, Upstream
from openai.types.responses import Response, ResponseFunctionToolCall
from test_holds import LAW, vote

from gardefou.supervision import Ballot, Hold
from gardefou.supervision._model import Outcome
from gardefou.supervision._resolve import resolve

PAY = ("call_1", "pay", {"amount": "10 EUR"})
READ = ("call_2", "read_file", {"path": "a"})
TOOLS: Any = [{"type": "function", "name": "pay", "parameters": {"type": "object"}}]
RUNNING = ("queued", "in_progress")


def answered(*calls: tuple[str, str, Any], status: str = "completed") -> dict[str, Any]:
    """An answer of the vendor."""
    output = [
        {
            "type": "function_call",
            "id": f"fc_{identity}",
            "call_id": identity,
            "name": name,
            "arguments": json.dumps(arguments),
            "status": "completed",
        }
        for identity, name, arguments in calls
    ]
    usage = {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 15,
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": status,
        "background": True,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {"mine": "kept"},
        "model": "gpt-4o",
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "temperature": None,
        "top_p": None,
        "usage": usage if status == "completed" else None,
    }


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    made.upstream.script = Upstream.answer(answered(PAY))
    yield made
    made.stop()


def client_of(running: Running, **more: Any) -> openai.OpenAI:
    """The vendor's SDK with its own settings."""
    url = f"http://127.0.0.1:{running.port}/v1"
    return openai.OpenAI(base_url=url, api_key=running.key, **more)


def ask(client: openai.OpenAI, text: str = "Pay.", **more: Any) -> Response:
    fields: dict[str, Any] = {"model": "gpt-4o", "tools": TOOLS, **more}
    made: Response = client.responses.create(input=text, background=True, **fields)
    return made


def polled(client: openai.OpenAI, response: Response) -> Response:
    """As the vendor's guide has it: ask again while it is queued or in progress."""
    end = time.monotonic() + 60
    while response.status in RUNNING:
        assert time.monotonic() < end
        time.sleep(0.05)
        response = client.with_options(max_retries=0).responses.retrieve(response.id)
    return response


def calls(response: Response) -> list[str]:
    return [item.call_id for item in response.output if isinstance(item, ResponseFunctionToolCall)]


def decisions(running: Running) -> int:
    return running.parts.service.recorder.ledger.head().size  # type: ignore[union-attr]


def test_what_waits_says_so_at_once_and_is_collected_by_polling(running: Running) -> None:
    """Laws 4 and 5: nothing of it leaves before the vote, then the stored answer, every time."""
    client = client_of(running)
    first = ask(client)
    assert (first.status, first.output, first.id) == ("in_progress", [], "resp_1")
    (hold,) = running.parts.service.holds.inbox()
    assert first.metadata == {"mine": "kept", "gardefou_hold": hold.id}
    size = decisions(running)
    assert client.responses.retrieve(first.id).status == "in_progress"
    assert decisions(running) == size  # a poll decides nothing and asks no vendor
    thread = threading.Timer(0.3, vote, (running,))
    thread.start()
    done = polled(client, first)
    thread.join()
    assert (done.status, calls(done)) == ("completed", ["call_1"])
    again = client.responses.retrieve(first.id)
    assert again.to_json() == done.to_json()
    assert len(running.upstream.heard) == 1
    assert running.parts.service.holds.get(hold.id).state == "done"


def test_an_answer_waits_for_all_of_its_calls(running: Running) -> None:
    """No approval is used before the whole answer can leave; what needs nobody leaves with it."""
    other = ("call_3", "pay", {"amount": "20 EUR"})
    running.upstream.script = Upstream.answer(answered(PAY, READ, other))
    client = client_of(running)
    first = ask(client)
    holds = running.parts.service.holds
    waiting = holds.inbox()
    assert len(waiting) == 2
    one: Hold = waiting[0]
    vote_on(running, one, "approve")
    assert client.responses.retrieve(first.id).status == "in_progress"
    assert holds.get(one.id).state == "approved"
    vote_on(running, waiting[1], "deny")
    done = polled(client, first)
    left = calls(done)
    assert done.status == "completed"
    assert "call_2" in left
    assert len(left) == 2
    assert "People did not agree" in done.to_json()


@pytest.mark.parametrize(
    ("what", "status"), [("deny", "failed"), ("expire", "incomplete"), ("withdraw", "cancelled")]
)
def test_what_nobody_approves_ends(running: Running, what: str, status: str) -> None:
    """Law 6: silence is no."""
    client = client_of(running)
    first = ask(client)
    (hold,) = running.parts.service.holds.inbox()
    if what == "deny":
        vote_on(running, hold, "deny")
    elif what == "expire":
        expire(running, hold)
    else:
        assert running.request(b"", f"/v1/holds/{hold.id}", "DELETE").status == 200
    done = polled(client, first)
    assert (done.status, done.output) == (status, [])
    if what == "deny":
        assert done.error is not None
        assert done.error.code == "guardrail_denied"
    if what == "expire":
        assert done.incomplete_details is not None
        assert done.incomplete_details.reason == "content_filter"
    assert client.responses.retrieve(first.id).to_json() == done.to_json()


def test_cancelling_withdraws_what_waits(running: Running) -> None:
    client = client_of(running)
    first = ask(client)
    (hold,) = running.parts.service.holds.inbox()
    assert client.responses.cancel(first.id).status == "cancelled"
    assert running.parts.service.holds.get(hold.id).state == "withdrawn"
    assert client.responses.retrieve(first.id).status == "cancelled"


def test_a_request_that_waits_is_sent_once_people_agree(tmp_path: Path) -> None:
    """Law 4: no vendor hears of it before. Its answer waits in turn where the law asks for that."""
    running = Running(tmp_path, law=LAW)
    try:
        running.upstream.script = Upstream.answer(answered())
        client = client_of(running)
        first = ask(client, model="held", tools=[])
        assert (first.status, running.upstream.heard) == ("in_progress", [])
        assert client.responses.retrieve(first.id).status == "in_progress"
        vote(running)
        assert client.responses.retrieve(first.id).status == "in_progress"  # the answer is unlisted
        vote(running)
        done = polled(client, first)
        assert done.status == "completed"
        assert [heard.json["background"] for heard in running.upstream.heard] == [False]
        assert client.responses.retrieve(first.id).to_json() == done.to_json()
        assert client.responses.retrieve(done.id).to_json() == done.to_json()
        assert len(running.upstream.heard) == 1
    finally:
        running.stop()


def test_what_the_vendor_makes_in_the_background_waits_as_well(running: Running) -> None:
    running.upstream.script = Upstream.answer(answered(status="queued"))
    client = client_of(running)
    first = ask(client)
    assert first.status == "queued"
    assert client.responses.retrieve(first.id).status == "queued"
    running.upstream.script = Upstream.answer(answered(PAY))
    held = client.responses.retrieve(first.id)
    assert (held.status, held.output) == ("in_progress", [])
    heard = len(running.upstream.heard)
    vote(running)
    done = polled(client, held)
    assert (done.status, calls(done)) == ("completed", ["call_1"])
    assert len(running.upstream.heard) == heard


def test_polls_at_once_use_an_approval_once(running: Running) -> None:
    """Law 5: used once, and every poll gets the answer."""
    client = client_of(running)
    first = ask(client)
    vote(running)
    found: list[Response] = []

    def poll() -> None:
        found.append(polled(client, first))

    threads = [threading.Thread(target=poll) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [calls(one) for one in found] == [["call_1"]] * 8
    entries = running.parts.service.recorder.ledger.store  # type: ignore[union-attr]
    with entries.reading() as session:
        bodies = [row.body for row in session.rows(0, session.head().size)]
    assert sum(b'"grant.redeemed"' in body for body in bodies) == 1


def test_nobody_else_gets_what_waits(running: Running) -> None:
    client = client_of(running)
    first = ask(client, user="ulla")
    assert client.responses.retrieve(first.id).status == "in_progress"
    other = running.make_key(application="other")
    running.refresh()
    stranger = client_of(running).with_options(api_key=other)
    running.upstream.script = Upstream.answer(b"{}", "404 Not Found")
    with pytest.raises(openai.APIStatusError):
        stranger.responses.retrieve(first.id)
    answer = running.request(b"", f"/v1/responses/{first.id}?stream=true", "GET")
    assert answer.status == 400


def test_what_waits_is_there_after_a_restart(tmp_path: Path) -> None:
    running = Running(tmp_path)
    running.upstream.script = Upstream.answer(answered(PAY))
    first = ask(client_of(running))
    key = running.key
    running.stop()
    running = Running(tmp_path)
    try:
        client = client_of(running).with_options(api_key=key)
        assert client.responses.retrieve(first.id).status == "in_progress"
        vote(running)
        assert calls(polled(client, first)) == ["call_1"]
        assert running.upstream.heard == []
    finally:
        running.stop()


def vote_on(running: Running, hold: Hold, verdict: Any) -> None:
    ballot = Ballot(hold=hold.id, verdict=verdict, person="dora", seen=hold.digest, reason="Seen.")
    running.parts.service.holds.vote(ballot)


def expire(running: Running, hold: Hold) -> None:
    """Let the time of a hold pass."""
    outcome = Outcome(state="expired", code="hold.expired")
    assert resolve(running.parts.service.holds.core, hold, outcome)
