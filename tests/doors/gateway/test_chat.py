"""One request through the gateway: decided, recorded, forwarded, answered."""

from __future__ import annotations

import json

from gateway_running import Running, Upstream, ask, chat_answer


def test_an_allowed_request_reaches_the_upstream_as_the_bytes_that_were_sent(
    running: Running,
) -> None:
    body = (
        b'{ "model":"gpt-4o",\n "x_unknown": 1.50,'
        b' "messages":[{"role":"user","content":"\\u0048i"}]}'
    )
    answer = running.request(body)
    said = answer.json["choices"][0]["message"]["content"]
    assert (answer.status, said) == (200, "Good morning.")
    assert running.upstream.heard[0].body == body
    assert answer.headers["gardefou-decision"] == "allow"
    assert answer.headers["gardefou-constitution"].startswith("sha256:")


def test_request_and_answer_are_recorded(running: Running) -> None:
    """Law 4."""
    answer = running.request(ask())
    kinds = [(entry["action_kind"], entry["verdict"]) for entry in running.recorded()]
    assert kinds == [("model.request", "allow"), ("model.response", "allow")]
    identity = answer.headers["gardefou-decision-id"]
    assert identity in {entry["decision_id"] for entry in running.recorded()}


def test_a_released_call_leaves_as_the_model_wrote_it(running: Running) -> None:
    sent = json.dumps(chat_answer(None, ("c1", "read_file", '{"path":  "a.txt"}'))).encode()
    running.upstream.script = Upstream.answer(sent)
    assert running.request(ask()).body == sent


def test_a_denied_call_does_not_leave(running: Running) -> None:
    running.upstream.script = Upstream.answer(
        chat_answer("I will.", ("c1", "delete_file", {"path": "a.txt"}))
    )
    answer = running.request(ask())
    assert answer.status == 200
    assert not answer.json["choices"][0]["message"].get("tool_calls")
    assert answer.headers["gardefou-decision"] == "deny"
    assert answer.headers["x-should-retry"] == "false"


def test_of_parallel_calls_only_the_allowed_ones_leave(running: Running) -> None:
    running.upstream.script = Upstream.answer(
        chat_answer(
            None,
            ("c1", "read_file", {"path": "a.txt"}),
            ("c2", "delete_file", {"path": "a.txt"}),
            ("c3", "pay", {"amount": "10 EUR"}),
        )
    )
    message = running.request(ask()).json["choices"][0]["message"]
    assert [call["id"] for call in message["tool_calls"]] == ["c1"]
    verdicts = {entry["tool"]: entry["verdict"] for entry in running.recorded()}
    assert verdicts == {"": "allow", "read_file": "allow", "delete_file": "deny", "pay": "hold"}


def test_a_call_whose_arguments_are_no_json_never_leaves(running: Running) -> None:
    running.upstream.script = Upstream.answer(chat_answer(None, ("c1", "read_file", '{"path": "a')))
    answer = running.request(ask())
    assert not answer.json["choices"][0]["message"].get("tool_calls")
    assert len(running.recorded()) == 3
