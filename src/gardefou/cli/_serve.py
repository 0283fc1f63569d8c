"""``gardefou serve`` and ``gardefou key``: the gateway and the keys of its callers."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from gardefou.cli._console import beside
from gardefou.cli._output import AsJson, Exit, command, note, put, put_json
from gardefou.decide import quoted
from gardefou.doors.gateway import (
    Key,
    KeyBook,
    Made,
    Mode,
    Report,
    Settings,
    ask_for_reload,
    check_settings,
    load_settings,
    location_of,
    make_report,
    open_state,
)
from gardefou.errors import UsageError
from gardefou.ledger import open_store

_US = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ConfigFile = Annotated[
    Path, typer.Option("--config", help="The settings file.", metavar="FILE", readable=False)
]
_DEFAULT = Path("gardefou.toml")
_Id = Annotated[str, typer.Argument(help="The key's id.", metavar="ID", show_default=False)]

keys = typer.Typer(
    name="key", help="The keys that applications show to the gateway.", no_args_is_help=True
)


def now_us() -> int:
    """The wall clock in microseconds since 1970 UTC."""
    return time.time_ns() // 1_000


@command
def serve(
    *,
    config: ConfigFile = _DEFAULT,
    check: Annotated[
        bool,
        typer.Option("--check", help="Only say whether the settings hold.", show_default=False),
    ] = False,
) -> Exit:
    """Decide every model call and tool call on its way to the vendors."""
    if check:
        put(check_settings(config))
        return Exit.YES
    try:
        from gardefou.doors.gateway.serving import serve as run  # noqa: PLC0415 - needs an extra
    except ImportError as error:
        raise UsageError(
            f"the gateway needs the `gateway` extra: `{error.name}` is missing",
            code="serve.extra",
            help="pip install 'gardefou[gateway]'",
        ) from None
    run(config, now_us, lambda settings: beside(settings, now_us), _envoy)
    return Exit.YES


def _envoy(settings: Settings) -> Any:
    """The door that an Envoy asks at, where the settings have one."""
    if settings.envoy is None:
        return None
    try:
        from gardefou.doors.envoy import EnvoyDoor  # noqa: PLC0415 - needs an extra
    except ImportError as error:
        raise UsageError(
            f"an Envoy can only ask with the `envoy` extra: `{error.name}` is missing",
            code="serve.envoy_extra",
            help="pip install 'gardefou[gateway,envoy]'",
        ) from None
    return EnvoyDoor(settings.envoy)


@contextmanager
def _book(config: Path) -> Iterator[KeyBook]:
    state = open_state(location_of(load_settings(config).store.state))
    try:
        yield KeyBook(state, clock=now_us, random=os.urandom)
    finally:
        state.close()


@command
def reload(*, config: ConfigFile = _DEFAULT) -> Exit:
    """Ask the running gateway to load constitution and catalogue anew, if they hold."""
    put(check_settings(config))
    state = open_state(location_of(load_settings(config).store.state))
    try:
        ask_for_reload(state)
    finally:
        state.close()
    note("asked for: every process of the gateway does it within a second")
    return Exit.YES


@command
def report(
    *,
    config: ConfigFile = _DEFAULT,
    tenant: Annotated[str, typer.Option(help="Only this tenant.", metavar="NAME")] = "",
    catalogue: Annotated[
        bool,
        typer.Option(
            "--catalogue", help="Only the proposal for unlabelled tools.", show_default=False
        ),
    ] = False,
    as_json: AsJson = False,
) -> Exit:
    """Show what enforcing would have stopped and held, and tools that nobody labelled."""
    settings = load_settings(config)
    store = open_store(location_of(settings.store.ledger))
    state = open_state(location_of(settings.store.state))
    try:
        found = make_report(store, state, tenant=tenant)
    finally:
        state.close()
        store.close()
    if as_json:
        put_json(found)
    elif catalogue:
        put(found.proposed.rstrip("\n"))
    else:
        _tell(found)
    return Exit.YES


def _tell(found: Report) -> None:
    put(f"{found.decisions} decisions")
    for one in found.traffic:
        put(
            f"{one.tenant}/{one.application or '*'}: {one.decisions} decisions; observed: "
            f"{one.would_stop} would be stopped, {one.would_hold} would be held; "
            f"enforced: {one.stopped} stopped, {one.held} held"
        )
        for group in one.groups:
            put(f"    {group.count:6}  {group.verdict:5} {quoted(group.tool)}  {group.ground}")
    for name in found.unlabelled:
        put(f"unlabelled: {quoted(name)}")
    if found.proposed:
        note("`gardefou report --catalogue` shows the labels that are proposed for them")


@keys.command("create")
@command
def create(
    *,
    config: ConfigFile = _DEFAULT,
    tenant: Annotated[
        str, typer.Option(help="The tenant that it belongs to.", metavar="NAME", show_default=False)
    ],
    application: Annotated[
        str, typer.Option(help="The application that shows it.", metavar="NAME")
    ] = "",
    agent: Annotated[str, typer.Option(help="The agent that shows it.", metavar="NAME")] = "",
    mode: Annotated[
        Mode | None,
        typer.Option(help="Instead of the tenant's mode: observe or enforce.", show_default=False),
    ] = None,
    wire: Annotated[
        list[str] | None,
        typer.Option(help="Only this wire; again for more.", metavar="NAME", show_default=False),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Only these models; again for more.", metavar="GLOB", show_default=False),
    ] = None,
    days: Annotated[
        int, typer.Option(help="How long it counts; 0 is for ever.", min=0, max=3650)
    ] = 0,
    manage: Annotated[
        bool,
        typer.Option("--manage", help="For the management API, not for calls.", show_default=False),
    ] = False,
    as_json: AsJson = False,
) -> Exit:
    """Make a key; its text is shown once and kept nowhere."""
    key = Key(
        id="",
        tenant=tenant,
        application=application,
        agent=agent,
        role="manage" if manage else "call",
        mode=mode,
        wires=tuple(wire or ()),
        models=tuple(model or ()),
        expires_us=now_us() + days * 86_400 * _US if days else 0,
    )
    with _book(config) as book:
        _show(book.create(key), as_json=as_json)
    return Exit.YES


@keys.command("list")
@command
def list_keys(*, config: ConfigFile = _DEFAULT, as_json: AsJson = False) -> Exit:
    """Show the keys; no text of a key is kept, so none is shown."""
    with _book(config) as book:
        found = book.list()
    if as_json:
        put_json(found)
        return Exit.YES
    now = now_us()
    for key in found:
        state = "live" if key.is_live(now) else "dead"
        put(
            f"{key.id}  {state}  {key.role:6}  {key.tenant}/{key.application or '*'}  {_until(key)}"
        )
    if not found:
        note("no keys yet: `gardefou key create --tenant NAME` makes one")
    return Exit.YES


@keys.command("revoke")
@command
def revoke(identity: _Id, *, config: ConfigFile = _DEFAULT) -> Exit:
    """Let a key count no more; a running gateway knows within a second."""
    with _book(config) as book:
        book.revoke(identity)
    put(f"revoked {identity}")
    return Exit.YES


@keys.command("rotate")
@command
def rotate(
    identity: _Id,
    *,
    config: ConfigFile = _DEFAULT,
    grace_hours: Annotated[
        int, typer.Option(help="How long the old one still counts.", min=0, max=8760)
    ] = 24,
    as_json: AsJson = False,
) -> Exit:
    """Make a key with the same rights; the old one counts until the grace is over."""
    with _book(config) as book:
        _show(book.rotate(identity, grace_us=grace_hours * 3_600 * _US), as_json=as_json)
    return Exit.YES


def _show(made: Made, *, as_json: bool) -> None:
    if as_json:
        put_json({"id": made.key.id, "key": made.text})
    else:
        put(made.text)
        note("keep it now: it is shown once")


def _until(key: Key) -> str:
    at = key.revoked_us or key.expires_us
    return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="seconds") if at else "for ever"
