"""Instruments: what authorities, duty officers and suppliers put in writing, typed and versioned.

An instrument is what its file says, nothing compiled: this is what is digested, signed and kept.
Times are texts with their zone; `gardefou.orders.Register` compiles them. The JSON Schema that is
published with the package is made from these classes.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gardefou.action import digest
from gardefou.orders._words import (
    Affiliates,
    Anchor,
    Count,
    Date,
    DesignationEffect,
    Digest,
    Duty,
    Effect,
    Id,
    Instant,
    Metric,
    Name,
    Nexus,
    Opaque,
    OrderKind,
    Reply,
    Source,
    Statement,
    Status,
    Streams,
    SupplierRole,
    Text,
    Unit,
    Version,
    WaiverState,
)


class Value(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A part of an instrument."""


class Population(Value, frozen=True, kw_only=True):
    """Whom something concerns: every list that is not empty must hold the action's value."""

    tenants: tuple[Name, ...] = ()
    applications: tuple[Name, ...] = ()
    contracts: tuple[Name, ...] = ()
    systems: tuple[Name, ...] = ()
    data_classes: tuple[Name, ...] = ()
    regions: tuple[Name, ...] = ()
    users: dict[Name, tuple[Name, ...]] = {}


class Scope(Value, frozen=True, kw_only=True):
    """Everyone, or those in one of ``include``, but for those in one of ``exclude``."""

    include: tuple[Population, ...] = ()
    exclude: tuple[Population, ...] = ()


EVERYONE = Scope()


class Subject(Value, frozen=True, kw_only=True):
    """What an order bites on: everything that is named must fit.

    ``party`` stands for the vendors of a party in the register, and of its affiliates.
    ``product`` is the application, as the door names it. ``model`` is a regular expression (RE2) on
    the whole name of the model.
    """

    party: Id = ""
    developer: Id = ""
    channel: Id = ""
    product: Name = ""
    model: Annotated[str, Meta(max_length=400)] = ""
    tool: Name = ""


class Authority(Value, frozen=True, kw_only=True):
    """Who issued the instrument, how it arrived, and who has compared it with the original."""

    issuer: Name
    source: Source
    received_at: Instant
    received_via: Text = ""
    entered_by: Name
    issued_at: Instant = ""
    published_at: Instant = ""
    document: Digest = ""
    verified_by: Name = ""
    verified_at: Instant = ""
    emergency: bool = False


class Basis(Value, frozen=True, kw_only=True):
    """One legal ground that an order rests on; each can be stayed by itself."""

    id: Id
    citation: Text


class Interval(Value, frozen=True, kw_only=True):
    """A status of one basis, for a population, from one moment to before another.

    ``by`` names the instrument that changed the status: for ``superseded``, the later order.
    """

    status: Status
    basis: Id
    since: Instant = msgspec.field(name="from")
    until: Instant = msgspec.field(name="to", default="")
    population: Scope = EVERYONE
    by: Text = ""


class PhaseOut(Value, frozen=True, kw_only=True):
    """Until when those who used the subject on the first day may go on."""

    tier: Id
    population: Scope
    until: Instant


class Order(Value, frozen=True, kw_only=True, tag_field="instrument", tag="order"):
    """An instrument that restricts a vendor, a model, a channel or a tool."""

    format: Annotated[int, Meta(ge=1, le=1)]
    id: Id
    version: Version
    title: Text
    kind: OrderKind
    authority: Authority
    bases: Annotated[tuple[Basis, ...], Meta(min_length=1)]
    subjects: Annotated[tuple[Subject, ...], Meta(min_length=1)]
    status: Annotated[tuple[Interval, ...], Meta(min_length=1)]
    population: Scope = EVERYONE
    nexus: Nexus = "all_use"
    effect: Effect = "deny"
    opaque: Opaque = "hold"
    streams: Streams = "cut"
    quorum: dict[Id, Annotated[int, Meta(ge=1, le=20)]] = {}
    existing: tuple[Population, ...] = ()
    phase_out: tuple[PhaseOut, ...] = ()
    designations: tuple[Id, ...] = ()
    fallback: Id = ""
    note: Text = ""


class Designation(Value, frozen=True, kw_only=True, tag_field="instrument", tag="designation"):
    """A listing of a party under a legal basis; orders rest on it."""

    format: Annotated[int, Meta(ge=1, le=1)]
    id: Id
    version: Version
    title: Text
    party: Id
    basis: Basis
    issued_by: Name
    signed_at: Instant = ""
    published_at: Instant = ""
    effective_at: Instant
    expires_at: Instant = ""
    affiliates: Affiliates = "named"
    effect: DesignationEffect = "exclude"
    sealed: bool = False


class Justification(Value, frozen=True, kw_only=True):
    """Why a waiver is asked for."""

    mission_need: Text
    alternatives: Annotated[tuple[Text, ...], Meta(min_length=1)]
    harm_if_denied: Text


class Covers(Value, frozen=True, kw_only=True):
    """What a waiver covers: named systems or applications of named tenants, never everything."""

    tenants: Annotated[tuple[Name, ...], Meta(min_length=1)]
    applications: tuple[Name, ...] = ()
    systems: tuple[Name, ...] = ()
    contracts: tuple[Name, ...] = ()
    data_classes: tuple[Name, ...] = ()
    regions: tuple[Name, ...] = ()
    models: tuple[Annotated[str, Meta(min_length=1, max_length=400)], ...] = ()


class Waiver(Value, frozen=True, kw_only=True, tag_field="instrument", tag="waiver"):
    """A bounded exception from one order; it lifts that order's verdict and nothing else."""

    format: Annotated[int, Meta(ge=1, le=1)]
    id: Id
    version: Version
    title: Text
    order: Id
    state: WaiverState
    covers: Covers
    justification: Justification
    mitigation: Text
    conditions: tuple[Text, ...] = ()
    calls_per_day: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    requested_by: Name
    approved_by: Name = ""
    granted_at: Instant
    expires_at: Instant


class Milestone(Value, frozen=True, kw_only=True, tag_field="instrument", tag="milestone"):
    """A step of a phase-out; at a hold point a person signs, or use of the tier is held."""

    format: Annotated[int, Meta(ge=1, le=1)]
    id: Id
    version: Version
    title: Text
    order: Id
    tier: Id
    owner: Name
    metric: Metric
    target: Count
    due: Instant
    hold_point: bool = False
    signed_by: Name = ""
    signed_at: Instant = ""


class Due(Value, frozen=True, kw_only=True):
    """When a duty is due: so many units after an anchor; a calendar names the days off."""

    anchor: Anchor
    count: Annotated[int, Meta(ge=0, le=10_000)] = 0
    unit: Unit = "business_days"
    at: Instant = ""
    zone: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_+/-]{1,64}$")] = "UTC"
    days_off: tuple[Date, ...] = ()


class Obligation(Value, frozen=True, kw_only=True, tag_field="instrument", tag="obligation"):
    """A duty that an order brings, with its clock."""

    format: Annotated[int, Meta(ge=1, le=1)]
    id: Id
    version: Version
    title: Text
    order: Id
    duty: Duty
    due: Due
    recipient: Name = ""
    after: Id = ""
    anchored_at: Instant = ""
    submitted_at: Instant = ""
    receipt: Text = ""


class Attestation(Value, frozen=True, kw_only=True, tag_field="instrument", tag="attestation"):
    """What a person asserts about an order; the evidence is added when it is signed."""

    format: Annotated[int, Meta(ge=1, le=1)]
    id: Id
    version: Version
    order: Id
    statement: Statement
    since: Instant = msgspec.field(name="from")
    until: Instant = msgspec.field(name="to")
    wording: Text
    signatory: Name
    title: Text
    not_covered: Annotated[tuple[Text, ...], Meta(min_length=1)]
    evidence: Digest = ""


class Degradation(Value, frozen=True, kw_only=True):
    """What gets worse, in words for users and operators."""

    what: Text
    detail: Text


class Target(Value, frozen=True, kw_only=True):
    """One vendor's model that can take over."""

    developer: Id
    channel: Id = ""
    model: Name
    regions: tuple[Name, ...] = ()
    data_classes: tuple[Name, ...] = ()
    degradations: tuple[Degradation, ...] = ()
    tested_at: Instant = ""


class FallbackPlan(Value, frozen=True, kw_only=True, tag_field="instrument", tag="fallback"):
    """Where traffic goes instead, for some tenants and a class of models, in order of preference."""

    format: Annotated[int, Meta(ge=1, le=1)]
    id: Id
    version: Version
    title: Text
    population: Scope = EVERYONE
    models: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=400)], ...], Meta(min_length=1)
    ]
    targets: Annotated[tuple[Target, ...], Meta(min_length=1)]
    approved_by: Name


class Identifiers(Value, frozen=True, kw_only=True):
    """How registers name a party; what is unknown is left out, never invented."""

    cage: Annotated[str, Meta(pattern=r"^[0-9A-Z]{5}$")] = ""
    uei: Annotated[str, Meta(pattern=r"^[0-9A-Z]{12}$")] = ""
    lei: Annotated[str, Meta(pattern=r"^[0-9A-Z]{18}[0-9]{2}$")] = ""
    domains: tuple[Name, ...] = ()


class Relation(Value, frozen=True, kw_only=True):
    """A declared relation: this party supplies ``to`` under a contract, at a tier."""

    to: Id
    contract: Name
    tier: Annotated[int, Meta(ge=1, le=20)]
    role: SupplierRole = "provider"


class Answer(Value, frozen=True, kw_only=True):
    """What a supplier answered to the notice of an order; no answer is unknown, never clean."""

    order: Id
    notice: Digest
    sent_at: Instant
    due: Instant
    reply: Reply = "none"
    replied_at: Instant = ""
    sub_tier_notified: bool = False


class Party(Value, frozen=True, kw_only=True, tag_field="instrument", tag="party"):
    """A party, with the vendors it operates, its parent and those it supplies."""

    format: Annotated[int, Meta(ge=1, le=1)]
    id: Id
    version: Version
    legal_name: Text
    vendors: tuple[Id, ...] = ()
    parent: Id = ""
    successor_of: Id = ""
    identifiers: Identifiers = Identifiers()
    supplies: tuple[Relation, ...] = ()
    answers: tuple[Answer, ...] = ()


Instrument = (
    Order | Designation | Waiver | Milestone | Obligation | Attestation | FallbackPlan | Party
)

KINDS: dict[str, type[Instrument]] = {
    "attestation": Attestation,
    "designation": Designation,
    "fallback": FallbackPlan,
    "milestone": Milestone,
    "obligation": Obligation,
    "order": Order,
    "party": Party,
    "waiver": Waiver,
}


def kind_of(instrument: Instrument) -> str:
    """The word that stands under ``instrument`` in its file."""
    return str(type(instrument).__struct_config__.tag)


def plain(instrument: Instrument) -> dict[str, Any]:
    """The instrument as JSON values, defaults left out: what is digested and kept."""
    value: dict[str, Any] = msgspec.to_builtins(instrument)
    return value


def digest_of(instrument: Instrument) -> str:
    """The digest that a signature is on and a record refers to."""
    return digest(plain(instrument), label="instrument/v1")
