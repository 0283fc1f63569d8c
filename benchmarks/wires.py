"""What reading and intercepting costs, beside decoding the same bytes with the standard library.

Run: ``python benchmarks/wires.py`` (about 20 s, one core).
Targets: a request of half a kilobyte within 20 µs, a text event within 10 µs, and neither more
than eight times what ``json.loads`` alone takes.
"""

from __future__ import annotations

import json
import platform
import timeit
from collections.abc import Callable

from gardefou.wires import RELEASE, Proposed, Request, wire_for

CHAT = wire_for("POST", "/v1/chat/completions")
RESPONSES = wire_for("POST", "/v1/responses")
MESSAGES = wire_for("POST", "/v1/messages")

SCHEMA = {"type": "object", "properties": {"to": {"type": "string"}, "amount": {"type": "number"}}}
SYSTEM = "You are a careful assistant of the Ministry of Examples. " * 2
USER = "Please pay the invoice number 7 to Example Ltd, 120 EUR, this week."


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def chat_request(turns: int) -> bytes:
    messages = [{"role": "system", "content": SYSTEM}]
    messages += [{"role": "user", "content": USER * (1 if turns == 1 else 30)}] * turns
    tool = {
        "type": "function",
        "function": {"name": "pay", "description": "Pay an invoice", "parameters": SCHEMA},
    }
    return compact(
        {"model": "m-1", "stream": True, "messages": messages, "tools": [tool], "temperature": 0.2}
    )


REQUESTS = {
    "chat request, 0.5 KB": (CHAT, chat_request(1)),
    "chat request, 420 KB, 200 messages": (CHAT, chat_request(200)),
    "responses request, 0.4 KB": (
        RESPONSES,
        compact(
            {
                "model": "m-1",
                "instructions": SYSTEM,
                "input": [{"role": "user", "content": USER}],
                "tools": [{"type": "function", "name": "pay", "parameters": SCHEMA}],
            }
        ),
    ),
    "messages request, 0.4 KB": (
        MESSAGES,
        compact(
            {
                "model": "m-1",
                "max_tokens": 99,
                "system": SYSTEM,
                "messages": [{"role": "user", "content": USER}],
                "tools": [{"name": "pay", "input_schema": SCHEMA}],
            }
        ),
    ),
}
CHAT_EVENT = compact(
    {
        "id": "chatcmpl-abc",
        "object": "chat.completion.chunk",
        "created": 1700000000,
        "model": "m-1",
        "service_tier": "default",
        "system_fingerprint": "fp_1",
        "choices": [
            {"index": 0, "delta": {"content": " hello"}, "logprobs": None, "finish_reason": None}
        ],
        "usage": None,
    }
)
RESPONSES_EVENT = compact(
    {
        "type": "response.output_text.delta",
        "item_id": "msg_1",
        "output_index": 0,
        "content_index": 0,
        "delta": " hello",
        "logprobs": [],
        "sequence_number": 7,
    }
)
MESSAGES_EVENT = compact(
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": " hello"}}
)


def named(data: bytes) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (json.loads(data)["type"].encode(), data)


def opened(wire: object, *events: bytes) -> Callable[[bytes], object]:
    reader = wire.interceptor(Request(wire=wire.name, model="m-1", stream=True))
    for event in events:
        reader.feed(event)
    return reader.feed


STREAMS = {
    "chat event": (opened(CHAT), b"data: %b\n\n" % CHAT_EVENT, CHAT_EVENT),
    "responses event": (
        opened(
            RESPONSES,
            named(
                compact(
                    {
                        "type": "response.output_item.added",
                        "output_index": 0,
                        "item": {"type": "message", "id": "msg_1"},
                    }
                )
            ),
        ),
        named(RESPONSES_EVENT),
        RESPONSES_EVENT,
    ),
    "messages event": (
        opened(
            MESSAGES,
            named(compact({"type": "message_start", "message": {}})),
            named(
                compact(
                    {
                        "type": "content_block_start",
                        "index": 0,
                        "content_block": {"type": "text", "text": ""},
                    }
                )
            ),
        ),
        named(MESSAGES_EVENT),
        MESSAGES_EVENT,
    ),
}


def call_stream() -> bytes:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m-1"}
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "pay"}}
    pieces = [{"index": 0, "function": {"arguments": "x" * 8}} for _ in range(16)]
    deltas = [{"tool_calls": [element]} for element in [call, *pieces]]
    events = [
        {**head, "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas
    ]
    end = {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
    return b"".join(b"data: %b\n\n" % compact(e) for e in [*events, end]) + b"data: [DONE]\n\n"


def whole(data: bytes) -> None:
    reader = CHAT.interceptor(Request(wire=CHAT.name, model="m-1", stream=True))
    for step in reader.feed(data):
        if isinstance(step, Proposed):
            reader.rule(step.call.key, RELEASE)


def row(name: str, ours: Callable[[], object], plain: Callable[[], object]) -> None:
    """Both in turn, so that a busy machine slows both; the best round of each counts."""
    timers = [timeit.Timer(ours), timeit.Timer(plain)]
    counts = [max(1, timer.autorange()[0] // 10) for timer in timers]
    best = [float("inf")] * 2
    for _ in range(30):
        for at, timer in enumerate(timers):
            best[at] = min(best[at], timer.timeit(counts[at]) / counts[at] * 1e6)
    print(f"{name:38} {best[0]:9.1f} {best[1]:9.1f} {best[0] / best[1]:7.1f}")


def main() -> None:
    print(f"{platform.python_implementation()} {platform.python_version()}; µs, best of 30")
    print(f"{'':38} {'gardefou':>9} {'json':>9} {'times':>7}")
    for name, (wire, body) in REQUESTS.items():
        row(name, lambda w=wire, b=body: w.read_request(b), lambda b=body: json.loads(b))
    for name, (feed, raw, data) in STREAMS.items():
        row(name, lambda f=feed, r=raw: f(r), lambda d=data: json.loads(d))
    stream = call_stream()
    parts = [line[6:] for line in stream.split(b"\n\n")[:-2]]
    row(
        "chat call in 18 events, decided",
        lambda: whole(stream),
        lambda: [json.loads(part) for part in parts],
    )


if __name__ == "__main__":
    main()
