"""What words mean for a guard: acts of verbs, classes of nouns, effects of both.

1. The lexicon is data (`_verbs`, `_nouns`) and is read once, when it is first asked.
2. A word that the lexicon does not know has no act, no class and no effect: callers must not
   take that for harmless.
"""

from __future__ import annotations

from functools import cache, lru_cache

import msgspec

from gardefou.constitution.catalogue.suggest._nouns import ACTION_NOUNS, NOUN_PHRASES, NOUNS
from gardefou.constitution.catalogue.suggest._rules import EFFECTS_OF_ACT, effects_of
from gardefou.constitution.catalogue.suggest._verbs import ACTS, BROADER, LIGHT, PHRASES
from gardefou.constitution.catalogue.suggest._words import base_form, fold, singular


class Lexicon(msgspec.Struct, frozen=True, kw_only=True):
    """The words, indexed. ``weak`` are verbs that are as often nouns."""

    acts: dict[str, tuple[str, ...]]
    weak: frozenset[str]
    classes: dict[str, frozenset[str]]


@cache
def lexicon() -> Lexicon:
    """Read the data once."""
    acts: dict[str, list[str]] = {}
    marks: dict[str, set[bool]] = {}
    for act, words in ACTS.items():
        for marked in words.split():
            word = marked.removeprefix("~")
            marks.setdefault(word, set()).add(marked.startswith("~"))
            if act not in acts.setdefault(word, []):
                acts[word].append(act)
    classes: dict[str, set[str]] = {}
    for name, words in NOUNS.items():
        for word in words.split():
            classes.setdefault(word, set()).add(name)
    return Lexicon(
        acts={word: tuple(found) for word, found in acts.items()},
        weak=frozenset(word for word, seen in marks.items() if seen == {True}),
        classes={word: frozenset(found) for word, found in classes.items()},
    )


@lru_cache(maxsize=20_000)
def verb_of(word: str) -> str:
    """Return the base form of a folded word if the lexicon has it as a verb, else ``""``."""
    acts = lexicon().acts
    base = base_form(word, acts.__contains__)
    return base if base in acts else ""


@lru_cache(maxsize=20_000)
def noun_of(word: str) -> str:
    """Return the singular of a folded word if the lexicon has it as a noun, else ``""``."""
    known = lexicon().classes
    base = singular(word, lambda form: form in known or form in ACTION_NOUNS)
    return base if base in known or base in ACTION_NOUNS else ""


def lemma(word: str) -> str:
    """Return the base form of a word, as verb before noun; an unknown word comes back folded."""
    folded = fold(word)
    return verb_of(folded) or noun_of(folded) or folded


def acts_of(word: str) -> tuple[str, ...]:
    """Return the acts of a verb in any form, the most usual first, then their broader kinds."""
    found = lexicon().acts.get(verb_of(fold(word)), ())
    broader = tuple(BROADER[act] for act in found if act in BROADER)
    return found + tuple(act for act in broader if act not in found)


def nouns_of(word: str) -> frozenset[str]:
    """Return the classes of a noun, singular or plural."""
    return lexicon().classes.get(noun_of(fold(word)), frozenset())


def is_weak(verb: str) -> bool:
    """Tell whether a verb in base form is as often a noun."""
    return verb in lexicon().weak


@lru_cache(maxsize=20_000)
def effects_of_verb(word: str) -> frozenset[str]:
    """Return every effect that the verb can have, whatever its object."""
    found: set[str] = set()
    for act in acts_of(word):
        found |= EFFECTS_OF_ACT[act]
    return frozenset(found)


@cache
def verbs_of_effect(effect: str) -> frozenset[str]:
    """Return the verbs, in base form, that can have the effect."""
    return frozenset(
        verb
        for verb, acts in lexicon().acts.items()
        if any(effect in EFFECTS_OF_ACT[act] for act in acts)
    )


__all__ = [
    "ACTION_NOUNS",
    "LIGHT",
    "NOUN_PHRASES",
    "PHRASES",
    "Lexicon",
    "acts_of",
    "effects_of",
    "effects_of_verb",
    "is_weak",
    "lemma",
    "lexicon",
    "noun_of",
    "nouns_of",
    "verb_of",
    "verbs_of_effect",
]
