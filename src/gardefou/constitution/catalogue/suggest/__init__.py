"""Labels proposed for tools that nobody has labelled, from their words alone.

It is no part of `gardefou.constitution.catalogue` itself, so that a guard with a labelled
catalogue never loads the lexicon.
"""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.constitution.catalogue.suggest._claims import Claim
    from gardefou.constitution.catalogue.suggest._lexicon import (
        ACTION_NOUNS,
        LIGHT,
        NOUN_PHRASES,
        acts_of,
        effects_of,
        effects_of_verb,
        is_weak,
        lemma,
        nouns_of,
        verb_of,
        verbs_of_effect,
    )
    from gardefou.constitution.catalogue.suggest._names import name_claims
    from gardefou.constitution.catalogue.suggest._suggest import THRESHOLD, suggest, suggest_all
    from gardefou.constitution.catalogue.suggest._texts import text_claims
    from gardefou.constitution.catalogue.suggest._traces import tool_from_calls
    from gardefou.constitution.catalogue.suggest._words import fold, name_words

__all__ = [
    "ACTION_NOUNS",
    "LIGHT",
    "NOUN_PHRASES",
    "THRESHOLD",
    "Claim",
    "acts_of",
    "effects_of",
    "effects_of_verb",
    "fold",
    "is_weak",
    "lemma",
    "name_claims",
    "name_words",
    "nouns_of",
    "suggest",
    "suggest_all",
    "text_claims",
    "tool_from_calls",
    "verb_of",
    "verbs_of_effect",
]

__getattr__ = on_demand(
    __name__,
    {
        "_claims": ("Claim",),
        "_lexicon": (
            "ACTION_NOUNS",
            "LIGHT",
            "NOUN_PHRASES",
            "acts_of",
            "effects_of",
            "effects_of_verb",
            "is_weak",
            "lemma",
            "nouns_of",
            "verb_of",
            "verbs_of_effect",
        ),
        "_names": ("name_claims",),
        "_suggest": ("THRESHOLD", "suggest", "suggest_all"),
        "_texts": ("text_claims",),
        "_traces": ("tool_from_calls",),
        "_words": ("fold", "name_words"),
    },
)
