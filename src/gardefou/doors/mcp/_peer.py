"""What a relay keeps: of a client beyond one request, and of a request until its answer."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import msgspec

from gardefou.contact import Register
from gardefou.doors._rulings import Ruling
from gardefou.doors.mcp._desk import Desk
from gardefou.doors.mcp._shelf import Shelf
from gardefou.doors.mcp._tasks import Tasks


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was passed on and waits for its answer."""

    method: str
    is_modern: bool = False
    ruling: Ruling | None = None
    is_first_page: bool = False


class Peer:
    """What is known of a client beyond one request: its session, its name, the server's tools."""

    def __init__(self, desk: Desk, register: Register, note: Callable[[str], None]) -> None:
        """Nothing was said yet."""
        self.session = desk.session()
        self.connection = secrets.token_hex(8)
        self.agent = ""
        self.shelf = Shelf(desk, register, note)
        self.tasks = Tasks(desk, register.server, self.session)
