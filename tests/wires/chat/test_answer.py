"""Chat Completions: answers in one piece."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gardefou.errors import InputError
from gardefou.wires import RELEASE, Call, Ruling, Usage, wire_for

WIRE = wire_for("POST", "/v1/chat/completions")
REFUSE = Ruling(action="refuse", text="Refused: `pay`.")
NOTICE = Ruling(action="notice", text="Held: `pay`.")


def call(number: int, name: str) -> dict[str, Any]:
    function = {"name": name, "arguments": f'{{"n":{number}}}'}
    return {"id": f"c{number}", "type": "function", "function": function}


def answer(content: Any = None, **message: Any) -> bytes:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": content, **message},
        "finish_reason": "tool_calls",
    }
    return json.dumps(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "m-1",
            "choices": [choice],
            "usage": {
                "prompt_tokens": 9,
                "completion_tokens": 4,
                "total_tokens": 13,
                "prompt_tokens_details": {"cached_tokens": 3},
            },
            "unknown": 1.50,
        }
    ).encode()


TWO = answer("Well.", tool_calls=[call(0, "pay"), call(1, "look")])


def test_an_answer_is_read() -> None:
    read = WIRE.read_answer(TWO)
    assert (read.id, read.model, read.text, read.stop) == (
        "chatcmpl-1", "m-1", "Well.", "tool_calls",
    )  # fmt: skip
    assert read.usage == Usage(input_tokens=9, output_tokens=4, cached_tokens=3)
    assert read.calls == (
        Call(key="0.0", id="c0", name="pay", arguments='{"n":0}'),
        Call(key="0.1", id="c1", name="look", arguments='{"n":1}'),
    )


def test_all_released_is_the_very_same_bytes() -> None:
    read = WIRE.read_answer(TWO)
    assert WIRE.render_answer(TWO, read, {"0.0": RELEASE, "0.1": RELEASE}) is TWO


def rendered(body: bytes, rulings: dict[str, Ruling]) -> tuple[dict[str, Any], str]:
    out = json.loads(WIRE.render_answer(body, WIRE.read_answer(body), rulings))
    assert out["unknown"] == 1.5
    return out["choices"][0]["message"], out["choices"][0]["finish_reason"]


@pytest.mark.parametrize("ruling", [REFUSE, NOTICE])
def test_a_released_call_stays_and_the_others_become_words(ruling: Ruling) -> None:
    message, stop = rendered(TWO, {"0.0": ruling, "0.1": RELEASE})
    assert message["tool_calls"] == [call(1, "look")]
    assert message["content"] == f"Well.\n\n{ruling.text}"
    assert (message.get("refusal"), stop) == (None, "tool_calls")


def test_when_none_is_left_a_refusal_has_the_vendors_form() -> None:
    message, stop = rendered(TWO, {"0.0": REFUSE, "0.1": NOTICE})
    assert "tool_calls" not in message
    assert (message["content"], message["refusal"]) == ("Well.\n\nHeld: `pay`.", REFUSE.text)
    assert stop == "stop"


def test_a_call_without_a_ruling_is_refused() -> None:
    message, _ = rendered(TWO, {"0.1": RELEASE})
    assert message["tool_calls"] == [call(1, "look")]
    assert "`pay` was refused" in message["content"]


def test_a_legacy_call_is_refused() -> None:
    body = answer(function_call={"name": "pay", "arguments": "{}"})
    message, stop = rendered(body, {"0.f": REFUSE})
    assert "function_call" not in message
    assert (message["refusal"], stop) == (REFUSE.text, "stop")


def test_a_content_that_is_a_list_gets_one_more_part() -> None:
    body = answer([{"type": "text", "text": "Well."}], tool_calls=[call(0, "pay")])
    message, _ = rendered(body, {"0.0": NOTICE})
    assert message["content"][-1] == {"type": "text", "text": NOTICE.text}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<html>413</html>", "wire.syntax"),
        (b'{"choices":[],"choices":[]}', "wire.duplicate_key"),
        (b'{"choices":7}', "wire.type"),
        (b'{"choices":[{"message":{"tool_calls":[{"type":"teleport"}]}}]}', "wire.call_kind"),
        (b'{"choices":[{"index":3,"message":{}}]}', "wire.choice"),
        (b'{"choices":[{"index":0,"message":{"tool_calls":{}}}]}', "wire.type"),
    ],
)
def test_bad_answers_end_in_one_of_our_errors(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        WIRE.read_answer(data)
    assert caught.value.code == code
