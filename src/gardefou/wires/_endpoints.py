"""Endpoints: what a method and a path ask a vendor for.

1. A *conversation* is read by its wire, and so is its answer.
2. An *answer* is fetched: nothing is asked, but it may hold tool calls that have to be decided.
3. An *opaque* endpoint is decided as a model request and passed through unread.
4. What no row names, or names in another spelling (``//``, ``/./``, ``%``), is *unknown*: it gets
   the constitution's ``unlisted`` verdict.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

Reading = Literal["conversation", "answer", "opaque", "unknown"]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint; ``wire`` is the name of the wire that reads it, or empty."""

    name: str
    reading: Reading
    wire: str = ""


_CHAT = "openai.chat"
_RESPONSES = "openai.responses"
_MESSAGES = "anthropic.messages"
_ID = r"[A-Za-z0-9_.:-]+"

# Method, path behind the version, name, reading, wire. `*` stands for an id, `**` for the rest.
_ROWS: tuple[tuple[str, str, str, Reading, str], ...] = (
    ("POST", "chat/completions", "chat", "conversation", _CHAT),
    ("GET", "chat/completions/*", "chat.stored", "answer", _CHAT),
    ("GET", "chat/completions", "chat.list", "opaque", ""),
    ("GET", "chat/completions/*/messages", "chat.messages", "opaque", ""),
    ("DELETE", "chat/completions/*", "chat.delete", "opaque", ""),
    ("POST", "responses", "responses", "conversation", _RESPONSES),
    ("GET", "responses/*", "responses.stored", "answer", _RESPONSES),
    ("POST", "responses/*/cancel", "responses.cancel", "answer", _RESPONSES),
    ("DELETE", "responses/*", "responses.delete", "opaque", ""),
    ("GET", "responses/*/input_items", "responses.items", "opaque", ""),
    ("POST", "responses/input_tokens", "responses.count_tokens", "opaque", ""),
    ("POST", "responses/compact", "responses.compact", "opaque", ""),
    ("POST", "messages", "messages", "conversation", _MESSAGES),
    ("POST", "messages/count_tokens", "messages.count_tokens", "opaque", ""),
    ("POST", "messages/batches", "messages.batches", "opaque", ""),
    ("GET", "messages/batches", "messages.batches", "opaque", ""),
    ("*", "messages/batches/**", "messages.batches", "opaque", ""),
    ("POST", "completions", "completions", "opaque", ""),
    ("POST", "embeddings", "embeddings", "opaque", ""),
    ("POST", "moderations", "moderations", "opaque", ""),
    ("POST", "rerank", "rerank", "opaque", ""),
    ("GET", "models", "models", "opaque", ""),
    ("GET", "models/**", "models", "opaque", ""),
    ("POST", "images/**", "images", "opaque", ""),
    ("POST", "audio/**", "audio", "opaque", ""),
    ("*", "videos", "videos", "opaque", ""),
    ("*", "videos/**", "videos", "opaque", ""),
    ("*", "files", "files", "opaque", ""),
    ("*", "files/**", "files", "opaque", ""),
    ("*", "uploads", "uploads", "opaque", ""),
    ("*", "uploads/**", "uploads", "opaque", ""),
    ("*", "batches", "batches", "opaque", ""),
    ("*", "batches/**", "batches", "opaque", ""),
)
_PREFIX = re.compile(r"(?:/(?:openai|anthropic|api))?(?:/v1)?/")


def _pattern(path: str) -> re.Pattern[str]:
    parts = [{"*": _ID, "**": f"{_ID}(?:/{_ID})*"}.get(part, part) for part in path.split("/")]
    return re.compile("/".join(parts))


_EXACT = {(row[0], row[1]): row for row in _ROWS if "*" not in row[0] + row[1]}
_PATTERNS = tuple((row[0], _pattern(row[1]), row) for row in _ROWS if "*" in row[0] + row[1])
_DOTS = re.compile(r"(?:^|/)\.{1,2}(?:/|$)")


def endpoint_for(method: str, path: str) -> Endpoint:
    """What a request asks for; ``path`` is the raw path, a query behind it is not looked at."""
    path = path.partition("?")[0]
    prefix = _PREFIX.match(path)
    rest = path[prefix.end() :] if prefix else ""
    row = _EXACT.get((method, rest)) or _search(method, rest)
    if row is None:
        return Endpoint(name="unknown", reading="unknown")
    return Endpoint(name=row[2], reading=row[3], wire=row[4])


def _search(method: str, rest: str) -> tuple[str, str, str, Reading, str] | None:
    if _DOTS.search(rest):
        return None
    for allowed, pattern, row in _PATTERNS:
        if allowed in {"*", method} and pattern.fullmatch(rest):
            return row
    return None
