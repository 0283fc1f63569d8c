"""What is odd in a tool's words: text for the agent, text that nobody sees, a name like another's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from gardefou.constitution.catalogue import Tool
from gardefou.constitution.catalogue.types import INVISIBLE, twin_letters
from gardefou.decide.origins import addresses_agent

_HIDDEN = re.compile(
    r"<!--|<\s*/?\s*(?:important|system|secret|hidden|instructions?)\b", re.IGNORECASE
)
_LINES = str.maketrans("", "", "\n\t\r")


def flags_of(tool: Tool, rest: Any = None) -> tuple[str, ...]:
    """What is odd in the words of a tool: text that speaks to the agent, or that nobody sees.

    ``rest`` is what else its definition says, such as a title or the schema of its results.
    """
    found = []
    for place, text in [*_texts(tool), *(("its definition", text) for text in _words(rest))]:
        if INVISIBLE.search(text.translate(_LINES)):
            found.append(f"{place} holds characters that nobody sees")
        if _HIDDEN.search(text) or addresses_agent(text):
            found.append(f"{place} speaks to the agent")
    return tuple(dict.fromkeys(found))


def _texts(tool: Tool) -> Iterable[tuple[str, str]]:
    yield "the description", tool.description
    stack: list[Any] = [tool.schema]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            text = value.get("description")
            if isinstance(text, str):
                yield "a description in the schema", text
            stack += value.values()
        elif isinstance(value, list):
            stack += value


def _words(value: Any) -> Iterable[str]:
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, Mapping):
            stack += [*part.keys(), *part.values()]
        elif isinstance(part, (list, tuple)):
            stack += part


def lookalike(name: str, sights: dict[str, str]) -> tuple[str, ...]:
    """A flag where the name looks like an earlier one; ``sights`` keeps those that were seen."""
    sight = twin_letters(unicodedata.normalize("NFKC", name).casefold())
    other = sights.setdefault(sight, name)
    return () if other == name else (f"the name looks like `{other}`",)
