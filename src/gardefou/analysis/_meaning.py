"""What the parts of a condition become for the solver: truths, numbers, texts, things and lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gardefou.analysis._terms import Term, disj, negation
from gardefou.analysis._texts import Text


class Truth(NamedTuple):
    """When a condition is true, and when it is false; unknown where neither holds."""

    yes: Term
    no: Term

    @property
    def unknown(self) -> Term:
        """When it cannot be evaluated."""
        return negation(disj([self.yes, self.no]))


class Number(NamedTuple):
    """A number and when it is known."""

    value: str
    known: Term


class Flag(NamedTuple):
    """A truth that is read, and when it is known."""

    value: Term
    known: Term


class Words(NamedTuple):
    """A text and when it is known."""

    value: Text
    known: Term


class Things(NamedTuple):
    """Values with fields: under which condition which one is meant, and when that is known."""

    options: tuple[tuple[Term, str], ...]
    known: Term


class Item(NamedTuple):
    """An item of a list: when it is there, and what it is."""

    present: Term
    key: str = ""
    literal: Any = None


class Items(NamedTuple):
    """A list: its items, its size, when it is known, when only a part of it is."""

    items: tuple[Item, ...]
    size: str
    known: Term
    partial: Term


Bound = Mapping[str, Item]
# What a part must be for the whole to be true; None when it is not that simple.
Wish = bool | None
