"""OpenAI Responses: events of our own, for the messages that stand in the place of calls."""

from __future__ import annotations

from typing import Any

from gardefou.wires._json import dump
from gardefou.wires._sse import event


def message_events(item: dict[str, Any], index: int) -> list[dict[str, Any]]:
    """The six events of a whole message with one part."""
    (part,) = item["content"]
    field = "refusal" if part["type"] == "refusal" else "text"
    stem = "response.refusal" if field == "refusal" else "response.output_text"
    place = {"item_id": item["id"], "output_index": index, "content_index": 0}
    logprobs: dict[str, Any] = {} if field == "refusal" else {"logprobs": []}
    begun = {**item, "status": "in_progress", "content": []}
    return [
        {"type": "response.output_item.added", "output_index": index, "item": begun},
        {"type": "response.content_part.added", **place, "part": {**part, field: ""}},
        {"type": f"{stem}.delta", **place, "delta": part[field], **logprobs},
        {"type": f"{stem}.done", **place, field: part[field], **logprobs},
        {"type": "response.content_part.done", **place, "part": part},
        {"type": "response.output_item.done", "output_index": index, "item": item},
    ]


def write(fields: dict[str, Any], number: int | None) -> bytes:
    """One event's bytes; ``number`` is its sequence number, where the stream has them."""
    if number is not None:
        fields = {**fields, "sequence_number": number}
    return event(dump(fields), fields["type"])
