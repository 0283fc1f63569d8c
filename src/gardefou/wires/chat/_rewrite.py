"""Chat Completions: withheld chunks, written anew without the calls that do not go ahead."""

from __future__ import annotations

import msgspec

from gardefou.wires._json import NULL, as_raw, convert, dump
from gardefou.wires._rulings import Outcome
from gardefou.wires._sse import Event, event
from gardefou.wires.chat._answer import SEPARATOR, joined, stop_after


class Writer:
    """Writes withheld chunks anew, without the calls that do not go ahead."""

    def __init__(self, said: dict[int, tuple[bool, bool]], outcomes: dict[int, Outcome]) -> None:
        """Begin a batch: which choices have words and refusals before, and what became of calls."""
        self._said = said
        self._outcomes = outcomes
        self._told: set[int] = set()
        self._numbers: dict[tuple[int, int], int] = {}
        for index, result in outcomes.items():
            kept = [call.key.partition(".")[2] for call in result.released]
            for new, old in enumerate(key for key in kept if key != "f"):
                self._numbers[index, int(old)] = new

    def rewrite(self, held: Event) -> list[bytes]:
        """The events that stand in the place of one."""
        data = held.data or b""
        if data.startswith(b"[DONE]"):
            return [held.raw]
        chunk = convert(data, dict[str, msgspec.Raw])
        choices = convert(chunk.get("choices", NULL), list[dict[str, msgspec.Raw]] | None)
        written: list[bytes] = []
        left = []
        is_same = True
        for choice in choices or ():
            index = convert(choice.get("index", b"0"), int)
            result = self._outcomes.get(index)
            stop = convert(choice.get("finish_reason", NULL), str | None)
            if result is None or not result.changes or (stop is None and not _asks(choice)):
                left.append(choice)
                continue
            is_same = False
            if stop is not None:
                written += self._texts(chunk, index, result)
                choice["finish_reason"] = as_raw(stop_after(stop, result))
            if self._strip(choice, index, result) or stop is not None:
                left.append(choice)
        if is_same:
            return [held.raw]
        if not left:
            return written
        chunk["choices"] = as_raw(left)
        return [*written, event(dump(chunk))]

    def _strip(self, choice: dict[str, msgspec.Raw], index: int, result: Outcome) -> bool:
        """Take the refused calls out of a choice; true when something of it is left."""
        is_left = False
        for field in ("delta", "message"):
            if field not in choice:
                continue
            delta = convert(choice[field], dict[str, msgspec.Raw] | None) or {}
            calls = convert(delta.pop("tool_calls", NULL), list[dict[str, msgspec.Raw]] | None)
            kept = []
            for position, call in enumerate(calls or ()):
                number = convert(call.get("index", NULL), int | None)
                new = self._numbers.get((index, position if number is None else number))
                if new is not None:
                    kept.append({**call, "index": as_raw(new)})
            if kept:
                delta["tool_calls"] = as_raw(kept)
            if not any(call.key.endswith("f") for call in result.released):
                delta.pop("function_call", None)
            is_left = is_left or bool(delta)
            choice[field] = as_raw(delta)
        return is_left

    def _texts(self, chunk: dict[str, msgspec.Raw], index: int, result: Outcome) -> list[bytes]:
        """The chunks with the texts that stand in the calls' place."""
        if index in self._told:
            return []  # a choice that finishes twice says its texts once
        self._told.add(index)
        has_words, has_refusal = self._said[index]
        head = {key: raw for key, raw in chunk.items() if key not in {"choices", "usage"}}
        written = []
        for field, texts, before in (
            ("content", result.words, has_words),
            ("refusal", result.refused, has_refusal),
        ):
            if texts:
                text = (SEPARATOR if before else "") + joined(texts)
                choice = {"index": index, "delta": {field: text}, "finish_reason": None}
                written.append(event(dump({**head, "choices": [choice]})))
        return written


def _asks(choice: dict[str, msgspec.Raw]) -> bool:
    """Whether a chunk's choice holds a part of a call."""
    for field in ("delta", "message"):
        delta = convert(choice.get(field, NULL), dict[str, msgspec.Raw] | None) or {}
        if "tool_calls" in delta or "function_call" in delta:
            return True
    return False
