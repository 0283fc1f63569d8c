"""Tool results as the memory keeps them: who can write them, and by whose words they were found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from gardefou._late import late
from gardefou.constitution.catalogue import Tool, Writer
from gardefou.decide.origins._fields import Field

MAX_KEYS = 500

_MAX_SCALARS = 1_000
_PLAIN = frozenset({bool, float, int, str})
_FAILURE_CHARS = 400
_FAILED = late(
    r"\b(?:errors?|exception|fail(?:ed|ure)?|invalid|unauthori[sz]ed|denied|cannot|could not|unable"
    r"|not found|insufficient|not enough|verify|erreur|échec|echec|refusée?|introuvable)\b",
    re.IGNORECASE,
)

Led = Literal["user", "words", "outsider", "none"]


class Place(msgspec.Struct, frozen=True):
    """Where a value stands in a result; ``trusted`` when only the organisation writes there."""

    result: int
    record: int
    path: str
    trusted: bool


class Result(msgspec.Struct):
    """One tool result: the tool, and by whose words it was looked up.

    ``led``: the call's arguments were the user's own values (``user``), shared their words
    (``words``), stood only in outsiders' prose (``outsider``), or nothing of it (``none``).
    ``addresses`` are those in it by kind, ``keys`` the last words of its fields' names, ``paths``
    the records that have a field.
    """

    tool: str
    led: Led
    addressing: bool = False
    records: int = 0
    addresses: dict[str, set[str]] = {}
    keys: set[str] = set()
    paths: dict[str, set[int]] = {}

    def take(self, field: Field, addresses: list[tuple[str, str]]) -> None:
        """Note a field of the result."""
        self.records = max(self.records, field.record)
        if not field.prose and len(self.keys) < MAX_KEYS:
            self.keys.add(last_word(field.path))
            self.paths.setdefault(field.path, set()).add(field.record)
        for shape, address in addresses:
            self.addresses.setdefault(shape, set()).add(address)


def has_failed(content: Any) -> bool:
    """Tell whether a result only says that nothing was done."""
    return (
        isinstance(content, str)
        and len(content) < _FAILURE_CHARS
        and _FAILED.search(content) is not None
    )


def writer_of(writers: Mapping[str, Writer], path: str) -> Writer:
    """Return who can write a field; what the catalogue does not say, outsiders can."""
    found = writers.get(path)
    if found is None and writers:
        name = path.rpartition(".")[2]
        found = next(
            (who for where, who in writers.items() if where.rpartition(".")[2] == name), None
        )
    return found or writers.get("", "mixed")


def looks(tool: Tool) -> bool:
    """Tell whether a tool brings something in, beside word of what it did."""
    if not tool.effects:
        return True
    return any(effect.startswith("reads") or effect == "opens_url" for effect in tool.effects)


def last_word(path: str) -> str:
    """Return the last word of a field's or argument's name: what kind of value it holds."""
    name = path.rstrip("[]0123456789").rpartition(".")[2].lower()
    return name.rpartition("_")[2] or name


def scalars(value: Any) -> list[Any]:
    out: list[Any] = []
    stack = [value]
    while stack and len(out) < _MAX_SCALARS:
        item = stack.pop()
        if type(item) in _PLAIN:
            out.append(item)
        elif isinstance(item, Mapping):
            stack.extend(item.values())
        elif isinstance(item, (list, tuple)):
            stack.extend(item)
        elif item is not None:
            out.append(item)
    return out
