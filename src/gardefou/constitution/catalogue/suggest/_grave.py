"""Grave meanings, wherever a tool's words show them: name, description, or arguments.

1. What is found only adds effects: a grave meaning that is missed passes in silence.
2. A meaning rests on words that hardly ever mean something else, or on two or three that meet in
   one sentence: a weapon in a tool that acts, a camera that follows faces, a register of residents.
3. Counts that name nobody are no gathering of data and no watching.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from gardefou.constitution.catalogue.suggest import _grave_lexicon as words_of
from gardefou.constitution.catalogue.suggest._claims import Claim
from gardefou.constitution.catalogue.suggest._parameters import Leaf
from gardefou.constitution.catalogue.suggest._words import (
    known_forms,
    name_words,
    text_words,
)

_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
# A description that opens with one of these speaks of the tool, not of what comes back.
_MADE = frozenset({"tool", "tools", "agent", "module", "system", "assistant", "outil", "systeme"})
# `compte` alone is as often an account: it counts only where a sentence opens with the verb.
_COUNTED = re.compile(
    r"(?:number|total|share|how many|nombre|combien|part|compte[rz]?\s+(?:les?|la|des|combien))\b",
    re.IGNORECASE,
)
_MAX_SENTENCES = 12
_LOOKING = frozenset({"read", "verify", "compute", "evaluate", "ask", "download"})

Found = tuple[str, str]


def _vocabulary() -> frozenset[str]:
    found: set[str] = set()
    for value in vars(words_of).values():
        if isinstance(value, frozenset):
            found |= value
            found.update(part for word in value for part in word.split("_"))
    return frozenset(found)


_KNOWN = _vocabulary()


@lru_cache(maxsize=20_000)
def _forms(word: str) -> frozenset[str]:
    """Return a word and what it may be a form of: a thing, or an act."""
    return frozenset({word}) | known_forms(word, _KNOWN)


def _bag(words: Iterable[str]) -> frozenset[str]:
    """Return the words in their base forms, and the pairs and triples that stand together."""
    plain = [_forms(word) for word in words if word not in words_of.SMALL]
    found: set[str] = set().union(*plain) if plain else set()
    for at, first in enumerate(plain):
        second = plain[at + 1] if at + 1 < len(plain) else frozenset[str]()
        found.update(f"{one}_{other}" for one in first for other in second)
        third = plain[at + 2] if at + 2 < len(plain) else frozenset[str]()
        found.update(f"{a}_{b}_{c}" for a in first for b in second for c in third)
    return frozenset(found)


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """A tool's words by where they stand: ``units`` are the texts whose words may meet.

    The first ``sentences`` units hold no arguments. ``told`` holds the name and the description,
    ``whole`` the arguments too. ``listed`` opens a description that only names what comes back.
    """

    units: tuple[frozenset[str], ...]
    sentences: int
    told: frozenset[str]
    whole: frozenset[str]
    looks: bool
    counts: bool
    listed: frozenset[str]


def heard(
    name: str, description: str, arguments: list[Leaf], named: list[Claim], told: list[Claim]
) -> Speech:
    """Read all the words of a tool once."""
    title = _bag(name_words(name))
    sentences = [text_words(part) for part in _SENTENCE.split(description) if part.strip()]
    said = [_bag(sentence) for sentence in sentences[:_MAX_SENTENCES]]
    given = [_bag((*leaf.words, *leaf.said[:24], *_options(leaf))) for leaf in arguments]
    spoken = title.union(*said)
    claims = [claim for claim in (told if description and told else named) if claim.strong]
    looks = bool(claims) and all(claim.act in _LOOKING for claim in [*named, *told])
    if description and not told:
        looks = False  # a name alone does not say that a described tool only looks
    opening = title | _bag(sentences[0][:7]) if sentences else title
    counting = bool(opening & words_of.COUNTS) or bool(_COUNTED.match(description.strip()))
    counts = counting and not spoken & words_of.NAMES_SOMEBODY
    return Speech(
        units=(
            *(title | part for part in (said or [frozenset[str]()])),
            *(title | part for part in given),
        ),
        sentences=max(len(said), 1),
        told=spoken,
        whole=spoken.union(*given),
        looks=looks,
        counts=counts,
        listed=_listed(sentences, named) if not told else frozenset(),
    )


def _listed(sentences: list[tuple[str, ...]], named: list[Claim]) -> frozenset[str]:
    """Return the opening words of a description without a verb: `patients with a diagnosis`."""
    acts = any(claim.strong and claim.act not in _LOOKING for claim in named)
    if not sentences or acts or _MADE & set(sentences[0][:6]):
        return frozenset()
    return _bag(sentences[0][:6])


def _options(leaf: Leaf) -> tuple[str, ...]:
    options = leaf.schema.get("enum")
    if not isinstance(options, list):
        return ()
    return tuple(word for option in options[:40] for word in name_words(str(option)))


def grave(speech: Speech) -> list[Found]:
    """Return the grave effects that a tool's words show, each with the reason, none twice."""
    found: dict[str, str] = {}
    for effect, reason in (
        *_force(speech),
        *(() if speech.counts else (*_watching(speech), *_gathering(speech), *_judging(speech))),
        *_weakening(speech),
    ):
        found.setdefault(effect, reason)
    return list(found.items())


def _meet(speech: Speech, *sets: frozenset[str], told: bool = False) -> tuple[str, ...]:
    """Return one word of each set, all of which stand in one text; nothing where they do not.

    Two sets must not be met by the same word. ``told`` leaves the arguments out.
    """
    for unit in speech.units[: speech.sentences] if told else speech.units:
        taken: list[str] = []
        for one in sets:
            word = min((word for word in one & unit if word not in taken), default="")
            if not word:
                break
            taken.append(word)
        else:
            return tuple(taken)
    return ()


def _because(kind: str, met: Iterable[str]) -> str:
    said = ", ".join(f"`{word.replace('_', ' ')}`" for word in met)
    return f"its words speak of {kind} ({said})"


def _force(speech: Speech) -> Iterable[Found]:
    w = words_of
    weapons = sorted(
        word
        for word in speech.whole & w.WEAPONS
        if not w.EXCUSES.get(word, frozenset()) & speech.whole
    )
    if weapons and (not speech.looks or speech.told & w.AIMS):
        yield "uses_force", _because("weapons or restraint", weapons[:2])
    if speech.looks or speech.whole & w.PROGRAMS:
        return
    grips = frozenset[str]() if speech.whole & w.ITEMS else w.GRIPS
    for sets in (
        (w.HURTS, w.BODIES),
        (grips, w.BODIES, w.MACHINES),
        (w.LOCKS, w.DOORS, w.PEOPLE_PRESENT),
        (w.LOCKS, w.DOORS, w.CUSTODY),
        (w.FIRES, w.CHARGES),
        (w.STRIKES, w.HOSTILES),
        (w.REPELS, w.BODIES | w.CAMPS),
        (w.FLEEING, w.HALTS),
    ):
        if met := _meet(speech, *sets):
            yield "uses_force", _because("force against persons", met)
    met = _meet(speech, w.ENGAGES, w.TARGETS)
    if met and not speech.whole & w.MARKETS:
        yield "uses_force", _because("acting on a target", met)


def _watching(speech: Speech) -> Iterable[Found]:
    w = words_of
    alone = sorted(speech.told & w.SPYING)
    ways: list[tuple[str, ...]] = [tuple(alone[:1])] if alone else []
    anywhere = (
        (w.PLATES, w.SEEN),
        (w.MASTS, w.LINES),
        (w.SENSORS, w.FOLLOWS, w.WATCHED),
        (w.WRITINGS, w.INSPECTS, w.SUBJECTED),
        (w.TALK, w.LASTING, w.HEARD),
        (w.SOCIAL, w.ACCOUNTS, w.WATCHES),
        (w.ATTENDING, w.GATHERINGS, w.LOOKS),
        (w.WHO, w.GATHERINGS),
        (w.CARDS, w.TRACES),
        (w.INTERCEPTED, w.TALK),
        (w.OPPONENTS, w.POSTS),
    )
    said = ((w.PHONES, w.PLACES_OF), (w.PHONES, w.APPEARS, w.AREAS))
    ways += [met for sets in anywhere if (met := _meet(speech, *sets))]
    ways += [met for sets in said if (met := _meet(speech, *sets, told=True))]
    for met in ways[:1]:
        yield "monitors_people", _because("watching persons", met)
        yield "collects_personal_data", _because("watching persons", met)


def _gathering(speech: Speech) -> Iterable[Found]:
    w = words_of
    for sets in (
        (w.POPULATION, w.LOOKS),
        (w.POPULATION, w.REGISTERS),
        (w.POPULATION, w.PERSONAL, w.LOOKS),
        (w.POPULATION, w.FILES),
        (w.PEOPLE_OF_SERVICES, w.REGISTERS, w.LOOKS),
        (w.AIDED, w.AIDS, w.LOOKS),
        (w.HOLDERS, w.IDENTITY, w.LINES_OF),
        (w.SOCIAL, w.ACCOUNTS, w.TIES),
    ):
        if met := _meet(speech, *sets):
            yield "collects_personal_data", _because("data about persons", met)
    if met := _meet(speech, w.PEOPLE_OF_SERVICES, w.INTIMATE, told=True):
        yield "collects_personal_data", _because("data about persons", met)
    lists: tuple[tuple[frozenset[str], ...], ...] = (
        (w.POPULATION,),
        (w.AIDED, w.AIDS),
        (w.PEOPLE_OF_SERVICES, w.INTIMATE),
        (w.PEOPLE_OF_SERVICES, w.REGISTERS),
    )
    for kinds in lists:
        words = [min(one & speech.listed, default="") for one in kinds]
        if all(words):
            yield "collects_personal_data", _because("data about persons", words)
            yield "reads", _because("a list of persons", words)


def _judging(speech: Speech) -> Iterable[Found]:
    for sets in (
        (words_of.SCORES, words_of.JUDGED),
        (words_of.DECIDES, words_of.FATES),
    ):
        if met := _meet(speech, *sets):
            yield "judges_people", _because("judging persons", met)


def _weakening(speech: Speech) -> Iterable[Found]:
    if speech.looks:
        return
    if met := _meet(speech, words_of.STRIPS, words_of.SHIELDS):
        yield "weakens_security", _because("taking protection away", met)
