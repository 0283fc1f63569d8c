"""The burn-down as a picture and a page: SVG and HTML, without scripts.

Everything from outside is escaped; the picture has a title, a description, and the table beside it
says the same in numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from typing import NamedTuple

from gardefou.orders._burn_down import BurnDown
from gardefou.orders._time import day_of

_WIDTH, _HEIGHT = 960, 320
_LEFT, _TOP, _BOTTOM = 64, 24, 48
_MAX_DAYS = 400
_OPEN = (
    f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    ' aria-labelledby="burn-title burn-desc" font-family="sans-serif" font-size="12">'
)


class Deadline(NamedTuple):
    """A day that the picture marks."""

    day: str
    label: str


def svg(found: BurnDown, deadlines: Sequence[Deadline] = ()) -> str:
    """The calls of each day as bars, those that were stopped lighter, deadlines as lines."""
    days = _days(found)
    by_day = found.by_day()
    most = max([sum(by_day.get(day, (0, 0))) for day in days], default=0) or 1
    step = (_WIDTH - _LEFT - 16) / max(len(days), 1)
    height = _HEIGHT - _TOP - _BOTTOM
    parts = [
        _OPEN,
        f'<title id="burn-title">Calls per day under {escape(found.order or "all orders")}</title>',
        f'<desc id="burn-desc">{escape(_described(found, days))}</desc>',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
    ]
    for share in (0, 0.5, 1):
        y = _TOP + height * (1 - share)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - 16}" y1="{y:.1f}" y2="{y:.1f}" stroke="#c9ced6"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{round(most * share):,}</text>'
        )
    for index, day in enumerate(days):
        calls, stopped = by_day.get(day, (0, 0))
        x = _LEFT + index * step
        for value, base, colour in ((calls, 0, "#1f4e79"), (stopped, calls, "#9dc3e6")):
            if value:
                top = _TOP + height * (1 - (base + value) / most)
                parts.append(
                    f'<rect x="{x + step * 0.1:.1f}" y="{top:.1f}" width="{step * 0.8:.1f}"'
                    f' height="{height * value / most:.1f}" fill="{colour}"/>'
                )
    for deadline in deadlines:
        if deadline.day in days:
            x = _LEFT + days.index(deadline.day) * step
            parts.append(
                f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_TOP + height}"'
                ' stroke="#9c1f1f" stroke-dasharray="4 3"/>'
                f'<text x="{x + 4:.1f}" y="{_TOP - 8}" fill="#9c1f1f">{escape(deadline.label)}</text>'
            )
    if days:
        y = _HEIGHT - _BOTTOM + 20
        parts.append(f'<text x="{_LEFT}" y="{y}">{days[0]}</text>')
        parts.append(f'<text x="{_WIDTH - 16}" y="{y}" text-anchor="end">{days[-1]}</text>')
    parts.append(
        f'<text x="{_LEFT}" y="{_HEIGHT - 8}"><tspan fill="#1f4e79">■</tspan> went ahead'
        ' <tspan fill="#9dc3e6">■</tspan> stopped</text></svg>'
    )
    return "\n".join(parts)


def page(found: BurnDown, deadlines: Sequence[Deadline] = ()) -> str:
    """A page with the picture and its numbers; it needs nothing from anywhere else."""
    rows = "\n".join(
        "<tr>"
        + "".join(
            f"<td>{escape(str(cell))}</td>"
            for cell in (
                line.day,
                line.vendor or "not stated",
                line.channel,
                line.model,
                "yes" if line.opaque else "",
                line.calls,
                line.stopped,
                line.tokens,
                line.tenants,
                line.systems,
            )
        )
        + "</tr>"
        for line in found.lines
    )
    heads = [
        "day",
        "vendor",
        "channel",
        "model",
        "opaque",
        "calls",
        "stopped",
        "tokens",
        "tenants",
        "systems",
    ]
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    title = f"Burn-down of {escape(found.order or 'all orders')}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>body{font:16px sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem}"
        "table{border-collapse:collapse}td,th{border:1px solid #c9ced6;padding:.3rem .5rem;"
        "text-align:left}svg{max-width:100%}</style></head>"
        f"<body><main><h1>{title}</h1>{svg(found, deadlines)}"
        f"<p>Counted from {found.decisions:,} decisions in the ledger. What did not pass through"
        " Gardefou is not counted.</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></main></body></html>\n"
    )


def _days(found: BurnDown) -> list[str]:
    """Every day from the first to the last that had a call, or that the period names."""
    known = sorted(found.by_day())
    if not known:
        return []
    last = min(max(known[-1], day_of(max(found.until_us - 1, 0))), _later(known[0], _MAX_DAYS))
    days = [known[0]]
    while days[-1] < last:
        days.append(_later(days[-1], 1))
    return days


def _later(day: str, count: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=count)).isoformat()


def _described(found: BurnDown, days: Sequence[str]) -> str:
    if not days:
        return "No call in the period."
    stopped = sum(line.stopped for line in found.lines)
    return f"{found.calls} calls went ahead and {stopped} were stopped, {days[0]} to {days[-1]}."
