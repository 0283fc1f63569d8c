"""Instruments in a ledger: signed, versioned, and read back as one register.

Rules:

1. An entry of the kind ``order`` names the operation, the instrument, its version and digest, and
   holds a signed note over exactly these (C2SP signed-note, Ed25519). The instrument itself is kept
   beside the log by its digest.
2. A version follows the one before it, in one transaction: of two officers who write version 3,
   one is refused.
3. What is issued fits the register it joins; nothing else is stored.
4. Who enters, verifies, approves or signs does it with the key of their name; since nobody
   verifies what they entered, a press item is verified with another key.
5. Whoever reads checks every digest and signature, and with a list of officers that the key is
   theirs. What does not verify makes the register unknown, it is never skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from gardefou.action import canonical
from gardefou.errors import UsageError, VerificationError
from gardefou.ledger import (
    SEQ,
    Change,
    Ledger,
    Receipt,
    Session,
    SigningKey,
    Verifier,
    decode_entry,
    open_note,
    parse_note,
    parse_vkey,
    stored_document,
)
from gardefou.orders._build import build_register
from gardefou.orders._instruments import (
    KINDS,
    Instrument,
    Milestone,
    Order,
    Waiver,
    digest_of,
    kind_of,
    plain,
)
from gardefou.orders._register import Register

Operation = Literal["issue", "verify", "stay", "lift", "revoke", "sign", "answer", "attest"]

_MARK = b'"kind":"order"'
_HEAD_BYTES = 64  # an entry begins with its version and kind
_HEADING = "gardefou instrument v1"


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an entry says of an instrument; ``vkey`` is the public key of who signed."""

    op: Operation
    instrument: str
    version: int
    digest: str
    note: str
    vkey: str


class Signed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An instrument's canonical text, and what its entry will say; it can be carried anywhere."""

    written: Written
    text: str


class Row(msgspec.Struct, frozen=True):
    """Which version of an instrument counts, and the entry that says so."""

    name: str
    version: int
    digest: str
    seq: int


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument as a ledger holds it, verified."""

    instrument: Instrument
    row: Row
    written: Written
    at_us: int

    @property
    def signer(self) -> str:
        """The name of the key that signed this version."""
        return parse_vkey(self.written.vkey).name


def name_of(instrument: Instrument) -> str:
    """The name of an instrument among all: its kind and its id."""
    return f"{kind_of(instrument)}/{instrument.id}"


def issue(
    ledger: Ledger,
    instruments: Sequence[Instrument],
    key: SigningKey,
    *,
    op: Operation = "issue",
    officers: Sequence[Verifier] = (),
) -> tuple[Receipt, ...]:
    """Sign instruments and append them; they count once this returns, in this order.

    Raises:
        As `enter`.
    """
    return enter(ledger, signed(instruments, key, op=op), officers=officers)


def signed(
    instruments: Sequence[Instrument], key: SigningKey, *, op: Operation = "issue"
) -> tuple[Signed, ...]:
    """Sign instruments; nothing is entered yet."""
    return tuple(_signed(instrument, key, op) for instrument in instruments)


def _signed(instrument: Instrument, key: SigningKey, op: Operation) -> Signed:
    name, version, digest = name_of(instrument), instrument.version, digest_of(instrument)
    written = Written(
        op=op,
        instrument=name,
        version=version,
        digest=digest,
        note=str(key.note(_text(op, name, version, digest))),
        vkey=key.verifiers[0].vkey,
    )
    return Signed(written=written, text=canonical(plain(instrument)).decode())


def enter(
    ledger: Ledger, made: Sequence[Signed], *, officers: Sequence[Verifier] = ()
) -> tuple[Receipt, ...]:
    """Append instruments that were signed, here or elsewhere, after checking all that a reader checks.

    Raises:
        VerificationError: ``order.evidence`` when a signature or a text does not fit.
        LoadError: when the register they would make does not fit together.
        UsageError: ``order.version`` when a version does not follow, ``order.officer`` when the key
            is no officer's, ``order.signer`` when it is not that of the person the instrument
            names, ``ledger.moved_on`` when somebody else was first.
        LedgerUnavailable: when it could not be made durable.
    """
    with ledger.store.reading() as session:
        held = read_instruments(session, officers=officers)
    check_officers(made, officers)
    now = {name: item.instrument for name, item in held.items()}
    fit: list[tuple[Written, Instrument]] = []
    for item in made:
        instrument = _verified(item.written, item.text.encode())
        before = now.get(item.written.instrument)
        _check_version(instrument, before)
        _check_persons(instrument, before, parse_vkey(item.written.vkey).name)
        now[item.written.instrument] = instrument
        fit.append((item.written, instrument))
    build_register(now.values())
    return tuple(_append(ledger, written, instrument) for written, instrument in fit)


def check_officers(made: Sequence[Signed], officers: Sequence[Verifier]) -> None:
    """With a list of officers, only their keys count.

    Raises:
        UsageError: ``order.officer``.
    """
    for item in made:
        signer = parse_vkey(item.written.vkey)
        if officers and signer not in officers:
            raise UsageError(
                f"the key `{signer.name}` is no officer's",
                code="order.officer",
                help="sign with the key of an officer, or add this one to the list of officers",
            )


def _append(ledger: Ledger, written: Written, instrument: Instrument) -> Receipt:
    name, version, digest = written.instrument, written.version, written.digest
    keep = Change(
        "INSERT INTO document (digest, body) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (digest, canonical(plain(instrument))),
        None,
    )
    count = (
        Change(
            "INSERT INTO instrument (id, version, digest, seq) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (name, version, digest, SEQ),
        )
        if version == 1
        else Change(
            "UPDATE instrument SET version = ?, digest = ?, seq = ? WHERE id = ? AND version = ?",
            (version, digest, SEQ, name, version - 1),
        )
    )
    return ledger.append("order", msgspec.to_builtins(written), changes=(keep, count))


def mark_of(session: Session) -> tuple[int, int]:
    """Changes whenever the register does: how many instruments there are, and the last entry."""
    row = session.run("SELECT count(*), coalesce(max(seq), -1) FROM instrument", ()).fetchone()
    return int(row[0]), int(row[1])


def rows(session: Session) -> dict[str, Row]:
    """Which version of each instrument counts."""
    found = session.run(
        "SELECT id, version, digest, seq FROM instrument ORDER BY id", ()
    ).fetchall()
    return {str(row[0]): Row(str(row[0]), int(row[1]), str(row[2]), int(row[3])) for row in found}


def read_instruments(
    session: Session,
    *,
    officers: Sequence[Verifier] = (),
    known: Mapping[str, Held] | None = None,
) -> dict[str, Held]:
    """Every instrument that counts, verified (rule 5); those in ``known`` are not read again.

    Raises:
        VerificationError: naming the first one that does not verify.
    """
    known = known or {}
    found: dict[str, Held] = {}
    for name, row in rows(session).items():
        before = known.get(name)
        if before is not None and before.row == row:
            found[name] = before
        else:
            found[name] = _read(session, row, officers)
    for name in known:
        if name not in found:
            raise _unlike(f"the instrument `{name}` was known and is gone")
    return found


def read_register(session: Session, *, officers: Sequence[Verifier] = ()) -> Register:
    """The register that a ledger holds.

    Raises:
        VerificationError: when an instrument does not verify.
    """
    return register_of(read_instruments(session, officers=officers).values())


def register_of(held: Iterable[Held]) -> Register:
    """The register of verified instruments; they fitted together when they were issued."""
    return Register([item.instrument for item in held])


def audit(session: Session) -> None:
    """Compare the table of what counts with the log, which nobody can quietly rewrite.

    Reads every entry: about a second for a million.

    Raises:
        VerificationError: ``order.evidence`` when an instrument is missing, added or another version.
    """
    head = session.head()
    said: dict[str, tuple[int, str]] = {}
    for seq, _, body in session.rows(head.minimum, head.size):
        if _MARK not in body[:_HEAD_BYTES]:
            continue
        entry = decode_entry(body, seq)
        if entry.kind == "order":
            written = _written(entry.data, seq)
            said[written.instrument] = (written.version, written.digest)
    found = {name: (row.version, row.digest) for name, row in rows(session).items()}
    if head.minimum:
        # Entries below were pruned: what they said can only be found in the table.
        found = {name: what for name, what in found.items() if name in said}
    for name in sorted(said.keys() | found.keys()):
        if said.get(name) != found.get(name):
            raise _unlike(f"the log and the table of instruments differ on `{name}`")


def history(session: Session, name: str) -> list[tuple[int, Written]]:
    """Every entry about an instrument, oldest first, with its time; reads the whole log."""
    head = session.head()
    found = []
    for seq, _, body in session.rows(head.minimum, head.size):
        if _MARK not in body[:_HEAD_BYTES]:
            continue
        entry = decode_entry(body, seq)
        if entry.kind == "order" and entry.data.get("instrument") == name:
            found.append((entry.at_us, _written(entry.data, seq)))
    return found


def _read(session: Session, row: Row, officers: Sequence[Verifier]) -> Held:
    body = next((body for _, _, body in session.rows(row.seq, row.seq + 1)), None)
    document = stored_document(session, row.digest)
    if body is None or document is None:
        raise _unlike(f"the entry or the text of `{row.name}` is missing")
    entry = decode_entry(body, row.seq)
    written = _written(entry.data, row.seq)
    if (written.instrument, written.version, written.digest) != (row.name, row.version, row.digest):
        raise _unlike(f"the register says of `{row.name}` what entry {row.seq} does not say")
    verifier = parse_vkey(written.vkey)
    if officers and verifier not in officers:
        raise _unlike(f"`{row.name}` is signed by a key that is no officer's")
    instrument = _verified(written, document)
    return Held(instrument=instrument, row=row, written=written, at_us=entry.at_us)


def _verified(written: Written, document: bytes) -> Instrument:
    """The instrument that a text holds: signed by the key it names, and what the signature is on."""
    name = written.instrument
    note = parse_note(written.note)
    open_note(note, [parse_vkey(written.vkey)])
    if note.text != note_text(written):
        raise _unlike(f"the signature under `{name}` is on something else")
    kind = name.partition("/")[0]
    try:
        instrument: Instrument = msgspec.json.decode(document, type=KINDS[kind])
    except (msgspec.DecodeError, KeyError, UnicodeDecodeError) as error:
        raise _unlike(f"the text of `{name}` cannot be read: {str(error)[:80]}") from None
    if digest_of(instrument) != written.digest or name_of(instrument) != name:
        raise _unlike(f"the text of `{name}` is not what was signed")
    return instrument


def _written(data: object, seq: int) -> Written:
    try:
        return msgspec.convert(data, Written)
    except msgspec.ValidationError as error:
        raise _unlike(f"entry {seq} is no entry of an instrument: {str(error)[:80]}") from None


def note_text(written: Written) -> str:
    """The text that the note of an entry has to be on."""
    return _text(written.op, written.instrument, written.version, written.digest)


def _text(op: str, name: str, version: int, digest: str) -> str:
    return f"{_HEADING}\n{op} {name} {version}\n{digest}\n"


def _check_version(instrument: Instrument, before: Instrument | None) -> None:
    expected = 1 if before is None else before.version + 1
    if instrument.version != expected:
        raise UsageError(
            f"`{name_of(instrument)}` has version {instrument.version}, expected {expected}",
            code="order.version",
            help="write the next version of what the ledger holds",
        )


def _check_persons(instrument: Instrument, before: Instrument | None, signer: str) -> None:
    """Rule 4: what a person does is signed with the key of that name."""
    now, then = _persons(instrument), {} if before is None else _persons(before)
    for what, person in now.items():
        if person and person != then.get(what) and person != signer:
            raise UsageError(
                f"`{name_of(instrument)}` says `{what}: {person}`, and the key is `{signer}`",
                code="order.signer",
                help=f"only the key of `{person}` can say that: let that person sign",
            )


def _persons(instrument: Instrument) -> dict[str, str]:
    """Who does what, for what an instrument says of persons."""
    match instrument:
        case Order(authority=authority):
            return {"entered_by": authority.entered_by, "verified_by": authority.verified_by}
        case Waiver(state="granted", approved_by=person):
            return {"approved_by": person}
        case Milestone(signed_by=person):
            return {"signed_by": person}
    return {}


def _unlike(message: str) -> VerificationError:
    return VerificationError(
        message,
        code="order.evidence",
        help="run `gardefou ledger verify`, and compare with a copy of the ledger",
    )
