"""What a text asks for: verbs that are meant as requests, with their objects.

1. A verb counts only where a request can stand: bare forms (imperative, infinitive), not what
   somebody did, does or is said to do; a verb that is as often a noun needs a verb's place.
2. A question asks for reading only, unless it is a polite request ("could you pay it?").
3. What is negated is not asked for; "do not forget to" negates nothing.
4. The same reading serves the user's words (what is asked) and outsiders' (what is suggested);
   for outsiders every form counts, because distrust may be generous.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

import msgspec

from gardefou.constitution.catalogue.suggest import (
    ACTION_NOUNS,
    LIGHT,
    NOUN_PHRASES,
    acts_of,
    effects_of,
    fold,
    is_weak,
    lemma,
    nouns_of,
    verb_of,
)

_SENTENCE = re.compile(r"(?<=[.!?;])[\s\"')\]]+|\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)]))|[\n;]")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?|[,:?]")
_QUOTED = re.compile(
    r"\"[^\"\n]{3,200}\"|“[^”\n]{3,200}”|«[^»\n]{3,200}»|(?<![\w])'[^'\n]{3,200}'(?!\w)"
)

_DETERMINERS = frozenset(
    """the a an my your his her their our its this that these those last first next previous new
    latest recent each every any all some no of in on by from via with per received unread sent
    other same s old whole current open pending urgent monthly weekly daily second third more
    le la les un une mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs ce cet cette
    ces du des de d l chaque dernier derniere prochain prochaine par en dans sur avec aucun""".split()
)
_SUBJECTS = frozenset("i he she they it we who which il elle ils elles on qui je nous that".split())
_ADVERBS = frozenset(
    "usually also just already often always normally really still then only".split()
)
_AUXILIARIES = frozenset(
    """have has had was were been be being is are am got did ai as a avons avez ont est ete suis
    sommes etes sont etait etaient avait avais""".split()
)
_NEGATIONS = frozenset(
    "not don never without cannot doesn didn shouldn ne pas sans jamais avoid".split()
)
_REMIND = frozenset("forget hesitate fail oublie oublier oubliez hesite hesitez".split())
QUESTION = frozenset(
    """what how who whom whose when where which why is are was were do does did am has have
    quel quelle quels quelles combien qui quand ou pourquoi comment est""".split()
)
_GERUND_AFTER = frozenset(
    "mind consider start of about by in with without suggest recommend proceed help".split()
)
_CONTRACTED = frozenset({"m", "re", "s", "ve"})
_WISHED_STATE = frozenset({"be", "ensure", "sure", "get"})  # "make sure that it is locked"
_WANTING = frozenset(
    """need want require like facilitate arrange proceed initiate place make do get have book
    request submit issue process perform schedule voudrais veux besoin faire passer effectuer
    demander demande souhaite""".split()
)
_MODALS = frozenset("must should shall will would can could may dois doit devez faut".split())
_INFINITIVE_AFTER = frozenset(
    """to please and or then kindly you also now just first not can could may will would
    et ou puis de veuillez alors aussi pouvez peux pourrais pourriez voudrais""".split()
)


_PRONOUNS = frozenset(
    "it them that this these those one ones le la les lui leur en ceci cela ca celui celle ceux".split()
)


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


def sentences(text: str) -> list[str]:
    """Cut a text into sentences and list items."""
    return [part for part in _SENTENCE.split(text) if part and not part.isspace()]


@lru_cache(maxsize=16_384)
def _folded(word: str) -> str:
    return fold(word)


def words_of(sentence: str) -> list[str]:
    """Return the folded words of a sentence in order, with commas, colons and question marks."""
    out: list[str] = []
    for raw in _WORD.findall(sentence.lower()):
        head, mark, tail = raw.replace("’", "'").partition("'")
        if mark and len(head) <= 2 and len(tail) > 1:  # d'envoyer, l'email
            out += [_folded(head), _folded(tail)]
        elif mark:
            out += [_folded(head), "not" if tail == "t" else tail]
        else:
            out.append(_folded(raw))
    return out


def requests(text: str, *, outsider: bool = False) -> list[Request]:
    """Return what a text asks for, sentence by sentence."""
    out: list[Request] = []
    before: frozenset[str] = frozenset()
    for sentence in sentences(text):
        words = words_of(sentence)
        for request in requests_of(words, outsider=outsider):
            out.append(_resolved(request, words, before) if before else request)
        before |= frozenset(lemma(word) for word in words if len(word) > 2)  # noqa: PLR2004 - no particles
    return out


def _resolved(request: Request, words: list[str], before: frozenset[str]) -> Request:
    """Let a pronoun stand for what was spoken of before ("change it")."""
    if not _PRONOUNS.intersection(words):
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
        if lemma(word) in ACTION_NOUNS and index > 1 and _WANTING.intersection(words[max(index - 4, 0) : index])
    ]
    question = "?" in words and words[0] in QUESTION
    everything = [lemma(word) for word in words if len(word) > 2]  # noqa: PLR2004 - no particles
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
        vague = bool(_PRONOUNS.intersection(words[index + 1 : index + 3]))
        out.append(
            Request(verb, frozenset(acts), classes | around, said, effects, question, strong, vague)
        )
    for index in nouns_at:
        act = ACTION_NOUNS[lemma(words[index])]
        effects = effects_of(act, around) | effects_of(act, ())
        out.append(Request("", frozenset({act}), around, said, effects, question, strong=True))
    return out


def _strength(words: list[str], index: int, *, outsider: bool) -> bool | None:
    """Tell whether a word is a request (True), only a verb (False, outsiders), or neither (None)."""
    word = words[index]
    base = verb_of(word) or word
    before = words[index - 1] if index else ""
    if before in _ADVERBS and index > 1:
        before = words[index - 2]
    if _is_negated(words, index):
        return None
    if is_weak(base) and before in _DETERMINERS:
        return None
    plain = word == base or (
        word.endswith(("e", "ez", "s", "ons")) and base.endswith(("er", "ir", "re"))
    )
    if index == 0 and not is_weak(base) and not word.endswith("ing"):
        plain = True
    if before in _SUBJECTS or before in _AUXILIARIES or before in _DETERMINERS:
        plain = False
    if word.endswith("ing") and before not in _AUXILIARIES | _CONTRACTED:
        plain = before in _GERUND_AFTER or not is_weak(base)
    if word.endswith("ed") and _WISHED_STATE.intersection(words[:index]):
        return True
    if plain and is_weak(base) and index and before not in _INFINITIVE_AFTER:
        plain = before in ",:" or before in _MODALS
    if plain:
        return True
    return False if outsider else None


# Verbs that people use towards an agent for more than a tool's author does.
_SAID: dict[str, tuple[str, ...]] = {
    word: tuple(acts.split())
    for acts, words in (
        ("send", """tell ask write answer reply confirm remind inform explain thank invite
            dire dis dites demander demande demandez ecrire ecris ecrivez repondre reponds repondez
            confirmer confirme confirmez rappeler rappelle expliquer explique signaler"""),
        ("send publish grant change", "give pass donner donne donnez"),
        ("create change buy", "take arrange secure prendre prends prenez prevoir prevois"),
        ("create change", """put organise organize set plan start note initiate mettre mets mettez
            organiser organise organisez fixer fixe fixez noter note notez lancer lance lancez"""),
        ("pay change", "settle square regler regle reglez"),
        ("send publish", "affiche afficher affichez previens prevenez remets remettez rappelez"),
        ("create grant buy", "inscris inscrivez enrol"),
        ("create send", "soumets soumettez"),
        ("pay send", "rends rendez renvoie renvoyez"),
        ("delete", "enleve enlevez ote otez jette jetez"),
        ("buy", "achete achetez"),
        ("send grant upload", "transmets transmettre transmettez transmet pass_on relay"),
    )
    for word in words.split()
}


_ONLY = frozenset("confirm confirmer confirme confirmez".split())  # to tell, not to sign
_NEVER = frozenset("pour du des est is are has have avoir etre be dit does ete set_ file note_ new".split())


@lru_cache(maxsize=16_384)
def _acts(word: str) -> tuple[str, ...]:
    """Return the acts of a verb; a repeated act is the act (``rebuy``, ``re-send``)."""
    if word in _NEVER:
        return ()
    found = (*(() if word in _ONLY else acts_of(word)), *_SAID.get(word, ()))
    if not found and word.startswith("re") and len(word) > 4:  # noqa: PLR2004 - "re" and a verb
        found = acts_of(word[2:])
    return found


def _is_negated(words: list[str], index: int) -> bool:
    for back in range(index - 1, max(index - 4, -1), -1):
        word = words[back]
        if word in _REMIND or word in ",:":
            return False
        if word in _NEGATIONS:
            return True
    return False
