"""From names and sentences to words: splitting, folding, and base forms.

1. Words are compared in lower case, without accents, in the singular, verbs in their base form.
2. Nothing is guessed: a form is reduced only to a word that the lexicon knows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from enum import Enum


def word_set(text: str) -> frozenset[str]:
    """Read a word list that is written as a text."""
    return frozenset(text.split())


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATOR = re.compile(r"[^0-9a-z]+")
_TOKEN = re.compile(r"[0-9a-z]+|,")
_DIGITS = re.compile(r"^\d+$|^v\d+$")
_SHORTEST = 4  # shorter words carry no ending worth the risk

_IRREGULAR = {
    "sent": "send", "paid": "pay", "bought": "buy", "sold": "sell", "got": "get", "gotten": "get",
    "found": "find", "wrote": "write", "written": "write", "read": "read", "made": "make",
    "gave": "give", "given": "give", "took": "take", "taken": "take", "ran": "run", "sent_out": "send",
    "shown": "show", "told": "tell", "kept": "keep", "held": "hold", "hid": "hide",
    "hidden": "hide", "flew": "fly", "flown": "fly", "drove": "drive", "driven": "drive",
    "shot": "shoot", "struck": "strike", "built": "build", "lent": "lend", "withdrew": "withdraw",
    "withdrawn": "withdraw", "spent": "spend", "forgot": "forget", "overwrote": "overwrite",
    "overwritten": "overwrite", "undid": "undo", "undone": "undo", "done": "do", "did": "do",
    "put": "put", "set": "set", "began": "begin", "begun": "begin", "chose": "choose",
    "dying": "die", "lying": "lie", "tying": "tie", "people": "person", "children": "child",
    "indices": "index", "criteria": "criterion", "men": "man", "women": "woman",
    # French verbs that the endings do not reach
    "obtient": "obtenir", "obtenu": "obtenir", "obtiens": "obtenir", "envoie": "envoyer",
    "envoies": "envoyer", "envoi": "envoi", "lit": "lire", "lis": "lire", "lu": "lire",
    "ecrit": "ecrire", "ecris": "ecrire", "inscrit": "inscrire", "decrit": "decrire",
    "voit": "voir", "vois": "voir", "vu": "voir", "suit": "suivre", "suis": "suivre",
    "suivi": "suivre", "recoit": "recevoir", "recu": "recevoir", "met": "mettre",
    "mets": "mettre", "mis": "mettre", "transmet": "transmettre", "transmis": "transmettre",
    "vend": "vendre", "vendu": "vendre", "repond": "repondre", "reponds": "repondre",
    "rend": "rendre", "ouvre": "ouvrir", "ouvert": "ouvrir", "detruit": "detruire",
    "produit": "produit", "souscrit": "souscrire", "fait": "faire", "fais": "faire",
    "renvoie": "renvoyer", "paie": "payer", "paye": "payer", "connait": "connaitre",
    "resout": "resoudre", "traduit": "traduire", "interrompt": "interrompre",
    "conduit": "conduire", "previent": "prevenir", "definit": "definir", "deploie": "deployer",
    "verse": "verser", "vire": "virer", "abat": "abattre",
}  # fmt: skip

_PAST = word_set("""sent paid bought sold gotten found written made given taken shown told kept held hidden flown
    driven shot struck built lent withdrawn spent overwritten undone done got""")
_ENGLISH = ("ing", "ed", "es", "s", "ies", "ied")
_FRENCH_ER = ("e", "es", "ent", "ez", "ons", "ees", "ee", "era", "eront", "erait", "ait")  # fmt: skip
_FRENCH_IR = ("it", "is", "issent", "issant", "issez", "i", "ie", "ies")


def fold(text: str) -> str:
    """Lower-case the text and take its accents away."""
    if text.isascii():
        return text.lower()
    spread = unicodedata.normalize("NFKD", text).lower()
    return "".join(char for char in spread if not unicodedata.combining(char)).replace("œ", "oe")


def name_words(name: str) -> tuple[str, ...]:
    """Split a name however its author joined the words, and fold them."""
    parts = _CAMEL.sub(" ", unicodedata.normalize("NFC", name))
    return tuple(word for word in _SEPARATOR.split(fold(parts)) if word and not _DIGITS.match(word))


def text_words(text: str) -> tuple[str, ...]:
    """Split a sentence into folded words and commas; French elisions lose their first part."""
    plain = fold(text).replace("’", "'")
    plain = re.sub(r"\b(?:[cdjlmnst]|qu)'(?=[a-z])", " ", plain)
    return tuple(_TOKEN.findall(plain))


def _candidates(word: str) -> Iterator[str]:
    yield word
    known = _IRREGULAR.get(word)
    if known:
        yield known
    if len(word) >= _SHORTEST:
        yield from _english(word)
        yield from _french(word)


def _english(word: str) -> Iterator[str]:
    for ending in _ENGLISH:
        if not word.endswith(ending):
            continue
        stem = word[: -len(ending)]
        if ending in {"ies", "ied"}:
            yield stem + "y"
            continue
        yield stem
        if ending != "s":
            yield stem + "e"
            if len(stem) > 2 and stem[-1] == stem[-2]:
                yield stem[:-1]


def _french(word: str) -> Iterator[str]:
    for ending in _FRENCH_ER:
        if not word.endswith(ending):
            continue
        stem = word[: -len(ending)]
        yield stem + "er"
        if stem.endswith("ge"):
            yield stem[:-1] + "er"
        if stem.endswith("i"):
            yield stem[:-1] + "yer"
        if stem.endswith(("ll", "tt")):
            yield stem[:-1] + "er"
    for ending in _FRENCH_IR:
        if word.endswith(ending):
            yield word[: -len(ending)] + "ir"
    if word.endswith("x"):
        yield word[:-1]


def _plurals(word: str) -> Iterator[str]:
    yield word
    known = _IRREGULAR.get(word)
    if known:
        yield known
    if len(word) < _SHORTEST:
        return
    if word.endswith("ies"):
        yield word[:-3] + "y"
    if word.endswith("es"):
        yield word[:-2]
    if word.endswith(("s", "x")):
        yield word[:-1]
    if word.endswith("aux"):
        yield word[:-3] + "al"
    if word.endswith("ee"):
        yield word[:-1]


# Words that look like a form of a verb and are none.
_NO_VERBS = word_set("""donnee donnees news setting settings listing listings building buildings warning warnings shipping opening
    openings finding findings training drawing painting saving savings meeting meetings string pricing
    billing understanding remaining missing existing following including pending incoming outgoing
    upcoming trending matching corresponding during using according regarding related based given
   means series needs""")


def base_form(word: str, known: Callable[[str], bool]) -> str:
    """Reduce a verb to the first base form that is known, or return it as it is."""
    if word in _NO_VERBS:
        return word
    return next(filter(known, _candidates(word)), word)


def singular(word: str, known: Callable[[str], bool]) -> str:
    """Reduce a noun to the first singular that is known, or return it as it is."""
    return next(filter(known, _plurals(word)), word)


def known_forms(word: str, known: frozenset[str]) -> frozenset[str]:
    """Return every known word that a word can be a form of, as a thing or as an act."""
    verbs = () if word in _NO_VERBS else _candidates(word)
    return known.intersection((*_plurals(word), *verbs))


class Form(Enum):
    """The forms of a verb that a description uses."""

    BASE = "base"
    S = "s"
    ING = "ing"
    ED = "ed"
    FRENCH = "french"


def form_of(word: str, verb: str) -> Form:
    """Tell the form of a word whose base form is known."""
    if word == verb:
        return (
            Form.FRENCH
            if verb.endswith(("er", "ir", "re")) and len(verb) > _SHORTEST
            else Form.BASE
        )
    if word.endswith("ing"):
        return Form.ING
    if word in _PAST or word.endswith("ed"):
        return Form.ED
    if word.endswith("s") and not verb.endswith(("er", "ir", "re")):
        return Form.S
    return Form.FRENCH
