"""Notices: what people are told when a hold needs them.

A notice holds the hold's id, rule names, the tool's name and a link. Never arguments, and never a
link that approves: opening it only shows the page (promise 14).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

NoticeKind = Literal["opened", "escalated", "resolved", "breakglass", "stopped", "resumed"]


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One notice; ``roles`` are whom it concerns, ``path`` the page's address below the console's."""

    kind: NoticeKind
    tenant: str
    hold: str = ""
    tool: str = ""
    rules: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    state: str = ""
    decide_by_us: int = 0
    path: str = ""


Notify = Callable[[Notice], None]


def nobody(notice: Notice) -> None:
    """Tell nobody."""
    del notice
