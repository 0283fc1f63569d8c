"""How the wires' own bodies are read: every field named, and nothing dropped in silence.

1. A field that the reader does not know is an error that names it, at the top and inside.
2. A field that has no counterpart is an error, unless it says what is the case without it.
3. What changes no meaning may be left out; then a note names it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Hashable, Mapping
from typing import Any, TypeVar, cast

import msgspec

from gardefou.errors import InputError
from gardefou.wires._json import strict
from gardefou.wires.translation._core import Note, Text, Tool

T = TypeVar("T")

Notes = list[Note]
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_DATA_URL = re.compile(r"data:([a-z0-9.+-]+/[a-z0-9.+-]+);base64,", re.IGNORECASE)
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*)`\Z")


class Shape(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A part of a wire's own body: its fields are all that are understood."""


def unsupported(path: str, why: str, way_out: str = "") -> InputError:
    """A field cannot be carried: ``translate.unsupported``."""
    return InputError(
        f"`{path}` cannot be translated: {why}",
        code="translate.unsupported",
        path=path,
        expected="a request that both vendors understand",
        help=way_out or "leave the field out, or have the request served by its own vendor",
    )


def wrong(path: str, what: str, expected: str) -> InputError:
    """A field is not what its wire says: ``translate.type``."""
    return InputError(
        f"`{path or 'the body'}`: {what}",
        code="translate.type",
        path=path,
        expected=expected,
        help="see the vendor's reference for the field",
    )


@functools.cache
def decoder(kind: Hashable) -> msgspec.json.Decoder[Any]:
    """The decoder of a kind, made once: making one costs more than using it."""
    return msgspec.json.Decoder(cast("Any", kind))


def decode(kind: type[T], data: bytes | msgspec.Raw, path: str) -> T:
    """Read one value of the caller's body.

    Raises:
        InputError: ``translate.unsupported`` for a field that is not known, ``translate.type``.
    """
    try:
        return cast("T", decoder(cast("Hashable", kind)).decode(data))
    except msgspec.ValidationError as error:
        text, _, inner = str(error).partition(" - at `$")
        where = (path + inner.removesuffix("`")).removeprefix(".")
        if found := _UNKNOWN_FIELD.match(text):
            raise unsupported(join(where, found.group(1)[:80]), "the field is not known") from None
        if text.startswith("Invalid value "):
            raise unsupported(where, f"the value {text[14:80]} is not known") from None
        raise wrong(where, text[:1].lower() + text[1:], "the type that its wire gives it") from None


def pick(kinds: Any, data: bytes | msgspec.Raw, path: str) -> Any:
    """Read one value that is of one of several kinds, which its tag tells apart.

    Raises:
        InputError: as `decode`.
    """
    return decode(kinds, data, path)


class Kind(msgspec.Struct):
    """What tells kinds of items and tools apart, before they are read."""

    type: str | None = None
    role: Any = None


def body(kind: type[T], data: bytes) -> T:
    """Read a whole body, strictly.

    Raises:
        InputError: ``wire.*`` for what is no strict JSON, and the codes of `decode`.
    """
    strict(data)
    return decode(kind, data, "")


def join(path: str, name: str) -> str:
    """A path with one more name."""
    return f"{path}.{name}" if path else name


def refuse_unless(values: Mapping[str, Any], neutral: Mapping[str, Any]) -> None:
    """Refuse each field that has another value than None or its neutral one."""
    for name, value in values.items():
        if value is not None and value != neutral[name]:
            raise unsupported(name, "the other vendor has nothing like it")


def note_given(notes: Notes, values: Mapping[str, Any], why: str) -> None:
    """Note each field that is given and left out."""
    notes.extend(Note(name, why) for name, value in values.items() if value not in (None, {}, []))


def object_text(raw: bytes, path: str) -> bytes:
    """One JSON object's compact text, its numbers and the order of its keys as they were.

    Raises:
        InputError: ``translate.type``, and ``wire.duplicate_key``.
    """
    try:
        text = _compact(raw)  # a compact text is checked for double keys at the least cost
        if isinstance(strict(text), dict):
            return text
    except (msgspec.DecodeError, RecursionError):
        pass  # no JSON at all, or deeper than any reader goes
    except InputError as error:
        if error.code == "wire.duplicate_key":
            raise
    raise wrong(path, "found something else than a JSON object", "one JSON object")


def inner_object(raw: msgspec.Raw, path: str) -> bytes:
    """As `object_text`, for a value of a body that has been read strictly.

    Raises:
        InputError: ``translate.type``.
    """
    text = bytes(raw)
    if text[:1] == b"{":
        return _compact(text)
    raise wrong(path, "found something else than a JSON object", "one JSON object")


def _compact(raw: bytes) -> bytes:
    return msgspec.json.format(raw, indent=-1)


def data_url(url: str) -> tuple[str, str] | None:
    """The media type and the base64 text of a ``data:`` URL, or None for another URL."""
    found = _DATA_URL.match(url)
    return (found.group(1).lower(), url[found.end() :]) if found else None


def web_url(url: str, path: str) -> str:
    """An address on the web.

    Raises:
        InputError: ``translate.unsupported``.
    """
    if url.lower().startswith(("https://", "http://")):
        return url
    raise unsupported(path, "the address is neither on the web nor base64 data")


def image_type(media_type: str, path: str) -> str:
    """A kind of picture that every vendor reads.

    Raises:
        InputError: ``translate.unsupported``.
    """
    if media_type in IMAGE_TYPES:
        return media_type
    raise unsupported(
        path, f"pictures of type `{media_type[:40]}` are not read by the other vendor"
    )


def tool_schema(raw: bytes | None, path: str) -> bytes:
    """The schema of a tool's arguments, which is one of an object.

    Raises:
        InputError: ``translate.type``.
    """
    if raw is None or raw == b"null":
        return Tool(name="").schema
    text = inner_object(msgspec.Raw(raw), path)
    schema = msgspec.json.decode(text)
    if schema.get("type", "object") != "object":
        found = str(schema["type"])[:40]
        raise wrong(join(path, "type"), f"found `{found}`", "`object`: arguments are an object")
    if "type" in schema:
        return text
    return b'{"type":"object"}' if not schema else b'{"type":"object",' + text[1:]


def tool_name(name: str, path: str) -> str:
    """A name that every vendor takes.

    Raises:
        InputError: ``translate.unsupported``.
    """
    if NAME.match(name):
        return name
    raise unsupported(path, "tools have 1 to 64 letters, figures, `_` and `-` in their names")


def words(text: str, path: str, notes: Notes) -> tuple[Text, ...]:
    """A text, or nothing and a note when it is empty: some vendors refuse empty texts."""
    if text.strip():
        return (Text(text, path),)
    notes.append(Note(path, "an empty text is left out"))
    return ()


def answer_body(kind: type[T], data: bytes | msgspec.Raw) -> T:
    """Read the answer of a vendor; fields that are not known there say nothing to the caller.

    Raises:
        InputError: ``translate.answer``.
    """
    try:
        strict(bytes(data))
        return cast("T", decoder(cast("Hashable", kind)).decode(data))
    except InputError as error:
        raise unreadable(error.message) from None
    except msgspec.ValidationError as error:
        text = str(error).replace("`", "'")
        raise unreadable(text[:1].lower() + text[1:]) from None


def unreadable(why: str) -> InputError:
    """A vendor's answer cannot be carried: ``translate.answer``."""
    return InputError(
        f"the vendor's answer cannot be translated: {why}",
        code="translate.answer",
        expected="an answer in the form of the vendor's own wire",
        help="ask again, or look at the vendor's answer in its own form",
    )
