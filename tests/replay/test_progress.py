"""Long work shows how far it is, on a terminal only."""

from __future__ import annotations

import io

from rich.console import Console

from gardefou.replay import progress


def shown(*, terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=80)
    with progress(console) as advance:
        advance(3, 12)
        advance(12, 12)
    return out.getvalue()


def test_a_terminal_sees_runs_done_and_runs_in_all() -> None:
    assert "12/12" in shown(terminal=True)


def test_a_pipe_sees_nothing() -> None:
    assert shown(terminal=False) == ""
