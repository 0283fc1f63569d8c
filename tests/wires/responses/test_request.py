"""OpenAI Responses: requests are read strictly and left as they are."""

from __future__ import annotations

import json

import pytest

from gardefou.errors import InputError, UsageError
from gardefou.wires import Call, Media, Opaque, Reasoning, Result, Words, wire_for

WIRE = wire_for("POST", "/v1/responses")


def body(**fields: object) -> bytes:
    return json.dumps({"model": "m-1", "input": "hello", **fields}).encode()


def test_a_text_is_the_users_and_instructions_are_the_operators() -> None:
    request = WIRE.read_request(body(instructions="Be exact.", prompt={"id": "pmpt_1"}))
    assert request.items == (
        Opaque(by="operator", type="prompt", id="pmpt_1"),
        Words(by="operator", text="Be exact."),
        Words(by="user", text="hello"),
    )


def test_a_conversation_becomes_items_in_order() -> None:
    request = WIRE.read_request(
        body(
            input=[
                {"role": "developer", "content": "Be exact."},
                {"role": "user", "content": [
                    {"type": "input_text", "text": "Pay it."},
                    {"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
                    {"type": "input_file", "file_id": "file-1"},
                    {"type": "input_audio", "input_audio": {"data": "B", "format": "wav"}},
                    {"type": "hologram"},
                ]},
                {"type": "reasoning", "id": "rs_1", "summary": [{"text": "Hm."}]},
                {"type": "message", "role": "assistant", "id": "msg_1", "status": "completed",
                 "content": [{"type": "output_text", "text": "I will."},
                             {"type": "refusal", "refusal": "Not that."}]},
                {"type": "function_call", "call_id": "c1", "name": "pay", "namespace": "bank",
                 "arguments": '{"a":1}'},
                {"type": "function_call_output", "call_id": "c1", "output": "paid"},
                {"type": "custom_tool_call", "call_id": "c2", "name": "note", "input": "free"},
                {"type": "custom_tool_call_output", "call_id": "c2", "output": [
                    {"type": "input_text", "text": "noted"},
                    {"type": "input_image", "image_url": "https://a.example/p"}]},
                {"type": "mcp_call", "id": "m1", "server_label": "s", "name": "find",
                 "arguments": "{}", "output": "found"},
                {"type": "item_reference", "id": "msg_0"},
                {"type": "compaction", "id": "cmp_1", "encrypted_content": "x"},
            ]
        )
    )  # fmt: skip
    assert request.items == (
        Words(by="operator", text="Be exact."),
        Words(by="user", text="Pay it."),
        Media(by="user", kind="image", media_type="image/png", data="AAAA"),
        Media(by="user", kind="file", file="file-1"),
        Media(by="user", kind="audio", media_type="audio/wav", data="B"),
        Opaque(by="user", type="hologram"),
        Reasoning(text="Hm."),
        Words(by="model", text="I will."),
        Words(by="model", text="Not that."),
        Call(key="4", id="c1", name="pay", arguments='{"a":1}', server="bank"),
        Result(id="c1", name="pay", text="paid"),
        Call(key="6", id="c2", name="note", arguments="free", type="custom_tool_call"),
        Result(id="c2", name="note", text="noted", is_opaque=True),
        Media(by="tool", kind="image", url="https://a.example/p", call="c2"),
        Call(key="8", id="m1", name="find", type="mcp_call", executor="vendor", server="s"),
        Result(id="m1", name="find", text="found", executor="vendor"),
        Opaque(by="model", type="item_reference", id="msg_0"),
        Opaque(by="model", type="compaction", id="cmp_1"),
    )


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"type": "computer_call", "call_id": "c", "action": {"type": "click"}},
         ("computer", '{"action":{"type": "click"}}', "client")),
        ({"type": "local_shell_call", "call_id": "c", "action": {"command": ["ls"]}},
         ("local_shell", '{"action":{"command": ["ls"]}}', "client")),
        ({"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]}},
         ("shell", '{"action":{"commands": ["ls"]}}', "client")),
        ({"type": "shell_call", "call_id": "c", "action": {},
          "environment": {"type": "container_reference"}}, ("shell", '{"action":{}}', "vendor")),
        ({"type": "apply_patch_call", "call_id": "c", "operation": {"path": "a"}},
         ("apply_patch", '{"operation":{"path": "a"}}', "client")),
        ({"type": "web_search_call", "id": "c", "action": {"query": "q"}},
         ("web_search", '{"action":{"query": "q"}}', "vendor")),
        ({"type": "file_search_call", "id": "c", "queries": ["q"]},
         ("file_search", '{"queries":["q"]}', "vendor")),
        ({"type": "code_interpreter_call", "id": "c", "code": "1", "container_id": "x"},
         ("code_interpreter", '{"code":"1"}', "vendor")),
        ({"type": "image_generation_call", "id": "c", "revised_prompt": "cat"},
         ("image_generation", '{"revised_prompt":"cat"}', "vendor")),
        ({"type": "tool_search_call", "id": "c", "arguments": {"q": 1}, "execution": "client"},
         ("tool_search", '{"q": 1}', "client")),
        ({"type": "program", "call_id": "c", "code": "run()"},
         ("program", '{"code":"run()"}', "vendor")),
        ({"type": "mcp_approval_request", "id": "c", "name": "pay", "arguments": "{}",
          "server_label": "s"}, ("pay", "{}", "client")),
    ],
)  # fmt: skip
def test_each_kind_of_call_says_what_and_who(
    item: dict[str, object], expected: tuple[str, str, str]
) -> None:
    (call,) = WIRE.read_request(body(input=[item])).items
    assert isinstance(call, Call)
    assert (call.name, call.arguments, call.executor) == expected
    assert call.id == "c"


def test_the_end_users_consent_is_a_result_and_no_vote() -> None:
    asked = {"type": "mcp_approval_request", "id": "a1", "name": "pay", "arguments": "{}"}
    given = {"type": "mcp_approval_response", "approval_request_id": "a1", "approve": True}
    *_, result = WIRE.read_request(body(input=[asked, given])).items
    assert result == Result(id="a1", name="pay", text="approved")


def test_tools_say_who_runs_them_and_a_namespace_holds_several() -> None:
    request = WIRE.read_request(
        body(
            tools=[
                {"type": "function", "name": "pay", "description": "Pays.",
                 "parameters": {"type": "object"}},
                {"type": "custom", "name": "note"},
                {"type": "web_search"},
                {"type": "mcp", "server_label": "s", "server_url": "https://mcp.example"},
                {"type": "code_interpreter", "container": {"type": "auto"}},
                {"type": "computer_use_preview"},
                {"type": "shell"},
                {"type": "shell", "environment": {"type": "container_auto"}},
                {"type": "namespace", "name": "bank", "description": "",
                 "tools": [{"type": "function", "name": "look"}]},
                {"type": "of_tomorrow"},
            ],
            input=[{"type": "additional_tools", "role": "developer",
                    "tools": [{"type": "function", "name": "late"}]}],
        )
    )  # fmt: skip
    assert [(tool.name, tool.type, tool.executor) for tool in request.tools] == [
        ("pay", "function", "client"),
        ("note", "custom", "client"),
        ("web_search", "web_search", "vendor"),
        ("s", "mcp", "vendor"),
        ("code_interpreter", "code_interpreter", "vendor"),
        ("computer_use_preview", "computer_use_preview", "client"),
        ("shell", "shell", "client"),
        ("shell", "shell", "vendor"),
        ("look", "function", "client"),
        ("of_tomorrow", "of_tomorrow", "vendor"),
        ("late", "function", "client"),
    ]
    assert request.tools[0].schema == b'{"type": "object"}'


def test_settings_are_read() -> None:
    request = WIRE.read_request(
        body(
            stream=True,
            background=True,
            previous_response_id="resp_0",
            max_output_tokens=7,
            safety_identifier="u-1",
            metadata={"case": "k"},
            a_field_of_tomorrow=[1],
        )
    )
    assert (request.model, request.previous, request.background) == ("m-1", "resp_0", True)
    assert (request.stream, request.max_output_tokens) == (True, 7)
    assert (request.user, request.metadata) == ("u-1", {"case": "k"})
    assert WIRE.read_request(body(conversation={"id": "conv_1"})).previous == "conv_1"
    assert WIRE.read_request(body(conversation="conv_2")).previous == "conv_2"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "wire.syntax"),
        (b'{"input":"a","input":"b"}', "wire.duplicate_key"),
        (b'{"input":"a","Background":true}', "wire.key_case"),
        (b'{"input":7}', "wire.type"),
        (b'{"input":[7]}', "wire.type"),
        (b'{"input":[{"role":"user","content":7}]}', "wire.type"),
        (b'{"input":[{"role":"critic","content":"x"}]}', "wire.role"),
        (b'{"input":[{"type":"message"}]}', "wire.role"),
        (b'{"input":[{"type":"computer_call_output","output":7}]}', "wire.type"),
        (b'{"input":[{"type":"additional_tools","tools":7}]}', "wire.type"),
        (b'{"input":[],"tools":[{"type":"namespace","tools":[7]}]}', "wire.type"),
    ],
)
def test_bad_requests_end_in_one_of_our_errors(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        WIRE.read_request(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "Be good."), ({"instructions": None}, "Be good."),
     ({"instructions": "Be exact."}, "Be exact.\n\nBe good.")],
)  # fmt: skip
def test_the_constitution_is_added_once(given: dict[str, object], expected: str) -> None:
    data = body(**given)
    once = WIRE.with_system(data, "Be good.")
    assert json.loads(once) == {**json.loads(data), "instructions": expected}
    assert WIRE.with_system(once, "Be good.") == once


def test_other_edits() -> None:
    data = b'{ "input" : "x", "model":"m" }'
    assert WIRE.with_usage(data) is data
    assert WIRE.with_model(data, "n") == b'{ "input" : "x", "model":"n" }'


OUTPUT = [
    {"type": "reasoning", "id": "rs_1", "summary": []},
    {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "pay", "arguments": "{}"},
]
RESULT = {"type": "function_call_output", "call_id": "c1", "output": "refused: article 7"}
USER = {"role": "user", "content": "hello"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [USER, *OUTPUT, RESULT]),
        ({"input": [USER]}, [USER, *OUTPUT, RESULT]),
        ({"store": False}, [USER, OUTPUT[1], RESULT]),
        ({"conversation": "conv_1"}, [RESULT]),
    ],
)
def test_the_model_is_asked_again_with_the_refusal_as_the_tools_result(
    given: dict[str, object], expected: object
) -> None:
    answer = WIRE.read_answer(json.dumps({"output": OUTPUT}).encode())
    again = json.loads(WIRE.explain(body(**given), answer, {"1": "refused: article 7"}))
    assert again["input"] == expected


@pytest.mark.parametrize("given", [{"input": [USER]}, {"input": "hello"}])
def test_a_call_that_the_client_never_saw_gets_its_result_in_front(
    given: dict[str, object],
) -> None:
    """The vendor kept it with the answer that the request continues."""
    answer = WIRE.read_answer(json.dumps({"output": OUTPUT}).encode())
    sent = body(**given, previous_response_id="resp_1")
    (call,) = answer.calls
    more = WIRE.with_results(sent, [(call, "refused: article 7")])
    assert json.loads(more)["input"] == [RESULT, USER]
    assert WIRE.with_results(sent, []) is sent


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ({"type": "custom_tool_call", "call_id": "c", "name": "n", "input": ""},
         {"type": "custom_tool_call_output", "call_id": "c", "output": "no"}),
        ({"type": "apply_patch_call", "call_id": "c", "operation": {}},
         {"type": "apply_patch_call_output", "call_id": "c", "status": "failed", "output": "no"}),
        ({"type": "local_shell_call", "call_id": "c", "action": {}},
         {"type": "local_shell_call_output", "id": "c", "output": "no"}),
        ({"type": "shell_call", "call_id": "c", "action": {}},
         {"type": "shell_call_output", "call_id": "c", "output": [
             {"stdout": "", "stderr": "no", "outcome": {"type": "exit", "exit_code": 1}}]}),
        ({"type": "mcp_approval_request", "id": "c", "name": "n", "arguments": "{}"},
         {"type": "mcp_approval_response", "approval_request_id": "c", "approve": False,
          "reason": "no"}),
    ],
)  # fmt: skip
def test_each_kind_of_call_has_its_kind_of_result(call: object, result: object) -> None:
    answer = WIRE.read_answer(json.dumps({"output": [call]}).encode())
    assert json.loads(WIRE.explain(body(), answer, {"0": "no"}))["input"][-1] == result


def test_what_cannot_be_explained_is_said() -> None:
    call = {"type": "computer_call", "call_id": "c", "action": {}}
    answer = WIRE.read_answer(json.dumps({"output": [call]}).encode())
    for texts in ({"0": "no"}, {}):
        with pytest.raises(UsageError) as caught:
            WIRE.explain(body(), answer, texts)
        assert caught.value.code == "wire.explain"
