"""What a name and a description say that a tool does: acts with their objects.

1. A name has one verb, the first that can only be a verb; words joined by *and* or *or* add more.
2. A description has the verbs that open its sentences and those joined to them.
3. A word that is as often a noun counts as a verb only where a verb must stand.
"""

from __future__ import annotations

import re

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
from gardefou.constitution.catalogue.suggest._words import name_words, text_words

_JOIN = frozenset({"and", "or", "then", "et", "ou", "puis"})
_PREPOSITIONS = frozenset(
    """to with from using in for at by on into via through about against between based within
    a avec depuis dans pour par sur vers selon chez that which who whose if when where given
    qui que dont si lorsque quand matching containing""".split()
)
_NAMESPACE = re.compile(r"__|[./:\\]")
_OPENING = re.compile(
    r"^(?:(?:this|the|a|an|cet|cette|ce|le|la|l|un|une|use|used|utilise|utiliser|utilisez)\s+)*"
    r"(?:\w+\s+){0,2}?(?:tool|function|endpoint|api|action|command|method|operation|utility|service"
    r"|outil|fonction|commande|service)?\s*"
    r"(?:that|which|is|are|can|be|used|lets?|allows?|enables?|helps?|you|users?|the|agent|assistant|model"
    r"|to|will|for|designed|qui|permet|permettant|sert|de|d|pour|vous|a|afin|utilise)\s+"
)
_SKIP = re.compile(
    r"^(?:if|when|note|before|after|must|make sure|do not|don t|never|please|example|e g|args?|"
    r"parameters?|raises?|optional|required|the (?:user|agent|input|output|result|default|value)|"
    r"si|lorsque|attention|exemple|parametres?|you (?:must|should|can)|only)\b"
)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the words say: an act on an object, and how plainly they say it."""

    act: str
    verb: str
    classes: frozenset[str]
    nouns: tuple[str, ...]
    strong: bool
    source: str


def _join_phrases(words: tuple[str, ...]) -> tuple[str, ...]:
    out: list[str] = []
    index = 0
    while index < len(words):
        pair = words[index : index + 2]
        if len(pair) == 2:  # noqa: PLR2004 - a pair
            first, second = pair
            known = PHRASES.get((first, second)) or PHRASES.get((verb_of(first), second))
            noun = NOUN_PHRASES.get((first, second)) or NOUN_PHRASES.get((first, noun_of(second)))
            if known or noun:
                out.append(known or noun or "")
                index += 2
                continue
        out.append(words[index])
        index += 1
    return tuple(out)


def _objects(words: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the nouns of a phrase up to its first preposition, and their classes."""
    nouns: list[str] = []
    for word in words:
        if word in _PREPOSITIONS and nouns:
            break
        noun = noun_of(word)
        if noun:
            nouns.append(noun)
    return tuple(nouns), frozenset().union(*(nouns_of(noun) for noun in nouns))


def _claims_of(
    verb: str, after: tuple[str, ...], *, source: str, context: frozenset[str]
) -> list[Claim]:
    """Turn a verb and the words after it into claims."""
    nouns, classes = _objects(after)
    acts = acts_of(verb)
    strong = not is_weak(verb)
    base = verb_of(verb)
    made = next((ACTION_NOUNS[noun] for noun in nouns[:2] if noun in ACTION_NOUNS), "")
    inner = next((word for word in after[:2] if verb_of(word) and not noun_of(word)), "")
    claims: list[Claim] = []
    if base in LIGHT and made:
        claims.append(
            Claim(act=made, verb=base, classes=classes, nouns=nouns, strong=strong, source=source)
        )
    if base in LIGHT and inner and acts_of(inner)[0] not in {"read", "compute"}:
        claims += _claims_of(inner, after[after.index(inner) + 1 :], source=source, context=context)
    claims.append(
        Claim(
            act=acts[0],
            verb=base,
            classes=classes or context,
            nouns=nouns,
            strong=strong,
            source=source,
        )
    )
    return claims


def name_claims(name: str) -> list[Claim]:
    """Return what a tool's name says, or nothing when it has no verb."""
    parts = [part for part in _NAMESPACE.split(name) if part]
    if not parts:
        return []
    words = _join_phrases(name_words(parts[-1]))
    before = _join_phrases(tuple(word for part in parts[:-1] for word in name_words(part)))
    _, context = _objects(before)
    verbs = [(index, verb_of(word)) for index, word in enumerate(words) if verb_of(word)]
    strong = [(index, verb) for index, verb in verbs if not is_weak(verb)]
    if strong:
        index, verb = strong[0]
        # A weak verb that opens the name and is followed by an object is the verb: order_pizza_get
        claims = _claims_of(
            verb, words[index + 1 :] + words[:index], source="name", context=context
        )
        for later, other in strong[1:]:
            if words[later - 1] in _JOIN:
                claims += _claims_of(other, words[later + 1 :], source="name", context=context)
        return claims
    if verbs:
        index, verb = verbs[0] if verbs[0][0] == 0 and len(words) > 1 else verbs[-1]
        rest = words[index + 1 :] + words[:index]
        return _claims_of(verb, rest, source="name", context=context)
    return []


def _sentences(text: str) -> list[str]:
    cut = re.split(
        r"\n\s*(?:args?|arguments|parameters?|returns?|raises?|parametres?|retourne)\s*:?\s*\n",
        text,
        flags=re.IGNORECASE,
    )[0]
    return [part for part in re.split(r"(?<=[.!?;])\s+|\n+", cut) if part.strip()][:12]


def text_claims(text: str) -> list[Claim]:
    """Return what a description says, sentence by sentence."""
    claims: list[Claim] = []
    for number, sentence in enumerate(_sentences(text)):
        words = text_words(sentence)
        plain = " ".join(words)
        if _SKIP.match(plain):
            continue
        words = _join_phrases(words)
        if not words:
            continue
        start = 0
        if not verb_of(words[0]) or (is_weak(verb_of(words[0])) and words[0] not in {}):
            opened = _OPENING.match(plain)
            if opened:
                rest = _join_phrases(tuple(plain[opened.end() :].split()))
                if rest and verb_of(rest[0]):
                    words = rest
        if not verb_of(words[0]):
            if number:
                continue
            start = next(
                (
                    i
                    for i, word in enumerate(words[:10])
                    if verb_of(word) and not is_weak(verb_of(word))
                ),
                -1,
            )
            if start < 0:
                continue
        claims += _claims_of(
            words[start], words[start + 1 :], source="description", context=frozenset()
        )
        for index in range(start + 1, len(words) - 1):
            other = verb_of(words[index + 1])
            if words[index] in _JOIN and other and not is_weak(other):
                claims += _claims_of(
                    words[index + 1], words[index + 2 :], source="description", context=frozenset()
                )
    return claims
