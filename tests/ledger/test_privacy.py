"""Commitments, erasure, legal hold, retention, and decisions that can be replayed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.action import canonical
from gardefou.errors import InputError, UsageError, VerificationError
from gardefou.ledger._checkpoint import check_proof
from gardefou.ledger._entry import DecisionRecord, decode_entry
from gardefou.ledger._erasure import (
    complete_erasures,
    delete_pruned,
    erase,
    expire_payloads,
    first_since,
    prune,
    release_legal_hold,
    set_legal_hold,
)
from gardefou.ledger._export import export, verify_directory
from gardefou.ledger._keyring import Subject
from gardefou.ledger._keys import SigningKey
from gardefou.ledger._ledger import (
    Ledger,
    create_ledger,
    is_postgres,
    open_keyring,
    open_ledger,
    open_store,
)
from gardefou.ledger._payload import seal, unseal
from gardefou.ledger._replay import Case, Outcome, record_decision, replay
from gardefou.ledger._store import SealedPart
from gardefou.ledger._verify import verify_store

from .conftest import ORIGIN, FakeClock, Tamper

SECRET = "the-recipient-nobody-may-see-again"
RECORD = DecisionRecord(
    decision_id="d1",
    verdict="hold",
    articles=("payments",),
    grounds=("hold payments 1 rule",),
    decided_at_us=1_700_000_000_000_000,
    constitution="sha256:" + "a" * 64,
    catalogue="sha256:" + "b" * 64,
    engine="gardefou/0.1.0",
)


def action(n: int = 0) -> dict[str, object]:
    return {"tool": "bank.transfer", "arguments": {"to": SECRET, "amount": n}}


def record(ledger: Ledger, location: str, count: int = 1, subject: str = "user:anna") -> int:
    keyring = open_keyring(location, ORIGIN)
    seq = -1
    for n in range(count):
        ticket = record_decision(
            ledger, keyring, RECORD, subject=subject, action=action(n), facts={"count": n}
        )
        seq = ticket.wait(30).seq
    keyring.close()
    return seq


def good(location: str, key: SigningKey) -> bool:
    store = open_store(location, ORIGIN)
    report = verify_store(store, pinned=key.verifiers)
    store.close()
    assert report.outcome == "good", report
    return True


def decide(case: Case) -> Outcome:
    assert case.action["tool"] == "bank.transfer"
    return Outcome(verdict="hold", articles=case.record.articles, grounds=("hold payments 1 rule",))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        ),
        max_leaves=10,
    )
)
def test_what_was_sealed_opens_to_the_same_canonical_value(value: object) -> None:
    subject = Subject("p" * 32, bytes(32))
    try:
        sealed = seal("action", value, subject)
    except InputError:
        return  # two keys that are one after normalisation have no canonical form
    opened = unseal(sealed.part, sealed.commitment, subject.key)
    assert canonical(opened) == canonical(value)


def test_a_commitment_cannot_be_guessed_or_opened_to_something_else() -> None:
    subject = Subject("p" * 32, bytes(32))
    first = seal("action", "yes", subject)
    second = seal("action", "yes", subject)
    assert first.commitment != second.commitment
    forgeries = [
        (second.part, first.commitment, subject.key),
        (first.part._replace(part="facts"), first.commitment, subject.key),
        (first.part._replace(subject="q" * 32), first.commitment, subject.key),
        (first.part, first.commitment, bytes(31) + b"x"),
        (SealedPart("action", subject.pseudonym, b""), first.commitment, subject.key),
    ]
    for bit in range(0, len(first.part.sealed) * 8, 7):
        changed = bytearray(first.part.sealed)
        changed[bit // 8] ^= 1 << bit % 8
        forgeries.append(
            (first.part._replace(sealed=bytes(changed)), first.commitment, subject.key)
        )
    for part, commitment, secret in forgeries:
        with pytest.raises(VerificationError) as caught:
            unseal(part, commitment, secret)
        assert caught.value.code == "ledger.payload"


def test_entries_name_nobody(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        seq = record(ledger, location)
        with ledger.store.reading() as session:
            body = next(session.rows(seq, seq + 1)).body
            parts = session.payloads(seq)
    entry = decode_entry(body, seq)
    assert SECRET.encode() not in body
    assert b"anna" not in body
    assert len(entry.data["subject"]) == 32
    assert [part.part for part in parts] == ["action", "facts"]
    assert all(SECRET.encode() not in part.sealed for part in parts)


def test_a_decision_that_read_no_fact_has_one_part_and_says_so(
    location: str, key: SigningKey
) -> None:
    """Rule 1: no second part is made up, none can be taken away, and the decision is replayed."""
    create_ledger(location, key)
    keyring = open_keyring(location, ORIGIN)
    with open_ledger(location, key) as ledger:
        seqs = [
            record_decision(
                ledger, keyring, RECORD, subject="user:anna", action=action(), facts=facts
            )
            .wait(30)
            .seq
            for facts in ({}, {"count": 1})
        ]
        with ledger.store.reading() as session:
            parts = [[part.part for part in session.payloads(seq)] for seq in seqs]
            commitments = [
                decode_entry(row.body, row.seq).data["facts"]
                for row in session.rows(seqs[0], seqs[1] + 1)
            ]
        report = replay(ledger.store, keyring, decide)
        assert (report.decisions, report.reproduced, report.differences) == (2, 2, ())
        ledger.writer.task(
            lambda session: session.run("DELETE FROM payload WHERE part = 'facts'", ())
        )
        found = replay(ledger.store, keyring, decide).differences
    keyring.close()
    assert parts == [["action"], ["action", "facts"]]
    assert [bool(commitment) for commitment in commitments] == [False, True]
    assert [(each.seq, each.field) for each in found] == [(seqs[1], "ledger.payload_missing")]


def test_a_recorded_decision_is_reproduced(location: str, key: SigningKey) -> None:
    """law 3: same in, same out."""
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        record(ledger, location, 5)
        ledger.append("hold", {})
        keyring = open_keyring(location, ORIGIN)
        report = replay(ledger.store, keyring, decide)
        keyring.close()
    assert (report.decisions, report.reproduced, report.differences) == (5, 5, ())


def test_a_difference_names_its_entry(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        record(ledger, location, 3)
        keyring = open_keyring(location, ORIGIN)

        def other(case: Case) -> Outcome:
            outcome = decide(case)
            return msgspec.structs.replace(outcome, verdict="allow") if case.seq == 2 else outcome

        report = replay(ledger.store, keyring, other)
        keyring.close()
    assert report.reproduced == 2
    assert [(d.seq, d.field, d.recorded, d.replayed) for d in report.differences] == [
        (2, "verdict", "hold", "allow")
    ]


def test_a_missing_or_changed_payload_is_a_difference(
    location: str, key: SigningKey, tamper: Tamper
) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        record(ledger, location, 3)
    tamper("DELETE FROM payload WHERE seq = ?", (1,))
    tamper("UPDATE payload SET sealed = ? WHERE seq = 2", (bytes(80),))
    store, keyring = open_store(location, ORIGIN), open_keyring(location, ORIGIN)
    report = replay(store, keyring, decide)
    keyring.close()
    store.close()
    assert [(d.seq, d.field) for d in report.differences] == [
        (1, "ledger.payload_missing"),
        (2, "ledger.payload"),
    ]


def test_erasure_leaves_proofs_valid_and_nothing_to_rebuild(
    location: str, key: SigningKey, tmp_path: Path
) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        seq = record(ledger, location, 20)
        record(ledger, location, 1, "user:bert")
        proof = ledger.prove(seq)
        keyring = open_keyring(location, ORIGIN)
        subject = keyring.find("user:anna")
        assert subject is not None
        with ledger.store.reading() as session:
            sealed = session.payloads(seq)[0].sealed
            body = next(session.rows(seq, seq + 1)).body
        erased = erase(ledger, keyring, "user:anna", basis="gdpr-17", by="officer-1")
        assert (erased.parts, erased.subject) == (40, subject.pseudonym)
        assert keyring.find("user:anna") is None
        assert keyring.key_of(subject.pseudonym) is None
        with pytest.raises(UsageError) as caught:
            erase(ledger, keyring, "user:anna", basis="gdpr-17", by="officer-1")
        assert caught.value.code == "ledger.no_subject"
        report = replay(ledger.store, keyring, decide)
        again = keyring.subject("user:anna")
        keyring.close()
        if not is_postgres(location):  # while the ledger is open: nothing lingers in its log
            for file in tmp_path.iterdir():
                data = file.read_bytes()
                assert sealed not in data, file
                assert subject.key not in data, file
    assert again.pseudonym != subject.pseudonym
    assert (report.decisions, report.reproduced, report.erased) == (21, 1, 20)
    assert check_proof(proof, body, key.verifiers).size > seq
    assert good(location, key)


def test_an_erasure_that_a_crash_interrupted_is_completed(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        record(ledger, location)
        keyring = open_keyring(location, ORIGIN)

        class CrashError(Exception):
            pass

        class Dying:
            """A keyring whose process ends before the key is destroyed."""

            def __getattr__(self, name: str) -> object:
                return getattr(keyring, name)

            def destroy(self, _pseudonym: str) -> bool:
                raise CrashError

        with pytest.raises(CrashError):
            erase(ledger, Dying(), "user:anna", basis="gdpr-17", by="officer-1")
        assert keyring.find("user:anna") is not None
        assert complete_erasures(ledger, keyring) == 1
        assert complete_erasures(ledger, keyring) == 0
        assert keyring.find("user:anna") is None
        keyring.close()
    assert good(location, key)


def test_a_legal_hold_suspends_erasure_and_retention(
    location: str, key: SigningKey, clock: FakeClock
) -> None:
    create_ledger(location, key, clock=clock)
    with open_ledger(location, key, clock=clock) as ledger:
        record(ledger, location, 2)
        keyring = open_keyring(location, ORIGIN)
        subject = keyring.subject("user:anna").pseudonym
        for held in (subject, "*"):
            set_legal_hold(ledger, held, basis="case-7", by="counsel-1")
            with pytest.raises(UsageError) as caught:
                erase(ledger, keyring, "user:anna", basis="gdpr-17", by="officer-1")
            assert caught.value.code == "ledger.legal_hold"
            if held == "*":
                with pytest.raises(UsageError):
                    expire_payloads(ledger, clock.at_us, policy="30d")
            else:
                expire_payloads(ledger, clock.at_us, policy="30d")
            with ledger.store.reading() as session:
                assert len(session.payloads(1)) == 2
            release_legal_hold(ledger, held, basis="case-7", by="counsel-1")
        with pytest.raises(UsageError):
            release_legal_hold(ledger, subject, basis="case-7", by="counsel-1")
        erase(ledger, keyring, "user:anna", basis="gdpr-17", by="officer-1")
        keyring.close()
    assert good(location, key)


def test_payloads_expire_by_age_and_replay_counts_them(
    location: str, key: SigningKey, clock: FakeClock
) -> None:
    create_ledger(location, key, clock=clock)
    with open_ledger(location, key, clock=clock) as ledger:
        record(ledger, location, 3)
        clock.at_us += 1_000_000
        border = clock.at_us
        record(ledger, location, 2)
        with ledger.store.reading() as session:
            assert first_since(session, border) == 4
        expire_payloads(ledger, border, policy="30d")
        keyring = open_keyring(location, ORIGIN)
        report = replay(ledger.store, keyring, decide)
        keyring.close()
    assert (report.reproduced, report.expired, report.differences) == (2, 3, ())
    assert good(location, key)


def test_pruning_keeps_every_later_entry_and_all_proofs(
    location: str, key: SigningKey, clock: FakeClock, tmp_path: Path
) -> None:
    """tlog-tiles, "Pruning": by whole tiles, below the last checkpoint, with a named policy."""
    create_ledger(location, key, clock=clock)
    with open_ledger(location, key, clock=clock) as ledger:
        for ticket in [ledger.submit("decision", {"n": n}) for n in range(700)]:
            ticket.wait(30)
        border = clock.at_us
        with pytest.raises(UsageError) as caught:
            prune(ledger, border, policy="six-months")
        assert caught.value.code == "ledger.retention"
        before = ledger.prove(600)
        assert prune(ledger, border, policy="six-months") == 512
        assert prune(ledger, border, policy="six-months") == 512
        assert good(location, key)
        assert delete_pruned(ledger) == 512
        assert good(location, key)
        after = ledger.prove(600)
        with ledger.store.reading() as session:
            body = next(session.rows(600, 601)).body
            assert list(session.rows(0, 512)) == []
        ledger.append("decision", {})
        ledger.publish()
        export(ledger.store, tmp_path / "copy")
    for proof in (before, after):
        check_proof(proof, body, key.verifiers)
    assert not (tmp_path / "copy/tile/entries/000").exists()
    report = verify_directory(tmp_path / "copy", pinned=key.verifiers)
    assert (report.outcome, report.entries) == ("good", 191)
    with open_ledger(location, key, clock=clock) as ledger:
        ledger.append("decision", {})
    assert good(location, key)


def test_an_undeclared_minimum_is_tampering(location: str, key: SigningKey, tamper: Tamper) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        for ticket in [ledger.submit("decision", {"n": n}) for n in range(600)]:
            ticket.wait(30)
    tamper("UPDATE head SET minimum = ?", (256,))
    tamper("DELETE FROM entry WHERE seq < ?", (256,))
    store = open_store(location, ORIGIN)
    report = verify_store(store, pinned=key.verifiers)
    store.close()
    assert "ledger.retention" in {f.code for f in report.findings}
