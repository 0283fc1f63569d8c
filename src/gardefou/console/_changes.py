"""What differs between two texts, part by part, for a person to read."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal

import msgspec

MOST = 20_000


class Part(msgspec.Struct, frozen=True):
    """A piece of text that is the same in both, or only in one of them."""

    sort: Literal["same", "before", "now"]
    text: str


def changes(before: str, now: str, *, by_line: bool = False) -> tuple[Part, ...]:
    """The later text with what was taken out, in order; nothing where both are the same.

    Texts of more than `MOST` characters together are shown whole, one after the other.
    """
    if before == now:
        return ()
    if len(before) + len(now) > MOST:
        return (Part("before", before), Part("now", now))
    old, new = (
        (text.splitlines(keepends=True) if by_line else _words(text)) for text in (before, now)
    )
    found = []
    for sort, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if sort == "equal":
            found.append(Part("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(Part("before", "".join(old[a:b])))
        if c < d:
            found.append(Part("now", "".join(new[c:d])))
    return tuple(found)


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)
