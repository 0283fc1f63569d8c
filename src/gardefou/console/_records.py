"""Decisions as they were recorded, the newest first, with the explanation of each.

A page shows at most `PER_PAGE` decisions and reads at most `READ` entries for them: an old ledger
costs no more than a new one.
"""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gardefou.console._desk import Desk, desk_of, who_asks
from gardefou.console._pages import page
from gardefou.decide import explanation
from gardefou.errors import GardefouError, InputError
from gardefou.ledger import DecisionRecord, decode_entry, open_case
from gardefou.recording import facts_from, label_again

PER_PAGE = 50
READ = 5_000


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One decision on the list."""

    seq: int
    record: DecisionRecord


def routes() -> list[BaseRoute]:
    """The pages of decisions."""
    return [
        Route("/decisions", decisions, methods=["GET"]),
        Route("/decisions/{seq:int}", decision, methods=["GET"]),
    ]


def decisions(request: Request) -> Response:
    """The newest decisions of the reader's tenant that fit the filters."""
    desk, who = desk_of(request), who_asks(request)
    query = request.query_params
    wanted = {name: query.get(name, "").strip() for name in ("verdict", "tool", "article")}
    before = int(query["before"]) if query.get("before", "").isdecimal() else -1
    lines, reached = _newest(desk, who.tenant, wanted, before)
    return page(request, "decisions.html", lines=lines, wanted=wanted, reached=reached)


def decision(request: Request) -> Response:
    """One decision with its reasons; in full where the text in force is the one that decided."""
    desk, who = desk_of(request), who_asks(request)
    seq = int(request.path_params["seq"])
    store, recorder = desk.ledger.store, desk.service.recorder
    with store.reading() as session:
        row = next(session.rows(seq, seq + 1), None)
        entry = None if row is None else decode_entry(row.body, seq)
        if entry is None or entry.kind != "decision" or entry.data.get("tenant") != who.tenant:
            raise InputError(
                f"entry {seq} is no decision",
                code="console.no_decision",
                expected="the number of a decision of your tenant",
                help="go back to the list",
            )
        case = None if recorder is None else open_case(session, recorder.keyring, seq, entry)
    record = msgspec.convert(entry.data, DecisionRecord)
    told, arguments = "", ""
    if case is not None:
        arguments = msgspec.json.format(
            msgspec.json.encode(case.action["action"].get("arguments", {}))
        ).decode()
        told = _explained(desk, record, case.action, case.facts)
    return page(
        request,
        "decision.html",
        line=Line(seq=seq, record=record),
        told=told,
        arguments=arguments,
        gone=case is None,
    )


def _newest(desk: Desk, tenant: str, wanted: dict[str, str], before: int) -> tuple[list[Line], int]:
    """The newest decisions, and the number below which the next page begins; 0 at the start."""
    lines: list[Line] = []
    with desk.ledger.store.reading() as session:
        head = session.head()
        at = head.size if before < 0 else min(before, head.size)
        least = max(head.minimum, at - READ)
        while at > least and len(lines) < PER_PAGE:
            start = max(least, at - 500)
            for row in reversed(list(session.rows(start, at))):
                at = row.seq
                entry = decode_entry(row.body, row.seq)
                if entry.kind == "decision" and _fits(entry.data, tenant, wanted):
                    record = msgspec.convert(entry.data, DecisionRecord)
                    lines.append(Line(seq=row.seq, record=record))
                    if len(lines) == PER_PAGE:
                        break
            else:
                at = start
    return lines, at if at > head.minimum else 0


def _fits(data: dict[str, Any], tenant: str, wanted: dict[str, str]) -> bool:
    if data.get("tenant") != tenant:
        return False
    if wanted["verdict"] and data.get("verdict") != wanted["verdict"]:
        return False
    if wanted["tool"] and wanted["tool"] not in (data.get("tool") or data.get("action_kind", "")):
        return False
    return not wanted["article"] or wanted["article"] in data.get("articles", ())


def _explained(desk: Desk, record: DecisionRecord, part: dict[str, Any], facts: Any) -> str:
    """The decision in words; empty where another text decided than the one in force."""
    guard = desk.service.guard(record.tenant)
    if (guard.constitution_digest, guard.catalogue_digest) != (
        record.constitution,
        record.catalogue,
    ):
        return ""
    try:
        labelled = label_again(guard, part)
        session = guard.session()
        known = facts_from(facts)
        made = guard.decide(labelled, session, record.decided_at_us)
        return explanation(guard, labelled, made, dict(known)).sentence
    except GardefouError:
        return ""
