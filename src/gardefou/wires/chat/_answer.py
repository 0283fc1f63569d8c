"""Chat Completions: an answer in one piece, read and rendered.

Keys of calls are ``choice.position``, such as ``0.1``; a legacy function call is ``0.f``.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gardefou.errors import InputError
from gardefou.wires._json import NULL, Reader, as_raw, convert, dump
from gardefou.wires._model import Answer, Call, Ruling, Usage
from gardefou.wires._rulings import Outcome, outcome
from gardefou.wires.chat._request import Function, ToolCall, calls_of

SEPARATOR = "\n\n"
# The words that say that the turn waits for a tool's result.
CALL_STOPS = ("tool_calls", "function_call")


class _Cached(msgspec.Struct):
    cached_tokens: int | None = None


class RawUsage(msgspec.Struct):
    """The wire's counts of tokens."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Cached | None = None


class TextPart(msgspec.Struct):
    """An element of a content that is a list, as some servers send it; other kinds have no text."""

    text: str | None = None


Content = str | list[TextPart] | None


class _Message(msgspec.Struct):
    content: Content = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: Function | None = None


class _Choice(msgspec.Struct):
    message: msgspec.Raw
    index: int = 0
    finish_reason: str | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice]
    id: str = ""
    model: str = ""
    usage: RawUsage | None = None


_read = Reader(_Answer)


def read_answer(body: bytes) -> Answer:
    """Read an answer of one or more choices; their texts are joined by a blank line.

    Raises:
        InputError: codes ``wire.*``.
    """
    raw: _Answer = _read(body)
    texts, refusals, thoughts = [], [], []
    calls: list[Call] = []
    for position, choice in enumerate(raw.choices):
        if choice.index != position:
            raise InputError(
                f"the choice at position {position} has index {choice.index}",
                code="wire.choice",
                expected=f"index {position}",
                help="the upstream breaks the wire",
            )
        message = convert(choice.message, _Message)
        texts.append(text_in(message.content))
        refusals.append(message.refusal or "")
        thoughts.append(message.reasoning_content or "")
        found = calls_of(message.tool_calls, message.function_call, f"{position}.")
        calls += [known(call) for call in found]
    first = raw.choices[0] if raw.choices else None
    return Answer(
        id=raw.id,
        model=raw.model,
        text=joined(texts),
        refusal=joined(refusals),
        reasoning=joined(thoughts),
        calls=tuple(calls),
        usage=usage_of(raw.usage),
        stop=(first.finish_reason or "") if first else "",
        message=bytes(first.message) if first else b"",
    )


def known(call: Call) -> Call:
    """The call, if it is of a kind that this wire has: of any other, nobody sees what it does.

    Raises:
        InputError: ``wire.call_kind``.
    """
    if call.type in {"function", "custom"}:
        return call
    raise InputError(
        f"the model asks for a call of the kind `{call.type[:80]}`",
        code="wire.call_kind",
        expected="function or custom",
        help="this wire has no such call: use the vendor's own wire for it",
    )


def usage_of(raw: RawUsage | None) -> Usage | None:
    """The counts under the names that all wires share."""
    if raw is None:
        return None
    details = raw.prompt_tokens_details
    return Usage(
        input_tokens=raw.prompt_tokens or 0,
        output_tokens=raw.completion_tokens or 0,
        cached_tokens=(details.cached_tokens or 0) if details else 0,
    )


def text_in(content: Content) -> str:
    """The text of a content of either form."""
    if isinstance(content, list):
        return "".join(part.text or "" for part in content)
    return content or ""


def joined(texts: list[str] | tuple[str, ...]) -> str:
    """The texts that are not empty, with a blank line between them."""
    return SEPARATOR.join(text for text in texts if text)


def render_answer(body: bytes, answer: Answer, rulings: Mapping[str, Ruling]) -> bytes:
    """The answer after the rulings: the very same bytes when every call is released.

    Raises:
        InputError: codes ``wire.*``, as `read_answer`.
    """
    if not outcome(answer.calls, rulings).changes:
        return body
    top = convert(body, dict[str, msgspec.Raw])
    choices = convert(top["choices"], list[dict[str, msgspec.Raw]])
    for position, choice in enumerate(choices):
        calls = [call for call in answer.calls if call.key.startswith(f"{position}.")]
        result = outcome(calls, rulings)
        if result.changes:
            message = convert(choice["message"], dict[str, msgspec.Raw])
            choice["message"] = as_raw(_message(message, calls, result))
            stop = convert(choice.get("finish_reason", NULL), str | None)
            choice["finish_reason"] = as_raw(stop_after(stop, result))
    top["choices"] = as_raw(choices)
    return dump(top)


def stop_after(stop: str | None, result: Outcome) -> str | None:
    """The stop reason after the rulings: a turn without calls waits for nothing."""
    return "stop" if stop in CALL_STOPS and not result.released else stop


def _message(
    message: dict[str, msgspec.Raw], calls: list[Call], result: Outcome
) -> dict[str, msgspec.Raw]:
    kept = {call.key for call in result.released}
    if "tool_calls" in message:
        elements = convert(message["tool_calls"], list[msgspec.Raw] | None) or []
        keys = [call.key for call in calls if not call.key.endswith("f")]
        left = [element for key, element in zip(keys, elements, strict=True) if key in kept]
        if left:
            message["tool_calls"] = as_raw(left)
        else:
            del message["tool_calls"]
    if not any(key.endswith("f") for key in kept):
        message.pop("function_call", None)
    if result.words:
        message["content"] = _with_words(message.get("content", NULL), result.words)
    if result.refused:
        before = convert(message.get("refusal", NULL), str | None)
        message["refusal"] = as_raw(joined([before or "", *result.refused]))
    return message


def _with_words(content: msgspec.Raw, words: tuple[str, ...]) -> msgspec.Raw:
    before = convert(content, str | list[msgspec.Raw] | None)
    if type(before) is list:
        part = as_raw({"type": "text", "text": joined(words)})
        return as_raw([*before, part])
    return as_raw(joined([before or "", *words]))
