"""The book of facts: what was executed, remembered within bounds.

1. Only executed actions are written: allowed ones, and held ones that were approved.
2. A condition that cannot be evaluated, or arguments without a typed form, make the fact
   unreadable for its window; rules that read it cannot be evaluated, which tightens (law 2).
3. An action that resets a fact and counts for it resets first.
4. A fact keeps at most `MAX_KEYS` sessions, users, applications or tenants. The one that has been
   silent longest gives way to a new one; what it remembered goes into a common reserve, and whoever
   is not in the table reads the reserve: never less than was remembered.
5. The same declarations, actions and times give the same book (law 3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NoReturn

import msgspec

from gardefou.action import Action
from gardefou.constitution.catalogue import Tool
from gardefou.constitution.catalogue.types import DIGITS, Money
from gardefou.constitution.conditions import Node
from gardefou.constitution.facts._declaration import FactDeclaration, Scope
from gardefou.constitution.facts._state import UNREADABLE, FactValue, Meter, State
from gardefou.errors import InputError

MAX_KEYS = 4096
_MAX_SHAPES = 4096
_DAY_US = 86_400_000_000
_ABSENT = object()

Environment = Mapping[str, Any]
Cell = Callable[[Environment], tuple[Sequence[int], Sequence[int]]]
Generate = Callable[[Sequence[tuple[int, Node | None]]], Cell]
"""`gardefou.decide` gives its generator of functions to the book: conditions have one meaning."""


class Keys(msgspec.Struct, frozen=True):
    """Whose facts are meant, for each scope; sessions and users belong to a tenant."""

    session: str
    user: str
    application: str
    tenant: str

    @staticmethod
    def of(action: Action) -> Keys:
        """The keys of an action; those who do not say who they are share their facts."""
        who = action.principal
        return _keys(who.tenant, action.session, who.user, who.application)

    def for_scope(self, scope: Scope) -> str:
        """The key under which a fact of this scope is kept."""
        found: str = getattr(self, scope)
        return found


@lru_cache(maxsize=MAX_KEYS)
def _keys(tenant: str, session: str, user: str, application: str) -> Keys:
    def key(*parts: str) -> str:
        return msgspec.json.encode(parts).decode()

    return Keys(
        session=key(tenant, session),
        user=key(tenant, user),
        application=key(tenant, application),
        tenant=key(tenant),
    )


class Executed(msgspec.Struct, frozen=True, kw_only=True):
    """An action that was executed, as facts see it.

    ``env`` holds the roots of the condition language; ``is_typed`` is False when the arguments have
    no typed form.
    """

    kind: str
    tool: str
    vendor: str
    effects: frozenset[str]
    keys: Keys
    env: Environment
    is_typed: bool = True

    @staticmethod
    def of(action: Action, tool: Tool | None, env: Environment, *, is_typed: bool) -> Executed:
        """The action with the effects of its tool."""
        return Executed(
            kind=action.kind,
            tool=action.tool,
            vendor=action.vendor,
            effects=frozenset(tool.effects if tool is not None else ()),
            keys=Keys.of(action),
            env=env,
            is_typed=is_typed,
        )


class _Shelf(msgspec.Struct):
    """The states of one fact, the longest silent first; ``reserve`` is what gave way."""

    digest: str
    states: dict[str, State] = {}
    reserve: State = msgspec.field(default_factory=State)


class _Saved(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    version: int
    shelves: dict[str, _Shelf]
    waived: dict[str, tuple[int, int]] = {}


class _Part(msgspec.Struct, frozen=True):
    """The facts that actions of one shape concern, and the function that tests their conditions."""

    places: tuple[tuple[int, bool], ...]
    unconditional: tuple[int, ...]
    cell: Cell


class FactBook:
    """The facts of all sessions, users, applications and tenants of one constitution."""

    def __init__(self, facts: Sequence[FactDeclaration], generate: Generate) -> None:
        """Start without a memory."""
        self._meters = tuple(Meter(fact) for fact in facts)
        self._shelves = {fact.name: _Shelf(fact.digest()) for fact in facts}
        self._waived: dict[str, tuple[int, int]] = {}
        self._shared: dict[str, tuple[int, int]] = {}
        self._generate = generate
        self._parts: dict[tuple[str, str, str, frozenset[str]], _Part] = {}

    def read(self, now_us: int, keys: Keys) -> dict[str, FactValue]:
        """The facts at a time; what cannot be known is left out, so that no rule can read it."""
        values: dict[str, FactValue] = {}
        for meter in self._meters:
            shelf = self._shelves[meter.fact.name]
            state = shelf.states.get(keys.for_scope(meter.fact.scope))
            value = meter.read(state if state is not None else shelf.reserve, now_us)
            if state is None and meter.fact.kind in ("once", "since", "last"):
                # The reserve says that it happened to somebody, not to whom.
                value = value if meter.is_neutral(shelf.reserve, now_us) else UNREADABLE
            if isinstance(value, (bool, int, Money)):
                values[meter.fact.name] = value
        return values

    def update(self, executed: Executed, now_us: int) -> None:
        """Remember an action that was executed."""
        part = self._part(executed)
        if not part.places:
            return
        if executed.is_typed:
            fired, unevaluable = part.cell(executed.env)
        else:
            # No condition can see the arguments: none is known to be true or false.
            fired = part.unconditional
            unevaluable = [i for i in range(len(part.places)) if i not in fired]
        for index in sorted({*fired, *unevaluable}, key=lambda i: not part.places[i][1]):
            place, is_reset = part.places[index]
            meter, is_known = self._meters[place], index in fired
            if not is_reset:
                self._count(meter, executed, now_us, is_known=is_known)
            elif is_known:
                self._reset(meter, executed.keys, now_us)

    def waived(self, waiver: str, now_us: int) -> int:
        """How many calls a waiver has let pass on this day (UTC)."""
        day, count = self._shared.get(waiver, (-1, 0))
        return count if day >= now_us // _DAY_US else self._own_waived(waiver, now_us)

    def waive(self, waiver: str, now_us: int) -> None:
        """Remember that a waiver has let a call pass."""
        # A clock that went back stays on the later day: no call is forgotten.
        day = max(now_us // _DAY_US, self._waived.get(waiver, (0, 0))[0])
        self._waived[waiver] = (day, self._own_waived(waiver, now_us) + 1)

    def share_waived(self, waiver: str, count: int, now_us: int) -> None:
        """Say what all who share a waiver had let pass before the call that is decided now.

        For this day it takes the place of what this book remembers, and it is not kept.
        """
        self._shared[waiver] = (now_us // _DAY_US, count)

    def _own_waived(self, waiver: str, now_us: int) -> int:
        day, count = self._waived.get(waiver, (0, 0))
        return count if day >= now_us // _DAY_US else 0

    def is_crowded(self) -> tuple[str, ...]:
        """The names of the facts whose table has overflowed into the reserve."""
        return tuple(name for name, shelf in self._shelves.items() if shelf.reserve != State())

    @property
    def has_facts(self) -> bool:
        """Whether anything is remembered here at all."""
        return bool(self._meters) or bool(self._waived)

    def snapshot(self) -> bytes:
        """The whole book as JSON, for a store."""
        return msgspec.json.encode(_Saved(1, self._shelves, self._waived))

    def root(self) -> str:
        """The digest of everything remembered; a record names it."""
        data = msgspec.json.encode(_Saved(1, self._shelves, self._waived), order="sorted")
        return "sha256:" + hashlib.sha256(b"facts/v1\0" + data).hexdigest()

    def restore(self, data: bytes) -> tuple[str, ...]:
        """Take a snapshot back, and name the facts that it says nothing of.

        Those are new or have another meaning since: they begin without a memory, which the caller
        has to decide on. A fact that is no longer declared is dropped.

        Raises:
            InputError: ``facts.snapshot`` when the bytes are no snapshot; the book is as before.
        """
        try:
            saved = msgspec.json.decode(data, type=_Saved)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            _damaged(f"it cannot be read, {str(error).lower()}")
        if saved.version != 1:
            _damaged(f"version {saved.version} is not known")
        kept: dict[str, _Shelf] = {}
        for meter in self._meters:
            name = meter.fact.name
            found = saved.shelves.get(name)
            if found is None or found.digest != self._shelves[name].digest:
                continue
            if not all(map(meter.is_sound, (*found.states.values(), found.reserve))):
                _damaged(f"the memory of `{name}` is damaged")
            kept[name] = found
        self._shelves.update(kept)
        self._waived = dict(saved.waived)
        return tuple(name for name in self._shelves if name not in kept)

    def _part(self, executed: Executed) -> _Part:
        key = (executed.kind, executed.tool, executed.vendor, executed.effects)
        part = self._parts.get(key)
        if part is None:
            if len(self._parts) >= _MAX_SHAPES:
                self._parts.clear()
            part = self._parts[key] = self._learn(*key)
        return part

    def _learn(self, kind: str, tool: str, vendor: str, effects: frozenset[str]) -> _Part:
        places: list[tuple[int, bool]] = []
        rules: list[tuple[int, Node | None]] = []
        for place, meter in enumerate(self._meters):
            fact, reset = meter.fact, meter.fact.reset
            pairs = [(fact.on, fact.condition, False)]
            if reset is not None:
                pairs.append((reset.on, reset.condition, True))
            for on, condition, is_reset in pairs:
                if any(s.matches(kind=kind, tool=tool, vendor=vendor, effects=effects) for s in on):
                    rules.append((len(places), condition))
                    places.append((place, is_reset))
        unconditional = tuple(index for index, condition in rules if condition is None)
        return _Part(tuple(places), unconditional, self._generate(rules))

    def _count(self, meter: Meter, executed: Executed, now_us: int, *, is_known: bool) -> None:
        state = self._state(meter, executed.keys, now_us)
        fact = meter.fact
        if not is_known:
            meter.unknown(state, now_us)
        elif fact.kind in ("once", "since", "last"):
            meter.happened(state, now_us)
        elif fact.kind == "count":
            meter.add(state, 1, now_us)
        elif executed.is_typed:
            self._measure(meter, state, executed.env, now_us)
        else:
            meter.unknown(state, now_us)

    @staticmethod
    def _measure(meter: Meter, state: State, env: Environment, now_us: int) -> None:
        """Add the value that ``of`` names; an absent value adds nothing, a strange one unsettles."""
        value = _value(meter.fact, env)
        if value is _ABSENT:
            return
        if meter.fact.kind == "distinct":
            items = value if isinstance(value, (list, tuple)) else (value,)
            texts = [_identity(item) for item in items]
            meter.see(state, [text for text in texts if text is not None], now_us)
            if None in texts:
                meter.unknown(state, now_us)
            return
        amount = _amount(value, meter.fact.currency)
        if amount is None:
            meter.unknown(state, now_us)
        else:
            meter.add(state, amount, now_us)

    def _state(self, meter: Meter, keys: Keys, now_us: int) -> State:
        """The state of a key, which becomes the one that spoke last."""
        shelf = self._shelves[meter.fact.name]
        key = keys.for_scope(meter.fact.scope)
        state = shelf.states.pop(key, None)
        if state is None:
            state = State()
            if meter.fact.kind in ("count", "sum", "distinct"):
                # Whoever may have given way before begins with the reserve, never with less.
                meter.merge(state, shelf.reserve, now_us)
        shelf.states[key] = state
        if len(shelf.states) > MAX_KEYS:
            silent = next(iter(shelf.states))
            meter.merge(shelf.reserve, shelf.states.pop(silent), now_us)
        return state

    def _reset(self, meter: Meter, keys: Keys, now_us: int) -> None:
        state = self._state(meter, keys, now_us)
        for name, value in zip(
            State.__struct_fields__, msgspec.structs.astuple(State()), strict=True
        ):
            setattr(state, name, value)


def _damaged(why: str) -> NoReturn:
    raise InputError(
        f"the snapshot of the facts is refused: {why}",
        code="facts.snapshot",
        expected="what `snapshot` has written",
        help="restore the facts from another copy",
    ) from None


def _value(fact: FactDeclaration, env: Environment) -> Any:
    """The value at the path ``of``; roles are written as ``args`` by those who are on effects."""
    root, *names = fact.of.split(".")
    here: Any = env.get("args" if root == "args" and fact.on_tools else "roles")
    for name in names:
        if isinstance(here, Mapping):
            here = here.get(name, _ABSENT)
        else:
            here = getattr(here, name, _ABSENT)
        if here is None or here is _ABSENT:
            return _ABSENT
    return here


def _amount(value: Any, currency: str) -> int | None:
    if currency:
        if isinstance(value, Money) and value.currency == currency:
            return value.minor if value.exponent == DIGITS[currency] else None
        return None
    return value if type(value) is int else None


def _identity(value: Any) -> str | None:
    """What makes a value the same as another one; None when it cannot be told."""
    for name in ("ref", "value"):
        text = getattr(value, name, None)
        if isinstance(text, str):
            return text
    if isinstance(value, (str, bool, int)):
        return f"{type(value).__name__} {value}"
    if isinstance(value, msgspec.Struct):
        return msgspec.json.encode(value, order="sorted").decode()
    return None
