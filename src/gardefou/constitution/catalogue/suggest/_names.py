"""What a tool's name says that it does.

1. A name has one verb: the first that can only be a verb; words joined by *and* or *or* add more.
2. Without such a verb, a doubtful one counts, then a doer (`FileReader`), then a noun that is an
   act of its own (`FundWithdrawal`); none of them is certain.
3. A name without any of these says nothing.
"""

from __future__ import annotations

import re

import msgspec

from gardefou.constitution.catalogue.suggest._claims import (
    STOP,
    Claim,
    Setting,
    claims_of,
    classes_of,
    join_phrases,
    objects,
)
from gardefou.constitution.catalogue.suggest._lexicon import (
    ACTION_NOUNS,
    is_weak,
    noun_of,
    nouns_of,
    verb_of,
)
from gardefou.constitution.catalogue.suggest._words import Form, form_of, name_words, word_set

_JOIN = frozenset({"and", "or", "then", "et", "ou", "puis"})
# Verbs that are hardly ever nouns: what stands before them in a name is a vendor.
_PREFIXED = word_set(
    "get search find fetch retrieve describe lookup obtenir chercher rechercher afficher",
)
_CONVERSION = ("litre", "to", "gallon")
_NAMESPACE = re.compile(r"__|[./:\\]")

# A verb in base form and its place in the name.
Place = tuple[int, str]


def name_claims(name: str, source: str = "name") -> list[Claim]:
    """Return what a tool's name says, or nothing when it has no verb."""
    parts = [part for part in _NAMESPACE.split(name) if part]
    if not parts:
        return []
    words = join_phrases(name_words(parts[-1]))
    before = join_phrases(tuple(word for part in parts[:-1] for word in name_words(part)))
    _, context = objects(before)
    around = classes_of(noun_of(word) for word in words)
    setting = Setting(source=source, context=context, around=around)
    verbs = [(index, verb_of(word)) for index, word in enumerate(words) if verb_of(word)]
    if not verbs:
        return _without_verb(words, setting)
    index, verb = verbs[0]
    if index == 0 and is_weak(verb) and words[1:2] and words[1] in STOP:
        return list(claims_of(verb, words[1:], setting, strong=True))  # mark_as_read
    strong = [
        (index, verb)
        for index, verb in verbs
        if not is_weak(verb) and (form_of(words[index], verb) is not Form.ED or index == 0)
    ]
    if strong:
        return _certain(words, verbs, strong, setting)
    return _doubtful(words, verbs, setting)


def _certain(
    words: tuple[str, ...], verbs: list[Place], strong: list[Place], setting: Setting
) -> list[Claim]:
    """Read a name that has a certain verb."""
    index, verb = strong[0]
    # Is an unknown word before the verb a vendor (`acme_list_users`) or a verb (`nuke_read_copy`)?
    known = verb_of(words[0]) or noun_of(words[0]) or setting.context or index == len(words) - 1
    prefixed = index > 0 and not known and verb not in _PREFIXED
    setting = msgspec.structs.replace(setting, prefixed=prefixed)
    after = words[index + 1 :] + words[:index]
    claims = list(claims_of(verb, after, setting, strong=False if prefixed else None))
    if index > 1 and verbs[0][0] == 0 and words[index - 1] in _JOIN:
        claims += claims_of(verbs[0][1], words[1:], setting)  # order_and_pay
    for later, other in strong[1:]:
        if words[later - 1] in _JOIN:
            claims += claims_of(other, words[later + 1 :], setting)
    return claims


def _doubtful(words: tuple[str, ...], verbs: list[Place], setting: Setting) -> list[Claim]:
    """Read a name whose verbs are all as often nouns: the first word, else the last of them."""
    verbs = [place for place in verbs if form_of(words[place[0]], place[1]) is not Form.ED]
    if not verbs:
        return _without_verb(words, setting)  # saved_addresses
    index, verb = verbs[0] if verbs[0][0] == 0 else verbs[-1]
    if index == 0 and verbs[1:2] and verbs[1][0] == 1 and noun_of(words[0]):
        index, verb = verbs[1]  # drive_share_file
    setting = msgspec.structs.replace(setting, opens=index == 0)
    return list(claims_of(verb, words[index + 1 :] + words[:index], setting))


def _without_verb(words: tuple[str, ...], setting: Setting) -> list[Claim]:
    """Read a name without a verb."""
    if len(words) == len(_CONVERSION) and words[1] in {"to", "vers", "en"}:
        first, second = (nouns_of(word) for word in (words[0], words[2]))
        if "unit" in first & second:
            return [Claim(act="compute", verb="convert", source=setting.source, strong=True)]
    doer = _doer(words[-1]) if words else ""
    if doer:
        return list(claims_of(doer, words[:-1], setting, strong=False))
    made = next((noun for noun in map(noun_of, reversed(words)) if noun in ACTION_NOUNS), "")
    if not made:
        return []
    nouns, classes = objects(words)
    return [
        Claim(
            act=ACTION_NOUNS[made],
            verb=made,
            source=setting.source,
            strong=False,
            classes=classes or setting.context,
            around=setting.around,
            nouns=nouns,
        ),
    ]


def _doer(word: str) -> str:
    """Return the verb of a noun that names who does it: `FileReader`, `code_interpreter`."""
    for ending in ("er", "or", "eur"):
        if word.endswith(ending):
            stem = word[: -len(ending)]
            doubled = stem[:-1] if stem[-2:-1] == stem[-1:] else stem
            for verb in (stem, f"{stem}e", doubled, f"{stem}er"):
                if verb_of(verb):
                    return verb_of(verb)
    return ""
