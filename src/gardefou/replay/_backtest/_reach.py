"""How far the facts of a draft reach: which cases write them, which read them, and under which keys.

1. Only facts that a rule reads can change a decision; the others are of no account.
2. A case *touches* a fact that it may write or that a rule on it may read. Where that depends on
   what a command says, or on a condition, it counts as touching: never too little.
3. A fact is kept for each session, user, application or tenant apart, and for each tenant apart:
   so cases that touch no fact under a common key cannot change each other's decisions.
   The exception is a fact whose table overflows (`gardefou.constitution.facts`, rule 4); see
   `_plan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from gardefou.constitution import Selector
from gardefou.constitution.catalogue import has_content
from gardefou.constitution.conditions import Node
from gardefou.constitution.facts import SCOPES, Scope
from gardefou.decide import Guard

_MOST_SHAPES = 8192


class Who(msgspec.Struct, frozen=True):
    """Of a principal, what facts are kept for."""

    tenant: str = "default"
    application: str = ""
    user: str = ""


class OutlineAction(msgspec.Struct, frozen=True):
    """Of an action, what selects rules and facts."""

    kind: str = "tool.call"
    principal: Who = Who()
    session: str = ""
    vendor: str = ""
    tool: str = ""


class Outline(msgspec.Struct, frozen=True):
    """The part of a case that tells which facts it touches; read without the rest."""

    happened: bool
    action: OutlineAction


class Touch(msgspec.Struct, frozen=True):
    """The scopes of the facts that actions of one shape may read or write, and may write."""

    scopes: tuple[Scope, ...] = ()
    written: tuple[Scope, ...] = ()


class Key(NamedTuple):
    """One key that a fact may be kept under."""

    tenant: str
    scope: Scope
    key: str


class Group(NamedTuple):
    """The keys that a case touches, and the scopes of those among them that it may write."""

    nodes: tuple[Key, ...]
    written: tuple[Scope, ...]


class Reach:
    """Which facts matter to which cases under one draft."""

    def __init__(self, guard: Guard) -> None:
        """Find the facts that some rule reads."""
        self._guard = guard
        law = guard.constitution
        self._readers: list[tuple[tuple[Selector, ...], frozenset[str]]] = []
        for article in law.articles:
            for rule in article.rules:
                if rule.condition is not None and (names := frozenset(_facts_in(rule.condition))):
                    self._readers.append((rule.on, names))
        used = frozenset().union(*(names for _, names in self._readers))
        self._facts = tuple(fact for fact in law.facts if fact.name in used)
        self._touches: dict[tuple[str, str, str], Touch] = {}

    @property
    def is_empty(self) -> bool:
        """No fact can change a decision."""
        return not self._facts

    def touch(self, kind: str, tool: str, vendor: str) -> Touch:
        """What an action may touch by its kind, tool and vendor."""
        key = (kind, tool, vendor)
        found = self._touches.get(key)
        if found is None:
            if len(self._touches) >= _MOST_SHAPES:
                self._touches.clear()
            found = self._touches[key] = self._learn(kind, tool, vendor)
        return found

    def group(self, case: Outline) -> Group | None:
        """The keys that a case touches; None when it touches no fact."""
        action = case.action
        touch = self.touch(action.kind, action.tool, action.vendor)
        if not touch.scopes:
            return None
        who = action.principal
        tenant = who.tenant
        nodes = []
        for scope in touch.scopes:
            if scope == "session":
                key = action.session
            elif scope == "user":
                key = who.user
            else:
                key = who.application if scope == "application" else ""
            nodes.append(Key(tenant, scope, key))
        return Group(tuple(nodes), touch.written if case.happened else ())

    def _learn(self, kind: str, name: str, vendor: str) -> Touch:
        tool = self._guard.catalogue.tools.get(name)
        is_call = kind == "tool.call"
        effects = frozenset(tool.effects if tool is not None and is_call else ())
        any_effect = is_call and tool is not None and has_content(tool)

        def meant(selectors: Iterable[Selector]) -> bool:
            return any(
                (any_effect and selector.by == "effect")
                or selector.matches(kind=kind, tool=name, vendor=vendor, effects=effects)
                for selector in selectors
            )

        read = frozenset().union(*(names for on, names in self._readers if meant(on)))
        written = {
            fact.scope
            for fact in self._facts
            if meant((*fact.on, *(fact.reset.on if fact.reset is not None else ())))
        }
        scopes = written | {fact.scope for fact in self._facts if fact.name in read}
        return Touch(
            scopes=tuple(scope for scope in SCOPES if scope in scopes),
            written=tuple(scope for scope in SCOPES if scope in written),
        )


def _facts_in(node: Node) -> Iterator[str]:
    """The names of the facts that a condition reads."""
    if node.args and node.args[0].op == "root" and node.args[0].value == "facts":
        yield str(node.value)
    for arg in node.args:
        yield from _facts_in(arg)
