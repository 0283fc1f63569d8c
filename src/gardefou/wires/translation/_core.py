"""What a request, an answer and a stream say, in one shape between the wires.

A part keeps the ``path`` it had in the caller's body, so that an error names the caller's field.
Arguments and schemas are JSON texts: no number and no order of keys changes on the way.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Role = Literal["system", "user", "assistant"]
Stop = Literal["end", "length", "calls", "refusal", "sequence"]
Fault = Literal[
    "request", "authentication", "billing", "permission", "not_found", "conflict", "too_large",
    "rate", "server", "timeout", "overloaded",
]  # fmt: skip


class Note(msgspec.Struct, frozen=True):
    """One thing that was not carried as it stood and changes no meaning: the field, and why."""

    path: str
    message: str


class Text(msgspec.Struct, frozen=True):
    """Words."""

    text: str
    path: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """Words in which the model refuses."""

    text: str
    path: str = ""


class Image(msgspec.Struct, frozen=True):
    """A picture: base64 ``data`` of a ``media_type``, or a ``url``."""

    media_type: str = ""
    data: str = ""
    url: str = ""
    path: str = ""


class Document(msgspec.Struct, frozen=True):
    """A file: base64 ``data`` of a ``media_type``, plain ``text``, or a ``url``."""

    media_type: str = ""
    data: str = ""
    text: str | None = None
    url: str = ""
    name: str = ""
    path: str = ""


class Call(msgspec.Struct, frozen=True):
    """A tool call that the model asked for; ``arguments`` is one JSON object."""

    id: str
    name: str
    arguments: bytes
    path: str = ""


class Result(msgspec.Struct, frozen=True):
    """What a tool gave back for a call."""

    call: str
    parts: tuple[Text | Image | Document, ...] = ()
    is_error: bool = False
    path: str = ""


Part = Text | Refusal | Image | Document | Call | Result


class Turn(msgspec.Struct, frozen=True):
    """What one side said at once."""

    role: Role
    parts: tuple[Part, ...]
    path: str = ""


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that the application runs."""

    name: str
    description: str = ""
    schema: bytes = b'{"type":"object","properties":{}}'
    strict: bool | None = None
    path: str = ""


class Choice(msgspec.Struct, frozen=True):
    """Which tools the model may or must call."""

    mode: Literal["auto", "none", "any", "tool"]
    name: str = ""


class Format(msgspec.Struct, frozen=True):
    """The JSON Schema that an answer's text keeps to."""

    schema: bytes
    name: str = "answer"
    strict: bool | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request; ``paths`` says how the caller's wire spells each field."""

    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    choice: Choice | None = None
    parallel: bool | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    stream: bool = False
    wants_usage: bool = True
    format: Format | None = None
    effort: str = ""
    thinking: Literal["", "off", "adaptive"] = ""
    shows_thinking: bool = False
    user: str = ""
    tier: Literal["", "auto", "standard"] = ""
    paths: dict[str, str] = {}  # msgspec copies the default for each instance


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens; those read from and written to a cache are part of ``input``."""

    input: int = 0
    output: int = 0
    cached: int = 0
    written: int = 0
    reasoning: int = 0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer."""

    id: str
    model: str
    parts: tuple[Text | Refusal | Call, ...]
    stop: Stop
    sequence: str = ""
    usage: Usage = Usage()


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, in no wire's words."""

    fault: Fault
    message: str


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer needs to know of its request, in the caller's own words."""

    wants_usage: bool = False
    echo: dict[str, msgspec.Raw] = {}  # msgspec copies the default for each instance


NO_EXCHANGE = Exchange()


class Begin(msgspec.Struct, frozen=True):
    """A stream's answer begins."""

    id: str
    model: str


class Delta(msgspec.Struct, frozen=True):
    """More of a segment: words, words of a refusal, or arguments of a call.

    ``key`` tells the segments of one stream apart. The first delta of a call has its ``name``.
    """

    key: str
    kind: Literal["text", "refusal", "call"]
    text: str = ""
    id: str = ""
    name: str = ""


class Ended(msgspec.Struct, frozen=True):
    """The wire says that a segment is whole."""

    key: str


class Counted(msgspec.Struct, frozen=True):
    """The tokens so far; a later one counts instead of it."""

    usage: Usage


class Stopped(msgspec.Struct, frozen=True):
    """Why the answer ended."""

    stop: Stop
    sequence: str = ""


class Done(msgspec.Struct, frozen=True):
    """The stream ended as its wire says it must."""


Event = Begin | Delta | Ended | Counted | Stopped | Done | Failure
