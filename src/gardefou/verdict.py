"""The three verdicts and how they combine.

1. There are three verdicts, ordered: ``ALLOW < HOLD < DENY``.
2. Verdicts combine by maximum, so adding a rule, an error or an order can only tighten (law 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Self


class Verdict(IntEnum):
    """What may happen to an action: it goes ahead, it waits for people, or it is refused."""

    ALLOW = 0
    HOLD = 1
    DENY = 2

    @property
    def word(self) -> str:
        """The verdict as it is written on every wire, in the store and in the documents."""
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> Self:
        """Read a verdict from its word.

        Raises:
            KeyError: when the word is none of ``allow``, ``hold``, ``deny``.
        """
        return cls[word.upper()] if word.islower() else cls[f"?{word}"]


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine verdicts by maximum; no verdict at all is `Verdict.ALLOW`, the neutral element."""
    return max(verdicts, default=Verdict.ALLOW)
