"""What the orders in force say of an action: what tightens it, and what is to be known.

It loads no order: a process without any decides with `SILENT`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from gardefou.verdict import Verdict

FOREVER = 2**63 - 1  # later than every moment, in microseconds

Code = Literal[
    "order.in_force",
    "order.new_use",
    "order.hold_point",
    "order.opaque",
    "order.waiver_spent",
    "order.register_unknown",
]
NoticeCode = Literal["order.unverified", "order.phase_out", "order.waived"]


class Bite(msgspec.Struct, frozen=True, kw_only=True):
    """What an order does to an action; ``bases`` are those in force, ``stayed`` those that are not."""

    order: str
    verdict: Verdict
    code: Code
    bases: tuple[str, ...] = ()
    stayed: tuple[str, ...] = ()
    detail: str = ""

    @property
    def told(self) -> str:
        """On which bases it is in force and which are not, for people."""
        parts = [f"on {_list('basis', 'bases', self.bases)}"] if self.bases else []
        if self.stayed:
            parts.append(f"{_list('basis', 'bases', self.stayed)} not in force here")
        if self.detail:
            parts.append(self.detail)
        return "; ".join(parts)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What an order says of an action that goes ahead all the same, and until when it may."""

    order: str
    code: NoticeCode
    detail: str = ""
    until_us: int = FOREVER
    waiver: str = ""
    conditions: tuple[str, ...] = ()


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What the orders in force say of an action: what tightens, and what merely is to be known."""

    bites: tuple[Bite, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The strictest verdict of the orders."""
        return max((bite.verdict for bite in self.bites), default=Verdict.ALLOW)

    @property
    def waivers(self) -> tuple[str, ...]:
        """The waivers that let the action go ahead; each is used once when it does."""
        return tuple(notice.waiver for notice in self.notices if notice.waiver)


SILENT = Ruling()


def _list(one: str, many: str, names: tuple[str, ...]) -> str:
    return f"{one if len(names) == 1 else many} {', '.join(names)}"
