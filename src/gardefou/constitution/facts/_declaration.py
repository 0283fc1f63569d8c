"""Facts as a constitution declares them."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gardefou.action import Kind, digest
from gardefou.constitution._articles import Layer, Selector
from gardefou.constitution.conditions import Node

FactKind = Literal["once", "since", "last", "count", "sum", "distinct"]
Scope = Literal["session", "user", "application", "tenant"]

FACT_KINDS: tuple[FactKind, ...] = ("once", "since", "last", "count", "sum", "distinct")
SCOPES: tuple[Scope, ...] = ("session", "user", "application", "tenant")
# A fact counts requests and calls that went ahead; answers and results are what came of them.
UNCOUNTED: tuple[Kind, ...] = ("model.response", "tool.result")
# Beyond this many different values a `distinct` fact counts every further value as a new one.
EXACT_UP_TO = 1000


class Reset(msgspec.Struct, frozen=True, kw_only=True):
    """What puts a fact back to its beginning."""

    on: tuple[Selector, ...]
    on_tools: bool = False
    when: str = ""
    condition: Node | None = None


class FactDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A fact: what it remembers of the actions that were executed, and for whom.

    ``of`` is the path of the value that is summed or counted (``args.amount``). ``window_s`` is
    None when the fact goes back to the beginning. A ``sum`` of money is kept in ``currency``.
    """

    name: str
    kind: FactKind
    on: tuple[Selector, ...]
    on_tools: bool = False
    scope: Scope = "session"
    when: str = ""
    condition: Node | None = None
    of: str = ""
    currency: str = ""
    window_s: int | None = None
    exact_up_to: int = EXACT_UP_TO
    reset: Reset | None = None
    layer: Layer = "operator"
    file: str = ""
    line: int = 0

    def content(self) -> dict[str, Any]:
        """What the fact means, without places; equal contents remember the same."""
        return {
            "name": self.name,
            "kind": self.kind,
            "on": [str(selector) for selector in self.on],
            "scope": self.scope,
            "when": self.when,
            "of": self.of,
            "currency": self.currency,
            "window_s": self.window_s,
            "exact_up_to": self.exact_up_to,
            "reset": None
            if self.reset is None
            else {"on": [str(s) for s in self.reset.on], "when": self.reset.when},
        }

    def digest(self) -> str:
        """Changes when the meaning changes; a stored state belongs to exactly one."""
        return digest(self.content(), label="fact/v1")
