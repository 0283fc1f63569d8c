"""Erasure, legal hold, retention: what may be forgotten, and the entries that say so.

Rules (design B3.6):

1. Erasing a subject deletes its payloads and appends ``erasure`` in one transaction, then destroys
   its key. A crash in between is completed at the next start.
2. A legal hold on a subject, or on ``*`` (everything), suspends erasure and retention.
3. Payloads expire by age; entries are given up below a minimum index, in two steps: first denied,
   later deleted (tlog-tiles "Pruning"). Tiles stay for ever, so every proof stays valid.
4. Each of these is an entry. Without a policy that is named, nothing is pruned.
"""

from __future__ import annotations

import msgspec

from gardefou.errors import UsageError
from gardefou.ledger._checkpoint import parse_checkpoint
from gardefou.ledger._counter import Desk
from gardefou.ledger._entry import decode_head
from gardefou.ledger._keyring import Keyring
from gardefou.ledger._ledger import Ledger
from gardefou.ledger._note import parse_note
from gardefou.ledger._store import SEQ, Change, Session
from gardefou.ledger._ticket import Receipt
from gardefou.ledger._tiles import TILE_WIDTH

EVERYTHING = "*"
_NO_HOLD = "NOT EXISTS (SELECT 1 FROM legal_hold WHERE subject = '*')"


class EraseRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What another process asks the owner of a ledger's file for; see `erase`."""

    subject: str
    basis: str
    by: str


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure did: the entry, the subject's pseudonym and the number of payload parts."""

    seq: int
    subject: str
    parts: int


def erase(ledger: Ledger, keyring: Keyring, name: str, *, basis: str, by: str) -> Erased:
    """Forget a subject for ever; proofs stay valid, contents cannot be shown any more.

    ``basis`` is a short code such as ``gdpr-17``, ``by`` a pseudonym of whoever ordered it.

    Raises:
        UsageError: when the subject is unknown or under a legal hold.
        LedgerUnavailable: when the entry could not be made durable; nothing was erased.
    """
    subject = keyring.find(name)
    if subject is None:
        raise UsageError(
            "no such subject",
            code="ledger.no_subject",
            help="it was erased before, or never named in this ledger",
        )
    pseudonym = subject.pseudonym
    with ledger.store.reading() as session:
        parts = int(
            session.run("SELECT count(*) FROM payload WHERE subject = ?", (pseudonym,)).fetchone()[
                0
            ]
        )
    changes = (
        Change(
            "INSERT INTO erasure (subject, seq) SELECT ?, ? WHERE NOT EXISTS"  # noqa: S608 - ours
            f" (SELECT 1 FROM legal_hold WHERE subject = ?) AND {_NO_HOLD}",
            (pseudonym, SEQ, pseudonym),
        ),
        Change("DELETE FROM payload WHERE subject = ?", (pseudonym,), None),
    )
    data = {"subject": pseudonym, "parts": parts, "basis": basis, "by": by}
    receipt = _unless_held(ledger, "erasure", data, changes)
    # CRASH: here the payloads are gone and the key is not; `complete_erasures` destroys it.
    keyring.destroy(pseudonym)
    ledger.writer.purge()
    return Erased(seq=receipt.seq, subject=pseudonym, parts=parts)


def erasure_desk(ledger: Ledger, keyring: Keyring) -> Desk:
    """The desk at which others ask for an erasure."""

    def answer(asked: bytes) -> bytes:
        wanted = msgspec.json.decode(asked, type=EraseRequest)
        done = erase(ledger, keyring, wanted.subject, basis=wanted.basis, by=wanted.by)
        return msgspec.json.encode(done)

    return answer


def complete_erasures(ledger: Ledger, keyring: Keyring) -> int:
    """Destroy the keys of subjects whose erasure a crash interrupted (rule 1)."""
    with ledger.store.reading() as session:
        erased = [str(r[0]) for r in session.run("SELECT subject FROM erasure", ()).fetchall()]
    return sum(keyring.destroy(pseudonym) for pseudonym in erased)


def set_legal_hold(ledger: Ledger, subject: str, *, basis: str, by: str) -> Receipt:
    """Suspend erasure and retention for a pseudonym, or for ``*``.

    Raises:
        UsageError: when it is on hold already.
    """
    change = Change(
        "INSERT INTO legal_hold (subject, seq) VALUES (?, ?) ON CONFLICT DO NOTHING", (subject, SEQ)
    )
    data = {"subject": subject, "basis": basis, "by": by}
    return ledger.append("legal_hold.set", data, changes=(change,))


def release_legal_hold(ledger: Ledger, subject: str, *, basis: str, by: str) -> Receipt:
    """End a legal hold.

    Raises:
        UsageError: when there is none.
    """
    change = Change("DELETE FROM legal_hold WHERE subject = ?", (subject,))
    data = {"subject": subject, "basis": basis, "by": by}
    return ledger.append("legal_hold.released", data, changes=(change,))


def expire_payloads(ledger: Ledger, before_us: int, *, policy: str) -> Receipt:
    """Delete the payloads of entries older than a time, but those under a legal hold.

    Raises:
        UsageError: when everything is under a legal hold.
    """
    with ledger.store.reading() as session:
        below = first_since(session, before_us)
    change = Change(
        "DELETE FROM payload WHERE seq < ? AND subject NOT IN (SELECT subject FROM legal_hold)"  # noqa: S608 - ours
        f" AND {_NO_HOLD}",
        (below,),
        None,
    )
    receipt = _unless_held(
        ledger, "retention", {"payloads_below": below, "policy": policy}, (_not_held(), change)
    )
    ledger.writer.purge()
    return receipt


def prune(ledger: Ledger, before_us: int, *, policy: str) -> int:
    """Deny entries older than a time: raise the minimum index to the last whole tile before it.

    Returns the new minimum; `delete_pruned` deletes after a grace period.

    Raises:
        UsageError: when everything is under a legal hold, or no checkpoint covers the entries.
    """
    with ledger.store.reading() as session:
        minimum = first_since(session, before_us) // TILE_WIDTH * TILE_WIDTH
        head = session.head()
        note = session.last_checkpoint()
    if minimum <= head.minimum:
        return head.minimum
    published = parse_checkpoint(parse_note(note).text).size if note else 0
    if minimum > published:
        raise UsageError(
            f"the minimum index {minimum} lies beyond the last checkpoint, {published}",
            code="ledger.retention",
            help="publish a checkpoint first: `gardefou ledger anchor`",
        )
    change = Change("UPDATE head SET minimum = ? WHERE minimum < ?", (minimum, minimum))
    _unless_held(ledger, "retention", {"minimum": minimum, "policy": policy}, (_not_held(), change))
    return minimum


def delete_pruned(ledger: Ledger) -> int:
    """Delete the entries below the minimum index, and their payloads; returns how many."""

    def work(session: Session) -> int:
        minimum = session.head().minimum
        session.run("DELETE FROM payload WHERE seq < ?", (minimum,))
        return int(session.run("DELETE FROM entry WHERE seq < ?", (minimum,)).rowcount)

    count = int(ledger.writer.task(work))
    ledger.writer.purge()
    return count


def first_since(session: Session, at_us: int) -> int:
    """The first entry that is not older than a time, by halving; clocks may stutter a little."""
    head = session.head()
    low, high = head.minimum, head.size
    while low < high:
        middle = (low + high) // 2
        row = next(session.rows(middle, middle + 1), None)
        if row is not None and decode_head(row.body, middle).at_us >= at_us:
            high = middle
        else:
            low = middle + 1
    return low


def _not_held() -> Change:
    """Touches its one row exactly when not everything is on hold, so that the entry is refused."""
    return Change(f"UPDATE head SET one = 0 WHERE one = 0 AND {_NO_HOLD}")  # noqa: S608 - ours


def _unless_held(
    ledger: Ledger, kind: str, data: dict[str, object], changes: tuple[Change, ...]
) -> Receipt:
    try:
        return ledger.append(kind, data, changes=changes)
    except UsageError as error:
        if error.code != "ledger.moved_on":
            raise
        raise UsageError(
            "a legal hold forbids it, or it was done already",
            code="ledger.legal_hold",
            help="release the hold first, with its basis",
        ) from None
