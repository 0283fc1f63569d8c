"""What is left of a restricted use, day by day, counted from the decisions of a ledger.

1. A call is a request to a model that went ahead: allowed, or observed and not stopped. What orders
   or rules stopped is counted beside it as ``stopped``.
2. A use that an order may concern and that nobody can place is counted as opaque, never as clean.
3. Tokens are those that the vendor counted and a door recorded: with the answer, or at the end of
   a stream.
4. Days are UTC days of the decisions' own times.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from gardefou.action import Action, Attributes, Principal
from gardefou.errors import UsageError
from gardefou.ledger import DecisionRecord, Session, UsageRecord, decode_entry
from gardefou.orders._register import Register
from gardefou.orders._time import day_of

_OBSERVED = "observe"

Recorded = DecisionRecord | UsageRecord


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One day of one model through one channel."""

    day: str
    vendor: str
    channel: str
    model: str
    opaque: bool
    calls: int
    stopped: int
    tokens: int
    tenants: int
    systems: int


class Residual(msgspec.Struct, frozen=True, kw_only=True):
    """Who still uses what: the calls of one tenant's application since the start of the period."""

    tenant: str
    application: str
    system: str
    vendor: str
    channel: str
    model: str
    opaque: bool
    calls: int
    last_day: str


class BurnDown(msgspec.Struct, frozen=True, kw_only=True):
    """The burn-down of one order, or of everything when ``order`` is empty."""

    order: str
    since_us: int
    until_us: int
    decisions: int
    lines: tuple[Line, ...]
    residual: tuple[Residual, ...]

    @property
    def calls(self) -> int:
        """The calls that went ahead in the period."""
        return sum(line.calls for line in self.lines)

    def by_day(self) -> dict[str, tuple[int, int]]:
        """Calls and stopped calls of each day that had any."""
        found: dict[str, tuple[int, int]] = {}
        for line in self.lines:
            calls, stopped = found.get(line.day, (0, 0))
            found[line.day] = (calls + line.calls, stopped + line.stopped)
        return dict(sorted(found.items()))

    def csv(self) -> str:
        """The lines as CSV (RFC 4180), with a heading."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(Line.__struct_fields__)
        for line in self.lines:
            writer.writerow([_cell(value) for value in msgspec.structs.astuple(line)])
        return out.getvalue()


class _Count(msgspec.Struct):
    calls: int = 0
    stopped: int = 0
    tokens: int = 0
    last_day: str = ""
    tenants: set[str] = msgspec.field(default_factory=set)
    systems: set[str] = msgspec.field(default_factory=set)


def decisions(session: Session, since_us: int, until_us: int) -> Iterator[Recorded]:
    """The decisions of a ledger in a period, and the tokens of streams; reads every entry.

    Raises:
        VerificationError: when an entry is not what a ledger writes.
    """
    head = session.head()
    for seq, _, body in session.rows(head.minimum, head.size):
        head_of = body[:64]
        of: type[Recorded]
        if b'"kind":"decision"' in head_of:
            of = DecisionRecord
        elif b'"kind":"usage"' in head_of:
            of = UsageRecord
        else:
            continue
        record = msgspec.convert(decode_entry(body, seq).data, of)
        if since_us <= _time_of(record) < until_us:
            yield record


def burn_down(
    records: Iterable[Recorded],
    register: Register,
    order: str,
    *,
    since_us: int,
    until_us: int,
) -> BurnDown:
    """Count what an order concerns, in force or not; without an order, every use of a model.

    Raises:
        UsageError: ``order.unknown`` when the register has no such order.
    """
    terms = None if not order else register.terms.get(order)
    if order and terms is None:
        raise UsageError(
            f"there is no order `{order}`",
            code="order.unknown",
            help="`gardefou order status` lists the orders",
        )
    days: dict[tuple[str, str, str, str, bool], _Count] = defaultdict(_Count)
    users: dict[tuple[str, str, str, str, str, str, bool], _Count] = defaultdict(_Count)
    count = 0
    for record in records:
        if isinstance(record, DecisionRecord):
            count += 1
            if not record.action_kind.startswith("model."):
                continue
        action = action_of(record)
        use = register.use(action)
        concerns = True if terms is None else terms.concerns(use, action)
        if concerns is False:
            continue
        opaque = concerns is None or use.is_opaque
        day = day_of(_time_of(record))
        place = (record.vendor, record.channel, record.model, opaque)
        user = users[(record.tenant, record.application, record.system, *place)]
        for kept in (days[(day, *place)], user):
            _add(kept, record)
        if isinstance(record, DecisionRecord) and went_ahead(record):
            user.last_day = max(user.last_day, day)
    return BurnDown(
        order=order,
        since_us=since_us,
        until_us=until_us,
        decisions=count,
        lines=tuple(_lines(days)),
        residual=tuple(_residual(users)),
    )


def went_ahead(record: DecisionRecord) -> bool:
    """Whether the action of a decision happened: allowed, or observed and stopped by nothing."""
    if record.verdict == "allow":
        return True
    stopped = any(" order " in ground for ground in record.grounds)
    return record.mode == _OBSERVED and not stopped


def action_of(record: Recorded) -> Action:
    """The action of a decision as far as its entry shows it, without what is encrypted."""
    is_answer = isinstance(record, UsageRecord) or record.action_kind == "model.response"
    return Action(
        kind="model.response" if is_answer else "model.request",
        principal=Principal(tenant=record.tenant, application=record.application),
        vendor=record.vendor,
        channel=record.channel,
        model=record.model,
        attributes=Attributes(system=record.system),
    )


def _time_of(record: Recorded) -> int:
    return record.decided_at_us if isinstance(record, DecisionRecord) else record.ended_at_us


def _add(count: _Count, record: Recorded) -> None:
    count.tokens += record.tokens
    if isinstance(record, UsageRecord) or record.action_kind != "model.request":
        return
    if not went_ahead(record):
        count.stopped += 1
        return
    count.calls += 1
    count.tenants.add(record.tenant)
    count.systems.add(record.system or record.application)


def _lines(days: dict[tuple[str, str, str, str, bool], _Count]) -> Iterator[Line]:
    for (day, vendor, channel, model, opaque), count in sorted(days.items()):
        yield Line(
            day=day,
            vendor=vendor,
            channel=channel,
            model=model,
            opaque=opaque,
            calls=count.calls,
            stopped=count.stopped,
            tokens=count.tokens,
            tenants=len(count.tenants),
            systems=len(count.systems),
        )


def _residual(
    users: dict[tuple[str, str, str, str, str, str, bool], _Count],
) -> Iterator[Residual]:
    for (tenant, application, system, vendor, channel, model, opaque), count in sorted(
        users.items()
    ):
        if count.calls:
            yield Residual(
                tenant=tenant,
                application=application,
                system=system,
                vendor=vendor,
                channel=channel,
                model=model,
                opaque=opaque,
                calls=count.calls,
                last_day=count.last_day,
            )


def _cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
