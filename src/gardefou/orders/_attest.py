"""Attestations: what a person asserts, the evidence behind it, and a file that proves both offline.

1. The evidence is counted from the ledger: scope, residual uses, waivers, suppliers, what was not
   covered. Nobody writes it by hand.
2. A statement that the evidence contradicts is not signed: *no use* while calls went ahead, *residual
   waived* while a residual use has no waiver, *suppliers flowed* while one is unknown.
3. The signed instrument holds the evidence's digest, the ledger's entry the instrument's digest, the
   proof the entry: whoever has the officer's and the log's public keys checks all of it offline.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from gardefou.action import digest, parse
from gardefou.errors import InputError, UsageError, VerificationError
from gardefou.ledger import (
    SigningKey,
    Store,
    Verifier,
    check_proof,
    decode_entry,
    open_note,
    parse_note,
    parse_proof,
)
from gardefou.orders._burn_down import BurnDown, Residual, burn_down, decisions
from gardefou.orders._entries import Written, note_text, read_register, signed
from gardefou.orders._instruments import Attestation, Waiver, digest_of, plain
from gardefou.orders._office import Office
from gardefou.orders._parties import standing
from gardefou.orders._register import Register
from gardefou.orders._time import moment

FORMAT = "gardefou attestation v1"
# What no attestation covers, whatever its author adds.
ALWAYS_NOT_COVERED = (
    "use that did not pass through Gardefou",
    "source code, packages and settings: no scan of code is part of this evidence",
)


class WaiverUse(msgspec.Struct, frozen=True, kw_only=True):
    """A waiver of the order that was granted at some time of the period."""

    id: str
    granted_at: str
    expires_at: str
    tenants: tuple[str, ...]


class SupplierStanding(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a supplier: its answer, or ``unknown``."""

    party: str
    tier: int
    reply: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger and the register show for a period."""

    order: str
    since: str
    until: str
    log: str
    entries: int
    root: str
    register: str
    decisions: int
    calls: int
    stopped: int
    residual_uses: tuple[Residual, ...]
    waivers: tuple[WaiverUse, ...]
    suppliers: tuple[SupplierStanding, ...]
    not_covered: tuple[str, ...]


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that checks an attestation offline, but for the public keys.

    ``instrument`` and ``evidence`` are JSON values, ``entry`` the ledger's entry in base64, ``proof``
    a ``.tlog-proof``.
    """

    format: str
    instrument: dict[str, Any]
    evidence: dict[str, Any]
    entry: str
    proof: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What an attestation that verifies says, by whose key, in which log."""

    attestation: Attestation
    evidence: Evidence
    signer: str
    log: str
    entry: int


def gather(store: Store, attestation: Attestation, *, us: str = "") -> Evidence:
    """Count the evidence for an attestation; ``us`` is the party whose suppliers count.

    Raises:
        UsageError: ``order.unknown`` when there is no such order.
        VerificationError: when the ledger holds what does not verify.
    """
    since_us, until_us = moment(attestation.since), moment(attestation.until)
    with store.reading() as session:
        register = read_register(session)
        head = session.head()
        origin = session.origin()[1]
        found = burn_down(
            decisions(session, since_us, until_us),
            register,
            attestation.order,
            since_us=since_us,
            until_us=until_us,
        )
    return Evidence(
        order=attestation.order,
        since=attestation.since,
        until=attestation.until,
        log=origin,
        entries=head.size,
        root=head.root.hex(),
        register=register.digest,
        decisions=found.decisions,
        calls=found.calls,
        stopped=sum(line.stopped for line in found.lines),
        residual_uses=found.residual,
        waivers=tuple(_waivers(register, attestation.order, since_us, until_us)),
        suppliers=tuple(
            SupplierStanding(
                party=supplier.party.id,
                tier=supplier.tier,
                reply=standing(supplier.party, attestation.order),
            )
            for supplier in register.parties.suppliers_of(us)
        ),
        not_covered=tuple(dict.fromkeys((*attestation.not_covered, *ALWAYS_NOT_COVERED))),
    )


def attest(
    office: Office,
    attestation: Attestation,
    key: SigningKey,
    *,
    us: str = "",
    officers: Sequence[Verifier] = (),
) -> Bundle:
    """Gather the evidence, sign the attestation into the ledger, and prove it.

    Raises:
        UsageError: ``attest.contradicted`` when the evidence contradicts the statement,
            ``attest.period`` when its period is not over, ``order.unknown``, and those of `enter`.
        LedgerUnavailable: when it could not be made durable.
    """
    if moment(attestation.until) > office.now():
        raise UsageError(
            f"the period ends in the future, at {attestation.until}",
            code="attest.period",
            help="attest a period that is over",
        )
    evidence = gather(office.store, attestation, us=us)
    with office.store.reading() as session:
        register = read_register(session)
    reasons = list(contradictions(attestation, evidence, register))
    if reasons:
        raise UsageError(
            f"the evidence contradicts `{attestation.statement}`: {'; '.join(reasons)}",
            code="attest.contradicted",
            help="assert what the evidence shows, or end what it shows first",
        )
    statement = msgspec.structs.replace(attestation, evidence=digest_of_evidence(evidence))
    (entered,) = office.enter(signed([statement], key, op="attest"), officers)
    proof = office.prove(entered.seq)
    with office.store.reading() as session:
        body = next(body for _, _, body in session.rows(entered.seq, entered.seq + 1))
    return Bundle(
        format=FORMAT,
        instrument=plain(statement),
        evidence=msgspec.to_builtins(evidence),
        entry=base64.b64encode(body).decode(),
        proof=proof,
    )


def contradictions(
    attestation: Attestation, evidence: Evidence, register: Register
) -> Iterator[str]:
    """What the evidence has against a statement; also for evidence of a later time."""
    statement = attestation.statement
    if statement in ("no_use", "removed") and evidence.residual_uses:
        yield f"{evidence.calls} calls went ahead"
    if statement == "residual_waived":
        for use in evidence.residual_uses:
            if not any(_covers(register, waiver.id, use) for waiver in evidence.waivers):
                yield f"`{use.application or use.tenant}` has no waiver for `{use.model}`"
    if statement == "suppliers_flowed":
        if not evidence.suppliers:
            yield "no supplier is in the register"
        for supplier in evidence.suppliers:
            if supplier.reply == "unknown":
                yield f"`{supplier.party}` has not answered"


def check_bundle(data: bytes, officers: Sequence[Verifier], log: Sequence[Verifier]) -> Checked:
    """Check an attestation with nothing but public keys (rule 3).

    Raises:
        VerificationError: naming the first thing that does not fit; codes ``attest.*``, ``note.*``,
            ``checkpoint.*``.
    """
    try:
        bundle = msgspec.convert(parse(data), Bundle)
        attestation = msgspec.convert(bundle.instrument, Attestation)
        evidence = msgspec.convert(bundle.evidence, Evidence)
        entry = base64.b64decode(bundle.entry, validate=True)
    except (msgspec.ValidationError, InputError, ValueError) as error:
        raise _bad(f"it is no attestation: {str(error)[:120].lower()}") from None
    if bundle.format != FORMAT:
        raise _bad(f"its format is `{bundle.format[:40]}`, expected `{FORMAT}`")
    if attestation.evidence != digest(bundle.evidence, label=_LABEL):
        raise _bad("the evidence is not what was signed")
    proof = parse_proof(bundle.proof)
    checkpoint = check_proof(proof, entry, log, origin=evidence.log)
    decoded = decode_entry(entry, proof.index)
    try:
        written = msgspec.convert(decoded.data, Written)
    except msgspec.ValidationError as error:
        raise _bad(f"the entry is another one: {str(error)[:80].lower()}") from None
    name = f"attestation/{attestation.id}"
    said = (decoded.kind, written.op, written.instrument, written.version, written.digest)
    if said != ("order", "attest", name, attestation.version, digest_of(attestation)):
        raise _bad("the entry is about another instrument")
    note = parse_note(written.note)
    signers = open_note(note, officers)
    if note.text != note_text(written):
        raise _bad("the signature is on something else")
    return Checked(
        attestation=attestation,
        evidence=evidence,
        signer=signers[0].name,
        log=checkpoint.origin,
        entry=proof.index,
    )


_LABEL = "evidence/v1"


def digest_of_evidence(evidence: Evidence) -> str:
    """What an attestation holds of its evidence."""
    return digest(msgspec.to_builtins(evidence), label=_LABEL)


def residual_of(found: BurnDown) -> tuple[Residual, ...]:
    """Who still uses what, most calls first."""
    return tuple(sorted(found.residual, key=lambda use: -use.calls))


def _waivers(register: Register, order: str, since_us: int, until_us: int) -> Iterator[WaiverUse]:
    for waiver in register.waivers.values():
        if waiver.order != order or waiver.state not in ("granted", "revoked"):
            continue
        if moment(waiver.granted_at) < until_us and moment(waiver.expires_at) > since_us:
            yield WaiverUse(
                id=waiver.id,
                granted_at=waiver.granted_at,
                expires_at=waiver.expires_at,
                tenants=waiver.covers.tenants,
            )


def _covers(register: Register, name: str, use: Residual) -> bool:
    """Whether a waiver names who uses it; what the entry does not show is not covered."""
    waiver: Waiver = register.waivers[name]
    covers = waiver.covers
    if covers.contracts or covers.data_classes or covers.regions or use.opaque:
        return False
    return (
        use.tenant in covers.tenants
        and (not covers.applications or use.application in covers.applications)
        and (not covers.systems or use.system in covers.systems)
    )


def _bad(message: str) -> VerificationError:
    return VerificationError(
        message, code="attest.form", help="ask whoever sent it for the file as it was signed"
    )
