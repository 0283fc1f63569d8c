"""What a name and a description say that a tool does: acts with their objects.

1. A name has one verb, the first that can only be a verb; words joined by *and* or *or* add more.
2. A description has the verbs that open its sentences, those joined to them in the same form, and
   the passives of what *will be* done.
3. A word that is as often a noun counts as a verb only where a verb must stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
from gardefou.constitution.catalogue.suggest._words import Form, form_of, name_words, text_words

_JOIN = frozenset({"and", "or", "then", "et", "ou", "puis", ","})
_DETERMINERS = frozenset(
    """a an the this that all any one some each every your his their its new another to up un une le
    la les des du au aux ce cet cette ces tous toutes multiple several one's user""".split(),
)
_STOP = frozenset(
    """to with from using in for at by on into via through about against between based within
    a avec depuis dans pour par sur vers selon chez that which who whose if when where given
    qui que dont si lorsque quand matching containing so by via without sans as off out back down""".split(),
)
_LEADS = frozenset(
    "to for that which lets allows enables helps can will pour de permet permettant qui used".split(),
)
# Verbs that are hardly ever nouns: what stands before them in a name is a vendor.
_PREFIXED = frozenset(
    "get search find fetch retrieve describe lookup obtenir chercher rechercher afficher".split(),
)
# Verbs that have no object of their own in a name: `return_item` hands a thing back.
_HANDED_BACK = frozenset({"order", "product"})
_AND = frozenset({"and", "or", "then", "et", "ou", "puis"})
_ADVERBS = frozenset({"also", "then", "automatically", "optionally", "immediately", "aussi"})
_OBJECT_OPENERS = _DETERMINERS | {"it", "them", "to", "back", "him", "her"}
_CLAUSE = frozenset(
    """that which who whose where when if based including such like matching containing not without
    but no never because since so while whether qui dont si lorsque quand sans mais notamment comme
    tels telles""".split(),
)
_NAMESPACE = re.compile(r"__|[./:\\]")
_SECTION = re.compile(
    r"\n\s*(?:args?|arguments|parameters?|returns?|raises?|examples?|parametres?|retourne|retours?)"
    r"\s*:?\s*\n",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_CONDITION = re.compile(
    r"^(?:if|when|note|before|after|must|make sure|ensure|do not|don t|never|please|example|e g|"
    r"args?|parameters?|raises?|optional|required|otherwise|only|unless|while|by default|"
    r"call (?:this|it)|see (?:also|the)|appelez|"
    r"the (?:user|agent|input|output|result|default|value|format)|you (?:must|should|can)|"
    r"si|lorsque|quand|attention|exemple|parametres?|sinon)\b",
)
_MAX_SENTENCES = 12
_LEAD_REACH = 14


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


def _join_phrases(words: tuple[str, ...]) -> tuple[str, ...]:
    out: list[str] = []
    index = 0
    while index < len(words):
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


def _objects(words: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the nouns of a phrase up to the first word that leads away, and their classes."""
    nouns: list[str] = []
    for word in words:
        if word in _STOP and nouns:
            break
        noun = noun_of(word)
        if noun:
            nouns.append(noun)
    return tuple(nouns), _classes(nouns)


def _classes(nouns: tuple[str, ...] | list[str]) -> frozenset[str]:
    return frozenset[str]().union(*(nouns_of(noun) for noun in nouns))


class _Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Where a verb was found."""

    source: str
    context: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    later: bool = False
    opens: bool = False
    prefixed: bool = False


def _claims_of(
    verb: str, after: tuple[str, ...], setting: _Setting, *, strong: bool | None = None
) -> Iterator[Claim]:
    """Turn a verb and the words after it into claims; a light verb hands on to what follows."""
    base = verb_of(verb)
    nouns, classes = _objects(after)
    act = acts_of(base)[0]
    if base in {"return", "retourner"} and setting.source == "name" and classes & _HANDED_BACK:
        act = "buy"
    certain = not is_weak(base) if strong is None else strong

    def claim(found: str) -> Claim:
        return Claim(
            act=found,
            verb=base,
            source=setting.source,
            strong=certain,
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
            yield from _claims_of(after[at], after[at + 1 :], setting, strong=True)
            if base in _EMPTY:
                return
        elif made:
            yield claim(made)
            if base in _EMPTY or act == made:
                return
    yield claim(act)


# Light verbs that add nothing of their own to what they introduce.
_EMPTY = frozenset(
    """make do perform process handle run execute begin initiate trigger conduct carry effectuer
    faire realiser lancer traiter initier start demarrer complete give leave drop provide place
    passer issue emettre submit take prendre soumettre get_to""".split(),
)


def _hands_on(word: str, light: str) -> bool:
    """Tell whether a word after a light verb is itself the verb (`start tracking`)."""
    verb = verb_of(word)
    if not verb or verb in LIGHT or (is_weak(verb) and form_of(word, verb) is not Form.ING):
        return False
    if form_of(word, verb) is Form.ED:
        return False
    return light in _EMPTY or form_of(word, verb) is Form.ING


def name_claims(name: str, source: str = "name") -> list[Claim]:
    """Return what a tool's name says, or nothing when it has no verb."""
    parts = [part for part in _NAMESPACE.split(name) if part]
    if not parts:
        return []
    words = _join_phrases(name_words(parts[-1]))
    before = _join_phrases(tuple(word for part in parts[:-1] for word in name_words(part)))
    _, context = _objects(before)
    setting = _Setting(
        source=source, context=context, around=_classes([noun_of(word) for word in words])
    )
    verbs = [(index, verb_of(word)) for index, word in enumerate(words) if verb_of(word)]
    strong = [
        (index, verb)
        for index, verb in verbs
        if not is_weak(verb) and (form_of(words[index], verb) is not Form.ED or index == 0)
    ]
    opened = verbs[0] if verbs else (-1, "")
    if opened[0] == 0 and is_weak(opened[1]) and words[1:2] and words[1] in _STOP:
        return list(_claims_of(opened[1], words[1:], setting, strong=True))  # mark_as_read
    if strong:
        index, verb = strong[0]
        # Is an unknown word before the verb a vendor (`acme_get_user`) or a verb (`nuke_read_copy`)?
        known = verb_of(words[0]) or noun_of(words[0]) or context or index == len(words) - 1
        prefixed = index > 0 and not known and verb not in _PREFIXED
        setting = msgspec.structs.replace(setting, prefixed=prefixed)
        after = words[index + 1 :] + words[:index]
        claims = list(_claims_of(verb, after, setting, strong=False if prefixed else None))
        if opened[0] == 0 and index > 0 and words[index - 1] in _JOIN:
            claims += _claims_of(opened[1], words[1:], setting)  # search_and_...: weak, but joined
        for later, other in strong[1:]:
            if words[later - 1] in _JOIN:
                claims += _claims_of(other, words[later + 1 :], setting)
        return claims
    if verbs:
        index, verb = verbs[0] if verbs[0][0] == 0 and len(words) > 1 else verbs[-1]
        if index == 0 and verbs[1:2] and verbs[1][0] == 1 and noun_of(words[0]):
            index, verb = verbs[1]  # drive_share_file
        setting = msgspec.structs.replace(setting, opens=index == 0)
        return list(_claims_of(verb, words[index + 1 :] + words[:index], setting))
    doer = _doer(words[-1]) if words else ""
    if doer:
        return list(_claims_of(doer, words[:-1], setting, strong=False))
    made = next((word for word in reversed(words) if noun_of(word) in ACTION_NOUNS), "")
    if made:
        nouns, classes = _objects(words)
        act = ACTION_NOUNS[noun_of(made)]
        return [
            Claim(
                act=act,
                verb=noun_of(made),
                source=source,
                strong=False,
                classes=classes or context,
                around=setting.around,
                nouns=nouns,
            )
        ]
    return []


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


def _sentences(text: str) -> list[str]:
    cut = _SECTION.split(text, maxsplit=1)[0]
    return [part for part in _SENTENCE.split(cut) if part.strip()][:_MAX_SENTENCES]


def _head(words: tuple[str, ...], *, first: bool) -> tuple[int, bool]:
    """Find the verb of a sentence: where it is (-1: nowhere) and whether it is certain."""
    verb = verb_of(words[0])
    following = words[1] if len(words) > 1 else ""
    if verb and (not is_weak(verb) or following in _DETERMINERS):
        return 0, True
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
        words = _join_phrases(text_words(sentence))
        if not words or _CONDITION.match(" ".join(words)):
            continue
        setting = _Setting(
            source="description",
            around=_classes([noun_of(word) for word in words]),
            later=number > 0,
        )
        claims += _passives(words, setting)
        start, certain = _head(words, first=not claims)
        if start < 0 or (number and verb_of(words[start]) in {"return", "retourner", "renvoyer"}):
            continue
        verb = verb_of(words[start])
        claims += _claims_of(verb, words[start + 1 :], setting, strong=certain)
        for at in _joined(words, start):
            claims += _claims_of(verb_of(words[at]), words[at + 1 :], setting, strong=True)
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


def _passives(words: tuple[str, ...], setting: _Setting) -> Iterator[Claim]:
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
                    classes=_classes(nouns),
                    nouns=nouns,
                    later=True,
                )
                break
