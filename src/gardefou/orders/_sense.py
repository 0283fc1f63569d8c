"""What an instrument must make sense of by itself, beyond its form.

1. Whatever has a beginning and an end ends after it begins.
2. A status names a listed basis; each basis becomes effective somewhere, or the order binds nobody.
3. A waiver is bounded: it names systems, applications or contracts, lasts at most `LONGEST_WAIVER_DAYS`,
   and one who asks does not approve. A granted one has an approver.
4. Whoever verifies an instrument is not who entered it.
5. Expressions on models compile in linear time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gardefou.errors import InputError
from gardefou.orders._instruments import (
    Attestation,
    Designation,
    FallbackPlan,
    Instrument,
    Milestone,
    Obligation,
    Order,
    Party,
    Waiver,
)
from gardefou.orders._match import pattern
from gardefou.orders._time import DAY_US, due_at, moment

LONGEST_WAIVER_DAYS = 366

Path = tuple[str | int, ...]


class Complaint(NamedTuple):
    """One thing that makes no sense, and where."""

    path: Path
    code: str
    message: str
    expected: str
    help: str


def complaints(instrument: Instrument) -> Iterator[Complaint]:
    """Everything in an instrument that makes no sense by itself."""
    match instrument:
        case Order():
            yield from _order(instrument)
        case Waiver():
            yield from _waiver(instrument)
        case Designation():
            yield from _ends(instrument.effective_at, instrument.expires_at, ("expires_at",))
        case Milestone():
            if bool(instrument.signed_by) != bool(instrument.signed_at):
                yield _half("signed_by", "signed_at")
        case Obligation():
            yield from _obligation(instrument)
        case Attestation():
            yield from _ends(instrument.since, instrument.until, ("to",))
        case FallbackPlan():
            yield from _patterns(instrument.models, ("models",))
        case Party():
            yield from _party(instrument)


def _order(order: Order) -> Iterator[Complaint]:
    for number, subject in enumerate(order.subjects):
        yield from _patterns((subject.model,), ("subjects", number, "model"), single=True)
        if subject.party and (subject.developer or subject.channel):
            yield Complaint(
                ("subjects", number),
                "order.subject",
                "a subject names a party and a vendor",
                "one of the two",
                "a party stands for its vendors: leave `developer` and `channel` out",
            )
    known = [basis.id for basis in order.bases]
    for number, name in enumerate(known):
        if name in known[:number]:
            yield _twice(("bases", number, "id"), "basis", name)
        elif not any(i.basis == name and i.status == "effective" for i in order.status):
            yield Complaint(
                ("bases", number),
                "order.never_effective",
                f"the basis `{name}` never becomes effective",
                "an interval with `status: effective`",
                "say from when the order binds on this basis",
            )
    yield from _statuses(order, known)
    yield from _phase_out(order)
    yield from _authority(order)


def _statuses(order: Order, known: list[str]) -> Iterator[Complaint]:
    for number, interval in enumerate(order.status):
        here: Path = ("status", number)
        if interval.basis not in known:
            yield Complaint(
                (*here, "basis"),
                "order.basis",
                f"the order has no basis `{interval.basis}`",
                ", ".join(f"`{name}`" for name in known),
                "list the basis under `bases`, or name a listed one",
            )
        yield from _ends(interval.since, interval.until, (*here, "to"))
        if interval.status == "superseded" and not interval.by:
            yield Complaint(
                here,
                "order.superseded_by",
                "the order is superseded by nothing",
                "`by: the id of the later order`",
                "name the order that takes its place",
            )


def _phase_out(order: Order) -> Iterator[Complaint]:
    starts = [moment(i.since) for i in order.status if i.status == "effective"]
    effective = min(starts, default=0)
    for number, phase in enumerate(order.phase_out):
        if moment(phase.until) <= effective:
            yield Complaint(
                ("phase_out", number, "until"),
                "order.deadline_past",
                f"the phase-out of `{phase.tier}` ends before the order is effective",
                "a later moment",
                "leave the phase-out out when there is none",
            )
        if phase.tier in [other.tier for other in order.phase_out[:number]]:
            yield _twice(("phase_out", number, "tier"), "tier", phase.tier)
    if (order.phase_out or order.nexus == "new_procurement") and not order.existing:
        yield Complaint(
            (),
            "order.existing",
            "the order lets existing use go on and does not say what existed",
            "`existing:` with at least one population",
            "list the applications or systems that used the subject on the first day",
        )


def _authority(order: Order) -> Iterator[Complaint]:
    authority = order.authority
    if bool(authority.verified_by) != bool(authority.verified_at):
        yield _half("verified_by", "verified_at", ("authority",))
    if authority.verified_by and _same(authority.verified_by, authority.entered_by):
        yield Complaint(
            ("authority", "verified_by"),
            "order.same_person",
            "who entered the instrument has verified it",
            "a second person",
            "let somebody else compare it with the original",
        )


def _waiver(waiver: Waiver) -> Iterator[Complaint]:
    covers = waiver.covers
    yield from _patterns(covers.models, ("covers", "models"))
    if not (covers.applications or covers.systems or covers.contracts):
        yield Complaint(
            ("covers",),
            "waiver.blanket",
            "the waiver covers everything that its tenants do",
            "`applications`, `systems` or `contracts`",
            "no blanket waiver can be written: name what it is for",
        )
    yield from _ends(waiver.granted_at, waiver.expires_at, ("expires_at",))
    if moment(waiver.expires_at) - moment(waiver.granted_at) > LONGEST_WAIVER_DAYS * DAY_US:
        yield Complaint(
            ("expires_at",),
            "waiver.perpetual",
            f"the waiver lasts longer than {LONGEST_WAIVER_DAYS} days",
            f"at most {LONGEST_WAIVER_DAYS} days",
            "no perpetual waiver can be written: grant a new one when it ends",
        )
    if waiver.state == "granted" and not waiver.approved_by:
        yield Complaint(
            ("state",),
            "waiver.approver",
            "the waiver is granted by nobody",
            "`approved_by`",
            "name who has approved it",
        )
    if waiver.approved_by and _same(waiver.approved_by, waiver.requested_by):
        yield Complaint(
            ("approved_by",),
            "waiver.same_person",
            "who asks for the waiver approves it",
            "a second person",
            "let somebody else decide",
        )


def _obligation(obligation: Obligation) -> Iterator[Complaint]:
    due = obligation.due
    if (due.anchor == "clock_time") != bool(due.at):
        yield Complaint(
            ("due",),
            "obligation.clock",
            "a duty with a fixed moment needs `at`, and only such a duty has it",
            "`anchor: clock_time` together with `at`",
            "add the moment, or count from another anchor",
        )
        return
    if due.anchor == "prior_submission" and not obligation.after:
        yield Complaint(
            (),
            "obligation.after",
            "the duty counts from the submission of another one and names none",
            "`after: the id of the other obligation`",
            "name the obligation whose submission starts this clock",
        )
    try:
        due_at(due, 0)
    except InputError as error:
        yield Complaint(("due",), error.code, error.message, error.expected, error.help)


def _party(party: Party) -> Iterator[Complaint]:
    if party.id in (party.parent, party.successor_of) or any(
        relation.to == party.id for relation in party.supplies
    ):
        yield Complaint(
            (),
            "party.itself",
            f"the party `{party.id}` is related to itself",
            "another party",
            "name the party that is meant",
        )
    for number, answer in enumerate(party.answers):
        yield from _ends(answer.sent_at, answer.due, ("answers", number, "due"))
        if (answer.reply != "none") != bool(answer.replied_at):
            yield _half("reply", "replied_at", ("answers", number))


def _ends(since: str, until: str, path: Path) -> Iterator[Complaint]:
    if until and moment(until) <= moment(since):
        yield Complaint(
            path,
            "order.interval",
            "it ends before it begins, or at once",
            f"a moment after `{since}`",
            "exchange the two, or correct one",
        )


def _patterns(texts: tuple[str, ...], path: Path, *, single: bool = False) -> Iterator[Complaint]:
    for number, text in enumerate(texts):
        try:
            pattern(text)
        except InputError as error:
            here = path if single else (*path, number)
            yield Complaint(here, error.code, error.message, error.expected, error.help)


def _twice(path: Path, what: str, name: str) -> Complaint:
    return Complaint(
        path, "order.duplicate", f"the {what} `{name}` stands twice", "each one once", "rename one"
    )


def _half(first: str, second: str, path: Path = ()) -> Complaint:
    return Complaint(
        path,
        "order.half",
        f"`{first}` and `{second}` go together, and one of them is missing",
        "both or none",
        "add the other one",
    )


def _same(one: str, other: str) -> bool:
    return one.casefold().strip() == other.casefold().strip()
