"""Recording decisions so that they can be replayed, and replaying them.

Rules (law 3, same in, same out):

1. A decision's entry names everything that decided: the digests of constitution, catalogue, orders
   and engine, the time, and commitments to the labelled action and the facts. The two values are
   payload parts, encrypted for the subject. Where no fact was read there is neither part nor
   commitment: the entry itself says so.
2. Replaying opens them, decides again with the function it is given, and compares verdict, articles
   and grounds. A difference is an error that names the entry.
3. What was erased or has expired cannot be replayed; it is counted, never taken for reproduced.
   A payload that is missing without such an entry is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from gardefou.errors import GardefouError, VerificationError
from gardefou.ledger._entry import DecisionRecord, Entry, decode_decision, decode_entry, decode_head
from gardefou.ledger._keyring import Keyring
from gardefou.ledger._ledger import Ledger
from gardefou.ledger._payload import seal, unseal
from gardefou.ledger._store import Change, SealedPart, Session, Store
from gardefou.ledger._ticket import Ticket, Waker

ACTION = "action"
FACTS = "facts"


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded decision with what it was made from."""

    seq: int
    record: DecisionRecord
    action: Any
    facts: Any


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What deciding again gave."""

    verdict: str
    articles: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Where a replay did not give what was recorded."""

    seq: int
    field: str
    recorded: str
    replayed: str


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a replay; good means no difference and at least nothing unexplained."""

    decisions: int
    reproduced: int
    erased: int
    expired: int
    differences: tuple[Difference, ...] = ()


Decide = Callable[[Case], Outcome]


def record_decision(
    ledger: Ledger,
    keyring: Keyring,
    record: DecisionRecord,
    *,
    subject: str,
    action: Any,
    facts: Any,
    parts: tuple[SealedPart, ...] = (),
    changes: tuple[Change, ...] = (),
    waker: Waker | None = None,
    context: Any = None,
) -> Ticket:
    """Hand over a decision with its payload; act only after the ticket's ``wait`` returned.

    ``record`` comes without commitments and pseudonym: they are filled in here. ``subject`` is the
    name whose erasure will destroy the payload, such as ``user:anna`` or ``session:42``.
    Further ``parts`` and ``changes`` are stored in the same transaction.

    Raises:
        InputError: when action or facts have no canonical form.
        LedgerUnavailable: when nothing can be accepted.
    """
    owner = keyring.subject(subject)
    sealed = seal(ACTION, action, owner)
    known = seal(FACTS, facts, owner) if facts else None
    full = msgspec.structs.replace(
        record,
        subject=owner.pseudonym,
        action=sealed.commitment,
        facts="" if known is None else known.commitment,
    )
    return ledger.submit(
        "decision",
        full,
        parts=(sealed.part, *(() if known is None else (known.part,)), *parts),
        changes=changes,
        waker=waker,
        context=context,
    )


def keep_document(ledger: Ledger, kind: str, digest: str, body: bytes) -> None:
    """Keep a document that decides, such as a constitution, and record that it is in force.

    A document that is kept already is neither stored nor recorded again.

    Raises:
        LedgerUnavailable: when it could not be made durable.
    """
    with ledger.store.reading() as session:
        if stored_document(session, digest) is not None:
            return
    change = Change(
        "INSERT INTO document (digest, body) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (digest, body),
        None,
    )
    ledger.append("policy.activated", {"document": kind, "digest": digest}, changes=(change,))


def stored_document(session: Session, digest: str) -> bytes | None:
    """A document that was kept; whoever uses it compares its digest."""
    row = session.run("SELECT body FROM document WHERE digest = ?", (digest,)).fetchone()
    return None if row is None else bytes(row[0])


def replay(store: Store, keyring: Keyring, decide: Decide) -> ReplayReport:
    """Decide every recorded decision again and compare (rules 2 and 3).

    Raises:
        LedgerUnavailable: when the store cannot be read.
    """
    decisions = reproduced = erased = expired = 0
    differences: list[Difference] = []
    with store.reading() as session:
        head = session.head()
        gone = {str(row[0]) for row in session.run("SELECT subject FROM erasure", ()).fetchall()}
        limit = _expired_below(session, head.minimum, head.size)
        for seq, _, body in session.rows(head.minimum, head.size):
            entry = decode_entry(body, seq)
            if entry.kind != "decision":
                continue
            decisions += 1
            record = _record_of(entry, seq, differences)
            if record is None:
                continue
            if record.subject in gone:
                erased += 1
                continue
            try:
                case = _open(session, keyring, seq, record)
                if case is None:
                    expired += seq < limit
                    if seq >= limit:
                        raise _missing(seq)
                    continue
                found = list(_compare(case, decide(case)))
            except GardefouError as error:
                found = [Difference(seq=seq, field=error.code, recorded="", replayed=error.message)]
            differences.extend(found)
            reproduced += not found
    return ReplayReport(
        decisions=decisions,
        reproduced=reproduced,
        erased=erased,
        expired=expired,
        differences=tuple(differences),
    )


def cases(store: Store, keyring: Keyring) -> Iterator[tuple[DecisionRecord, Case | None]]:
    """Every recorded decision in order, opened; None where its payload was erased or expired.

    Raises:
        LedgerUnavailable: when the store cannot be read.
        VerificationError: when an entry or a payload is not what was recorded.
    """
    with store.reading() as session:
        head = session.head()
        limit = _expired_below(session, head.minimum, head.size)
        gone = {str(row[0]) for row in session.run("SELECT subject FROM erasure", ()).fetchall()}
        for seq, _, body in session.rows(head.minimum, head.size):
            entry = decode_entry(body, seq)
            if entry.kind == "decision":
                record = decode_decision(entry, seq)
                case = None if record.subject in gone else _open(session, keyring, seq, record)
                if case is None and record.subject not in gone and seq >= limit:
                    raise _missing(seq)
                yield record, case


def open_case(session: Session, keyring: Keyring, seq: int, entry: Entry) -> Case | None:
    """A decision's entry with its payload; None where that was erased or has expired.

    Raises:
        VerificationError: when the entry or the payload is not what was recorded.
    """
    return _open(session, keyring, seq, decode_decision(entry, seq))


def _record_of(entry: Entry, seq: int, differences: list[Difference]) -> DecisionRecord | None:
    try:
        return decode_decision(entry, seq)
    except VerificationError as error:
        differences.append(
            Difference(seq=seq, field=error.code, recorded="", replayed=error.message)
        )
        return None


def _open(session: Session, keyring: Keyring, seq: int, record: DecisionRecord) -> Case | None:
    key = keyring.key_of(record.subject)
    parts = {part.part: part for part in session.payloads(seq)}
    if key is None or ACTION not in parts or (record.facts and FACTS not in parts):
        return None
    return Case(
        seq=seq,
        record=record,
        action=unseal(parts[ACTION], record.action, key),
        facts=unseal(parts[FACTS], record.facts, key) if record.facts else {},
    )


def _compare(case: Case, outcome: Outcome) -> list[Difference]:
    recorded = {
        "verdict": case.record.verdict,
        "articles": ", ".join(case.record.articles),
        "grounds": ", ".join(case.record.grounds),
    }
    replayed = {
        "verdict": outcome.verdict,
        "articles": ", ".join(outcome.articles),
        "grounds": ", ".join(outcome.grounds),
    }
    return [
        Difference(seq=case.seq, field=field, recorded=recorded[field], replayed=replayed[field])
        for field in recorded
        if recorded[field] != replayed[field]
    ]


def _expired_below(session: Session, start: int, end: int) -> int:
    """The highest index below which retention entries say that payloads were given up."""
    limit = 0
    for seq, _, body in session.rows(start, end):
        if decode_head(body, seq).kind == "retention":
            limit = max(limit, int(decode_entry(body, seq).data.get("payloads_below", 0)))
    return limit


def _missing(seq: int) -> VerificationError:
    return VerificationError(
        f"the payload or key of entry {seq} is missing, and no entry says why",
        code="ledger.payload_missing",
        help="restore payloads and keys from their backups",
    )
