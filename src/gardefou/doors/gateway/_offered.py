"""The tools that requests offer and nobody has labelled: their definitions are kept for a proposal.

A definition is what an application's author wrote; no argument and no word of a user is in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from gardefou.constitution.catalogue import Catalogue
from gardefou.doors.gateway._state import Run, State
from gardefou.wires import Tool

MAX_TOOLS = 1_000
MAX_DEFINITION = 65_536
_MAX_SEEN = 10_000


class Offered:
    """Keeps each definition once for each tenant."""

    def __init__(self, state: State) -> None:
        """Begin with nothing seen."""
        self._state = state
        self._seen: set[bytes] = set()

    async def note(self, tenant: str, tools: Sequence[Tool], catalogue: Catalogue) -> None:
        """Keep the definitions of the tools that the catalogue does not label.

        Raises:
            LedgerUnavailable: when the state cannot be used.
        """
        fresh = []
        for tool in tools:
            known = catalogue.tools.get(tool.name)
            if (known is not None and known.effects) or len(tool.definition) > MAX_DEFINITION:
                continue
            mark = hashlib.blake2b(tool.definition, digest_size=16, key=tenant[:64].encode()[:64])
            if mark.digest() not in self._seen:
                fresh.append(tool)
                if len(self._seen) >= _MAX_SEEN:
                    self._seen.clear()
                self._seen.add(mark.digest())
        if fresh:
            await self._state.transact(lambda run: _keep(run, tenant, fresh))


def _keep(run: Run, tenant: str, tools: Sequence[Tool]) -> None:
    count = run("SELECT count(*) FROM gateway_tool WHERE tenant = ?", (tenant,))[0][0][0]
    for tool in tools[: max(0, MAX_TOOLS - count)]:
        run(
            "INSERT INTO gateway_tool (tenant, name, definition) VALUES (?, ?, ?)"
            " ON CONFLICT (tenant, name) DO UPDATE SET definition = excluded.definition",
            (tenant, tool.name[:256], tool.definition),
        )


def offered_tools(state: State, tenant: str = "") -> list[bytes]:
    """The definitions that were kept, of one tenant or of all.

    Raises:
        LedgerUnavailable: when the state cannot be read.
    """
    rows, _ = state.now(
        lambda run: run(
            "SELECT definition FROM gateway_tool WHERE tenant = ? OR ? = '' ORDER BY name",
            (tenant, tenant),
        )
    )
    return [bytes(row[0]) for row in rows]
