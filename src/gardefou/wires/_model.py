"""What a wire reads and says, in one shape for every vendor.

Words, calls and results stand in the order of the conversation. Values that a wire cannot look
into (pictures, files, items stored at the vendor) are named and marked as opaque.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Speaker = Literal["operator", "user", "model", "tool"]
Executor = Literal["client", "vendor"]


class Words(msgspec.Struct, frozen=True, kw_only=True, tag_field="item", tag="words"):
    """Text that a speaker put into the conversation."""

    by: Speaker
    text: str


class Call(msgspec.Struct, frozen=True, kw_only=True, tag_field="item", tag="call"):
    """A tool call that the model asks for.

    ``key`` names the call within its answer, for rulings. ``arguments`` is the text as the model
    wrote it: JSON for functions, free text where ``type`` says so; it may be malformed.
    ``executor`` is ``vendor`` when the vendor runs the tool by itself: by the time the call is
    seen, it may already have happened. ``server`` is the MCP server, toolset or namespace of the
    tool, where the wire has one.
    """

    key: str = ""
    id: str = ""
    name: str
    arguments: str = "{}"
    type: str = "function"
    executor: Executor = "client"
    server: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True, tag_field="item", tag="result"):
    """What a tool gave back; ``name`` is empty when no call of that id stands before it.

    ``is_opaque`` says that parts of the result are not text; they follow as `Media` or `Opaque`.
    """

    id: str
    name: str = ""
    text: str = ""
    is_error: bool = False
    is_opaque: bool = False
    executor: Executor = "client"


class Reasoning(msgspec.Struct, frozen=True, kw_only=True, tag_field="item", tag="reasoning"):
    """What the model shows of its reasoning; empty when it is encrypted."""

    text: str = ""


class Media(msgspec.Struct, frozen=True, kw_only=True, tag_field="item", tag="media"):
    """A picture, sound, film or file: its content is opaque, no rule can read it.

    ``url`` is the address the vendor fetches it from, ``data`` its base64 text; ``file`` an id at
    the vendor. ``call`` is the id of the call whose result holds it.
    """

    by: Speaker
    kind: str
    media_type: str = ""
    url: str = ""
    data: str = ""
    file: str = ""
    call: str = ""


class Opaque(msgspec.Struct, frozen=True, kw_only=True, tag_field="item", tag="opaque"):
    """A part of the conversation that cannot be read here, by the wire's own type name."""

    by: Speaker
    type: str
    id: str = ""


Item = Words | Call | Result | Reasoning | Media | Opaque


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that the request offers to the model.

    ``type`` is the wire's own (``function``, ``web_search``, ``bash_20250124``); ``schema`` the
    JSON Schema of the arguments, as bytes, or empty; ``definition`` the whole declaration.
    """

    name: str
    type: str = "function"
    description: str = ""
    schema: bytes = b""
    executor: Executor = "client"
    definition: bytes = b""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it was read; its bytes stay what is forwarded.

    ``fallbacks`` are models that the vendor may use instead. ``previous`` names the answer or conversation at the vendor that this request continues; its
    words are not in ``items``.
    """

    wire: str
    model: str
    fallbacks: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    tools: tuple[Tool, ...] = ()
    stream: bool = False
    wants_usage: bool = False
    background: bool = False
    previous: str = ""
    max_output_tokens: int | None = None
    user: str = ""
    metadata: dict[str, str] = {}  # msgspec copies the default for each instance


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens as the vendor counted them; ``cached_tokens`` are part of ``input_tokens``."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the model answered, before any ruling.

    ``message`` is the model's turn in the wire's own form, ready to stand behind the request's
    conversation. ``stop`` is the wire's own word; ``is_complete`` is false while a background
    answer is still being made.
    """

    id: str = ""
    model: str = ""
    text: str = ""
    refusal: str = ""
    reasoning: str = ""
    calls: tuple[Call, ...] = ()
    results: tuple[Result, ...] = ()
    usage: Usage | None = None
    stop: str = ""
    is_complete: bool = True
    message: bytes = b""


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one proposed call.

    ``release`` lets it through as it is; ``notice`` puts ``text`` in its place as the model's
    words; ``refuse`` does so in the vendor's form of a refusal.
    """

    action: Literal["release", "notice", "refuse"]
    text: str = ""


RELEASE = Ruling(action="release")


class Release(msgspec.Struct, frozen=True):
    """Bytes that go to the client now."""

    data: bytes


class Proposed(msgspec.Struct, frozen=True):
    """A complete call that waits for its ruling, under ``call.key``."""

    call: Call


class Finished(msgspec.Struct, frozen=True):
    """The stream ended as the wire says it must; every call was ruled on."""

    answer: Answer


class Broken(msgspec.Struct, frozen=True):
    """The upstream broke the wire; the client has an error event, withheld calls are dropped."""

    code: str
    message: str


def media(by: Speaker, kind: str, url: str, call: str = "") -> Media:
    """A medium behind an address; a ``data:`` address is its content."""
    if not url.startswith("data:"):
        return Media(by=by, kind=kind, url=url, call=call)
    head, _, data = url[5:].partition(",")
    return Media(by=by, kind=kind, media_type=head.removesuffix(";base64"), data=data, call=call)


Step = Release | Proposed | Finished | Broken


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """An answer of our own: status, headers and body, in the wire's form."""

    status: int
    body: bytes
    headers: dict[str, str] = {}  # msgspec copies the default for each instance
