"""Claims: what a verb and the words around it say that a tool does.

1. A word that is as often a noun counts as a verb only where a verb must stand.
2. A verb that says only that something happens hands on to what follows (`create payment`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from gardefou.constitution.catalogue.suggest._lexicon import (
    ACTION_NOUNS,
    LIGHT,
    NOUN_PHRASES,
    PHRASES,
    acts_of,
    is_weak,
    noun_of,
    nouns_of,
    verb_of,
)
from gardefou.constitution.catalogue.suggest._words import Form, form_of, word_set

STOP = word_set(
    """to with from using in for at by on into via through about against between based within
    a avec depuis dans pour par sur vers selon chez that which who whose if when where given
    qui que dont si lorsque quand matching containing so via without sans as off out back down""",
)
_AND = frozenset({"and", "or", "then", "et", "ou", "puis"})
_MOT_DE_PASSE = ("mot", "de", "passe")
# Light verbs that add nothing of their own to what they introduce.
_EMPTY = word_set(
    """make do perform process handle run execute begin initiate trigger conduct carry effectuer
    faire realiser lancer traiter initier start demarrer complete give leave drop provide place
    passer issue emettre submit take prendre soumettre""",
)
# Where `return` in a name hands a thing back instead of giving an answer.
_HANDED_BACK = frozenset({"order", "product"})


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the words say: an act on an object, and how plainly they say it.

    ``strong`` claims rest on a word that can only be a verb, or that stands where a verb must.
    ``later`` claims come from a description's second sentence or after.
    ``prefixed`` marks a verb behind a word that nobody knows.
    ``opens`` marks a doubtful verb that opens a name, or is the whole of it.
    ``around`` holds the classes of the whole sentence, not of the object alone.
    """

    act: str
    verb: str
    source: str
    strong: bool
    classes: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    nouns: tuple[str, ...] = ()
    later: bool = False
    opens: bool = False
    prefixed: bool = False


def join_phrases(words: tuple[str, ...]) -> tuple[str, ...]:
    """Make one word of two that mean one thing (`log in`, `api key`)."""
    out: list[str] = []
    index = 0
    while index < len(words):
        if words[index : index + 3] == _MOT_DE_PASSE:
            out.append("mot_de_passe")
            index += 3
            continue
        first = words[index]
        second = words[index + 1] if index + 1 < len(words) else ""
        known = second and (
            PHRASES.get((first, second))
            or PHRASES.get((verb_of(first), second))
            or NOUN_PHRASES.get((first, second))
            or NOUN_PHRASES.get((first, noun_of(second)))
        )
        out.append(known or first)
        index += 2 if known else 1
    return tuple(out)


def objects(words: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the nouns of a phrase up to the first word that leads away, and their classes."""
    nouns: list[str] = []
    for index, word in enumerate(words):
        if (nouns or index > 1) and word in STOP:
            break
        if nouns and word in _AND and _is_certain(words[index + 1 :]):
            break
        noun = noun_of(word)
        if noun:
            nouns.append(noun)
    return tuple(nouns), classes_of(nouns)


def _is_certain(words: tuple[str, ...]) -> bool:
    """Tell whether the next word can only be a verb, and thus opens a phrase of its own."""
    return bool(words) and bool(verb_of(words[0])) and not is_weak(verb_of(words[0]))


def classes_of(nouns: Iterable[str]) -> frozenset[str]:
    """Return the classes of all the nouns."""
    return frozenset[str]().union(*(nouns_of(noun) for noun in nouns))


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Where a verb was found."""

    source: str
    context: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    later: bool = False
    opens: bool = False
    prefixed: bool = False


def claims_of(
    verb: str, after: tuple[str, ...], setting: Setting, *, strong: bool | None = None
) -> Iterator[Claim]:
    """Turn a verb and the words after it into claims; a light verb hands on to what follows."""
    base = verb_of(verb)
    nouns, classes = objects(after)
    act = acts_of(base)[0]
    if base in {"return", "retourner"} and setting.source == "name" and classes & _HANDED_BACK:
        act = "buy"
    certain = not is_weak(base) if strong is None else strong

    def claim(found: str, *, plain: bool = certain) -> Claim:
        return Claim(
            act=found,
            verb=base,
            source=setting.source,
            strong=plain,
            classes=classes or setting.context,
            around=setting.around,
            nouns=nouns,
            later=setting.later,
            opens=setting.opens,
            prefixed=setting.prefixed,
        )

    if base in LIGHT:
        made = next((ACTION_NOUNS[noun] for noun in nouns[:3] if noun in ACTION_NOUNS), "")
        made = "" if act == "execute" and made == "compute" else made
        at = next((i for i, word in enumerate(after[:3]) if _hands_on(word, base)), -1)
        if at >= 0:
            yield from claims_of(after[at], after[at + 1 :], setting, strong=True)
            if base in _EMPTY:
                return
        elif made:
            yield claim(made, plain=strong is not False)
            if base in _EMPTY or act == made:
                return
    yield claim(act)


def _hands_on(word: str, light: str) -> bool:
    """Tell whether a word after a light verb is itself the verb (`start tracking`)."""
    verb = verb_of(word)
    if not verb or verb in LIGHT or (is_weak(verb) and form_of(word, verb) is not Form.ING):
        return False
    if form_of(word, verb) is Form.ED:
        return False
    return light in _EMPTY or form_of(word, verb) is Form.ING
