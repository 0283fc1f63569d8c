"""The properties that a constitution states: proved for every action, or an action that breaks them.

1. A property is proved when no action that it speaks of gets less than it asks for, whatever the
   facts are.
2. With ``after``, facts that every such history has made true may be used: a fact without window is
   true afterwards when each executed action of ``after`` makes it true, and nothing that can be
   executed resets it. That holds for histories of any length, by induction.
3. Executed is what is not denied: allowed, or held and approved.
4. A property outside the analysable subset is *unknown*. A rule outside it may never fire, and a fact
   outside it need not be true afterwards; the answer names them.
5. What breaks a property is decided by the guard, after its history where there is one: a history is
   looked for that begins with an action of ``after``, first one that the facts do not notice, and
   goes on, where a fact can be reset, with what resets it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from gardefou.action import Action
from gardefou.analysis._case import Case, Step, Strength, recalled, replay, strength
from gardefou.analysis._concrete import proposals
from gardefou.analysis._limits import LIMIT, Limit
from gardefou.analysis._open import is_analysed, left_out
from gardefou.analysis._pair import Pair, Typed
from gardefou.analysis._propose import cases_of
from gardefou.analysis._side import Slice, slices_of
from gardefou.analysis._smallest import smallest
from gardefou.analysis._terms import Term, conj, disj, negation
from gardefou.analysis._values import Values
from gardefou.analysis._whole import of_all
from gardefou.analysis._words import action_words, strength_words
from gardefou.constitution import Article, Property, Rule, Trigger
from gardefou.constitution.facts import FactDeclaration, Keys
from gardefou.decide import Guard
from gardefou.verdict import Verdict

_START_US = 1_767_225_600_000_000
_LATER_US = _START_US + 1_000_000
_MOST_TRIES = 4


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """One property's answer; ``case`` is the action that breaks it, as the guard has decided it."""

    name: str
    verdict: Literal["proved", "broken", "unknown"]
    sentence: str
    case: Case | None = None
    uses: tuple[str, ...] = ()
    not_analysed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The answer as plain JSON values."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        value["case"] = None if self.case is None else self.case.to_json()
        return value


def verify(guard: Guard, *, limit: Limit = LIMIT) -> tuple[Verified, ...]:
    """Prove every property of a constitution, or show what breaks it.

    Raises:
        UsageError: ``analysis.missing`` when the solver is not installed.
    """
    pair = Pair(guard, guard)
    open_parts = left_out(guard.constitution)
    return tuple(
        msgspec.structs.replace(_Statement(pair, prop, limit).verified(), not_analysed=open_parts)
        for prop in guard.constitution.properties
    )


class _Statement:
    """One property on its way to an answer."""

    def __init__(self, pair: Pair, prop: Property, limit: Limit) -> None:
        self._pair = pair
        self._guard = pair.old
        self._property = prop
        self._limit = limit
        self._is_open = False

    def verified(self) -> Verified:
        name, after = self._property.name, self._property.after
        if not all(is_analysed(trigger) for trigger in (self._property.actions, after) if trigger):
            told = f"whether `{name}` always holds was left open: it is not analysed"
            return Verified(name=name, verdict="unknown", sentence=told)
        if after is not None and not self._can(after):
            told = f"`{name}` holds: nothing that it comes after can be executed"
            return Verified(name=name, verdict="proved", sentence=told)
        facts = self._known_afterwards() if after is not None else ()
        broken = None
        for piece in slices_of(self._guard.catalogue):
            broken = self._broken(piece, facts, past=None)
            if broken is not None:
                break
        if broken is None and not self._is_open:
            told = f" (after it, {', '.join(facts)} always hold)" if facts else ""
            return Verified(
                name=name,
                verdict="proved",
                sentence=f"`{name}` holds for every action{told}",
                uses=facts,
            )
        if after is not None:
            broken = self._after_a_past(facts)
        if broken is None:
            return Verified(
                name=name,
                verdict="unknown",
                sentence=f"whether `{name}` always holds was left open",
            )
        return Verified(name=name, verdict="broken", sentence=self._sentence(broken), case=broken)

    def _sentence(self, case: Case) -> str:
        found = strength(self._guard, replay(self._guard, case), red_lines=False)
        wanted = self._asked()
        return f"`{self._property.name}` is broken: {action_words(case)} is {strength_words(found, wanted)}, and must be {strength_words(wanted)}"

    def _asked(self) -> Strength:
        most = 10**9
        return Strength(
            verdict=self._property.must,
            quorum=self._property.quorum,
            decide_by_s=most,
            use_by_s=most,
            denials=most,
        )

    def _broken(self, piece: Slice, facts: Sequence[str], past: _Past | None) -> Case | None:
        """An action of a slice that gets less than it must; in a past, with the facts it leaves."""
        rules, _ = self._pair.pairs(piece, red_lines=False)
        pool, typed, other = self._pair.open(piece, rules, [_rule(self._property.actions)])
        speaks = conj(rule.fires for rule in other.rules)
        if speaks is False:
            return None
        goal = [typed.typed, speaks, *self._too_little(typed)]
        for fact in facts:
            # True after every such history, or unreadable.
            there = pool.variable(f"facts.{fact} ?", "Bool")
            goal.append(disj([negation(there), pool.variable(f"facts.{fact}", "Bool")]))
        for fact, value in (past.facts if past is not None else {}).items():
            there = pool.variable(f"facts.{fact} ?", "Bool")
            flag = pool.variable(f"facts.{fact}", "Bool")
            goal += [there, flag if value else negation(flag)]
        question = self._pair.question(pool, self._limit)
        terms = [question.goal(term) for term in goal]
        status, found = question.ask(terms)
        for _ in range(_MOST_TRIES):
            if status != "found" or found is None:
                break
            for proposal in (smallest(question, terms, found), found):
                for case in cases_of(self._pair, piece, pool, (typed, typed), proposal):
                    shown = case if past is None else past.with_final(case)
                    if self._is_broken(shown):
                        return shown
            question.exclude_proposal(found)
            self._is_open = True
            status, found = question.ask(terms)
        self._is_open = self._is_open or status == "unknown" or pool.is_bounded
        return None

    def _is_broken(self, case: Case) -> bool:
        decision = replay(self._guard, case)
        return strength(self._guard, decision, red_lines=False).is_below(self._asked())

    def _too_little(self, typed: Typed) -> list[Term]:
        weight = of_all(typed)
        if self._property.must is Verdict.DENY:
            return [negation(weight.deny)]
        enough = [weight.hold]
        for role, count in self._property.quorum.items():
            enough.append(
                disj(h.fires for h in weight.holds if h.rule.quorum.get(role, 0) >= count)
            )
        return [negation(weight.deny), negation(conj(enough))]

    def _known_afterwards(self) -> tuple[str, ...]:
        """The facts that hold after every history with an action of ``after``, by induction."""
        after = self._property.after
        facts = [
            fact
            for fact in self._guard.constitution.facts
            if fact.kind in ("once", "since") and fact.window_s is None and fact.scope == "session"
        ]
        return tuple(
            fact.name
            for fact in facts
            if after is not None
            and not self._can(after, not_what=_counts(fact))
            and (fact.reset is None or not self._can(_resets(fact)))
        )

    def _can(self, what: Trigger, not_what: Trigger | None = None) -> bool:
        """Whether such an action can be executed, and not be the other; not knowing counts as yes."""
        for piece in slices_of(self._guard.catalogue):
            action, is_open = self._one(piece, what, not_what)
            if action is not None or is_open:
                return True
        return False

    def _one(
        self, piece: Slice, what: Trigger, not_what: Trigger | None
    ) -> tuple[Action | None, bool]:
        """An action that is one thing, is not denied and is not the other; and whether it is open."""
        rules, _ = self._pair.pairs(piece, red_lines=False)
        others = [_rule(what), *([_rule(not_what)] if not_what is not None else [])]
        pool, typed, other = self._pair.open(piece, rules, others)
        first, *rest = other.rules
        # What cannot be evaluated makes the fact unreadable, which tightens.
        unnoticed = negation(disj(term for r in rest for term in (r.fires, r.is_unknown)))
        goal = [typed.typed, first.fires, unnoticed, negation(of_all(typed).deny)]
        question = self._pair.question(pool, self._limit)
        status, found = question.ask([question.goal(term) for term in goal])
        if status == "none" and not pool.is_bounded:
            return None, False
        if found is None:
            return None, True
        world = typed.side.world
        values = Values(pool, found, world)
        law = self._guard.constitution
        for case in proposals(
            values, typed.side.tool, law, world, refused=False, is_open=piece.is_open
        ):
            return case.action, True
        return None, True

    def _after_a_past(self, facts: Sequence[str]) -> Case | None:
        """A history that begins with an action of ``after``, and an action that breaks the property."""
        after = self._property.after
        if after is None:
            return None
        declared = [f for f in self._guard.constitution.facts if f.kind in ("once", "since")]
        unnoticed: list[Trigger | None] = [_counts(f) for f in declared if f.name not in facts]
        for piece in slices_of(self._guard.catalogue):
            if piece.kind != "tool.call" or piece.tool is None:
                continue
            for not_what in (*unnoticed, None):
                first, _ = self._one(piece, after, not_what)
                for past in self._pasts(first, declared) if first is not None else ():
                    for last in slices_of(self._guard.catalogue):
                        if last.is_open:
                            continue
                        found = self._broken(last, (), past)
                        if found is not None:
                            return found
        return None

    def _pasts(self, first: Action, declared: Sequence[FactDeclaration]) -> Iterator[_Past]:
        """The history of one action, and those in which something is reset after it."""
        yield from _past(self._guard, [first])
        for fact in declared:
            if fact.reset is None:
                continue
            for piece in slices_of(self._guard.catalogue):
                if piece.kind == "tool.call" and piece.tool is not None:
                    reset, _ = self._one(piece, _resets(fact), None)
                    if reset is not None:
                        yield from _past(self._guard, [first, reset])
                        break


def _rule(trigger: Trigger) -> tuple[Article, Rule]:
    """A trigger as a rule: so it is encoded as rules are."""
    rule = Rule(
        index=1,
        verdict=Verdict.DENY,
        on=trigger.on,
        on_tools=trigger.on_tools,
        condition=trigger.condition,
    )
    article = Article(
        number="", id="", title="", kind="default", layer="issuer", prose="", on=trigger.on
    )
    return article, rule


class _Past(msgspec.Struct, frozen=True):
    """Executed actions, and the truths that the guard's own book says afterwards."""

    steps: tuple[Step, ...]
    facts: dict[str, bool]

    def with_final(self, case: Case) -> Case:
        """The case after this past."""
        action = msgspec.structs.replace(
            case.action,
            session=self.steps[0].action.session,
            principal=self.steps[0].action.principal,
        )
        return msgspec.structs.replace(case, action=action, executed=self.steps, at_us=_LATER_US)


def _past(guard: Guard, actions: Sequence[Action]) -> Iterator[_Past]:
    """Carry actions out, if the guard denies none of them."""
    session = guard.session()
    who = {"session": actions[0].session, "principal": actions[0].principal}
    steps = []
    for action in actions:
        done = msgspec.structs.replace(action, **who)
        labelled = recalled(guard, done)
        if guard.decide(labelled, session, _START_US).verdict is Verdict.DENY:
            return
        guard.executed(labelled, session, _START_US)
        steps.append(Step(action=done, at_us=_START_US))
    values = session.facts.read(_LATER_US, Keys.of(steps[0].action))
    yield _Past(tuple(steps), {n: v for n, v in values.items() if isinstance(v, bool)})


def _counts(fact: FactDeclaration) -> Trigger:
    return Trigger(on=fact.on, on_tools=fact.on_tools, when=fact.when, condition=fact.condition)


def _resets(fact: FactDeclaration) -> Trigger:
    reset = fact.reset
    if reset is None:
        return Trigger(on=())
    return Trigger(on=reset.on, on_tools=reset.on_tools, when=reset.when, condition=reset.condition)
