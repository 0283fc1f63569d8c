"""Histories that tell two declarations of one fact apart: executed actions, then the one in question.

The solver says that a fact which is counted otherwise could have another value; here it is made to.
Actions that count for the old declaration are carried out, by both guards, until the old one refuses
what the new one lets pass. Nothing is assumed: facts are those of the guards' own books.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from gardefou.action import Action
from gardefou.analysis._alike import is_refinable, tool_of
from gardefou.analysis._case import Case, Step, recalled, strength
from gardefou.analysis._concrete import proposals
from gardefou.analysis._pair import Pair
from gardefou.analysis._side import Slice, slices_of
from gardefou.analysis._terms import Term, negation
from gardefou.analysis._values import Values
from gardefou.constitution import Article, Rule, Selector
from gardefou.constitution.conditions import Node
from gardefou.constitution.facts import FactDeclaration
from gardefou.decide import Guard
from gardefou.verdict import Verdict

MOST_STEPS = 1_500
_START_US = 1_767_225_600_000_000
_SECOND_US = 1_000_000
_PER_CALL = 10
_MOST_PLANS = 12
_AMOUNTS = (1, 100, 5_000, 40_000)


class Past:
    """Finds histories for one pair; what has told two declarations apart is tried first again."""

    def __init__(self, pair: Pair) -> None:
        """Remember nothing yet."""
        self.pair = pair
        self._plans: dict[str, list[_Plan]] = {}
        self._good: dict[str, _Plan] = {}
        self._tries: dict[str, int] = {}

    def histories(self, names: Sequence[str], case: Case) -> Iterator[Case]:
        """Cases with a past, for the facts that the new version counts otherwise."""
        for name in names:
            if name in self._good:
                yield from _told_apart(self.pair, case, self._good[name])
                continue
            for plan in self._plans_for(name):
                self._tries[name] = self._tries.get(name, 0) + 1
                if self._tries[name] > _MOST_PLANS:
                    break  # what has not told them apart so far will hardly do so elsewhere
                for found in _told_apart(self.pair, case, plan):
                    self._good[name] = plan  # taken back when whoever asks is not convinced
                    yield found
                    del self._good[name]

    def _plans_for(self, name: str) -> list[_Plan]:
        if name not in self._plans:
            old = _declared(self.pair.old, name)
            new = _declared(self.pair.new, name)
            self._plans[name] = (
                []
                if old is None
                else [
                    _Plan(old, new, feed, reset)
                    for reset in _resets(self.pair, old, new)
                    for feed in _feeds(self.pair, old, new)
                ]
            )
        return self._plans[name]


def _declared(guard: Guard, name: str) -> FactDeclaration | None:
    return next((fact for fact in guard.constitution.facts if fact.name == name), None)


class _Plan(msgspec.Struct, frozen=True):
    """What is carried out: what counts, what resets."""

    old: FactDeclaration
    new: FactDeclaration | None
    feed: Action
    reset: Action | None


def _told_apart(pair: Pair, case: Case, plan: _Plan) -> Iterator[Case]:
    gaps = [_SECOND_US]
    window = plan.new.window_s if plan.new is not None else None
    if window is not None and (plan.old.window_s is None or window < plan.old.window_s):
        gaps.append(window * _SECOND_US * 17 // 15 + 2 * _SECOND_US)
    for session in (case.action.session, "an earlier session"):
        for gap_us in gaps:
            for amount in _AMOUNTS if plan.old.kind == "sum" else (0,):
                run = _Run(pair, case, plan, session=session, gap_us=gap_us, amount=amount)
                found = run.carried_out()
                if found is not None:
                    yield found


class _Run:
    """One try: the past is carried out in both versions, step by step."""

    def __init__(
        self, pair: Pair, case: Case, plan: _Plan, *, session: str, gap_us: int, amount: int
    ) -> None:
        self._guards = (pair.old, pair.new)
        self._sessions = [guard.session() for guard in self._guards]
        self._plan = plan
        self._case = case
        self._who = {"principal": case.action.principal, "session": session}
        self._at_us = _START_US + gap_us
        self._amount = amount
        self._steps: list[Step] = []

    def carried_out(self) -> Case | None:
        """Feed until the old guard refuses the action, and give the case with its past."""
        plan, old = self._plan, self._guards[0]
        final = msgspec.structs.replace(self._case, executed=(), at_us=self._at_us)
        asked = recalled(old, final.action)
        for number in range(MOST_STEPS):
            if not self._execute(self._feed(number)):
                return None
            decision = old.decide(asked, self._sessions[0], self._at_us)
            if strength(old, decision, red_lines=True).verdict is Verdict.DENY:
                if plan.reset is not None and not self._execute(plan.reset):
                    return None
                return msgspec.structs.replace(final, executed=_merged(self._steps))
            if plan.old.kind in ("once", "since", "last"):
                return None  # once is enough, or it never will be
        return None

    def _execute(self, action: Action) -> bool:
        """Carry an action out in both versions, unless one of them denies it."""
        action = msgspec.structs.replace(action, **self._who)
        labels = [recalled(guard, action) for guard in self._guards]
        both = list(zip(self._guards, labels, self._sessions, strict=True))
        if any(g.decide(la, s, _START_US).verdict is Verdict.DENY for g, la, s in both):
            return False
        for guard, labelled, session in both:
            guard.executed(labelled, session, _START_US)
        self._steps.append(Step(action=action, at_us=_START_US))
        return True

    def _feed(self, number: int) -> Action:
        """The feeding action with values of its own, where values count."""
        plan, feed = self._plan, self._plan.feed
        if plan.old.kind not in ("distinct", "sum"):
            return feed
        role = plan.old.of.rpartition(".")[2]
        tool = self._guards[0].catalogue.tools.get(feed.tool)
        arguments: dict[str, Any] = dict(feed.arguments)
        for path, parameter in (tool.parameters if tool is not None else {}).items():
            name = path.removesuffix("[]")
            if "." in path or role not in (parameter.role, path):
                continue
            if plan.old.kind == "sum":
                arguments[name] = _in_kind(arguments.get(name), self._amount)
                continue
            values = [f"person {number * _PER_CALL + i}" for i in range(_PER_CALL)]
            arguments[name] = values if path.endswith("[]") else ", ".join(values)
        return msgspec.structs.replace(feed, arguments=arguments)


def _in_kind(before: Any, amount: int) -> Any:
    """An amount as the argument was written: a number, or a text with its currency."""
    if not isinstance(before, str):
        return amount
    return f"{amount}.00 {before.partition(' ')[2]}".strip()


def _merged(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The same with equal neighbours written once."""
    merged: list[Step] = []
    for step in steps:
        last = merged[-1] if merged else None
        if last is not None and last.action == step.action and last.at_us == step.at_us:
            merged[-1] = msgspec.structs.replace(last, times=last.times + 1)
        else:
            merged.append(step)
    return tuple(merged)


def _feeds(pair: Pair, old: FactDeclaration, new: FactDeclaration | None) -> Iterator[Action]:
    """Actions that count for the old declaration; first those that no longer do."""
    later = None if new is None else _watch(new.on, new.on_tools, new.condition)
    yield from _actions(pair, _watch(old.on, old.on_tools, old.condition), later, 2)


def _resets(
    pair: Pair, old: FactDeclaration, new: FactDeclaration | None
) -> Iterator[Action | None]:
    """Nothing, then actions that reset the new declaration and not the old one."""
    yield None
    if new is not None and new.reset is not None:
        reset = _watch(new.reset.on, new.reset.on_tools, new.reset.condition)
        before = old.reset
        known = None if before is None else _watch(before.on, before.on_tools, before.condition)
        yield from _actions(pair, reset, known, 2, of_new=True)


_Watch = tuple[Article, Rule]


def _watch(on: Sequence[Selector], on_tools: bool, condition: Node | None) -> _Watch:  # noqa: FBT001 - as declared
    """What a fact is on, as a rule: so it is encoded as rules are."""
    rule = Rule(index=1, verdict=Verdict.DENY, on=tuple(on), on_tools=on_tools, condition=condition)
    article = Article(
        number="", id="", title="", kind="default", layer="issuer", prose="", on=tuple(on)
    )
    return article, rule


def _actions(
    pair: Pair, what: _Watch, not_what: _Watch | None, most: int, *, of_new: bool = False
) -> Iterator[Action]:
    """Concrete calls of known tools that are one thing and, where that can be, not the other."""
    for is_strict in (True, False):
        found = 0
        for piece in _known_tools(pair):
            if found >= most:
                break
            action = _one(pair, piece, what, not_what if is_strict else None, of_new=of_new)
            if action is not None:
                found += 1
                yield action


def _known_tools(pair: Pair) -> list[Slice]:
    """Calls of known tools, first of those whose effects their label alone decides."""
    pieces = [
        piece
        for piece in slices_of(pair.old.catalogue, pair.new.catalogue)
        if piece.kind == "tool.call" and piece.tool is not None
    ]
    return sorted(pieces, key=lambda p: is_refinable(tool_of(pair.old.catalogue, p.tool)))


def _one(
    pair: Pair, piece: Slice, what: _Watch, not_what: _Watch | None, *, of_new: bool
) -> Action | None:
    first, second = [what], [not_what] if not_what is not None else []
    olds, news = (second, first) if of_new else (first, second)
    pool, old, new = pair.open(piece, olds, news)
    mine, its = (new, old) if of_new else (old, new)
    question = pair.question(pool)
    terms: list[Term] = [mine.typed, *(rule.fires for rule in mine.rules)]
    terms += [negation(rule.fires) for rule in its.rules]
    status, found = question.ask([question.goal(term) for term in terms])
    if status != "found" or found is None:
        return None
    guard = pair.new if of_new else pair.old
    world = mine.side.world
    values = Values(pool, found, world)
    law = guard.constitution
    for case in proposals(values, mine.side.tool, law, world, refused=False, is_open=False):
        effects = frozenset(recalled(guard, case.action).tool.effects)
        kind, vendor = case.action.kind, case.action.vendor
        if any(
            s.matches(kind=kind, tool=case.action.tool, vendor=vendor, effects=effects)
            for s in what[1].on
        ):
            return case.action
    return None
