"""OpenAI Responses, the vendor's side: requests read, answers and streams written.

What a response stored is found again by ``previous_response_id`` and by ``item_reference``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, Literal

from gardefou.doors.simulate._conversation import (
    Answered,
    Asked,
    BadRequest,
    Heard,
    Item,
    Returned,
    asked,
    messages_of,
    text_of,
)
from gardefou.doors.simulate._reply import Call, Event, Part, Reply, argument_pieces, words

MAX_STORED = 1024

_ECHOED: dict[str, Any] = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None,
    "service_tier": "default",
    "store": True,
    "temperature": 1.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}


class Store:
    """The responses that were kept, the oldest leave first."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._responses: dict[str, dict[str, Any]] = {}
        self._inputs: dict[str, list[dict[str, Any]]] = {}

    def keep(self, response: dict[str, Any], items: list[dict[str, Any]]) -> None:
        """Keep a response and what came before it."""
        self._responses[response["id"]] = response
        self._inputs[response["id"]] = items
        while len(self._responses) > MAX_STORED:
            oldest = next(iter(self._responses))
            del self._responses[oldest], self._inputs[oldest]

    def response(self, name: str) -> dict[str, Any]:
        """A response.

        Raises:
            BadRequest: 404 when there is none.
        """
        if name not in self._responses:
            raise BadRequest(f"Response with id '{name}' not found.", status=404)
        return self._responses[name]

    def forget(self, name: str) -> None:
        """Delete a response.

        Raises:
            BadRequest: 404 when there is none.
        """
        self.response(name)
        del self._responses[name], self._inputs[name]

    def before(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        """The items of the conversation that the request goes on with.

        Raises:
            BadRequest: when the response is not stored.
        """
        name = body.get("previous_response_id")
        if name is None:
            return []
        if name not in self._responses:
            raise BadRequest(
                f"Previous response with id '{name}' not found.",
                code="previous_response_not_found",
                param="previous_response_id",
            )
        return [*self._inputs[name], *self._responses[name]["output"]]

    def item(self, name: str) -> dict[str, Any]:
        """An item of a stored answer.

        Raises:
            BadRequest: 404 when there is none.
        """
        for response in self._responses.values():
            for item in response["output"]:
                if item["id"] == name:
                    found: dict[str, Any] = item
                    return found
        raise BadRequest(f"Item with id '{name}' not found.", status=404)


def items_of(body: dict[str, Any], store: Store) -> list[dict[str, Any]]:
    """Everything that was said up to this request, as items.

    Raises:
        BadRequest: as the vendor refuses it.
    """
    given = body.get("input")
    if isinstance(given, str):
        new = [{"type": "message", "role": "user", "content": given}]
    else:
        new = [
            store.item(str(item.get("id"))) if item.get("type") == "item_reference" else item
            for item in messages_of(body, "input")
        ]
    return [*store.before(body), *new]


def read(body: dict[str, Any], store: Store) -> Asked:
    """Read a request.

    Raises:
        BadRequest: as the vendor refuses it.
    """
    return asked("responses", body, list(_items(items_of(body, store))))


def _items(items: list[dict[str, Any]]) -> Iterator[Item]:
    for item in items:
        kind = item.get("type", "message" if "role" in item else None)
        if kind is None:
            raise BadRequest("an item of 'input' has neither 'type' nor 'role'", param="input")
        if kind == "message":
            role = item.get("role")
            if role == "user":
                yield Heard(text_of(item.get("content")))
            elif role == "assistant":
                yield Answered()
        elif kind in {"function_call", "custom_tool_call"}:
            yield Answered((str(item.get("call_id")),))
        elif kind in {"function_call_output", "custom_tool_call_output"}:
            yield Returned(str(item.get("call_id")), text_of(item.get("output")))
        elif kind == "reasoning":
            yield Answered()


def body(reply: Reply, status: Literal["completed", "queued"] = "completed") -> dict[str, Any]:
    """The answer in one piece; ``queued`` is one in the background that has not begun."""
    if status == "queued":
        return _response(reply, "queued", [])
    return _response(reply, _status(reply), [item for item, _ in _outputs(reply)])


def events(reply: Reply) -> Iterator[Event]:
    """The answer as a stream, from ``response.created`` to ``response.completed``."""
    numbers = count()

    def event(name: str, carries: Part = "frame", /, **fields: Any) -> Event:
        return Event({"type": name, "sequence_number": next(numbers), **fields}, name, carries)

    begun = _response(reply, "in_progress", [])
    yield event("response.created", response=begun)
    yield event("response.in_progress", response=begun)
    done = []
    for index, (item, source) in enumerate(_outputs(reply)):
        place = {"output_index": index, "item_id": item["id"]}
        empty = {**item, **_EMPTY[item["type"]], "status": "in_progress"}
        yield event("response.output_item.added", output_index=index, item=empty)
        for name, carries, fields in _inside(item, source):
            yield event(f"response.{name}", carries, **place, **fields)
        yield event("response.output_item.done", output_index=index, item=item)
        done.append(item)
    status = _status(reply)
    yield event(f"response.{status}", response=_response(reply, status, done))


_EMPTY: dict[str, dict[str, Any]] = {
    "reasoning": {"summary": []},
    "message": {"content": []},
    "function_call": {"arguments": ""},
}

_Inside = Iterator[tuple[str, Part, dict[str, Any]]]


def _inside(item: dict[str, Any], source: str) -> _Inside:
    """The events between an item's beginning and its end: name, part, fields."""
    if item["type"] == "function_call":
        for piece in argument_pieces(source):
            yield "function_call_arguments.delta", "call", {"delta": piece}
        done = {"name": item["name"], "arguments": source}
        yield "function_call_arguments.done", "frame", done
        return
    extra: dict[str, Any] = {}
    if item["type"] == "reasoning":
        stem, place, parts = "reasoning_summary", "summary_index", item["summary"]
        text_name, key = "reasoning_summary_text", "text"
    else:
        stem, place, parts = "content", "content_index", item["content"]
        refused = parts[0]["type"] == "refusal"
        text_name, key = ("refusal", "refusal") if refused else ("output_text", "text")
        extra = {} if refused else {"logprobs": []}
    at = {place: 0}
    yield f"{stem}_part.added", "frame", {**at, "part": {**parts[0], key: ""}}
    for word in words(source):
        yield f"{text_name}.delta", "text", {**at, "delta": word, **extra}
    yield f"{text_name}.done", "frame", {**at, key: source, **extra}
    yield f"{stem}_part.done", "frame", {**at, "part": parts[0]}


def _outputs(reply: Reply) -> Iterator[tuple[dict[str, Any], str]]:
    """The items of the answer, each with the text that it streams."""
    if reply.think:
        summary = [{"type": "summary_text", "text": reply.think}]
        yield {"id": reply.id("rs_"), "type": "reasoning", "summary": summary}, reply.think
    if reply.text or reply.refusal:
        yield _message(reply), reply.text or reply.refusal
    for index, call in enumerate(reply.calls):
        yield _function_call(reply, index, call), call.arguments


def _message(reply: Reply) -> dict[str, Any]:
    if reply.refusal:
        part: dict[str, Any] = {"type": "refusal", "refusal": reply.refusal}
    else:
        part = {"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}
    return {
        "id": reply.id("msg_"),
        "type": "message",
        "status": _status(reply),
        "role": "assistant",
        "content": [part],
    }


def _function_call(reply: Reply, index: int, call: Call) -> dict[str, Any]:
    return {
        "id": f"{reply.id('fc_')}_{index}",
        "type": "function_call",
        "status": _status(reply),
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    }


def _status(reply: Reply) -> str:
    return "incomplete" if reply.finish in {"length", "filter"} else "completed"


def _response(reply: Reply, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    sent = reply.asked.body
    over = status in {"completed", "incomplete"}
    reason = {"length": "max_output_tokens", "filter": "content_filter"}.get(reply.finish)
    return {
        "id": reply.id("resp_"),
        "object": "response",
        "created_at": reply.at_s,
        "completed_at": reply.at_s if status == "completed" else None,
        "status": status,
        "model": reply.model,
        "error": None,
        "incomplete_details": {"reason": reason} if status == "incomplete" else None,
        "output": output,
        "usage": _usage(reply) if over else None,
        **{k: default if sent.get(k) is None else sent[k] for k, default in _ECHOED.items()},
        "simulation": True,
    }


def _usage(reply: Reply) -> dict[str, Any]:
    return {
        "input_tokens": reply.input_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": reply.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": reply.input_tokens + reply.output_tokens,
    }
