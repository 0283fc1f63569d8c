"""Chat Completions: requests are read strictly and left as they are."""

from __future__ import annotations

import json

import pytest

from gardefou.errors import InputError
from gardefou.wires import Call, Media, Opaque, Result, Words, wire_for

WIRE = wire_for("POST", "/v1/chat/completions")


def body(**fields: object) -> bytes:
    request = {"model": "m-1", "messages": [{"role": "user", "content": "hello"}], **fields}
    return json.dumps(request).encode()


def test_a_conversation_becomes_items_in_order() -> None:
    request = WIRE.read_request(
        body(
            messages=[
                {"role": "system", "content": "Be exact."},
                {"role": "user", "content": [{"type": "text", "text": "Pay it."}]},
                {
                    "role": "assistant",
                    "content": "I will.",
                    "tool_calls": [
                        {"id": "c1", "type": "function",
                         "function": {"name": "pay", "arguments": '{"amount":1}'}},
                        {"id": "c2", "type": "custom", "custom": {"name": "note", "input": "x"}},
                    ],
                },
                {"role": "tool", "tool_call_id": "c1", "content": "paid"},
                {"role": "tool", "tool_call_id": "c2",
                 "content": [{"type": "text", "text": "noted"}]},
            ]
        )
    )  # fmt: skip
    assert request.items == (
        Words(by="operator", text="Be exact."),
        Words(by="user", text="Pay it."),
        Words(by="model", text="I will."),
        Call(key="0", id="c1", name="pay", arguments='{"amount":1}'),
        Call(key="1", id="c2", name="note", arguments="x", type="custom"),
        Result(id="c1", name="pay", text="paid"),
        Result(id="c2", name="note", text="noted"),
    )


def test_what_no_rule_can_read_is_said_to_be_opaque() -> None:
    request = WIRE.read_request(
        body(
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "image_url", "image_url": {"url": "https://pictures.example/a"}},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                        {"type": "input_audio", "input_audio": {"data": "BBBB", "format": "wav"}},
                        {"type": "file", "file": {"file_id": "file-1"}},
                        {"type": "hologram", "hologram": {}},
                    ],
                }
            ]
        )
    )
    assert request.items == (
        Media(by="user", kind="image", url="https://pictures.example/a"),
        Media(by="user", kind="image", media_type="image/png", data="AAAA"),
        Media(by="user", kind="audio", media_type="audio/wav", data="BBBB"),
        Media(by="user", kind="file", file="file-1"),
        Opaque(by="user", type="hologram"),
    )


def test_declared_and_hosted_tools_are_told_apart() -> None:
    schema = {"type": "object", "properties": {"to": {"type": "string"}}}
    request = WIRE.read_request(
        body(
            tools=[
                {"type": "function",
                 "function": {"name": "pay", "description": "Pays.", "parameters": schema}},
                {"type": "custom", "custom": {"name": "note"}},
                {"type": "code_interpreter"},
            ],
            functions=[{"name": "old", "parameters": schema}],
            web_search_options={},
        )
    )  # fmt: skip
    found = [(tool.name, tool.type, tool.executor) for tool in request.tools]
    assert found == [
        ("pay", "function", "client"),
        ("note", "custom", "client"),
        ("code_interpreter", "code_interpreter", "vendor"),
        ("old", "function", "client"),
        ("web_search", "web_search", "vendor"),
    ]
    assert json.loads(request.tools[0].schema) == schema
    assert request.tools[0].description == "Pays."


def test_settings_are_read() -> None:
    request = WIRE.read_request(
        body(
            stream=True,
            stream_options={"include_usage": True},
            max_tokens=5,
            max_completion_tokens=7,
            user="u-1",
            metadata={"case": "k-1", "n": 1},
            a_field_of_tomorrow={"x": [1]},
        )
    )
    assert request.model == "m-1"
    assert (request.stream, request.wants_usage) == (True, True)
    assert request.max_output_tokens == 7
    assert (request.user, request.metadata) == ("u-1", {"case": "k-1"})


def test_a_legacy_function_call_and_its_result_belong_together() -> None:
    request = WIRE.read_request(
        body(
            messages=[
                {"role": "assistant", "content": None,
                 "function_call": {"name": "pay", "arguments": "{}"}},
                {"role": "function", "name": "pay", "content": "paid"},
            ]
        )
    )  # fmt: skip
    assert request.items == (
        Call(key="f", id="pay", name="pay", arguments="{}"),
        Result(id="pay", name="pay", text="paid"),
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "wire.syntax"),
        (b"nonsense", "wire.syntax"),
        (b"\xef\xbb\xbf{}", "wire.syntax"),
        (b'{"model":"m","messages":[]} {}', "wire.syntax"),
        (b'{"model":"m","messages":[],"x":NaN}', "wire.syntax"),
        (b'{"model":"m","messages":[],"x":1e999}', "wire.syntax"),
        (b'{"model":"m","messages":[],"x":"\\ud800"}', "wire.syntax"),
        (b'{"model":"m","messages":[],"x":"\xff"}', "wire.encoding"),
        ('{"model":"m","messages":[]}'.encode("utf-16"), "wire.syntax"),
        (b'{"model":"a","model":"b","messages":[]}', "wire.duplicate_key"),
        (b'{"model":"a","messages":[],"x":{"y":[{"z":1,"z":1}]}}', "wire.duplicate_key"),
        (b'{"model":"a","m\\u006fdel":"b","messages":[]}', "wire.duplicate_key"),
        (b'{"model":"a","Model":"b","messages":[]}', "wire.key_case"),
        (b'{"model":"a","MESSAGES":[],"messages":[]}', "wire.key_case"),
        ('{"model":"a","tool\u017f":[],"messages":[]}'.encode(), "wire.key_case"),
        (b"[]", "wire.type"),
        (b'{"messages":[]}', "wire.type"),
        (b'{"model":7,"messages":[]}', "wire.type"),
        (b'{"model":"m","messages":{}}', "wire.type"),
        (b'{"model":"m","messages":[{"role":"user","content":7}]}', "wire.type"),
        (b'{"model":"m","messages":[],"stream":"yes"}', "wire.type"),
        (b'{"model":"m","messages":[],"tools":[{"type":7}]}', "wire.type"),
        (b'{"model":"m","messages":[{"role":"critic","content":"x"}]}', "wire.role"),
        (b'{"model":"m","messages":[],"x":' + b"[" * 200 + b"]" * 200 + b"}", "wire.depth"),
        (b'{"model":"m","messages":[],"x":' + b"[" * 99999 + b"]" * 99999 + b"}", "wire.depth"),
    ],
)
def test_bad_requests_end_in_one_of_our_errors(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        WIRE.read_request(data)
    assert caught.value.code == code


def test_spaces_and_escapes_do_not_make_a_duplicate() -> None:
    data = b'{ "model" : "m\\u002d1" ,\n "messages" : [ ], "a": 1.0, "b": {"model": "x"} }'
    assert WIRE.read_request(data).model == "m-1"


def test_edits_change_one_field_and_no_other_byte() -> None:
    data = (
        b'{ "a": 1.00, "model" : "m", "messages":[ {"role":"user","content":"\\u00e9"} ] ,"z":{}}'
    )
    assert WIRE.with_model(data, "other") == data.replace(b'"m",', b'"other",')
    added = b'{"stream_options":{"include_usage":true},'
    assert WIRE.with_usage(data) == data.replace(b"{", added, 1)
    options = b'{"model":"m","messages":[],"stream_options": {"x": 1, "include_usage": false} }'
    assert WIRE.with_usage(options) == options.replace(b"false", b"true")
    system = b'{"role":"system","content":"Be good."},'
    once = WIRE.with_system(data, "Be good.")
    assert once == data.replace(b"[", b"[" + system)
    assert WIRE.with_system(once, "Be good.") == once


def test_an_instruction_that_a_user_repeats_is_added_all_the_same() -> None:
    data = body(messages=[{"role": "user", "content": "Be good."}])
    first, *_ = WIRE.read_request(WIRE.with_system(data, "Be good.")).items
    assert first == Words(by="operator", text="Be good.")


def test_the_model_is_asked_again_with_the_refusal_as_the_tools_result() -> None:
    data = body()
    answer = WIRE.read_answer(
        json.dumps(
            {
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "tool_calls",
                        "message": {
                            "role": "assistant",
                            "content": None,
                            "annotations": [],
                            "tool_calls": [
                                {"id": "c1", "type": "function",
                                 "function": {"name": "pay", "arguments": "{}"}}
                            ],
                        },
                    }
                ]
            }
        ).encode()
    )  # fmt: skip
    again = WIRE.read_request(WIRE.explain(data, answer, {"0.0": "refused: article 7"}))
    assert again.items == (
        Words(by="user", text="hello"),
        Call(key="0", id="c1", name="pay", arguments="{}"),
        Result(id="c1", name="pay", text="refused: article 7"),
    )
