"""What is wrong with a constitution that loads: rules without work, actions without a rule.

1. A rule that can *never* fire, for no action of any known tool nor of one that may be labelled.
2. A rule that is *covered*: whenever it fires, others stop the action at least as hard. A red line
   is only covered by red lines.
3. A hold that is *contradicted*: whenever it fires, another rule denies, so nobody is ever asked.
4. Tools of the catalogue and effects that no article addresses: ``unlisted`` decides on them.
5. Quorums that cannot be met: a role without members, or two holds that fire together and need more
   different persons than there are.

A rule outside the analysable subset is named, nothing is said of it, and it makes no other rule idle.
What the solver leaves open is said; a rule is only called idle when that is proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import msgspec

from gardefou.analysis._limits import LIMIT, Limit
from gardefou.analysis._open import is_analysed
from gardefou.analysis._pair import Pair, Typed
from gardefou.analysis._side import Applied, rule_key, slices_of, weaker_holds
from gardefou.analysis._solve import Question
from gardefou.analysis._terms import Term, conj, disj, negation
from gardefou.constitution import overview, persons_short
from gardefou.constitution.conditions import not_analysed
from gardefou.decide import Guard
from gardefou.verdict import Verdict

_RuleId = tuple[str, int]


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """One remark: its code, the article and rule it is about, and a sentence."""

    code: str
    sentence: str
    article: str = ""
    rule: int = 0
    line: int = 0
    file: str = ""


class Lint(msgspec.Struct, frozen=True, kw_only=True):
    """All remarks on a constitution, and how much was asked."""

    remarks: tuple[Remark, ...]
    rules: int
    asked: int

    def to_json(self) -> dict[str, Any]:
        """The remarks as plain JSON values."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value


class _Life(msgspec.Struct):
    """What is known of one rule so far."""

    is_analysed: bool
    fires: bool = False
    counts: bool = False
    asks: bool = False
    is_open: bool = False

    @property
    def is_settled(self) -> bool:
        return self.counts or not self.is_analysed


def lint(guard: Guard, *, limit: Limit = LIMIT) -> Lint:
    """Look for rules without work, actions without a rule, and quorums that cannot be met.

    Raises:
        UsageError: ``analysis.missing`` when the solver is not installed.
    """
    law = guard.constitution
    pair = Pair(guard, guard)
    lives = {(a.id, r.index): _Life(is_analysed(r)) for a in law.articles for r in a.rules}
    crowded: dict[tuple[_RuleId, _RuleId], str] = {}
    asked = 0
    for piece in slices_of(guard.catalogue):
        rules, _ = pair.pairs(piece, red_lines=False)
        if all(lives[a.id, r.index].is_settled for a, r in rules):
            continue
        pool, typed, _ = pair.open(piece, rules, [])
        question = pair.question(pool, limit)
        work = _Slice(typed, question, lives, is_bounded=pool.is_bounded)
        asked += work.run(law.roles, crowded)
    remarks = [*_rules(guard, lives), *_crowded(crowded), *_open_roles(guard), *_gaps(guard)]
    return Lint(remarks=tuple(remarks), rules=len(lives), asked=asked)


class _Slice:
    """The rules of one slice, each asked what it does beside the others."""

    def __init__(
        self,
        typed: Typed,
        question: Question,
        lives: dict[_RuleId, _Life],
        *,
        is_bounded: bool,
    ) -> None:
        self._typed = typed
        self._question = question
        self._lives = lives
        self._is_bounded = is_bounded
        self._asked = 0

    def run(
        self, roles: dict[str, tuple[str, ...]], crowded: dict[tuple[_RuleId, _RuleId], str]
    ) -> int:
        """Ask about every rule that is not settled, and about holds that need too many persons."""
        unsettled = [
            (rule, life)
            for rule in self._typed.rules
            if not (life := self._lives[rule.article.id, rule.rule.index]).is_settled
        ]
        # All goals get their names before the first question.
        named = [
            (life, [self._question.goal(term) for term in self._goals(rule)])
            for rule, life in unsettled
        ]
        together = self._together(roles, crowded)
        for life, (fires, asks, counts) in named:
            if self._can(counts, life):
                life.fires = life.asks = life.counts = True
            elif not life.asks and self._can(asks, life):
                life.fires = life.asks = True
            elif not life.fires and self._can(fires, life):
                life.fires = True
        for pair, quorum, goal in together:
            self._asked += 1
            if self._question.ask([goal])[0] == "found":
                crowded[pair] = quorum
        return self._asked

    def _can(self, goal: Term, life: _Life) -> bool:
        self._asked += 1
        status, _ = self._question.ask([goal])
        if status == "unknown" or (status == "none" and self._is_bounded):
            life.is_open = True
        return status == "found"

    def _goals(self, rule: Applied) -> tuple[Term, Term, Term]:
        """That a rule fires; that it fires and nothing else denies; that it adds something."""
        fires = conj([self._typed.typed, rule.fires])
        others = [other for other in self._typed.rules if _counts_against(rule, other)]
        deny = disj(other.fires for other in others if other.rule.verdict is Verdict.DENY)
        asks = conj([fires, negation(deny)])
        if rule.rule.verdict is Verdict.DENY:
            return fires, asks, asks
        weaker = disj(term for _, term in weaker_holds([rule], others))
        return fires, asks, conj([asks, weaker])

    def _together(
        self, roles: dict[str, tuple[str, ...]], known: dict[tuple[_RuleId, _RuleId], str]
    ) -> list[tuple[tuple[_RuleId, _RuleId], str, Term]]:
        """Two holds that need more persons than there are, with the goal that they fire together."""
        holds = [r for r in self._typed.rules if r.rule.quorum and is_analysed(r.rule)]
        no = negation(self._typed.deny)
        return [
            (
                _pair_id(a, b),
                quorum,
                self._question.goal(conj([self._typed.typed, a.fires, b.fires, no])),
            )
            for a, b in combinations(holds, 2)
            if (quorum := _together(a, b, roles)) and _pair_id(a, b) not in known
        ]


def _pair_id(a: Applied, b: Applied) -> tuple[_RuleId, _RuleId]:
    return (a.article.id, a.rule.index), (b.article.id, b.rule.index)


def _together(a: Applied, b: Applied, roles: dict[str, tuple[str, ...]]) -> str:
    """The quorum that both ask for together, when there are too few persons for it."""
    quorum = {
        role: max(a.rule.quorum.get(role, 0), b.rule.quorum.get(role, 0))
        for role in {*a.rule.quorum, *b.rule.quorum}
    }
    if not all(roles.get(role) for role in quorum) or not persons_short(quorum, roles):
        return ""
    return " and ".join(f"{count} of {role}" for role, count in sorted(quorum.items()))


def _counts_against(rule: Applied, other: Applied) -> bool:
    """Whether another rule can make this one idle; of two that are the same, the later one is."""
    if other.rule is rule.rule:
        return False
    if rule.article.kind == "red_line" and other.article.kind != "red_line":
        return False
    if rule_key(rule.rule) != rule_key(other.rule):
        return True
    same_kind = (rule.article.kind == "red_line") == (other.article.kind == "red_line")
    return not same_kind or (other.article.line, other.rule.index) < (
        rule.article.line,
        rule.rule.index,
    )


def _rules(guard: Guard, lives: dict[_RuleId, _Life]) -> Iterator[Remark]:
    for article in guard.constitution.articles:
        for rule in article.rules:
            life = lives[article.id, rule.index]
            name = f"rule {rule.index} of `{article.id}`"
            told: tuple[str, str] | None = None
            if not life.is_analysed:
                why = not_analysed(rule.condition)
                told = ("lint.not_analysed", f"{name} is not analysed: it holds {why}")
            elif life.is_settled:
                continue
            elif life.is_open:
                told = ("lint.unknown", f"it was left open whether {name} does anything")
            elif not life.fires:
                told = ("lint.never", f"{name} can never fire")
            elif rule.verdict is Verdict.HOLD and not life.asks:
                told = (
                    "lint.contradicted",
                    f"{name} never asks anybody: another rule denies whenever it holds",
                )
            else:
                told = (
                    "lint.covered",
                    f"{name} adds nothing: others stop at least as much whenever it fires",
                )
            yield Remark(
                code=told[0],
                sentence=told[1],
                article=article.id,
                rule=rule.index,
                line=rule.line,
                file=article.file,
            )


def _crowded(crowded: dict[tuple[_RuleId, _RuleId], str]) -> Iterator[Remark]:
    for ((article, rule), (other, number)), quorum in crowded.items():
        yield Remark(
            code="lint.quorum",
            sentence=f"rule {rule} of `{article}` and rule {number} of `{other}` can hold one action together, and need {quorum}: more different persons than there are",
            article=article,
            rule=rule,
        )


def _open_roles(guard: Guard) -> Iterator[Remark]:
    law = guard.constitution
    for article in law.articles:
        for rule in article.rules:
            empty = [role for role in rule.quorum if not law.roles.get(role)]
            if empty:
                yield Remark(
                    code="lint.quorum",
                    sentence=f"nobody can release what rule {rule.index} of `{article.id}` holds: the role `{empty[0]}` has no members",
                    article=article.id,
                    rule=rule.index,
                    line=rule.line,
                    file=article.file,
                )


def _gaps(guard: Guard) -> Iterator[Remark]:
    found = overview(guard.constitution, guard.catalogue)
    for tool in found.unaddressed_tools:
        yield Remark(
            code="lint.unaddressed",
            sentence=f"no article addresses everything that the tool `{tool}` does: `unlisted` decides, {found.unlisted}",
        )
