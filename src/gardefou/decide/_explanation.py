"""Explanations: why a decision is what it is, in one sentence and as data.

The slow path: it evaluates the deciding conditions again, and only those.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec

from gardefou.constitution import Article, Rule
from gardefou.decide._decision import Decision, Ground
from gardefou.decide._explain import Atom, explain, quoted
from gardefou.decide._guard import Guard
from gardefou.decide._labelled import Labelled
from gardefou.decide.origins import LeafOrigin
from gardefou.verdict import Verdict

_VERBS = {Verdict.ALLOW: "Allowed", Verdict.HOLD: "Held", Verdict.DENY: "Denied"}
_INTENT_WORDS = {
    ("asked", False): "the user's words do not ask for it",
    ("asked", True): "the user's words ask for it",
    ("delegated", False): "the user has not left it to a source",
    ("delegated", True): "the user has left it to a source",
    ("prompted", True): "a text that outsiders can write asks for it",
    ("prompted", False): "no text that outsiders can write asks for it",
    ("exposed", True): "text that outsiders can write has been read before",
    ("exposed", False): "no text that outsiders can write has been read",
    ("repeated", True): "it was done before and asked for once",
    ("foreign", True): "whom or what it reaches was not chosen by the user",
    ("outside_grant", True): "it is outside what the task was granted",
}


_ORDER_WORDS = {
    "order.in_force": "{} is in force",
    "order.new_use": "{} lets only use go on that existed on its first day",
    "order.hold_point": "{} has a hold point that nobody has signed",
    "order.opaque": "nobody can tell whose model it is while {} is in force",
    "order.waiver_spent": "{} is in force and its waiver has no call left today",
}
_NOTICE_WORDS = {
    "order.unverified": "the order {} waits for a second person to verify it",
    "order.phase_out": "the order {} ends this use by its date",
    "order.waived": "the waiver {1} lets it pass under the order {0}",
}


class Because(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One ground of a decision with the values that mattered."""

    ground: Ground
    number: str = ""
    title: str = ""
    when: str = ""
    atoms: tuple[Atom, ...] = ()
    words: tuple[str, ...] = ()


class Explanation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision for people (``sentence``) and for programs (the rest)."""

    sentence: str
    because: tuple[Because, ...] = ()
    origins: tuple[LeafOrigin, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The explanation as plain JSON values, verdicts by their words."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        for because, source in zip(value.get("because", ()), self.because, strict=True):
            because["ground"]["verdict"] = source.ground.verdict.word
        return value


def explanation(
    guard: Guard, labelled: Labelled, decision: Decision, facts: dict[str, Any] | None = None
) -> Explanation:
    """Explain a decision; ``facts`` are the values that it was made with."""
    env = {**labelled.env, "now": decision.at_us, "facts": facts or {}}
    because = tuple(_because(guard, labelled, env, ground) for ground in decision.grounds)
    origins = labelled.labels.leaves if labelled.labels is not None else ()
    return Explanation(
        sentence=_sentence(decision, labelled, because), because=because, origins=origins
    )


def _because(guard: Guard, labelled: Labelled, env: dict[str, Any], ground: Ground) -> Because:
    entry = guard.entry(ground)
    if entry is None:
        if ground.cause == "order":
            return Because(ground=ground, words=(_order_words(guard, ground),))
        return Because(ground=ground, words=(_engine_words(labelled, ground),))
    atoms = explain(entry.rule.condition, env)
    words = (
        *_content_words(labelled, {s.value for s in entry.rule.on if s.by == "effect"}),
        *_words(labelled, entry.article, entry.rule, atoms),
    )
    return Because(
        ground=ground,
        number=entry.article.number,
        title=entry.article.title,
        when=entry.rule.when,
        atoms=atoms,
        words=tuple(dict.fromkeys(words)),
    )


def _engine_words(labelled: Labelled, ground: Ground) -> str:
    match ground.cause:
        case "unlisted":
            if ground.detail.startswith("tool "):
                return f"nobody has said what the tool {quoted(labelled.action.tool)} can do"
            named = {part.removeprefix("effect ") for part in ground.detail.split(", ")}
            return ", and ".join(
                [f"no article speaks of {ground.detail}", *_content_words(labelled, named)]
            )
        case "grant":
            return _INTENT_WORDS["outside_grant", True]
        case "stop":
            return f"a person has stopped this work ({quoted(ground.detail)})"
        case _:
            return f"its arguments cannot be judged: {ground.detail}"


def _order_words(guard: Guard, ground: Ground) -> str:
    """Which order it is, what it asks for here, and on which bases."""
    order = guard.orders.orders.get(ground.order) if guard.orders is not None else None
    if order is None:
        return "nobody can say which orders are in force now"
    name = (
        f"the order {quoted(order.id)} ({quoted(order.title)}) of {quoted(order.authority.issuer)}"
    )
    said = _ORDER_WORDS[ground.code].format(name)
    return f"{said} ({ground.detail})" if ground.detail else said


def _notice_words(decision: Decision) -> str:
    """What orders say of an action that goes ahead."""
    parts = [
        _NOTICE_WORDS[n.code].format(quoted(n.order), quoted(n.waiver)) for n in decision.notices
    ]
    return "".join(f"; {part}" for part in dict.fromkeys(parts))


def _content_words(labelled: Labelled, effects: Collection[str]) -> Iterator[str]:
    """What the content of the call shows of the effects that a rule is about."""
    for effect, words in labelled.shown.items():
        if effect in effects:
            yield f"its content {effect.replace('_', ' ')} ({quoted(words)})"


def _words(
    labelled: Labelled, article: Article, rule: Rule, atoms: Iterable[Atom]
) -> Iterator[str]:
    """The atoms in a supervisor's words; origins and intent by their evidence."""
    found = list(atoms)
    # That outsiders' text was read is only the setting, where the rule says more than that.
    telling = [atom for atom in found if atom.path != "intent.exposed"] or found
    for atom in telling:
        root, _, rest = atom.path.partition(".")
        if root == "origin":
            yield from _origin_words(labelled, rest.partition(".")[0], atom)
        elif root == "intent":
            yield from _intent_words(labelled, rest, atom)
        else:
            yield atom.text
    if not found and rule.condition is None:
        yield f"article {article.number} asks for it each time"


def _origin_words(labelled: Labelled, role: str, atom: Atom) -> Iterator[str]:
    leaves = labelled.labels.leaves if labelled.labels is not None else ()
    evidence = [
        f"{quoted(leaf.path)}: {leaf.evidence}"
        for leaf in leaves
        if leaf.role == role and leaf.evidence
    ]
    yield from evidence or [atom.text]


def _intent_words(labelled: Labelled, name: str, atom: Atom) -> Iterator[str]:
    reasons = labelled.labels.reasons if labelled.labels is not None else ()
    if name == "prompted" and atom.holds and reasons:
        yield from reasons
        return
    leaves = labelled.labels.leaves if labelled.labels is not None else ()
    if name == "foreign" and atom.holds:
        yield from [
            f"{quoted(leaf.path)} was not chosen by the user: {leaf.evidence}"
            for leaf in leaves
            if leaf.is_foreign
        ] or [_INTENT_WORDS[name, True]]
        return
    yield _INTENT_WORDS.get((name, bool(atom.holds)), atom.text)


def _sentence(decision: Decision, labelled: Labelled, because: tuple[Because, ...]) -> str:
    name = labelled.action.tool or labelled.action.kind
    if decision.verdict is Verdict.ALLOW:
        return f"Allowed: {quoted(name)} is addressed by {_articles(decision)} and meets no rule against it{_notice_words(decision)}."
    deciding = [item for item in because if item.ground.verdict is decision.verdict]
    parts = [_clause(item) for item in deciding]
    return f"{_VERBS[decision.verdict]}: {quoted(name)}, {'; and '.join(parts)}{_wait(decision)}."


def _articles(decision: Decision) -> str:
    noun = "article" if len(decision.articles) == 1 else "articles"
    return f"{noun} {', '.join(decision.articles)}"


def _clause(item: Because) -> str:
    reasons = ", and ".join(item.words) if item.words else "the rule applies to it"
    if not item.title:
        return f"because {reasons}"
    line = "red line" if item.ground.red_line else "article"
    unknown = " cannot be ruled out" if item.ground.cause == "unevaluable" else ""
    return f"{line} {item.number} ({item.title}){unknown}, because {reasons}"


def _wait(decision: Decision) -> str:
    if decision.hold is None:
        return ""
    if decision.hold.kind == "user_consent":
        return "; it waits for the user's consent"
    people = [
        f"{count} {'person' if count == 1 else 'people'} of {quoted(role)}"
        for role, count in decision.hold.quorum.items()
    ]
    return f"; it waits for {' and '.join(people)}" if people else "; it waits for a supervisor"
