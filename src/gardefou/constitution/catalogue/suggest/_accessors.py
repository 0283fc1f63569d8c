"""Names without a verb that still say what a tool does: `order_history`, `flight_status`.

1. The last word names information about the thing before it, in English or in French the first.
2. Every argument only says which thing, or how much of it: an argument that carries a new value
   (a content, a secret, an amount, or the information itself) makes the name an order to set it.
"""

from __future__ import annotations

from collections.abc import Iterable

from gardefou.constitution.catalogue.suggest._parameters import Leaf
from gardefou.constitution.catalogue.suggest._words import name_words, word_set

_INFORMATION = word_set("""
    history details info information status balance overview statistics stats summary forecast
    availability prices specs metadata whereabouts
    historique informations statut solde apercu statistiques resume previsions disponibilites tarifs
""")
_LOCATING = frozenset(
    {"", "at", "case", "filter", "limit", "number", "person", "place", "target", "user"}
)
_SETTING = frozenset({"new", "set", "value", "update", "nouveau", "nouvelle", "valeur"})


def is_accessor(name: str, arguments: Iterable[tuple[Leaf, str]]) -> bool:
    """Tell whether a name without a verb can only mean looking something up."""
    words = name_words(name)
    if len(words) < 2 or not {words[0], words[-1]} & _INFORMATION:
        return False
    asked = {words[0], words[-1]} & _INFORMATION
    return all(
        meaning in _LOCATING and not (asked | _SETTING) & set(leaf.words)
        for leaf, meaning in arguments
    )


def names_a_thing(name: str, word: str) -> bool:
    """Tell whether a word that can be a verb stands in a name as a noun: `user_profile`."""
    words = name_words(name)
    return word in words[1:] and words[0] != word
