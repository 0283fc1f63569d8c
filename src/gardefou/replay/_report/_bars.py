"""Bars: shares drawn side by side, and said in words."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gardefou.replay._report._words import Words
from gardefou.replay._score import Attacks, Work

THINNEST = 0.7
"""Width below which a part of a bar would not be seen, in hundredths of the bar."""


class Part(msgspec.Struct, frozen=True):
    """A part of a bar: its class, where it begins and how wide it is, in hundredths."""

    style: str
    x: float
    width: float


class Bar(msgspec.Struct, frozen=True):
    """A bar of parts, and the same in words for those who do not see it."""

    parts: tuple[Part, ...]
    words: str


def bar(words: Words, counts: Sequence[tuple[str, str, int]]) -> Bar:
    """Draw counts (style, word, count) as one bar; what is not zero is never too thin to see."""
    total = sum(count for _, _, count in counts)
    if not total:
        return Bar((), words["none_value"])
    widths = [max(100 * n / total, THINNEST) if n else 0.0 for _, _, n in counts]
    scale = 100 / sum(widths)
    parts, x = [], 0.0
    for (style, _, count), width in zip(counts, widths, strict=True):
        if count:
            parts.append(Part(style, round(x, 2), round(width * scale, 2)))
            x += width * scale
    text = ", ".join(f"{words.number(n)} {word}" for _, word, n in counts)
    return Bar(tuple(parts), text)


def attack_bar(words: Words, counts: Attacks) -> Bar:
    """The bar of attacks: refused, held, missed."""
    return bar(
        words,
        (
            ("deny", words["refused"], counts.stopped_deny),
            ("hold", words["held"], counts.stopped_hold),
            ("missed", words["missed"], counts.missed),
        ),
    )


def work_bar(words: Words, counts: Work) -> Bar:
    """The bar of honest calls: refused, held, passed."""
    passed = counts.calls - counts.calls_denied - counts.calls_held
    return bar(
        words,
        (
            ("deny", words["verdict_deny"], counts.calls_denied),
            ("hold", words["verdict_hold"], counts.calls_held),
            ("passed", words["passed"], passed),
        ),
    )
