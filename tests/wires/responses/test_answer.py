"""OpenAI Responses: answers in one piece."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gardefou.errors import InputError
from gardefou.wires import RELEASE, Call, Result, Ruling, Usage, wire_for

WIRE = wire_for("POST", "/v1/responses")
REFUSE = Ruling(action="refuse", text="Refused: article 7.")
NOTICE = Ruling(action="notice", text="Held: article 8.")

SAID = {"type": "message", "id": "msg_0", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": "Well.", "annotations": []}]}  # fmt: skip
PAY = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "pay",
       "arguments": '{"n":1.50}', "status": "completed"}  # fmt: skip
LOOK = {"type": "function_call", "id": "fc_2", "call_id": "c2", "name": "look", "arguments": "{}"}
CODE = {"type": "code_interpreter_call", "id": "ci_1", "code": "1+1", "container_id": "x",
        "outputs": [{"type": "logs", "logs": "2"}], "status": "completed"}  # fmt: skip


def response(*output: Any, **fields: Any) -> bytes:
    return json.dumps(
        {
            "id": "resp_1",
            "object": "response",
            "model": "m-1",
            "status": "completed",
            "output": output,
            "usage": {
                "input_tokens": 9,
                "input_tokens_details": {"cached_tokens": 3},
                "output_tokens": 4,
            },
            "unknown": 1.5,
            **fields,
        }
    ).encode()


def test_an_answer_is_read() -> None:
    thought = {"type": "reasoning", "id": "rs_1", "summary": [{"text": "Hm."}]}
    read = WIRE.read_answer(response(thought, SAID, PAY, CODE))
    assert (read.id, read.model, read.text, read.reasoning) == ("resp_1", "m-1", "Well.", "Hm.")
    assert (read.stop, read.is_complete) == ("completed", True)
    assert read.usage == Usage(input_tokens=9, output_tokens=4, cached_tokens=3)
    assert read.calls == (
        Call(key="2", id="c1", name="pay", arguments='{"n":1.50}'),
        Call(key="3", id="ci_1", name="code_interpreter", arguments='{"code":"1+1"}',
             type="code_interpreter_call", executor="vendor"),
    )  # fmt: skip
    assert read.results == (
        Result(id="ci_1", name="code_interpreter", text='[{"type": "logs", "logs": "2"}]',
               executor="vendor"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "stop", "is_complete"),
    [
        ({"status": "in_progress", "output": []}, "in_progress", False),
        ({"status": "queued", "output": None}, "queued", False),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
         "max_output_tokens", True),
        ({"status": "failed"}, "failed", True),
    ],
)  # fmt: skip
def test_a_background_answer_says_whether_it_is_whole(
    fields: dict[str, Any], stop: str, is_complete: bool
) -> None:
    read = WIRE.read_answer(response(**fields))
    assert (read.stop, read.is_complete) == (stop, is_complete)


def rendered(body: bytes, *rulings: Ruling) -> dict[str, Any]:
    read = WIRE.read_answer(body)
    keys = [call.key for call in read.calls]
    out: dict[str, Any] = json.loads(
        WIRE.render_answer(body, read, dict(zip(keys, rulings, strict=True)))
    )
    return out


def test_all_released_is_the_very_same_bytes() -> None:
    body = response(SAID, PAY)
    assert WIRE.render_answer(body, WIRE.read_answer(body), {"1": RELEASE}) is body


def test_a_refused_call_becomes_a_message_in_its_place() -> None:
    out = rendered(response(SAID, PAY, LOOK, CODE), REFUSE, RELEASE, NOTICE)
    said, refused, look, noticed = out["output"]
    assert (said, look) == (SAID, LOOK)
    assert refused["id"] == "msg_fc_1"
    assert refused["content"] == [{"type": "refusal", "refusal": REFUSE.text}]
    assert noticed["content"][0]["text"] == NOTICE.text
    assert (out["status"], out["unknown"]) == ("completed", 1.5)
    assert "logs" not in json.dumps(out)


SHELL = {"type": "shell_call", "id": "sh_1", "call_id": "c9", "action": {"commands": ["ls"]},
         "environment": {"type": "container_reference"}}  # fmt: skip
OUTPUT = {"type": "shell_call_output", "id": "so_1", "call_id": "c9",
          "output": [{"stdout": "secret", "stderr": ""}]}  # fmt: skip


def test_a_vendors_call_takes_its_result_with_it() -> None:
    (call,) = WIRE.read_answer(response(SHELL, OUTPUT)).calls
    assert (call.name, call.executor) == ("shell", "vendor")
    out = rendered(response(SHELL, OUTPUT, SAID), REFUSE)["output"]
    assert [item["type"] for item in out] == ["message"] * 3
    assert out[1]["content"][0]["text"] == "The result of the tool `shell` was withheld."
    assert "secret" not in json.dumps(out)


def test_an_item_of_an_unknown_kind_is_a_call_of_that_name() -> None:
    (call,) = WIRE.read_answer(response({"type": "teleport", "where": "x"})).calls
    assert (call.name, call.executor) == ("teleport", "vendor")
    assert json.loads(call.arguments) == {"type": "teleport", "where": "x"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html>", "wire.syntax"),
        (b'{"output":7}', "wire.type"),
        (b'{"output":[],"output":[]}', "wire.duplicate_key"),
        (b'{"output":[{"type":7}]}', "wire.type"),
        (response(PAY, PAY), "wire.call_ambiguous"),
        (b'{"output":[{"type":"message","content":[7]}]}', "wire.type"),
    ],
)
def test_bad_answers_end_in_one_of_our_errors(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        WIRE.read_answer(data)
    assert caught.value.code == code
