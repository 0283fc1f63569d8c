"""Text of agents and attackers, made safe to look at.

1. Everything is escaped for HTML.
2. Characters that cannot be seen, or that turn the order of others around, become their code
   point in a mark: controls, bidirectional and zero-width formats, separators, tags, private use.
   New line and tab stay. The reader is a target too (design, house style 30).
"""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
KEPT = "\n\t"


def is_hidden(character: str) -> bool:
    """Say whether a character would not be seen, or would deceive, if it were printed as it is."""
    return unicodedata.category(character) in HIDDEN and character not in KEPT


def visible(text: str) -> Markup:
    """The text as HTML, with every hidden character shown as its code point."""
    if text.isascii() and text.isprintable():
        return escape(text)
    return Markup("").join(_mark(c) if is_hidden(c) else escape(c) for c in text)


def _mark(character: str) -> Markup:
    return Markup('<span class="hidden-character">U+{:04X}</span>').format(ord(character))
