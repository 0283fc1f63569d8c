"""What an amendment changes: per article, what becomes stricter and what looser, in concrete actions.

1. Every article whose rules mean something else is compared with itself: is there an action that it
   stops more easily now, is there one that it stops harder? Both makes it *incomparable*.
2. An action is shown where the whole decision changes with the article, if there is one; else one
   where only the article does, and that is said.
3. What changes through the catalogue, the facts, `unlisted` or the organisation's own data stands
   under the tool, without an article.
4. Every action is decided by both guards before it is shown; what the solver leaves open is
   ``unknown``, never left out.
5. A rule outside the analysable subset can do anything: what rests on it is *unknown*, unless an
   action shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

import msgspec

from gardefou.analysis._case import Case, Strength, replay, strength
from gardefou.analysis._limits import LIMIT, Limit
from gardefou.analysis._open import left_out
from gardefou.analysis._pair import Pair, Typed
from gardefou.analysis._pool import Pool
from gardefou.analysis._propose import cases_of
from gardefou.analysis._side import Slice, rule_key, slices_of
from gardefou.analysis._smallest import smallest
from gardefou.analysis._solve import Found
from gardefou.analysis._terms import Term, disj
from gardefou.analysis._whole import Weight, looser, of_all, of_article
from gardefou.analysis._words import action_words, strength_words
from gardefou.decide import Decision, Guard
from gardefou.verdict import Verdict

Direction = Literal["stricter", "looser"]
_DIRECTIONS: tuple[Direction, ...] = ("looser", "stricter")
_MOST_TRIES = 3


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that changes: of which article, in which direction, and an action that shows it.

    ``decides`` is False when other articles keep the whole decision as it was.
    ``case`` is None when the solver left it open.
    """

    article: str
    direction: Direction
    sentence: str
    slice: str
    case: Case | None = None
    old: str = ""
    new: str = ""
    decides: bool = True

    def to_json(self) -> dict[str, Any]:
        """The change as plain JSON values."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        value["case"] = None if self.case is None else self.case.to_json()
        return value


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """All changes between two versions; ``articles`` says per article in a word what it becomes."""

    changes: tuple[Change, ...]
    articles: dict[str, Literal["stricter", "looser", "incomparable", "unchanged", "unknown"]]
    slices: int = 0
    asked: int = 0
    not_analysed: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing decides otherwise."""
        return not self.changes

    def to_json(self) -> dict[str, Any]:
        """The difference as plain JSON values."""
        return {
            "articles": self.articles,
            "changes": [change.to_json() for change in self.changes],
            "slices": self.slices,
            "asked": self.asked,
            "not_analysed": self.not_analysed,
        }


def difference(old: Guard, new: Guard, *, limit: Limit = LIMIT) -> Difference:
    """Compare two versions.

    Raises:
        UsageError: ``analysis.missing`` when the solver is not installed.
    """
    pair = Pair(old, new)
    changed = _changed_articles(pair)
    found: dict[tuple[str, Direction], Change] = {}
    total = asked = 0
    # Known tools first: they are what people recognise.
    for piece in sorted(slices_of(old.catalogue, new.catalogue), key=lambda p: p.is_open):
        total += 1
        olds, news = pair.pairs(piece, red_lines=False)
        here = {a.id for a, _ in (*olds, *news)} & changed
        is_other = not pair.same_tool(piece) or pair.reading(piece) != "same" or pair.own_domains
        is_other = is_other or old.constitution.unlisted is not new.constitution.unlisted
        wanted = [
            (article, direction)
            for article in sorted(here)
            for direction in _DIRECTIONS
            if not _is_settled(found.get((article, direction)))
        ]
        if not wanted and not is_other:
            continue
        work = _Slice(pair, piece, pair.open(piece, olds, news), limit)
        plans = [
            (article, direction, work.plan(article, direction)) for article, direction in wanted
        ]
        wholes = [(d, work.plan("", d)) for d in _DIRECTIONS] if is_other else []
        for article, direction, plan in plans:
            asked += 1
            change = work.carried_out(article, direction, plan)
            known = found.get((article, direction))
            if change is not None and (known is None or (change.decides and not known.decides)):
                found[article, direction] = change
        for direction, plan in wholes:
            asked += 1
            change = work.carried_out("", direction, plan)
            if change is not None and not _is_told(change, found.values()):
                found[str(piece), direction] = change
    changes = tuple(found.values())
    return Difference(
        changes=changes,
        articles={article: _word(article, changes) for article in sorted(changed)},
        slices=total,
        asked=asked,
        not_analysed=left_out(old.constitution, new.constitution),
    )


def _is_settled(change: Change | None) -> bool:
    return change is not None and change.decides and change.case is not None


def _is_told(change: Change, others: Sequence[Change] | Any) -> bool:
    """Whether an article's change already shows the same action."""
    return any(o.case == change.case and o.direction == change.direction for o in others)


def _word(article: str, changes: Sequence[Change]) -> Any:
    own = [change for change in changes if change.article == article]
    if any(change.case is None for change in own):
        return "unknown"
    directions = {change.direction for change in own}
    if len(directions) == 2:
        return "incomparable"
    return next(iter(directions), "unchanged")


def _changed_articles(pair: Pair) -> set[str]:
    """The articles whose rules are others, or read what is another value now."""
    rules = [
        {
            article.id: (
                article.kind == "red_line",
                frozenset(article.on),
                frozenset(rule_key(rule) for rule in article.rules),
            )
            for article in guard.constitution.articles
            if article.kind != "guideline"
        }
        for guard in (pair.old, pair.new)
    ]
    differ = {name for name in {*rules[0], *rules[1]} if rules[0].get(name) != rules[1].get(name)}
    names = pair.own_names()
    for guard in (pair.old, pair.new):
        for article in guard.constitution.articles:
            if any(pair.reads(rule.condition, names) for rule in article.rules):
                differ.add(article.id)
    return differ


class _Slice:
    """The questions about one slice."""

    def __init__(
        self, pair: Pair, piece: Slice, opened: tuple[Pool, Typed, Typed], limit: Limit
    ) -> None:
        self._pair = pair
        self._piece = piece
        self._pool, *both = opened
        self._typed = (both[0], both[1])
        self._question = pair.question(self._pool, limit)
        self._all = (of_all(self._typed[0]), of_all(self._typed[1]))

    def plan(self, article: str, direction: Direction) -> list[list[list[Term]]]:
        """What is asked about one article, or about everything: goals, and goals if these fail.

        First an action that the whole decision follows, then one that only the article decides
        otherwise. All goals of a slice are named before the first question.
        """
        everything = self._looser(self._all, direction)
        if not article:
            return [self._named((term,) for term in everything)]
        own = self._looser(tuple(of_article(typed, article) for typed in self._typed), direction)
        whole = self._pool.define(disj(everything))
        return [self._named((t, whole) for t in own), self._named((t,) for t in own)]

    def _named(self, goals: Iterable[tuple[Term, ...]]) -> list[list[Term]]:
        return [[self._question.goal(term) for term in terms] for terms in goals]

    def carried_out(
        self, article: str, direction: Direction, plan: Sequence[Sequence[Sequence[Term]]]
    ) -> Change | None:
        """The first change that an action shows, or that something was left open."""
        left_open = None
        for goals in plan:
            change = self._first(article, direction, goals)
            if change is not None and change.case is not None:
                return change
            left_open = change or left_open
        return left_open

    def _looser(self, weights: Sequence[Weight], direction: Direction) -> list[Term]:
        old, new = weights if direction == "looser" else weights[::-1]
        return [term for term in looser(old, new) if term is not False]

    def _first(
        self, article: str, direction: Direction, goals: Sequence[Sequence[Term]]
    ) -> Change | None:
        question = self._question
        is_open = bool(goals) and self._pool.is_bounded
        for terms in goals:
            with question.aside():
                status, found = question.ask(terms)
                for _ in range(_MOST_TRIES):
                    if status != "found" or found is None:
                        break
                    small = smallest(question, terms, found)
                    change = self._confirm(article, direction, small)
                    change = change or self._confirm(article, direction, found)
                    if change is not None:
                        return change
                    question.exclude_proposal(found)
                    is_open = True
                    status, found = question.ask(terms)
                is_open = is_open or status == "unknown"
        if not is_open:
            return None
        return Change(
            article=article,
            direction=direction,
            sentence=f"whether it becomes {direction} for {self._piece} was left open",
            slice=str(self._piece),
        )

    def _confirm(self, article: str, direction: Direction, found: Found) -> Change | None:
        for case in cases_of(self._pair, self._piece, self._pool, self._typed, found):
            change = shown(self._pair, case, article, direction, str(self._piece))
            if change is not None:
                return change
        return None


def shown(pair: Pair, case: Case, article: str, direction: Direction, where: str) -> Change | None:
    """The change that a case shows, when both guards have decided it and it is one."""
    was, now = replay(pair.old, case), replay(pair.new, case)
    whole = [strength(g, d, red_lines=False) for g, d in ((pair.old, was), (pair.new, now))]
    before, after = whole
    if article:
        before = _of_article(pair.old, was, article)
        after = _of_article(pair.new, now, article)
    weak, strong = (after, before) if direction == "looser" else (before, after)
    if not weak.is_below(strong):
        return None
    weak_all, strong_all = whole[::-1] if direction == "looser" else whole
    decides = weak_all.is_below(strong_all)
    return Change(
        article=article,
        direction=direction,
        sentence=_sentence(case, before, after, whole, decides=decides),
        slice=where,
        case=case,
        old=whole[0].verdict.word,
        new=whole[1].verdict.word,
        decides=decides,
    )


def _sentence(
    case: Case, before: Strength, after: Strength, whole: Sequence[Strength], *, decides: bool
) -> str:
    if decides:
        before, after = whole
    text = f"{action_words(case)} was {strength_words(before, after)} and would be {strength_words(after, before)}"
    if decides:
        return text
    return f"{text} by this article; on the whole it stays {strength_words(whole[1])}"


def _of_article(guard: Guard, decision: Decision, article: str) -> Strength:
    """What one article puts in the way of an action."""
    grounds = tuple(ground for ground in decision.grounds if ground.article == article)
    quorum: dict[str, int] = {}
    rules = []
    for ground in grounds:
        entry = guard.entry(ground)
        if ground.verdict is Verdict.HOLD and ground.cause == "rule" and entry is not None:
            rules.append(entry.rule)
    for rule in rules:
        for role, count in rule.quorum.items():
            quorum[role] = max(count, quorum.get(role, 0))
    later: dict[str, int] = {}
    for rule in rules:
        for role, count in (rule.escalate_to or rule.quorum).items():
            later[role] = max(count, later.get(role, 0))
    return Strength(
        verdict=max((ground.verdict for ground in grounds), default=Verdict.ALLOW),
        quorum=quorum,
        decide_by_s=min((r.decide_by_s or 3600 for r in rules), default=3600),
        use_by_s=min((r.use_by_s or 600 for r in rules), default=600),
        by_user=bool(rules) and all(rule.consent for rule in rules),
        denials=min((rule.denials for rule in rules), default=1),
        escalate_to=later if any(rule.escalate_to for rule in rules) else {},
    )


def kept_files(difference_: Difference) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each change as a file that ``gardefou decide`` reads: a name and its JSON value."""
    for number, change in enumerate(difference_.changes, 1):
        if change.case is not None:
            name = f"{number:02d}-{change.article or 'catalogue'}-{change.direction}.json"
            yield name, {**change.case.to_json(), "expect": {"old": change.old, "new": change.new}}
