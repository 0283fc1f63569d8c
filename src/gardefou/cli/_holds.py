"""``gardefou hold``: list, show, approve, deny and watch what waits for people."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated, get_args

import msgspec
import typer

from gardefou.cli._glass import app as glass
from gardefou.cli._ledger_read import Location, Origin
from gardefou.cli._output import AsJson, Exit, command, note, put, put_json
from gardefou.cli._people import (
    By,
    HoldId,
    KeyFile,
    Labels,
    Layers,
    Reason,
    Seen,
    Tenant,
    card_of,
    line_of,
    plain_hold,
    reading,
    seen_by,
    submit,
    visible,
)
from gardefou.decide import quoted
from gardefou.errors import UsageError
from gardefou.supervision import Hold, State, VoteRequest

app = typer.Typer(name="hold", help="Actions that wait for people.", no_args_is_help=True)
app.add_typer(glass, name="break-glass")
LOOK_S = 0.5


@app.command("list")
@command
def list_(
    location: Location,
    *,
    tenant: Tenant = "",
    state: Annotated[
        list[str] | None, typer.Option(help="Holds in this state. [default: pending]")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=10_000)] = 100,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """List holds by their deadline; 0 when there are some, 1 when there is none."""
    states = tuple(_state(word) for word in state or ["pending"])
    with reading(location, origin) as holds:
        found = holds.inbox(tenant=tenant, states=states, limit=limit)
        now_us = holds.core.now()
    if as_json:
        put_json([plain_hold(hold) for hold in found])
    else:
        for hold in found:
            put(line_of(hold, now_us))
    if not found:
        note("nothing waits")
    return Exit.YES if found else Exit.NO


@app.command("show")
@command
def show(
    location: Location, hold_id: HoldId, *, origin: Origin = "", as_json: AsJson = False
) -> Exit:
    """Show everything that would happen, and what a vote on it needs."""
    with reading(location, origin) as holds:
        card = holds.view(holds.core.read(hold_id))
        used = holds.glass.used_on(card.hold)
        now_us = holds.core.now()
    if as_json:
        put_json(card)
    else:
        for text in card_of(card, now_us):
            put(text)
        if used is not None:
            opened, use = used
            person = quoted(opened.person or opened.glass.person)
            put(f"alone        {person} by {opened.glass.id}: {visible(use.reason)}")
    return Exit.YES


@app.command("approve")
@command
def approve(
    location: Location,
    hold_id: HoldId,
    *,
    by: By,
    reason: Reason,
    seen: Seen = "",
    constitution: Layers = None,
    catalogue: Labels = None,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Approve a held action, where the constitution lets your role do so in a terminal."""
    digest = seen_by(location, hold_id, seen, "approve")
    request = VoteRequest(hold=hold_id, verdict="approve", person=by, seen=digest, reason=reason)
    return _vote(location, request, key, constitution, catalogue, as_json=as_json)


@app.command("deny")
@command
def deny(
    location: Location,
    hold_id: HoldId,
    *,
    by: By,
    reason: Reason,
    seen: Seen = "",
    constitution: Layers = None,
    catalogue: Labels = None,
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Deny a held action."""
    digest = seen_by(location, hold_id, seen, "deny")
    request = VoteRequest(hold=hold_id, verdict="deny", person=by, seen=digest, reason=reason)
    return _vote(location, request, key, constitution, catalogue, as_json=as_json)


@app.command("watch")
@command
def watch(
    location: Location,
    *,
    tenant: Tenant = "",
    seconds: Annotated[
        float | None,
        typer.Option(help="Stop after so long. [default: until interrupted]", min=0),
    ] = None,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """Write a line for each hold that opens or changes, until interrupted."""
    note("watching; a line for each change")
    known: dict[str, int] = {}
    end_s = None if seconds is None else time.monotonic() + seconds
    with reading(location, origin) as holds:
        while True:
            for hold in _latest(holds, tenant):
                if known.get(hold.id) == hold.version:
                    continue
                known[hold.id] = hold.version
                if as_json:
                    put(msgspec.json.encode(plain_hold(hold)).decode())
                else:
                    put(line_of(hold, holds.core.now()))
                sys.stdout.flush()
            if end_s is not None and time.monotonic() >= end_s:
                return Exit.YES
            time.sleep(LOOK_S)


def _latest(holds: object, tenant: str) -> tuple[Hold, ...]:
    found: tuple[Hold, ...] = holds.inbox(  # type: ignore[attr-defined] # - holds
        tenant=tenant, states=get_args(State), limit=10_000
    )
    return found


def _vote(
    location: str,
    request: VoteRequest,
    key: Path | None,
    layers: list[Path] | None,
    labels: Path | None,
    *,
    as_json: bool,
) -> Exit:
    answer = submit(location, request, key=key, layers=layers, labels=labels)
    hold = answer.hold
    if hold is None:  # an owner that answers otherwise is another program
        return Exit.UNKNOWN
    if as_json:
        put_json(plain_hold(hold))
    else:
        put(f"{hold.id}  {hold.state}")
    if hold.state == "pending":
        note("the vote counts; others have to vote as well")
    return Exit.YES


def _state(word: str) -> State:
    found = next((state for state in get_args(State) if state == word), None)
    if found is None:
        raise UsageError(
            f"`{word}` is no state of a hold",
            code="hold.no_state",
            help=f"choose one of {', '.join(get_args(State))}",
        )
    state: State = found
    return state
