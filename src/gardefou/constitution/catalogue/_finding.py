"""What a reading of a content finds: effects, and for each the words that show it."""

from __future__ import annotations

import msgspec

MAX_WORDS = 60


class Finding(msgspec.Struct):
    """Collects effects.

    ``whole`` is False once something does more than look, ``hidden`` is True once something runs
    that nobody can read. ``reasons`` says of each effect which part of the content shows it.
    """

    reasons: dict[str, str] = {}
    whole: bool = True
    hidden: bool = False

    def add(self, effects: frozenset[str] | str, words: str) -> None:
        """Note effects that ``words`` show; the first words stay."""
        names = (effects,) if isinstance(effects, str) else sorted(effects)
        shown = " ".join(words.split())
        shown = shown if len(shown) <= MAX_WORDS else shown[: MAX_WORDS - 1] + "…"
        for name in names:
            self.reasons.setdefault(name, shown)

    def acts(self) -> None:
        """Note that something does more than look, as far as can be seen."""
        self.whole = False

    def unknown(self) -> None:
        """Note that something is not understood."""
        self.whole = False
        self.hidden = True

    def take(self, other: Finding) -> None:
        """Add what another reading found."""
        self.whole = self.whole and other.whole
        self.hidden = self.hidden or other.hidden
        for name, words in other.reasons.items():
            self.reasons.setdefault(name, words)
