"""Concrete actions with everything that their decision depends on, and deciding them for real."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from gardefou.action import Action
from gardefou.constitution.catalogue import ROLES, Catalogue, Tool
from gardefou.constitution.catalogue.types import DIGITS, Money
from gardefou.constitution.facts import FactBook, FactValue, Keys
from gardefou.decide import Decision, Guard, Labelled, Session
from gardefou.decide.origins import Intent, Origin
from gardefou.errors import InputError
from gardefou.verdict import Verdict, strictest

_ORIGINS = dict.fromkeys(ROLES, Origin())
DECIDE_BY_S = 3600
USE_BY_S = 600


class State(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What a session knows when an action is decided: facts by name, origins by role, intent.

    A fact that is money is ``{"minor": 5000, "currency": "EUR"}``; one that is left out cannot be
    read, so that every rule on it cannot be evaluated.
    """

    facts: dict[str, Any] = {}
    origin: dict[str, Origin] = {}
    intent: Intent = Intent()


class Step(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """An action that was executed before, so many times."""

    action: Action
    at_us: int = 0
    times: int = 1


class Case(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One action and the state that it is decided in; ``gardefou decide`` reads it as a file.

    ``executed`` went ahead before: then the facts are those of the guard's own book, not the state's.
    ``tool`` is set when the action is of a tool that no catalogue knows yet: as it would be labelled.
    """

    action: Action
    tool: Tool | None = None
    state: State = State()
    at_us: int = 0
    executed: tuple[Step, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The case as plain JSON values."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        value["action"] = _short(self.action)
        for step, source in zip(value.get("executed", ()), self.executed, strict=True):
            step["action"] = _short(source.action)
        return value


def _short(action: Action) -> dict[str, Any]:
    """An action without what it leaves out; the kind, tool and arguments always stand."""
    value: dict[str, Any] = msgspec.to_builtins(action)
    plain: dict[str, Any] = msgspec.to_builtins(Action())
    kept = ("kind", "tool", "arguments")
    return {name: v for name, v in value.items() if name in kept or v != plain[name]}


class _Given(FactBook):
    """A book that says what the case says."""

    def __init__(self, guard: Guard, values: Mapping[str, FactValue]) -> None:
        super().__init__((), lambda _rules: lambda _env: ((), ()))
        names = {fact.name for fact in guard.constitution.facts}
        self._values = {name: value for name, value in values.items() if name in names}

    def read(self, now_us: int, keys: Keys) -> dict[str, FactValue]:  # noqa: ARG002 - the book's signature
        return dict(self._values)


def fact_value(value: Any) -> FactValue:
    """A fact's value from JSON.

    Raises:
        InputError: ``case.fact`` when it is none.
    """
    if isinstance(value, (bool, int)):
        return value
    if isinstance(value, dict) and value.keys() == {"minor", "currency"}:
        minor, currency = value["minor"], value["currency"]
        if type(minor) is int and currency in DIGITS:
            return Money(minor=minor, currency=currency, exponent=DIGITS[currency])
    raise InputError(
        "the value is no value of a fact",
        code="case.fact",
        expected='true or false, a whole number, or {"minor": 5000, "currency": "EUR"}',
        help="correct the value under `state.facts`",
    )


def guard_of(guard: Guard, case: Case) -> Guard:
    """The guard, with the tool that the case brings along when it does not know it."""
    if case.tool is None or case.tool.name in guard.catalogue.tools:
        return guard
    tools = {**guard.catalogue.tools, case.tool.name: case.tool}
    catalogue = Catalogue(tools=tools, effects_version=guard.catalogue.effects_version)
    return Guard(guard.constitution, catalogue, guard.orders)


class Prepared(NamedTuple):
    """A case as the guard meets it: labelled, in its session, at its time."""

    guard: Guard
    labelled: Labelled
    session: Session
    at_us: int


def prepared(guard: Guard, case: Case) -> Prepared:
    """Carry out what came before, and label the action: the case's origins, the guard's effects."""
    guard = guard_of(guard, case)
    values = {name: fact_value(value) for name, value in case.state.facts.items()}
    session = guard.session() if case.executed else guard.session(_Given(guard, values))
    for step in case.executed:
        done = recalled(guard, step.action)
        for _ in range(step.times):
            guard.executed(done, session, step.at_us)
    origins = {**_ORIGINS, **case.state.origin}
    labelled = guard.recall(case.action, origins, case.state.intent)
    return Prepared(guard, labelled, session, case.at_us)


def replay(guard: Guard, case: Case) -> Decision:
    """The guard's own decision of a case."""
    ready = prepared(guard, case)
    return ready.guard.decide(ready.labelled, ready.session, ready.at_us)


def recalled(guard: Guard, action: Action) -> Labelled:
    """An action of the past, of which nobody remembers any words."""
    return guard.recall(action, _ORIGINS, Intent())


class Strength(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in an action's way: a refusal, or a hold with its quorum and its deadlines."""

    verdict: Verdict
    quorum: dict[str, int] = {}
    decide_by_s: int = DECIDE_BY_S
    use_by_s: int = USE_BY_S
    by_user: bool = False
    denials: int = 1
    escalate_to: dict[str, int] = {}

    def is_below(self, other: Strength) -> bool:
        """Whether anything gets through here that the other stops, or more easily."""
        if other.verdict is Verdict.ALLOW or self.verdict is Verdict.DENY:
            return False
        if self.verdict is not other.verdict:
            return self.verdict < other.verdict
        later = other.escalate_to or other.quorum
        return (
            any(self.quorum.get(role, 0) < count for role, count in other.quorum.items())
            or (
                bool(self.escalate_to)
                and any(self.escalate_to.get(role, 0) < count for role, count in later.items())
            )
            or self.decide_by_s > other.decide_by_s
            or self.use_by_s > other.use_by_s
            or self.denials > other.denials
            or (self.by_user and not other.by_user)
        )


def strength(guard: Guard, decision: Decision, *, red_lines: bool) -> Strength:
    """What a decision puts in the way: by its red lines alone, or by everything."""
    if not red_lines:
        hold = decision.hold
        if hold is None:
            return Strength(verdict=decision.verdict)
        return Strength(
            verdict=decision.verdict,
            quorum=hold.quorum,
            decide_by_s=hold.decide_by_s,
            use_by_s=hold.use_by_s,
            by_user=hold.kind == "user_consent",
            denials=hold.denials,
            escalate_to=hold.escalate_to,
        )
    grounds = [ground for ground in decision.grounds if ground.red_line]
    quorum: dict[str, int] = {}
    rules = [
        entry.rule
        for ground in grounds
        if ground.verdict is Verdict.HOLD and (entry := guard.entry(ground)) is not None
    ]
    for rule in rules:
        for role, count in rule.quorum.items():
            quorum[role] = max(count, quorum.get(role, 0))
    return Strength(
        verdict=strictest(ground.verdict for ground in grounds),
        quorum=quorum,
        decide_by_s=min((rule.decide_by_s or DECIDE_BY_S for rule in rules), default=DECIDE_BY_S),
        use_by_s=min((rule.use_by_s or USE_BY_S for rule in rules), default=USE_BY_S),
    )
