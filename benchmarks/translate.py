"""What a translation costs, beside LiteLLM's own translation in the same process.

Both get the same bytes and give bytes: LiteLLM's functions take and give Python objects, so reading
and writing JSON is part of its time as it is of ours. Its proxy does more around them, which is not
measured here. Each row first checks that both outcomes say the same.

A second table asks both for what the other vendor cannot do: whether a field that changes the
answer is carried, named in an error, or gone without a word.

Run: ``python benchmarks/translate.py`` (about 30 s, one core; needs `litellm`).
Targets, in processor time: short requests at least 3 times less and long ones no more, answers at
least 8 times less, events at least 3 times less; every row the same; no field gone without a word.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from gardefou.errors import GardefouError
from gardefou.wires.translation import Exchange, translation

ROUNDS = 5
SECONDS = 0.25
CHAT, MESSAGES = "openai.chat", "anthropic.messages"
SERVED_CLAUDE, SERVED_GPT = "claude-sonnet-4-5", "gpt-4o"
SCHEMA = {"type": "object", "properties": {"to": {"type": "string"}, "amount": {"type": "number"}}}
WORDS = "Please look up invoice number 7 of Example Ltd and say what it is about. "


def dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def chat_request(turns: int) -> dict[str, Any]:
    messages: list[dict[str, Any]] = [{"role": "system", "content": "You are the clerk."}]
    for turn in range(turns):
        call = f"call_{turn}"
        function = {"name": "look_up", "arguments": '{"to": "Example Ltd", "amount": 120.5}'}
        messages += [
            {"role": "user", "content": WORDS * 5},
            {
                "role": "assistant",
                "content": "I look it up.",
                "tool_calls": [{"id": call, "type": "function", "function": function}],
            },
            {"role": "tool", "tool_call_id": call, "content": WORDS * 10},
            {"role": "assistant", "content": "It is about paper."},
        ]
    messages.append({"role": "user", "content": WORDS})
    function = {"name": "look_up", "description": "Look something up", "parameters": SCHEMA}
    return {
        "model": "m",
        "messages": messages,
        "tools": [{"type": "function", "function": function}],
        "max_tokens": 500,
        "temperature": 0.2,
    }


def messages_request(turns: int) -> dict[str, Any]:
    there = translation(CHAT, MESSAGES).request(
        dump(chat_request(turns)), model="m", max_tokens_default=500
    )
    return dict(json.loads(there.body))


CHAT_ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1700000000,
    "model": SERVED_GPT,
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": WORDS,
                "tool_calls": [
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "look_up", "arguments": '{"to":"Example Ltd"}'},
                    }
                ],
            },
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {"prompt_tokens": 30, "completion_tokens": 9, "total_tokens": 39},
}
MESSAGE_ANSWER: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": SERVED_CLAUDE,
    "content": [
        {"type": "text", "text": WORDS},
        {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"to": "Example Ltd"}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 30, "output_tokens": 9},
}
PIECES = 200


def chat_stream() -> list[bytes]:
    def chunk(delta: Any, reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        body = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000}
        return b"data: %b\n\n" % dump({**body, "model": SERVED_GPT, "choices": [choice]})

    pieces = [chunk({"content": " hello"}) for _ in range(PIECES)]
    first = chunk({"role": "assistant", "content": ""})
    return [first, *pieces, chunk({}, "stop"), b"data: [DONE]\n\n"]


def messages_stream() -> list[bytes]:
    def event(name: str, **fields: Any) -> bytes:
        body = dump({"type": name, **fields})
        return b"event: %b\ndata: %b\n\n" % (name.encode(), body)

    message = {**MESSAGE_ANSWER, "content": [], "stop_reason": None}
    delta = {"type": "text_delta", "text": " hello"}
    return [
        event("message_start", message=message),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *[event("content_block_delta", index=0, delta=delta) for _ in range(PIECES)],
        event("content_block_stop", index=0),
        event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9}),
        event("message_stop"),
    ]


class Ours:
    """Gardefou, from bytes to bytes."""

    def __init__(self) -> None:
        self._there = translation(CHAT, MESSAGES)
        self._back = translation(MESSAGES, CHAT)

    def chat_to_messages(self, body: bytes) -> bytes:
        return self._there.request(body, model=SERVED_CLAUDE, max_tokens_default=500).body

    def messages_to_chat(self, body: bytes) -> bytes:
        return self._back.request(body, model=SERVED_GPT, max_tokens_default=500).body

    def message_answer(self, body: bytes) -> bytes:
        return self._there.answer(body, now_s=1).body

    def chat_answer(self, body: bytes) -> bytes:
        return self._back.answer(body, now_s=1).body

    def message_events(self, events: list[bytes]) -> bytes:
        stream = self._there.stream(Exchange(wants_usage=True), now_s=1)
        return b"".join([*map(stream.feed, events), stream.close()])

    def chat_events(self, events: list[bytes]) -> bytes:
        stream = self._back.stream(now_s=1)
        return b"".join([*map(stream.feed, events), stream.close()])


class LiteLLM:
    """LiteLLM's transformations, from bytes to bytes."""

    def __init__(self) -> None:
        import httpx
        import litellm
        from litellm.llms.anthropic.chat.handler import ModelResponseIterator
        from litellm.llms.anthropic.chat.transformation import AnthropicConfig
        from litellm.llms.anthropic.messages.adapters.streaming_iterator import (
            AnthropicStreamWrapper,
        )
        from litellm.llms.anthropic.messages.adapters.transformation import (
            LiteLLMAnthropicMessagesAdapter,
        )
        from litellm.llms.openai.chat.gpt_transformation import (
            OpenAIChatCompletionStreamingHandler,
        )

        litellm.suppress_debug_info = True
        self._litellm, self._httpx = litellm, httpx
        self._config = AnthropicConfig()
        self._adapter = LiteLLMAnthropicMessagesAdapter()
        self._events, self._wrapper = ModelResponseIterator, AnthropicStreamWrapper
        self._chunks = OpenAIChatCompletionStreamingHandler

    def chat_to_messages(self, body: bytes) -> bytes:
        given = json.loads(body)
        messages = given.pop("messages")
        given.pop("model")
        options = self._litellm.utils.get_optional_params(
            model=SERVED_CLAUDE, custom_llm_provider="anthropic", messages=messages, **given
        )
        made = self._config.transform_request(
            model=SERVED_CLAUDE,
            messages=messages,
            optional_params=options,
            litellm_params={},
            headers={},
        )
        return dump(made)

    def messages_to_chat(self, body: bytes) -> bytes:
        given = json.loads(body)
        made, _ = self._adapter.translate_anthropic_to_openai({**given, "model": SERVED_GPT})
        return dump(made)

    def message_answer(self, body: bytes) -> bytes:
        made = self._config.transform_response(
            model=SERVED_CLAUDE,
            raw_response=self._httpx.Response(200, content=body),
            model_response=self._litellm.ModelResponse(),
            logging_obj=_Silent(),
            request_data={},
            messages=[],
            optional_params={},
            litellm_params={},
            encoding=None,
        )
        return bytes(made.model_dump_json().encode())

    def chat_answer(self, body: bytes) -> bytes:
        made = self._litellm.ModelResponse(**json.loads(body))
        return dump(self._adapter.translate_openai_response_to_anthropic(made))

    def message_events(self, events: list[bytes]) -> bytes:
        reader = self._events(streaming_response=None, sync_stream=True)
        out = []
        for event in events:
            data = event.partition(b"data: ")[2]
            made = reader.chunk_parser(json.loads(data))
            out.append(b"data: %b\n\n" % made.model_dump_json(exclude_none=True).encode())
        return b"".join(out)

    def chat_events(self, events: list[bytes]) -> bytes:
        reader = self._chunks(streaming_response=None, sync_stream=True)
        chunks = (
            reader.chunk_parser(json.loads(event[6:]))
            for event in events
            if not event.startswith(b"data: [DONE]")
        )
        wrapper = self._wrapper(completion_stream=chunks, model=SERVED_GPT)
        return b"".join(wrapper.anthropic_sse_wrapper())


class _Silent:
    """What LiteLLM logs to: nothing is kept."""

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *_, **__: None


def words_of(stream: bytes) -> int:
    return stream.count(b" hello")


def essence(body: bytes) -> Any:
    """What a request or an answer says, in the parts that both wires have."""
    value = json.loads(body)
    if "choices" in value:
        message = value["choices"][0]["message"]
        calls = [c["function"]["name"] for c in message.get("tool_calls") or ()]
        return [message["content"], calls, value["choices"][0]["finish_reason"]]
    if "stop_reason" in value:
        return [[b.get("text") or b.get("name") for b in value["content"]], value["stop_reason"]]
    return [[m["role"] for m in value["messages"]], value.get("temperature"), len(value["tools"])]


def cpu_us(work: Callable[[], Any]) -> float:
    """Processor time a run in microseconds: the middle of several rounds."""
    work()
    found = []
    for _ in range(ROUNDS):
        count, start = 0, time.process_time()
        while time.process_time() - start < SECONDS:
            work()
            count += 1
        found.append((time.process_time() - start) / count * 1e6)
    return statistics.median(found)


def measure(ours: Ours, theirs: LiteLLM) -> None:
    long_chat, long_messages = dump(chat_request(25)), dump(messages_request(25))
    rows: list[tuple[str, str, Any, int, Callable[[bytes], Any]]] = [
        ("chat request, 1 turn", "chat_to_messages", dump(chat_request(1)), 1, essence),
        (f"chat request, {len(long_chat) >> 10} KB", "chat_to_messages", long_chat, 1, essence),
        ("messages request, 1 turn", "messages_to_chat", dump(messages_request(1)), 1, essence),
        (
            f"messages request, {len(long_messages) >> 10} KB",
            "messages_to_chat",
            long_messages,
            1,
            essence,
        ),
        ("message to chat completion", "message_answer", dump(MESSAGE_ANSWER), 1, essence),
        ("chat completion to message", "chat_answer", dump(CHAT_ANSWER), 1, essence),
        ("messages event to chunk", "message_events", messages_stream(), PIECES + 5, words_of),
        ("chunk to messages event", "chat_events", chat_stream(), PIECES + 3, words_of),
    ]
    print(f"{'':32}{'ours us':>10}{'LiteLLM us':>12}{'ratio':>8}  same")
    for title, name, given, count, check in rows:
        mine, other = getattr(ours, name), getattr(theirs, name)
        same = "yes" if check(mine(given)) == check(other(given)) else "NO"
        mine_us = cpu_us(lambda mine=mine, given=given: mine(given)) / count
        other_us = cpu_us(lambda other=other, given=given: other(given)) / count
        print(f"{title:32}{mine_us:>10.1f}{other_us:>12.1f}{other_us / mine_us:>8.1f}  {same}")


PLAIN_CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://a.example/x.png"}}
HARD: list[tuple[str, str, dict[str, Any], str]] = [
    *[
        (f"chat {json.dumps(more)[1:-1]}", "chat_to_messages", {**PLAIN_CHAT, **more}, mark)
        for more, mark in (
            ({"seed": 7}, '"seed"'),
            ({"n": 2}, '"n"'),
            ({"logprobs": True}, '"logprobs"'),
            ({"logit_bias": {"50256": -100}}, '"logit_bias"'),
            ({"presence_penalty": 1.5}, '"presence_penalty"'),
            ({"temperature": 1.7}, '"temperature":1.7'),
            ({"store": True}, '"store"'),
            ({"verbosity": "low"}, '"verbosity"'),
        )
    ],
    *[
        (
            f"messages {json.dumps(more)[1:-1]}",
            "messages_to_chat",
            {**PLAIN_CHAT, **more},
            mark,
        )
        for more, mark in (
            ({"top_k": 5}, '"top_k"'),
            ({"container": "c1"}, '"container"'),
            ({"stop_sequences": list("abcdef")}, '["a","b","c","d","e","f"]'),
            ({"inference_geo": "us"}, '"inference_geo"'),
        )
    ],
    (
        "messages is_error of a result",
        "messages_to_chat",
        {
            **PLAIN_CHAT,
            "messages": [
                {
                    "role": "assistant",
                    "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}],
                },
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "tool_result",
                            "tool_use_id": "t",
                            "content": "no such file",
                            "is_error": True,
                        }
                    ],
                },
            ],
        },
        "error",
    ),
    (
        "messages document with citations",
        "messages_to_chat",
        {
            **PLAIN_CHAT,
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "document",
                            "source": {"type": "text", "media_type": "text/plain", "data": "a"},
                            "citations": {"enabled": True},
                        },
                        {"type": "text", "text": "hi"},
                    ],
                }
            ],
        },
        "citations",
    ),
]


def fate(engine: Any, name: str, body: dict[str, Any], mark: str) -> str:
    """What becomes of a field: carried, named in an error, or gone."""
    try:
        made = getattr(engine, name)(dump(body)).decode()
    except GardefouError:
        return "named"
    except Exception as error:  # noqa: BLE001 - whatever it raises is its way to say no
        return "named" if type(error).__name__ == "UnsupportedParamsError" else "other error"
    return "carried" if mark in made else "gone"


def main() -> None:
    ours, theirs = Ours(), LiteLLM()
    print(f"Python {platform.python_version()}, {platform.machine()}; processor time, one core\n")
    measure(ours, theirs)
    print(f"\n{'what the other vendor cannot do':52}{'ours':>10}{'LiteLLM':>14}")
    for title, name, body, mark in HARD:
        fates = (fate(ours, name, body, mark), fate(theirs, name, body, mark))
        print(f"{title:52}{fates[0]:>10}{fates[1]:>14}")


if __name__ == "__main__":
    main()
