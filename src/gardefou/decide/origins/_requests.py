"""What a text asks for: verbs that are meant as requests, with their objects.

1. A verb counts only where a request can stand: bare forms (imperative, infinitive), not what
   somebody did, does or is said to do; a verb that is as often a noun needs a verb's place.
2. A question asks for reading only, unless it is a polite request ("could you pay it?").
3. What is negated is not asked for; "do not forget to" negates nothing.
4. The same reading serves the user's words (what is asked) and outsiders' (what is suggested);
   for outsiders every form counts, because distrust may be generous.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import msgspec

from gardefou.constitution.catalogue.suggest import (
    ACTION_NOUNS,
    LIGHT,
    NOUN_PHRASES,
    acts_of,
    effects_of,
    is_weak,
    lemma,
    nouns_of,
    verb_of,
)
from gardefou.decide.origins._grammar import (
    ADVERBS,
    AUXILIARIES,
    BOTH,
    CONTRACTED,
    DETERMINERS,
    GERUND_AFTER,
    INFINITIVE_AFTER,
    MODALS,
    NEGATIONS,
    NEVER,
    ONLY,
    PRONOUNS,
    QUESTION,
    REMIND,
    SAID,
    SUBJECTS,
    WANTING,
    WISHED_STATE,
)
from gardefou.decide.origins._sentences import sentences, words_of


class Request(msgspec.Struct, frozen=True):
    """One verb with its object: the acts it can mean, the words and noun classes beside it."""

    verb: str
    acts: frozenset[str]
    classes: frozenset[str]
    words: frozenset[str]
    effects: frozenset[str]
    question: bool
    strong: bool
    vague: bool = False


def requests(text: str, *, outsider: bool = False) -> list[Request]:
    """Return what a text asks for, sentence by sentence."""
    out: list[Request] = []
    before: frozenset[str] = frozenset()
    for sentence in sentences(text):
        words = words_of(sentence)
        found = requests_of(words, outsider=outsider)
        out += [_resolved(request, words, before) for request in found] if before else found
        before |= frozenset(lemma(word) for word in words if len(word) > 2)
    return out


def _resolved(request: Request, words: list[str], before: frozenset[str]) -> Request:
    """Let a pronoun stand for what was spoken of before ("change it")."""
    if not PRONOUNS.intersection(words):
        return request
    classes = frozenset[str]().union(*(nouns_of(noun) for noun in before))
    return msgspec.structs.replace(
        request, words=request.words | before, classes=request.classes | classes
    )


def requests_of(words: list[str], *, outsider: bool = False) -> list[Request]:
    """Return what one sentence asks for."""
    places = [
        (index, strong)
        for index, word in enumerate(words)
        if _acts(word) and (strong := _strength(words, index, outsider=outsider)) is not None
    ]
    nouns_at = [
        index
        for index, word in enumerate(words)
        if lemma(word) in ACTION_NOUNS and WANTING.intersection(words[max(index - 4, 0) : index])
    ]
    question = "?" in words and words[0] in QUESTION
    everything = [lemma(word) for word in words if len(word) > 2]
    said = frozenset(everything)
    around = frozenset[str]().union(*(nouns_of(noun) for noun in everything))
    out: list[Request] = []
    for number, (index, strong) in enumerate(places):
        end = places[number + 1][0] if number + 1 < len(places) else len(words)
        verb = verb_of(words[index])
        nouns = [lemma(word) for word in words[index + 1 : min(max(end, index + 8), index + 18)]]
        nouns += [joined for pair in pairwise(nouns) if (joined := NOUN_PHRASES.get(pair))]
        classes = frozenset[str]().union(*(nouns_of(noun) for noun in nouns))
        acts = set(_acts(words[index]))
        if verb in LIGHT:
            acts.update(ACTION_NOUNS[noun] for noun in nouns[:4] if noun in ACTION_NOUNS)
        effects = frozenset[str]().union(
            *(effects_of(act, classes) | effects_of(act, ()) for act in acts)
        )
        vague = _is_pronoun(words, index + 1)
        out.append(
            Request(verb, frozenset(acts), classes | around, said, effects, question, strong, vague)
        )
    for index in nouns_at:
        act = ACTION_NOUNS[lemma(words[index])]
        effects = effects_of(act, around) | effects_of(act, ())
        out.append(Request("", frozenset({act}), around, said, effects, question, strong=True))
    return out


def _is_pronoun(words: list[str], index: int) -> bool:
    """Tell whether a pronoun stands here, and not the article of a noun ("les factures")."""
    word = words[index] if index < len(words) else ""
    if word not in PRONOUNS:
        return False
    after = words[index + 1] if index + 1 < len(words) else "."
    return word not in BOTH or after in DETERMINERS or not after.isalnum()


def _strength(words: list[str], index: int, *, outsider: bool) -> bool | None:
    """Tell whether a word is a request (True), only a verb (False, outsiders), or neither (None)."""
    word = words[index]
    base = verb_of(word) or word
    before = words[index - 1] if index else ""
    if before in ADVERBS and index > 1:
        before = words[index - 2]
    if _is_negated(words, index):
        return None
    if is_weak(base) and before in DETERMINERS:
        return None
    plain = word == base or (
        word.endswith(("e", "ez", "s", "ons")) and base.endswith(("er", "ir", "re"))
    )
    if index == 0 and not is_weak(base) and not word.endswith("ing"):
        plain = True
    if before in SUBJECTS or before in AUXILIARIES or before in DETERMINERS:
        plain = False
    if word.endswith("ing") and before not in AUXILIARIES | CONTRACTED:
        plain = before in GERUND_AFTER or not is_weak(base)
    if word.endswith("ed") and WISHED_STATE.intersection(words[:index]):
        return True
    if plain and is_weak(base) and index and before not in INFINITIVE_AFTER:
        plain = before in ",:" or before in MODALS
    if plain:
        return True
    return False if outsider else None


@lru_cache(maxsize=16_384)
def _acts(word: str) -> tuple[str, ...]:
    """Return the acts of a verb; a repeated act is the act (``rebuy``, ``re-send``)."""
    if word in NEVER:
        return ()
    found = (*(() if word in ONLY else acts_of(word)), *SAID.get(word, ()))
    if not found and word.startswith("re") and len(word) > 4:
        found = acts_of(word[2:])
    return found


def _is_negated(words: list[str], index: int) -> bool:
    for back in range(index - 1, max(index - 4, -1), -1):
        word = words[back]
        if word in REMIND or word in ",:":
            return False
        if word in NEGATIONS:
            return True
    return False
