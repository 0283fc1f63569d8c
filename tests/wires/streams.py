"""Streams for the tests: built, cut at random, and run through an interceptor."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from typing import Any

from gardefou.wires import (
    RELEASE,
    Answer,
    Broken,
    Call,
    Finished,
    Interceptor,
    Proposed,
    Release,
    Ruling,
    Step,
)

Rule = Callable[[Call], Ruling]


class Run:
    """One stream through an interceptor; calls are ruled on as soon as they are proposed."""

    def __init__(self, interceptor: Interceptor, rule: Rule) -> None:
        self.interceptor = interceptor
        self.rule = rule
        self.out = b""
        self.calls: list[Call] = []
        self.answer: Answer | None = None
        self.broken: Broken | None = None

    def take(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if isinstance(step, Release):
                self.out += step.data
            elif isinstance(step, Proposed):
                self.calls.append(step.call)
            elif isinstance(step, Finished):
                self.answer = step.answer
            else:
                self.broken = step
        for step in steps:
            if isinstance(step, Proposed):
                self.take(self.interceptor.rule(step.call.key, self.rule(step.call)))


def run(interceptor: Interceptor, chunks: Iterable[bytes], rule: Rule = lambda _: RELEASE) -> Run:
    """Feed the chunks and close."""
    result = Run(interceptor, rule)
    for chunk in chunks:
        result.take(interceptor.feed(chunk))
    result.take(interceptor.close())
    return result


def cut(data: bytes, rng: random.Random, pieces: int) -> list[bytes]:
    """The data in pieces, cut anywhere."""
    places = sorted(rng.randrange(len(data) + 1) for _ in range(pieces))
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True)]


def sse(events: Iterable[Any], *, end: str = "\n", named: bool = False) -> bytes:
    """Events as bytes; text stands for itself."""
    parts = []
    for event in events:
        data = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False)
        name = f"event: {event['type']}{end}" if named and isinstance(event, dict) else ""
        parts.append(f"{name}data: {data}{end}{end}")
    return "".join(parts).encode()


def data_of(out: bytes) -> list[Any]:
    """The data of the events in a stream of ours, parsed."""
    found = []
    for block in out.replace(b"\r\n", b"\n").split(b"\n\n"):
        for line in block.split(b"\n"):
            if line.startswith(b"data:"):
                text = line[5:].strip()
                found.append("[DONE]" if text == b"[DONE]" else json.loads(text))
    return found
