"""What a tool's description says that it does.

1. A description has the verbs that open its sentences, those joined to them in the same form, and
   the passives of what *will be* done.
2. What is said under a condition, of the caller's duties, or is denied, is not what the tool does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gardefou._late import late
from gardefou.constitution.catalogue.suggest._claims import (
    STOP,
    Claim,
    Setting,
    claims_of,
    classes_of,
    join_phrases,
)
from gardefou.constitution.catalogue.suggest._lexicon import acts_of, is_weak, noun_of, verb_of
from gardefou.constitution.catalogue.suggest._words import Form, form_of, text_words, word_set

_AND = frozenset({"and", "or", "then", "et", "ou", "puis"})
_JOIN = _AND | {","}
_DETERMINERS = word_set(
    """a an the this that all any one some each every your his their its new another to up un une le
    la les des du au aux ce cet cette ces tous toutes multiple several one's user""",
)
_LEADS = word_set(
    "to for that which lets allows enables helps can will pour de permet permettant qui used",
)
_TOLD = word_set("input provide specify pass enter supply choose select use saisir fournir")
_ADVERBS = frozenset({"also", "then", "automatically", "optionally", "immediately", "aussi"})
_OBJECT_OPENERS = _DETERMINERS | {"it", "them", "to", "back", "him", "her"}
_CLAUSE = word_set(
    """that which who whose where when if based including such like matching containing not without
    but no never because since so while whether qui dont si lorsque quand sans mais notamment comme
    tels telles""",
)
_DENIED = frozenset({"not", "never", "cannot", "pas", "jamais"})
_SECTION = late(
    r"\n\s*(?:args?|arguments|parameters?|returns?|raises?|examples?|parametres?|retourne|retours?)"
    r"\s*:?\s*\n",
    re.IGNORECASE,
)
_SENTENCE = late(r"(?<=[.!?;])\s+|\n+")
_CONDITION = late(
    r"^(?:if|when|note|before|after|must|make sure|ensure|do not|don t|never|please|example|e g|"
    r"args?|parameters?|raises?|optional|required|otherwise|only|unless|while|by default|"
    r"call (?:this|it)|see (?:also|the)|appelez|"
    r"the (?:user|agent|input|output|result|default|value|format)|you (?:must|should|can)|"
    r"si|lorsque|quand|attention|exemple|parametres?|sinon)\b",
)
_MAX_SENTENCES = 12
_LEAD_REACH = 14


def _sentences(text: str) -> list[str]:
    cut = _SECTION.split(text, maxsplit=1)[0]
    return [part for part in _SENTENCE.split(cut) if part.strip()][:_MAX_SENTENCES]


def _head(words: tuple[str, ...], *, first: bool) -> tuple[int, bool]:
    """Find the verb of a sentence: where it is (-1: nowhere) and whether it is certain."""
    verb = verb_of(words[0])
    following = words[1] if len(words) > 1 else ""
    if verb and (not is_weak(verb) or following in _DETERMINERS):
        return 0, True
    if verb and form_of(words[0], verb) is Form.S and following not in STOP | {"", ","}:
        return 0, True  # books seats
    for index in range(min(len(words) - 1, _LEAD_REACH)):
        if words[index] not in _LEADS:
            continue
        other = words[index + 1]
        found = verb_of(other)
        if not found:
            continue
        form = form_of(other, found)
        fits = {
            "for": form is Form.ING or (is_weak(found) and form is Form.BASE),
            "that": form is Form.S,
            "which": form is Form.S,
            "qui": form is not Form.ING,
        }.get(words[index], form in {Form.BASE, Form.FRENCH, Form.ING})
        if fits and is_weak(found) and words[index] != "for":
            fits = words[index + 2 : index + 3] != () and words[index + 2] in _DETERMINERS
        if fits:
            return index + 1, not is_weak(found) or words[index] != "for"
    if verb and first:
        return 0, False
    if first:
        for index, word in enumerate(words[:_LEAD_REACH]):
            found = verb_of(word)
            if found and not is_weak(found) and form_of(word, found) is not Form.ED:
                return index, False
    return -1, False


def text_claims(text: str) -> list[Claim]:
    """Return what a description says, sentence by sentence."""
    claims: list[Claim] = []
    for number, sentence in enumerate(_sentences(text)):
        words = join_phrases(text_words(sentence))
        if not words or _CONDITION.match(" ".join(words)) or _DENIED & set(words[:5]):
            continue
        setting = Setting(
            source="description",
            around=classes_of(noun_of(word) for word in words),
            later=number > 0,
        )
        claims += _passives(words, setting)
        start, certain = _head(words, first=not claims)
        if start < 0 or (number and verb_of(words[start]) in {"return", "retourner", "renvoyer"}):
            continue
        verb = verb_of(words[start])
        if number and start == 0 and verb in _TOLD and words[0] == verb:
            continue  # what the caller is told to do
        claims += claims_of(verb, words[start + 1 :], setting, strong=certain)
        for at in _joined(words, start):
            claims += claims_of(verb_of(words[at]), words[at + 1 :], setting, strong=True)
    return claims


def _joined(words: tuple[str, ...], start: int) -> Iterator[int]:
    """Find the verbs joined to a head in its own form.

    A row right behind the head counts as it is (`view, update, or cancel`). Further on a verb must
    follow *and* or *or*, stand before an object, and not lie within a clause of its own.
    """
    form = form_of(words[start], verb_of(words[start]))
    index = start + 1
    while index < len(words) and (words[index] in _JOIN or _in_form(words[index], form)):
        if words[index] not in _JOIN:
            if words[index - 1] not in _JOIN:
                break
            yield index
        index += 1
    for later in range(index, len(words) - 1):
        if words[later] in _CLAUSE or (words[later] == "to" and verb_of(words[later + 1])):
            return
        if words[later] not in _AND:
            continue
        at = later + 2 if words[later + 1] in _ADVERBS else later + 1
        if at < len(words) and _in_form(words[at], form):
            following = words[at + 1 : at + 2]
            placed = bool(following) and following[0] in _OBJECT_OPENERS
            if placed or (not is_weak(verb_of(words[at])) and form is not Form.S):
                yield at


def _in_form(word: str, form: Form) -> bool:
    verb = verb_of(word)
    return bool(verb) and form_of(word, verb) is form


def _passives(words: tuple[str, ...], setting: Setting) -> Iterator[Claim]:
    """Find what *will be* done: `the event will be deleted`, `sera supprime`."""
    for index in range(len(words) - 2):
        if words[index : index + 2] != ("will", "be") and words[index] not in {"sera", "seront"}:
            continue
        skip = 2 if words[index] == "will" else 1
        for word in words[index + skip : index + skip + 2]:
            verb = verb_of(word)
            if verb and not is_weak(verb) and acts_of(verb)[0] not in {"read", "compute"}:
                nouns = tuple(noun for noun in map(noun_of, words[:index]) if noun)
                yield Claim(
                    act=acts_of(verb)[0],
                    verb=verb,
                    source=setting.source,
                    strong=True,
                    classes=classes_of(nouns),
                    nouns=nouns,
                    later=True,
                )
                break
