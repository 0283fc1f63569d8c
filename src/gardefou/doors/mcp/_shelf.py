"""The tools of one server as the relay knows them (rule 4 of `_relay`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from gardefou.contact import Register
from gardefou.doors.mcp import _messages as wire
from gardefou.doors.mcp import _methods as methods
from gardefou.doors.mcp._desk import Desk
from gardefou.doors.mcp._link import Link
from gardefou.doors.mcp._messages import Message
from gardefou.errors import InputError

MOST_PAGES = 100
OWN_ID = "gardefou-"


class Shelf:
    """What a server lists, page by page, and what of it the client may see."""

    def __init__(self, desk: Desk, register: Register, note: Callable[[str], None]) -> None:
        """Nothing is known until the server has been asked."""
        self._desk = desk
        self._register = register
        self._note = note
        self._numbers = itertools.count(1)
        self._listed: list[Any] = []
        self.is_known = False

    def begin(self) -> None:
        """A new list begins: what was listed before counts no more."""
        self._listed.clear()

    async def know(self, message: Message, link: Link) -> None:
        """Rule 4.

        Raises:
            InputError: ``mcp.server`` when the server does not say what its tools are.
            LoadError: when a file of what people decided has mistakes.
        """
        if self.is_known:
            if self._register.refresh():  # a person has decided since the last call
                self._desk.adopt()
            return
        self._listed.clear()
        cursor: Any = None
        for _ in range(MOST_PAGES):
            params: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
            if is_modern(message):
                meta = {k: v for k, v in message.meta.items() if k.startswith("io.")}
                params["_meta"] = meta
            id_ = f"{OWN_ID}{next(self._numbers)}"
            request = {"jsonrpc": "2.0", "id": id_, "method": "tools/list", "params": params}
            answer = await link.ask(wire.encode(request), id_)
            result = answer.value.get("result")
            if not isinstance(result, dict):
                raise InputError(
                    "the server does not say what its tools are",
                    code="mcp.server",
                    help="a tool that is not listed is not called",
                )
            self.take(result)
            cursor = result.get("nextCursor")
            if cursor is None:
                return

    def take(self, result: Mapping[str, Any]) -> dict[str, Any]:
        """Take in a page of tools; returns what the client may see of it."""
        page = result.get("tools")
        page = page if isinstance(page, list) else []
        self._listed += page
        refreshed = self._register.refresh()
        if self._register.meet(self._listed) or refreshed:
            self._desk.adopt()
            for known in self._register.known.values():
                if known.state not in {"confirmed", "rejected"}:
                    flags = f": {'; '.join(known.flags)}" if known.flags else ""
                    self._note(f"`{known.tool.name}` is {known.state}{flags}")
        self.is_known = result.get("nextCursor") is None
        return {**result, "tools": [tool for tool in page if self._is_shown(tool)]}

    def _is_shown(self, tool: Any) -> bool:
        """Whether the client may see a tool: readable, not flagged, and not always denied."""
        name = tool.get("name") if isinstance(tool, dict) else None
        if not isinstance(name, str) or not self._register.is_known(name, tool):
            return False
        known = self._register.known[name]
        if known.state in {"unreadable", "rejected"} or (
            known.flags and known.state != "confirmed"
        ):
            return False
        return not self._desk.is_never(known.tool.name)


def is_modern(message: Message) -> bool:
    """Whether a request is of a revision without sessions."""
    version = message.meta.get(methods.VERSION_KEY)
    return isinstance(version, str) and version >= methods.MODERN
