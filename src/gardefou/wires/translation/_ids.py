"""Ids of calls that every vendor takes: the same id becomes the same one, wherever it stands."""

from __future__ import annotations

import hashlib
import re

# OpenAI takes 40 characters in Chat Completions; Anthropic letters, figures, `_` and `-`.
_SAFE = re.compile(r"[a-zA-Z0-9_-]{1,40}\Z")


def call_id(given: str) -> str:
    """The id itself, or one made from it when some vendor would refuse it."""
    if _SAFE.match(given):
        return given
    return "call_" + hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()[:32]
