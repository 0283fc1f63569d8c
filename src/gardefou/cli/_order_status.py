"""``gardefou order status`` and ``dry-run``: what is in force, and what a draft would stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Annotated, Any

import msgspec
import typer

from gardefou.action import Action
from gardefou.cli._ledger_read import Location, Origin
from gardefou.cli._output import AsJson, Exit, command, put, put_json
from gardefou.cli._registers import (
    At,
    Files,
    Officers,
    at_us_of,
    instrument_of,
    now_us,
    put_rows,
    reading,
    register_in,
)
from gardefou.ledger import cases, open_keyring, open_store
from gardefou.orders import (
    DueItem,
    Order,
    Past,
    Register,
    action_of,
    audit,
    dry_run,
    due,
    moment,
    shown,
    went_ahead,
)

_DAY_US = 86_400_000_000


@command
def status(
    location: Location,
    *,
    at: At = "",
    officer: Officers = None,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """What is in force at a moment, and what is due: 1 when a date has passed."""
    at_us = at_us_of(at)
    with reading(location, origin) as session:
        audit(session)
    register = register_in(location, origin, officer)
    found = due(register, at_us)
    orders = [_standing(register, name, at_us) for name in sorted(register.orders)]
    if as_json:
        put_json(
            {
                "at": shown(at_us),
                "register": register.digest,
                "orders": orders,
                "due": [{**msgspec.to_builtins(item), "due": item.due} for item in found],
            }
        )
    else:
        put_rows(
            [
                [o["order"], o["version"], o["state"], ", ".join(o["bases"]), o["title"]]
                for o in orders
            ],
            ("ORDER", "VERSION", "STATE", "BASES", "TITLE"),
        )
        if found:
            put("")
            put_rows(map(_due_row, found), ("DUE", "WHAT", "ORDER", "SUBJECT", "WARNING"))
    return Exit.NO if any(item.is_over for item in found) else Exit.YES


@command
def dry_run_(
    location: Location,
    files: Files,
    *,
    days: Annotated[int, typer.Option(help="How many days back.", min=1, max=366)] = 30,
    at: Annotated[
        str,
        typer.Option(
            help="The moment of the draft to ask about.  [default: its first effective moment]",
            metavar="TIME",
            show_default=False,
        ),
    ] = "",
    officer: Officers = None,
    origin: Origin = "",
    as_json: AsJson = False,
) -> Exit:
    """Whom a draft would stop, from the ledger's last days: 1 when it would stop anything."""
    drafts = [instrument_of(path) for path in files]
    register = register_in(location, origin, officer).amended(*drafts)
    starts = [moment(i.since) for d in drafts if isinstance(d, Order) for i in d.status]
    at_us = moment(at) if at else max(starts, default=now_us())
    found = dry_run(_past(location, origin, now_us() - days * _DAY_US), register, at_us)
    if as_json:
        put_json({"at": shown(at_us), **msgspec.to_builtins(found)})
    else:
        put(f"{found.actions} actions, {found.stopped} would be stopped at {shown(at_us)}")
        if found.partial:
            put(f"of {found.partial} only the entry is known: their attributes count as unknown")
        if found.broken:
            put_rows(
                [
                    [b.calls, b.tenant, b.application, b.model, b.verdict, b.fallback or "none"]
                    for b in found.broken
                ],
                ("CALLS", "TENANT", "APPLICATION", "MODEL", "VERDICT", "FALLBACK"),
            )
    return Exit.NO if found.stopped else Exit.YES


def _past(location: str, origin: str, since_us: int) -> Iterator[Past]:
    """The actions that went ahead since a moment, whole where their payload can be opened."""
    with closing(open_store(location, origin)) as store:
        with store.reading() as session:
            name = session.origin()[1]
        with closing(open_keyring(location, name)) as keyring:
            for record, case in cases(store, keyring):
                if record.decided_at_us < since_us or not went_ahead(record):
                    continue
                if case is None:
                    yield Past(action_of(record), is_whole=False)
                else:
                    yield Past(msgspec.convert(case.action["action"], Action), is_whole=True)


def _standing(register: Register, name: str, at_us: int) -> dict[str, Any]:
    """What state an order is in at a moment, over all populations."""
    order = register.orders[name]
    terms = register.terms[name]
    standing: list[str] = []
    is_partly = False
    for basis, effective, ending in terms.bases:
        if not any(span.holds(at_us) for span in effective):
            continue
        ended = [span for span in ending if span.holds(at_us)]
        if any(not (s.population.include or s.population.exclude) for s in ended):
            continue
        standing.append(basis)
        is_partly = is_partly or bool(ended)
    if standing and at_us < terms.binds_from_us:
        state = "unverified"
    elif standing:
        state = "partly stayed" if is_partly else "in force"
    else:
        later = any(s.start_us > at_us for _, effective, _ in terms.bases for s in effective)
        state = "announced" if later else "not in force"
    return {
        "order": name,
        "version": order.version,
        "title": order.title,
        "state": state,
        "bases": standing,
    }


def _due_row(item: DueItem) -> list[str]:
    warning = "over" if item.is_over else f"{item.warning} days" if item.warning else ""
    return [item.due, item.what.replace("_", " "), item.order, item.subject, warning]
