"""Edits of a JSON object in place: every byte that is not replaced stays as it was."""

from __future__ import annotations

import json
import re

import msgspec

_SPACE = re.compile(r"[ \t\n\r]*")
_scan_value = json.JSONDecoder().raw_decode


class Span(msgspec.Struct, frozen=True):
    """Where a value stands: from ``start`` up to, not including, ``end``."""

    start: int
    end: int


class Document:
    """The text of one JSON object that `strict` has passed, and where its members stand."""

    def __init__(self, body: bytes) -> None:
        """Find the members; linear in the size of the body."""
        self.text = body.decode()
        self.members = _members(self.text)

    def replace(self, span: Span, value: bytes) -> bytes:
        """The object with another value in the span's place."""
        return (self.text[: span.start] + value.decode() + self.text[span.end :]).encode()

    def insert(self, at: int, value: bytes) -> bytes:
        """The object with more text at a place."""
        return self.replace(Span(at, at), value)

    def value(self, key: str) -> bytes:
        """The bytes of a member's value, empty when there is none or it is null."""
        span = self.members.get(key)
        data = self.text[span.start : span.end] if span else ""
        return b"" if data == "null" else data.encode()

    def put(self, key: str, value: bytes) -> bytes:
        """The object with ``key`` set to ``value``: in its place, or as the first member."""
        span = self.members.get(key)
        if span is not None:
            return self.replace(span, value)
        comma = b"," if self.members else b""
        at = self.text.index("{") + 1
        return self.insert(at, b"%b:%b%b" % (json.dumps(key).encode(), value, comma))


def put(body: bytes, key: str, value: bytes) -> bytes:
    """The object with one top-level member set; every other byte as it was."""
    return Document(body).put(key, value)


def prepend(array: bytes, element: bytes) -> bytes:
    """The array with one more element in front."""
    rest = array[array.index(b"[") + 1 :]
    comma = b"" if rest.lstrip()[:1] == b"]" else b","
    return b"[%b%b%b" % (element, comma, rest)


def append(array: bytes, elements: bytes) -> bytes:
    """The array with more elements, written with commas between them, at its end."""
    rest = array[: array.rindex(b"]")]
    comma = b"" if rest.rstrip()[-1:] == b"[" else b","
    return b"%b%b%b]" % (rest, comma, elements)


def _members(text: str) -> dict[str, Span]:
    found: dict[str, Span] = {}
    at = _skip(text, text.index("{") + 1)
    while text[at] == '"':
        key, at = _scan_value(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = _scan_value(text, start)
        found[key] = Span(start, end)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
