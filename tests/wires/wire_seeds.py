"""Small conversations of each wire, for the tests that mutate them."""

from __future__ import annotations

from typing import Any

_CHAT_CALL = {"id": "c1", "type": "function", "function": {"name": "pay", "arguments": "{}"}}
_HEAD = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def _chunk(delta: dict[str, Any], stop: str | None = None) -> dict[str, Any]:
    return {**_HEAD, "choices": [{"index": 0, "delta": delta, "finish_reason": stop}]}


def _delta(index: int, arguments: str, name: str | None = None) -> dict[str, Any]:
    call: dict[str, Any] = {"index": index, "function": {"arguments": arguments}}
    if name:
        call = {"index": index, **_CHAT_CALL, "id": f"c{index}",
                "function": {"name": name, "arguments": arguments}}  # fmt: skip
    return {"tool_calls": [call]}


_ITEM = {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "pay",
         "arguments": "{}"}  # fmt: skip
_SAID = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
         "content": [{"type": "output_text", "text": "hi", "annotations": []}]}  # fmt: skip
_SEARCH = {"type": "web_search_call", "id": "ws_1", "action": {"query": "q"}}
_SHELL = {"type": "shell_call", "id": "sh_1", "call_id": "c9", "action": {"commands": ["ls"]},
          "environment": {"type": "container_reference"}}  # fmt: skip
_SHELL_OUTPUT = {"type": "shell_call_output", "id": "so_1", "call_id": "c9", "output": []}
_RESPONSE = {"id": "resp_1", "object": "response", "status": "in_progress", "output": []}
_USE = {"type": "tool_use", "id": "t1", "name": "pay", "input": {}}
_SERVER = {"type": "server_tool_use", "id": "t2", "name": "web_search", "input": {"q": 1}}
_FOUND = {"type": "web_search_tool_result", "tool_use_id": "t2", "content": []}

REQUESTS: dict[str, list[Any]] = {
    "openai.chat": [
        {
            "model": "m",
            "stream": True,
            "stream_options": {"include_usage": False},
            "messages": [
                {"role": "system", "content": "s"},
                {"role": "user", "content": [
                    {"type": "text", "text": "t"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]},
                {"role": "assistant", "content": None, "tool_calls": [_CHAT_CALL]},
                {"role": "tool", "tool_call_id": "c1", "content": "r"},
            ],
            "tools": [{"type": "function", "function": {"name": "pay", "parameters": {}}}],
        }
    ],
    "openai.responses": [
        {
            "model": "m",
            "instructions": "s",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "t"}]},
                _SAID, _ITEM, _SEARCH,
                {"type": "function_call_output", "call_id": "c1", "output": "r"},
            ],
            "tools": [{"type": "function", "name": "pay"}, {"type": "mcp", "server_label": "s"}],
        },
        {"model": "m", "input": "hello"},
    ],
    "anthropic.messages": [
        {
            "model": "m",
            "system": [{"type": "text", "text": "s"}],
            "messages": [
                {"role": "user", "content": "t"},
                {"role": "assistant", "content": [_USE, _SERVER, _FOUND]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "content": [
                        {"type": "text", "text": "r"},
                        {"type": "image", "source": {"type": "url", "url": "u"}}]}]},
            ],
            "tools": [{"name": "pay", "input_schema": {}}, {"type": "bash_1", "name": "bash"}],
        }
    ],
}  # fmt: skip

ANSWERS: dict[str, list[Any]] = {
    "openai.chat": [
        {"id": "c", "model": "m", "choices": [
            {"index": 0, "finish_reason": "tool_calls",
             "message": {"role": "assistant", "content": "hi", "tool_calls": [_CHAT_CALL]}},
            {"index": 1, "finish_reason": "function_call",
             "message": {"role": "assistant", "content": None, "function_call": {
                 "name": "pay", "arguments": "{}"}}}]},
    ],
    "openai.responses": [{**_RESPONSE, "status": "completed", "output": [
        _SAID, _ITEM, _SEARCH, _SHELL, _SHELL_OUTPUT]}],
    "anthropic.messages": [
        {"id": "msg_1", "model": "m", "stop_reason": "tool_use",
         "content": [{"type": "text", "text": "hi"}, _USE, _SERVER, _FOUND]},
    ],
}  # fmt: skip


def _block(index: int, start: dict[str, Any], delta: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        {"type": "content_block_delta", "index": index, "delta": delta},
        {"type": "content_block_stop", "index": index},
    ]


def _item(index: int, item: dict[str, Any], kind: str, **delta: Any) -> list[dict[str, Any]]:
    place = {"output_index": index, "item_id": item["id"]}
    return [
        {"type": "response.output_item.added", "output_index": index, "item": item},
        {"type": kind, **place, **delta},
        {"type": "response.output_item.done", "output_index": index, "item": item},
    ]


EVENTS: dict[str, list[Any]] = {
    "openai.chat": [
        _chunk({"role": "assistant", "content": "hi"}),
        _chunk(_delta(0, "", "pay")),
        _chunk(_delta(1, "{", "look")),
        _chunk(_delta(0, "{}")),
        _chunk(_delta(1, "}")),
        _chunk({"function_call": {"name": "old", "arguments": "{}"}}),
        _chunk({}, "tool_calls"),
        {**_HEAD, "choices": [], "usage": {"prompt_tokens": 1}},
        "[DONE]",
    ],
    "openai.responses": [
        {"type": "response.created", "response": _RESPONSE},
        *_item(0, _SAID, "response.output_text.delta", content_index=0, delta="hi"),
        *_item(1, _ITEM, "response.function_call_arguments.delta", delta="{}"),
        *_item(2, _SEARCH, "response.web_search_call.searching"),
        *_item(3, _SHELL, "response.shell_call_command.added"),
        *_item(4, _SHELL_OUTPUT, "response.shell_call_output_content.delta"),
        {"type": "response.completed", "response": ANSWERS["openai.responses"][0]},
    ],
    "anthropic.messages": [
        {"type": "message_start", "message": {"id": "msg_1", "model": "m", "content": []}},
        *_block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "hi"}),
        *_block(1, _USE, {"type": "input_json_delta", "partial_json": "{}"}),
        *_block(
            2, {**_SERVER, "input": {}}, {"type": "input_json_delta", "partial_json": '{"q":1}'}
        ),
        *_block(3, _FOUND, {"type": "citations_delta", "citation": {}}),
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {}},
        {"type": "message_stop"},
    ],
}
