"""What vendors answer, byte for byte in their own wires, for the tests."""

from __future__ import annotations

import json
from typing import Any

from conversations import CHAT, MESSAGES, RESPONSES

USAGE = {
    CHAT: {
        "prompt_tokens": 30,
        "completion_tokens": 9,
        "total_tokens": 39,
        "prompt_tokens_details": {"cached_tokens": 10},
    },
    RESPONSES: {
        "input_tokens": 30,
        "input_tokens_details": {"cached_tokens": 10},
        "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 39,
    },
    MESSAGES: {
        "input_tokens": 20,
        "cache_read_input_tokens": 10,
        "cache_creation_input_tokens": 0,
        "output_tokens": 9,
    },
}
CALL = ("call_1", "look_up", '{"city":"Zürich","n":1.50}')
OTHER = ("call_2", "count", "{}")


def answer(
    wire: str,
    text: str | None = "Let me see.",
    calls: tuple[tuple[str, str, str], ...] = (),
    stop: str = "end",
) -> bytes:
    """A whole answer."""
    return json.dumps(_ANSWERS[wire](text, calls, stop)).encode()


def _chat(text: str | None, calls: Any, stop: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
    if calls:
        message["tool_calls"] = [
            {"id": i, "type": "function", "function": {"name": n, "arguments": a}}
            for i, n, a in calls
        ]
    reason = {"end": "tool_calls" if calls else "stop", "length": "length"}[stop]
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    return {
        "id": "answer_1",
        "object": "chat.completion",
        "created": 1,
        "model": "served",
        "choices": [choice],
        "usage": USAGE[CHAT],
        "system_fingerprint": "fp",
    }


def _messages(text: str | None, calls: Any, stop: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": text}] if text is not None else []
    content += [
        {"type": "tool_use", "id": i, "name": n, "input": json.loads(a)} for i, n, a in calls
    ]
    reason = {"end": "tool_use" if calls else "end_turn", "length": "max_tokens"}[stop]
    return {
        "id": "answer_1",
        "type": "message",
        "role": "assistant",
        "model": "served",
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": USAGE[MESSAGES],
    }


def _responses(text: str | None, calls: Any, stop: str) -> dict[str, Any]:
    output: list[dict[str, Any]] = []
    if text is not None:
        part = {"type": "output_text", "text": text, "annotations": []}
        output.append(
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": [part],
            }
        )
    output += [
        {
            "type": "function_call",
            "id": f"fc_{i}",
            "call_id": i,
            "name": n,
            "arguments": a,
            "status": "completed",
        }
        for i, n, a in calls
    ]
    is_cut = stop == "length"
    return {
        "id": "answer_1",
        "object": "response",
        "created_at": 1,
        "status": "incomplete" if is_cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if is_cut else None,
        "error": None,
        "model": "served",
        "output": output,
        "usage": USAGE[RESPONSES],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


_ANSWERS = {CHAT: _chat, MESSAGES: _messages, RESPONSES: _responses}


def stream(
    wire: str,
    text: str | None = "Let me see.",
    calls: tuple[tuple[str, str, str], ...] = (),
    stop: str = "end",
) -> list[bytes]:
    """A streamed answer, event by event, each word and every four characters of arguments apart."""
    return list(_STREAMS[wire](text, calls, stop))


def _pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def _sse(data: Any, name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _chat_stream(text: str | None, calls: Any, stop: str) -> Any:
    def chunk(delta: Any, reason: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        body = {"id": "answer_1", "object": "chat.completion.chunk", "created": 1}
        return _sse({**body, "model": "served", "choices": [choice], **more})

    yield chunk({"role": "assistant", "content": ""})
    for piece in _pieces(text or "", 3):
        yield chunk({"content": piece})
    for index, (identity, name, arguments) in enumerate(calls):
        function = {"name": name, "arguments": ""}
        first = {"index": index, "id": identity, "type": "function", "function": function}
        yield chunk({"tool_calls": [first]})
        for piece in _pieces(arguments, 4):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, {"end": "tool_calls" if calls else "stop", "length": "length"}[stop])
    empty = {"id": "answer_1", "object": "chat.completion.chunk", "created": 1, "model": "served"}
    yield _sse({**empty, "choices": [], "usage": USAGE[CHAT]})
    yield b"data: [DONE]\n\n"


def _messages_stream(text: str | None, calls: Any, stop: str) -> Any:
    def event(name: str, **fields: Any) -> bytes:
        return _sse({"type": name, **fields}, name)

    start = _messages(None, (), "end") | {"stop_reason": None}
    start["usage"] = USAGE[MESSAGES] | {"output_tokens": 1}
    yield event("message_start", message=start)
    yield event("ping")
    index = 0
    if text is not None:
        yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for piece in _pieces(text, 3):
            delta: dict[str, Any] = {"type": "text_delta", "text": piece}
            yield event("content_block_delta", index=0, delta=delta)
        yield event("content_block_stop", index=0)
        index = 1
    for identity, name, arguments in calls:
        block = {"type": "tool_use", "id": identity, "name": name, "input": {}}
        yield event("content_block_start", index=index, content_block=block)
        for piece in ["", *_pieces(arguments, 4)]:
            delta = {"type": "input_json_delta", "partial_json": piece}
            yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
        index += 1
    reason = {"end": "tool_use" if calls else "end_turn", "length": "max_tokens"}[stop]
    delta = {"stop_reason": reason, "stop_sequence": None}
    yield event("message_delta", delta=delta, usage={"output_tokens": 9})
    yield event("message_stop")


def _responses_stream(text: str | None, calls: Any, stop: str) -> Any:
    number = 0

    def event(name: str, **fields: Any) -> bytes:
        nonlocal number
        number += 1
        return _sse({"type": name, "sequence_number": number - 1, **fields}, name)

    whole = _responses(text, calls, stop)
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    for index, item in enumerate(whole["output"]):
        if item["type"] == "message":
            place = {"item_id": "msg_1", "output_index": index, "content_index": 0}
            yield event(
                "response.output_item.added", output_index=index, item={**item, "content": []}
            )
            part = {"type": "output_text", "text": "", "annotations": []}
            yield event("response.content_part.added", **place, part=part)
            for piece in _pieces(text or "", 3):
                yield event("response.output_text.delta", **place, delta=piece, logprobs=[])
            yield event("response.output_text.done", **place, text=text, logprobs=[])
            yield event("response.content_part.done", **place, part=item["content"][0])
        else:
            place = {"item_id": item["id"], "output_index": index}
            yield event(
                "response.output_item.added", output_index=index, item={**item, "arguments": ""}
            )
            for piece in _pieces(item["arguments"], 4):
                yield event("response.function_call_arguments.delta", **place, delta=piece)
            yield event(
                "response.function_call_arguments.done", **place, arguments=item["arguments"]
            )
        yield event("response.output_item.done", output_index=index, item=item)
    name = "response.incomplete" if stop == "length" else "response.completed"
    yield event(name, response=whole)


_STREAMS = {CHAT: _chat_stream, MESSAGES: _messages_stream, RESPONSES: _responses_stream}
