"""Properties as the prover reads them: what an author says must hold of every decision."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.constitution._articles import Layer, Selector
from gardefou.constitution.conditions import Node
from gardefou.verdict import Verdict


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """Actions: on what, and when; None as condition means always."""

    on: tuple[Selector, ...]
    on_tools: bool = False
    when: str = ""
    condition: Node | None = None


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """A statement about every decision: these actions must be held or denied.

    ``must`` is hold or deny; a hold may ask for a ``quorum``. With ``after`` it only speaks of a
    session in which such an action was executed before.
    """

    name: str
    actions: Trigger
    must: Verdict
    quorum: dict[str, int] = {}
    after: Trigger | None = None
    layer: Layer = "operator"
    file: str = ""
    line: int = 0

    def content(self) -> dict[str, Any]:
        """What it says, without places."""
        return {
            "name": self.name,
            "actions": _said(self.actions),
            "must": self.must.word,
            "quorum": self.quorum,
            "after": None if self.after is None else _said(self.after),
        }


def _said(trigger: Trigger) -> dict[str, Any]:
    return {"on": [str(selector) for selector in trigger.on], "when": trigger.when}
