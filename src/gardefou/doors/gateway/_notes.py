"""Small notes in the gateway's state that its processes share: modes, and reloads asked for."""

from __future__ import annotations

from gardefou.doors.gateway._state import Run, State

_RELOAD = "reload"


def ask_for_reload(state: State) -> None:
    """Ask every process of the gateway to reload.

    Raises:
        LedgerUnavailable: when the state cannot be used.
    """

    def work(run: Run) -> None:
        number = int(get_note(run, _RELOAD) or b"0") + 1
        put_note(run, _RELOAD, b"%d" % number)

    state.now(work)


async def reload_number(state: State) -> int:
    """How often a reload was asked for."""
    body: bytes | None = await state.transact(lambda run: get_note(run, _RELOAD))
    return int(body or b"0")


def get_note(run: Run, name: str) -> bytes | None:
    """A note, or None."""
    rows, _ = run("SELECT body FROM gateway_note WHERE name = ?", (name,))
    return bytes(rows[0][0]) if rows else None


def put_note(run: Run, name: str, body: bytes) -> None:
    """Replace a note."""
    run("DELETE FROM gateway_note WHERE name = ?", (name,))
    run("INSERT INTO gateway_note (name, body) VALUES (?, ?)", (name, body))
