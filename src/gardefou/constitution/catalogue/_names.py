"""Names of tools: readable, and not to be taken for another tool's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from gardefou.constitution.catalogue.types import INVISIBLE, mixes_scripts, twin_letters

_LONGEST = 256
_BETWEEN = re.compile(r"[\W_]+")


def fault_of_name(name: object) -> str:
    """Why the text cannot be a tool's name; empty when it can."""
    if not isinstance(name, str) or not name:
        return "a tool has no name"
    if len(name) > _LONGEST:
        return f"a tool's name is longer than {_LONGEST} characters"
    if name != name.strip() or INVISIBLE.search(name):
        return "a tool's name holds spaces at its ends or characters that nobody sees"
    if name != unicodedata.normalize("NFKC", name):
        return "a tool's name holds characters in a form that another name can share"
    if any(mixes_scripts(word) for word in _BETWEEN.split(name)):
        return "a tool's name mixes letters of several scripts in one word"
    return ""


def sight_of(name: str) -> str:
    """What the name looks like at a glance: two tools must not look alike."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return twin_letters(folded)


def looks_like(name: str, known: Iterable[str]) -> str | None:
    """The first of some names that is taken for this one at a glance, and is another."""
    seen = sight_of(name)
    return next((other for other in known if other != name and sight_of(other) == seen), None)
