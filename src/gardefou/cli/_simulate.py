"""``gardefou simulate``: a vendor that follows a script or recorded sessions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gardefou.cli._output import Exit, command
from gardefou.errors import UsageError


@command
def simulate(
    script: Annotated[
        Path | None,
        typer.Argument(
            help="The script, YAML or JSON; without one every question gets the same answer.",
            metavar="SCRIPT",
            readable=False,
            show_default=False,
        ),
    ] = None,
    *,
    trace: Annotated[
        list[Path] | None,
        typer.Option(
            help="Recorded sessions to play instead of a script; again for each further file.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="The port; 0 takes any that is free.")
    ] = 8090,
    key: Annotated[
        str, typer.Option(help="The only key that is let in.  [default: any]", show_default=False)
    ] = "",
    at: Annotated[
        datetime | None,
        typer.Option(
            help="The time that answers carry, UTC unless it says otherwise.  [default: 2026-01-01]",
            metavar="TIME",
            show_default=False,
        ),
    ] = None,
    cut: Annotated[
        int | None,
        typer.Option(
            help="Cut streams at random places; the same number cuts the same way.",
            metavar="SEED",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only read the script, and say what it holds.")
    ] = False,
) -> Exit:
    """Play a model vendor on three wires, and say in every answer that it is a simulation."""
    if script is not None and trace:
        raise UsageError(
            "a script and recorded sessions are given",
            code="simulate.two_sources",
            help="leave one of them out",
        )
    try:
        # The server is an extra, and slow to load: the other commands do without it.
        from gardefou.cli import _vendor  # noqa: PLC0415 - see above
    except ImportError as error:
        raise UsageError(
            f"the simulated vendor needs the `gateway` extra: `{error.name}` is missing",
            code="simulate.extra",
            help="install gardefou[gateway]",
        ) from None
    played = _vendor.recordings(trace) if trace else _vendor.script(script)
    if check:
        return _vendor.tell(played)
    if at is not None:
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return _vendor.listen(played, host=host, port=port, key=key, at=at, cut_seed=cut)
