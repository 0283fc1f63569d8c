"""What the vendor says, before it is put in a wire's form.

Every reply says that it is a simulation: its texts begin with `MARK`, its objects carry the field
``simulation``, its ids hold ``sim``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import msgspec

from gardefou.doors.simulate._conversation import Asked, count
from gardefou.doors.simulate._script import Answer, Finish

MARK = "[simulation] "
_WORD = re.compile(r"\s*\S+|\s+\Z")
_ARGUMENT_PIECE = 12


class Call(NamedTuple):
    """A tool call with its arguments as text."""

    id: str
    name: str
    arguments: str


Part = Literal["frame", "text", "call"]


class Event(NamedTuple):
    """One event of a stream; ``part`` says what it carries, for those who break streams."""

    data: dict[str, Any] | str
    name: str = ""
    part: Part = "frame"


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer. ``serial`` numbers the replies of a vendor, ``at_s`` is Unix time."""

    serial: int
    at_s: int
    asked: Asked
    think: str
    text: str
    refusal: str
    calls: tuple[Call, ...]
    finish: Finish
    input_tokens: int
    output_tokens: int
    interleave: bool = False

    @property
    def model(self) -> str:
        """The model that was asked for, and that answers."""
        return self.asked.model

    def id(self, prefix: str) -> str:
        """An id with a vendor's prefix, such as ``msg_sim_000001``."""
        return f"{prefix}sim_{self.serial:06d}"


def reply(answer: Answer, asked: Asked, *, serial: int, at_s: int) -> Reply:
    """Turn an answer of the script into a reply to this request."""
    prefix = "toolu_" if asked.wire == "messages" else "call_"
    calls = tuple(
        Call(made.id or f"{prefix}sim_{serial:06d}_{index}", made.tool, _text(made.arguments))
        for index, made in enumerate(answer.call)
    )
    think, text, refusal = (
        f"{MARK}{t}" if t else "" for t in (answer.think, answer.say, answer.refuse)
    )
    used = sum(count(t) for t in (think, text, refusal)) + sum(
        count(call.name) + count(call.arguments) for call in calls
    )
    tokens = answer.usage
    return Reply(
        serial=serial,
        at_s=at_s,
        asked=asked,
        think=think,
        text=text,
        refusal=refusal,
        calls=calls,
        finish=answer.finish,
        input_tokens=asked.input_tokens if tokens.input is None else tokens.input,
        output_tokens=used if tokens.output is None else tokens.output,
        interleave=answer.interleave,
    )


def _text(arguments: dict[str, Any] | str) -> str:
    if isinstance(arguments, str):
        return arguments
    return msgspec.json.encode(arguments).decode()


def words(text: str) -> Iterator[str]:
    """A text as vendors stream it: a word at a time, with the white space before it."""
    return (match.group() for match in _WORD.finditer(text))


def argument_pieces(text: str) -> Iterator[str]:
    """Arguments as vendors stream them: in short pieces, two at least where there are two characters."""
    step = max(1, min(_ARGUMENT_PIECE, len(text) // 2))
    return (text[start : start + step] for start in range(0, len(text), step))
