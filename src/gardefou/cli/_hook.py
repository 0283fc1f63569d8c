"""``gardefou hook``: the guard in front of a coding agent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from gardefou.cli._output import AsJson, Exit, command, note, put, put_json
from gardefou.errors import UsageError

app = typer.Typer(help="Put the guard in front of a coding agent's tools.", no_args_is_help=True)

Agent = Annotated[
    Literal["claude-code", "codex", "copilot", "cursor", "gemini"],
    typer.Option(help="The coding agent.", show_default=False),
]
Where = Annotated[
    Literal["user", "project"],
    typer.Option(help="Whose settings: the user's, or those of the project in this folder."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.", show_default=False)]


@app.command("install")
@command
def install(
    *,
    agent: Agent,
    scope: Where = "user",
    constitution: Annotated[
        list[Path] | None,
        typer.Option(
            help="Your own layer after the ones for coding; again for each further one.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    catalogue: Annotated[
        Path | None,
        typer.Option(help="Labels of further tools, such as MCP servers.", metavar="FILE"),
    ] = None,
    ledger: Annotated[
        str, typer.Option(help="A ledger that records every decision.", metavar="LEDGER")
    ] = "",
    key: Annotated[
        Path | None,
        typer.Option(
            help="The file of that ledger's signing key.  [default: LEDGER.key]",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    yes: Yes = False,
) -> Exit:
    """Write the hook into an agent's settings, after showing the difference."""
    from gardefou.doors import hook  # noqa: PLC0415 - the other commands never load a door

    home = Path.home()
    settings = hook.Settings(
        layers=tuple(str(path.resolve()) for path in constitution or ()),
        catalogue="" if catalogue is None else str(catalogue.resolve()),
        ledger=_absolute(ledger),
        key=str((key or Path(f"{ledger}.key")).resolve()) if ledger else "",
    )
    hook.policy_of(
        settings, hook.cache_path(home)
    )  # every mistake of the documents now, not at the first call
    kept = hook.settings_path(home)
    line = hook.command_line(agent, kept, hook.socket_path(home))
    change = hook.plan(agent, _target(agent, scope, home), line)
    put(change.difference().rstrip())
    if not _agreed(yes=yes):
        return Exit.NO
    hook.write_settings(kept, settings)
    hook.apply(change)
    note(
        f"written; {kept} says which documents decide. Undo: gardefou hook uninstall --agent {agent}"
    )
    return Exit.YES


@app.command("uninstall")
@command
def uninstall(*, agent: Agent, scope: Where = "user", yes: Yes = False) -> Exit:
    """Take the hook out of an agent's settings; what was there before is put back."""
    from gardefou.doors import hook  # noqa: PLC0415 - as above

    change = hook.undo(_target(agent, scope, Path.home()))
    put(change.difference().rstrip())
    if not _agreed(yes=yes):
        return Exit.NO
    hook.revert(change)
    note("the hook is gone: the agent's calls are no longer decided")
    return Exit.YES


@app.command("decide")
@command
def decide(*, agent: Agent, as_json: AsJson = False) -> Exit:
    """Decide one payload on standard input as the hook would, without a running guard."""
    from gardefou.doors import hook  # noqa: PLC0415 - as above

    home = Path.home()
    around = hook.Surroundings(agent=agent, cwd=str(Path.cwd()))
    settings = hook.read_settings(hook.settings_path(home))
    with hook.open_desk(settings, home, hook.cache_path(home)) as desk:
        reply = desk.answer(sys.stdin.buffer.read(), around)
    if as_json:
        put_json({"exit_code": reply.code, "stdout": reply.out, "stderr": reply.err})
    else:
        put(reply.out or reply.err.rstrip())
    return Exit.YES if reply.out == "{}" else Exit.NO


@app.command("serve")
@command
def serve(
    *,
    idle: Annotated[
        float, typer.Option(help="End after so many seconds without a call; 0: never.")
    ] = 0.0,
) -> Exit:
    """Run the guard that the hooks ask; they start one by themselves where none runs."""
    from gardefou.doors import hook  # noqa: PLC0415 - as above

    home = Path.home()
    place = hook.socket_path(home)
    note(f"listening at {place}")
    hook.serve_settings(str(hook.settings_path(home)), str(place), idle)
    return Exit.YES


def _target(agent: str, scope: str, home: Path) -> Path:
    from gardefou.doors.hook import TARGETS  # noqa: PLC0415 - as above

    target = TARGETS[agent]
    return home / target.user if scope == "user" else Path.cwd() / target.project


def _absolute(ledger: str) -> str:
    return str(Path(ledger).resolve()) if ledger and "://" not in ledger else ledger


def _agreed(*, yes: bool) -> bool:
    """Ask, unless it was said beforehand; where nobody can answer, the answer is no.

    Raises:
        UsageError: ``hook.nobody_asked`` when there is no terminal and no ``--yes``.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can be asked here",
            code="hook.nobody_asked",
            help="look at the difference, then run the command again with --yes",
        )
    return typer.confirm("Write this?", err=True)
