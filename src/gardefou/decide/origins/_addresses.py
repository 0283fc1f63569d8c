"""Addresses: mail, bank accounts, URLs and telephones, told from other values by their shape."""

from __future__ import annotations

import re
from functools import lru_cache

from gardefou.decide.origins._forms import loose

# ISO 13616: country, check digits, a bank's four characters, then groups of four that hold digits.
_IBAN = r"\b[A-Za-z]{2}\d{2}[ -]?[A-Za-z0-9]{4}(?:[ -]?(?=[A-Za-z]{0,3}\d)[A-Za-z0-9]{4}){1,6}(?:[ -]?\d{1,3})?\b"

_LONGEST = 2_000  # no address is longer

_SHAPES = (
    ("mail", re.compile(r"[^\s<>\"'()\[\],;:]+@[^\s<>\"'()\[\],;:]+\.[a-zA-Z]{2,}")),
    ("iban", re.compile(_IBAN)),
    ("url", re.compile(r"(?:https?://|www\.)[^\s<>\"'()\[\]]+")),
    ("phone", re.compile(r"\+\d[\d ().-]{7,}\d")),
)


def shape_of(text: str) -> str:
    """Return what kind of address a text is: a mail address, a bank account, a URL, a phone."""
    return _shape_of(text) if len(text) <= _LONGEST else ""


@lru_cache(maxsize=4_096)
def _shape_of(text: str) -> str:
    for name, pattern in _SHAPES:
        if pattern.fullmatch(text.strip()):
            return name
    return ""


def addresses_in(text: str) -> list[tuple[str, str]]:
    """Return all addresses in a text with their kind, in loose form."""
    if not any(mark in text for mark in "@:+.") and not any(char.isdigit() for char in text):
        return []
    return [(name, loose(found)) for name, pattern in _SHAPES for found in pattern.findall(text)]
