"""Outsiders' prose, kept as passages: what each asks for, and the values it holds."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from gardefou.decide.origins._addresses import addresses_in
from gardefou.decide.origins._cues import addresses_agent, directs
from gardefou.decide.origins._forms import host, loose, pieces, strict
from gardefou.decide.origins._requests import requests_of
from gardefou.decide.origins._sentences import sentences, words_of

_KEPT_CHARS = 4_000  # texts up to this length are analysed once however often they are read
_SHOWN_CHARS = 160


class Sentence(msgspec.Struct, frozen=True):
    """What one sentence says: its values, its acts and their objects, and how it puts them.

    ``strong`` are the acts in a form that asks. ``directing``: it holds an obligation or a wish.
    ``addressing``: it speaks to the agent; ``tainted``: a sentence of the same text does.
    """

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
    def asked_for(self) -> frozenset[str]:
        """The acts that the sentence can be read as asking for."""
        return self.acts if self.directing or self.tainted else self.strong


class Passage(msgspec.Struct, frozen=True):
    """A sentence in its place.

    ``block`` numbers the piece of prose, whose sentences are neighbours; ``brief`` is a field of
    several words that is too short to be prose.
    """

    result: int
    record: int
    block: int
    brief: bool
    said: Sentence


def analyse(text: str) -> tuple[Sentence, ...]:
    """Say what each sentence of a text says; linear in its length."""
    return _analyse_once(text) if len(text) <= _KEPT_CHARS else _analyse(text)


def _analyse(text: str) -> tuple[Sentence, ...]:
    tainted = addresses_agent(text)
    return tuple(_sentence(part, tainted=tainted) for part in sentences(text))


_analyse_once = lru_cache(maxsize=1_024)(_analyse)


def _sentence(part: str, *, tainted: bool) -> Sentence:
    words = words_of(part)
    found = requests_of(words, outsider=True)
    return Sentence(
        text=part.strip()[:_SHOWN_CHARS],
        values=values_of(part),
        acts=frozenset(act for request in found for act in request.acts),
        strong=frozenset(act for request in found if request.strong for act in request.acts),
        classes=frozenset[str]().union(*(request.classes for request in found)),
        words=frozenset(words),
        directing=directs(part),
        addressing=tainted and addresses_agent(part),
        tainted=tainted,
    )


def values_of(text: str) -> frozenset[str]:
    """Return the loose forms of all values in a text."""
    out = set()
    for raw in pieces(text):
        key = loose(raw)
        if key:
            out.add(key)
        if "." in raw and len(raw) > 5 and (site := host(strict(raw))):
            out.add(loose(site))
    out.update(address for _, address in addresses_in(text))
    return frozenset(out)
