"""Decisions: index, generated evaluator, explanations, origins of values (floor 2, pure)."""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.decide._decision import Cause, Decision, Ground, HoldKind, Terms
    from gardefou.decide._explain import Atom, quoted
    from gardefou.decide._explanation import Because, Explanation, explanation
    from gardefou.decide._grant_file import load_grants
    from gardefou.decide._guard import Guard
    from gardefou.decide._labelled import Labelled
    from gardefou.decide._session import Session
    from gardefou.decide.grants import Grant, Limit

__all__ = [
    "Atom",
    "Because",
    "Cause",
    "Decision",
    "Explanation",
    "Grant",
    "Ground",
    "Guard",
    "HoldKind",
    "Labelled",
    "Limit",
    "Session",
    "Terms",
    "explanation",
    "load_grants",
    "quoted",
]

__getattr__ = on_demand(
    __name__,
    {
        "_decision": ("Cause", "Decision", "Ground", "HoldKind", "Terms"),
        "_explain": ("Atom", "quoted"),
        "_explanation": ("Because", "Explanation", "explanation"),
        "_grant_file": ("load_grants",),
        "_guard": ("Guard",),
        "_labelled": ("Labelled",),
        "_session": ("Session",),
        "grants": ("Grant", "Limit"),
    },
)
