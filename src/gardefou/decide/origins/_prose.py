"""Outsiders' prose, kept as passages: what each asks for, and the values it holds."""

from __future__ import annotations

import re

import msgspec

from gardefou.decide.origins._cues import addresses_agent, directs
from gardefou.decide.origins._forms import host, loose, pieces, strict
from gardefou.decide.origins._words import requests_of, sentences, words_of

MAX_PASSAGES = 4_000


class Passage(msgspec.Struct):
    """One sentence of an outsider: what it asks for, and the values in it.

    ``block`` numbers the piece of prose it stands in; values may stand in the sentences around.
    """

    result: int
    record: int
    block: int
    text: str
    values: frozenset[str]
    acts: frozenset[str]
    strong: frozenset[str]
    classes: frozenset[str]
    words: frozenset[str]
    directing: bool
    addressing: bool
    tainted: bool

    @property
    def asking(self) -> bool:
        """Whether the sentence can be read as asking for its acts."""
        return self.directing or self.tainted or bool(self.strong)

    @property
    def asked_for(self) -> frozenset[str]:
        """The acts that the sentence can be read as asking for."""
        return self.acts if self.directing or self.tainted else self.strong


def read_passages(
    text: str, *, result: int, record: int, block: int, room: int
) -> list[Passage]:
    """Cut prose into passages, at most ``room``; the rest is kept as values of the last one."""
    parts = sentences(text)
    if len(parts) > room:
        parts = [*parts[: max(room - 1, 0)], "\n".join(parts[max(room - 1, 0) :])]
    addressing = addresses_agent(text)
    out: list[Passage] = []
    for part in parts:
        words = words_of(part[:2_000])
        found = requests_of(words, outsider=True)
        out.append(
            Passage(
                result=result,
                record=record,
                block=block,
                text=part[:160],
                values=values_of(part),
                acts=frozenset(act for request in found for act in request.acts),
                strong=frozenset(
                    act for request in found if request.strong for act in request.acts
                ),
                classes=frozenset[str]().union(*(request.classes for request in found)),
                words=frozenset(words),
                directing=directs(part),
                addressing=addressing and addresses_agent(part),
                tainted=addressing,
            )
        )
    return out


def values_of(text: str) -> frozenset[str]:
    """Return the loose forms of all values in a text."""
    out = set()
    for raw in pieces(text):
        key = loose(raw)
        if key:
            out.add(key)
        if "." in raw and len(raw) > 5 and (site := host(strict(raw))):  # noqa: PLR2004 - a.bc
            out.add(loose(site))
    out.update(address for _, address in addresses_in(text))
    return frozenset(out)


_SHAPES = (
    ("mail", re.compile(r"[^\s<>\"'()\[\],;:]+@[^\s<>\"'()\[\],;:]+\.[a-zA-Z]{2,}")),
    ("iban", re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{2,4}){3,8}\b")),
    ("url", re.compile(r"(?:https?://|www\.)[^\s<>\"'()\[\]]+")),
    ("phone", re.compile(r"\+\d[\d ().-]{7,}\d")),
)


def shape_of(text: str) -> str:
    """Return what kind of address a text is: a mail address, a bank account, a URL, a phone."""
    for name, pattern in _SHAPES:
        if pattern.fullmatch(text.strip()):
            return name
    return ""


def addresses_in(text: str) -> list[tuple[str, str]]:
    """Return all addresses in a text with their kind, in loose form."""
    if not any(mark in text for mark in "@:+.") and not any(char.isdigit() for char in text):
        return []
    return [(name, loose(found)) for name, pattern in _SHAPES for found in pattern.findall(text)]
