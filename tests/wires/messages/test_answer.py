"""Anthropic Messages: answers in one piece."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gardefou.errors import InputError
from gardefou.wires import RELEASE, Call, Result, Ruling, Usage, wire_for

WIRE = wire_for("POST", "/v1/messages")
REFUSE = Ruling(action="refuse", text="Refused: article 7.")
NOTICE = Ruling(action="notice", text="Held: article 8.")

TEXT = {"type": "text", "text": "Well."}
PAY = {"type": "tool_use", "id": "t1", "name": "pay", "input": {"n": 1.50}}
LOOK = {"type": "tool_use", "id": "t2", "name": "look", "input": {}}
SEARCH = {"type": "server_tool_use", "id": "t3", "name": "web_search", "input": {"query": "q"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "t3", "content": []}


def message(*content: Any, stop: str = "tool_use") -> bytes:
    return json.dumps(
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "m-1",
            "content": content,
            "stop_reason": stop,
            "stop_sequence": None,
            "usage": {
                "input_tokens": 2,
                "cache_read_input_tokens": 5,
                "cache_creation_input_tokens": 1,
                "output_tokens": 4,
            },
        }
    ).encode()


def test_an_answer_is_read() -> None:
    read = WIRE.read_answer(message(TEXT, PAY, SEARCH, FOUND))
    assert (read.id, read.model, read.text, read.stop) == ("msg_1", "m-1", "Well.", "tool_use")
    assert read.usage == Usage(input_tokens=8, output_tokens=4, cached_tokens=5)
    assert read.calls == (
        Call(key="1", id="t1", name="pay", arguments='{"n": 1.5}'),
        Call(key="2", id="t3", name="web_search", arguments='{"query": "q"}',
             type="server_tool_use", executor="vendor"),
    )  # fmt: skip
    assert read.results == (Result(id="t3", name="web_search", text="", executor="vendor"),)


def rendered(body: bytes, *rulings: Ruling) -> dict[str, Any]:
    read = WIRE.read_answer(body)
    keys = [call.key for call in read.calls]
    out: dict[str, Any] = json.loads(
        WIRE.render_answer(body, read, dict(zip(keys, rulings, strict=True)))
    )
    return out


def test_all_released_is_the_very_same_bytes() -> None:
    body = message(TEXT, PAY, LOOK)
    read = WIRE.read_answer(body)
    assert WIRE.render_answer(body, read, {"1": RELEASE, "2": RELEASE}) is body


@pytest.mark.parametrize("ruling", [REFUSE, NOTICE])
def test_a_released_call_stays_and_the_others_become_words(ruling: Ruling) -> None:
    out = rendered(message(TEXT, PAY, LOOK), ruling, RELEASE)
    assert out["content"] == [TEXT, {"type": "text", "text": ruling.text}, LOOK]
    assert out["stop_reason"] == "tool_use"
    assert "stop_details" not in out


def test_when_none_is_left_a_refusal_has_the_vendors_form() -> None:
    out = rendered(message(PAY, LOOK), NOTICE, REFUSE)
    assert [block["text"] for block in out["content"]] == [NOTICE.text, REFUSE.text]
    assert out["stop_reason"] == "refusal"
    assert out["stop_details"] == {
        "type": "refusal",
        "category": None,
        "explanation": REFUSE.text,
    }


def test_when_there_are_notices_alone_the_turn_ends() -> None:
    assert rendered(message(PAY), NOTICE)["stop_reason"] == "end_turn"


def test_a_vendors_call_takes_its_result_with_it() -> None:
    out = rendered(message(SEARCH, FOUND, TEXT, stop="end_turn"), REFUSE)
    assert [block["text"] for block in out["content"]] == [
        REFUSE.text,
        "The result of the tool `web_search` was withheld.",
        "Well.",
    ]
    assert out["stop_reason"] == "end_turn"


def test_a_block_of_an_unknown_kind_is_a_call_of_that_name() -> None:
    read = WIRE.read_answer(message({"type": "teleport", "where": "x"}))
    (call,) = read.calls
    assert (call.name, call.executor, call.type) == ("teleport", "vendor", "teleport")
    assert json.loads(call.arguments) == {"type": "teleport", "where": "x"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html>", "wire.syntax"),
        (b"{}", "wire.type"),
        (b'{"content":[],"content":[]}', "wire.duplicate_key"),
        (b'{"content":[{"type":"tool_use","name":7}]}', "wire.type"),
        (message(PAY, PAY), "wire.call_ambiguous"),
    ],
)
def test_bad_answers_end_in_one_of_our_errors(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        WIRE.read_answer(data)
    assert caught.value.code == code
