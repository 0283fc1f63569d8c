"""A ledger on both stores: append, recover, publish, prove, verify, export."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from gardefou.errors import (
    InputError,
    LedgerError,
    LedgerUnavailable,
    UsageError,
    VerificationError,
)
from gardefou.ledger._async import AsyncAppender
from gardefou.ledger._checkpoint import check_proof, open_checkpoint, parse_proof
from gardefou.ledger._entry import decode_entry, encode_entry
from gardefou.ledger._export import export, verify_directory
from gardefou.ledger._keys import SigningKey, make_key
from gardefou.ledger._ledger import Ledger, create_ledger, open_ledger, open_store
from gardefou.ledger._store import SEQ, Change
from gardefou.ledger._tree import leaf_hash
from gardefou.ledger._verify import Report, verify_store

from .conftest import ORIGIN, FakeClock, Tamper


def fill(ledger: Ledger, count: int) -> None:
    tickets = [ledger.submit("decision", {"n": n}) for n in range(count)]
    for ticket in tickets:
        ticket.wait(30)


def verify(location: str, key: SigningKey, **options: object) -> Report:
    store = open_store(location, ORIGIN)
    try:
        return verify_store(store, pinned=key.verifiers, **options)
    finally:
        store.close()


def bodies(location: str) -> list[bytes]:
    store = open_store(location, ORIGIN)
    with store.reading() as session:
        found = [row.body for row in session.rows(0, session.head().size)]
    store.close()
    return found


def test_an_entry_is_there_once_append_returns(location: str, key: SigningKey) -> None:
    """law 4: recorded before it happens."""
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        receipt = ledger.append("decision", {"verdict": "deny"})
        found = bodies(location)
    assert receipt.seq == 1
    entry = decode_entry(found[1], 1)
    assert (entry.kind, entry.data, entry.at_us) == ("decision", {"verdict": "deny"}, receipt.at_us)
    assert decode_entry(found[0], 0).kind == "log.created"


def test_a_log_survives_closing_and_grows_on(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    for _ in range(3):
        with open_ledger(location, key) as ledger:
            fill(ledger, 300)
            ledger.publish()
    report = verify(location, key)
    assert (report.outcome, report.size, report.checkpoints) == ("good", 901, 3)


def test_many_threads_get_a_gap_free_order(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    seen: list[int] = []
    with open_ledger(location, key) as ledger:

        def caller() -> None:
            seen.extend(ledger.append("decision", {"n": n}).seq for n in range(40))

        threads = [threading.Thread(target=caller) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(seen) == list(range(1, 481))
    assert verify(location, key).outcome == "good"


def test_awaiting_callers_get_their_own_receipts(location: str, key: SigningKey) -> None:
    create_ledger(location, key)

    async def main(ledger: Ledger) -> list[int]:
        appender = AsyncAppender(ledger.writer)
        receipts = await asyncio.gather(
            *(appender.append("decision", {"n": n}) for n in range(100))
        )
        with pytest.raises(InputError):
            await appender.append("no such kind", {})
        refused = await asyncio.gather(
            appender.append("hold", {}, changes=(Change("DELETE FROM open_action"),)),
            return_exceptions=True,
        )
        assert isinstance(refused[0], UsageError)
        return [r.seq for r in receipts]

    with open_ledger(location, key) as ledger:
        seqs = asyncio.run(main(ledger))
        found = bodies(location)
    assert [decode_entry(found[seq], seq).data["n"] for seq in seqs] == list(range(100))


def test_a_change_and_its_entry_are_stored_together_or_not_at_all(
    location: str, key: SigningKey
) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        first = ledger.started("a1", {"tool": "bank.transfer"})
        with pytest.raises(UsageError) as caught:
            ledger.started("a1", {"tool": "bank.transfer"})
        assert caught.value.code == "ledger.moved_on"
        with ledger.store.reading() as session:
            row = session.run("SELECT id, seq FROM open_action", ()).fetchone()
            size = session.head().size
        assert (tuple(row), size) == (("a1", first.seq), 2)
        ledger.finished("a1", {"outcome": "done"})
        with pytest.raises(UsageError):
            ledger.finished("a1", {"outcome": "done"})
    assert verify(location, key).size == 3


def test_one_refused_change_does_not_touch_the_rest_of_its_batch(
    location: str, key: SigningKey
) -> None:
    create_ledger(location, key)
    insert = "INSERT INTO open_action (id, seq) VALUES (?, ?)"
    with open_ledger(location, key) as ledger:
        hold = threading.Event()
        ledger_task = threading.Thread(
            target=lambda: ledger.writer.task(lambda _: hold.wait(10)), daemon=True
        )
        ledger_task.start()
        tickets = [
            ledger.submit("action.started", {"id": i}, changes=(Change(insert, (i, SEQ)),))
            for i in ("x", "x", "y")
        ]
        hold.set()
        outcomes = []
        for ticket in tickets:
            try:
                outcomes.append(ticket.wait(10).seq)
            except UsageError as error:
                outcomes.append(error.code)
        ledger_task.join()
    assert outcomes == [1, "ledger.moved_on", 2]
    assert verify(location, key).outcome == "good"


def test_an_action_without_an_end_becomes_unknown_at_the_next_start(
    location: str, key: SigningKey
) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        ledger.started("a1", {})
        ledger.started("a2", {})
        ledger.finished("a2", {})
    with open_ledger(location, key, alone=True):
        pass
    entry = decode_entry(bodies(location)[-1], 4)
    assert (entry.kind, entry.data) == ("action.unknown", {"id": "a1"})
    assert verify(location, key).outcome == "good"


def test_a_proof_verifies_with_the_entry_and_the_key_alone(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        fill(ledger, 600)
        proof = ledger.prove(300)
        late = ledger.prove(600)
        with pytest.raises(UsageError):
            ledger.prove(601)
    body = bodies(location)
    assert check_proof(parse_proof(str(proof)), body[300], key.verifiers, origin=ORIGIN).size == 601
    assert check_proof(late, body[600], key.verifiers).size == 601
    with pytest.raises(VerificationError):
        check_proof(proof, body[301], key.verifiers)


def test_nothing_new_means_no_new_checkpoint(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        assert ledger.publish() == ledger.publish()
        fill(ledger, 1)
        assert open_checkpoint(ledger.publish(), key.verifiers)[0].size == 2


def test_an_export_is_a_complete_copy_and_grows_in_place(
    location: str, key: SigningKey, tmp_path: Path
) -> None:
    create_ledger(location, key)
    target = tmp_path / "copy"
    with open_ledger(location, key) as ledger:
        with pytest.raises(UsageError) as caught:
            export(ledger.store, target)
        assert caught.value.code == "ledger.no_checkpoint"
        for count in (100, 411, 1):
            fill(ledger, count)
            ledger.publish()
            export(ledger.store, target, [v.vkey for v in key.verifiers])
            report = verify_directory(target, pinned=key.verifiers)
            assert report.outcome == "good", report
    assert (report.size, report.entries) == (513, 513)
    assert (target / "tile/0/001").stat().st_size == 8192
    assert verify_directory(target).keys == "from the log"


# Bad input: each is named, nothing is truncated or repaired.


def test_a_log_is_created_once(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    with pytest.raises(UsageError) as caught:
        create_ledger(location, key)
    assert caught.value.code == "ledger.exists"


def test_a_missing_log_is_an_error_and_is_not_created(location: str, key: SigningKey) -> None:
    with pytest.raises(LedgerError) as caught:
        open_ledger(location, key)
    assert caught.value.code == "ledger.missing"
    assert location.startswith("postgres") or not Path(location).exists()


def test_another_logs_key_is_named(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    other = make_key("ledger.example/other", seeds=(bytes(32),))
    with pytest.raises(LedgerError) as caught:
        open_ledger(location, other)
    assert caught.value.code in {"ledger.origin", "ledger.missing"}


def test_another_key_of_the_same_name_is_named(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        ledger.publish()
    stranger = make_key(ORIGIN, seeds=(bytes(32),))
    with pytest.raises(VerificationError) as caught:
        open_ledger(location, stranger)
    assert caught.value.code == "note.unknown_key"
    assert verify(location, stranger).outcome == "tampered"


def test_an_unknown_version_is_named(location: str, key: SigningKey, tamper: Tamper) -> None:
    create_ledger(location, key)
    tamper("UPDATE log SET version = ?", (9,))
    for call in (lambda: open_ledger(location, key), lambda: verify(location, key)):
        with pytest.raises(VerificationError) as caught:
            call()
        assert caught.value.code == "ledger.version"


@pytest.mark.parametrize(
    ("sql", "parameters", "first", "code", "refuses_start"),
    [
        ("UPDATE entry SET body = ? WHERE seq = 700", (b"{}",), 700, "ledger.leaf", True),
        ("UPDATE entry SET leaf = ? WHERE seq = 700", (bytes(32),), 700, "ledger.leaf", True),
        ("UPDATE entry SET body = ? WHERE seq = 40", (b"{}",), 40, "ledger.leaf", False),
        ("DELETE FROM entry WHERE seq = 40", (), 40, "ledger.order", False),
        ("DELETE FROM entry WHERE seq = 700", (), 700, "ledger.order", True),
        ("UPDATE tile SET data = ? WHERE number = 1", (bytes(8192),), 256, "ledger.tile", False),
        ("UPDATE tile SET root = ? WHERE number = 1", (bytes(32),), 256, "ledger.tile", True),
        ("DELETE FROM tile WHERE number = 0", (), 0, "ledger.tile", True),
        ("UPDATE head SET root = ?", (bytes(32),), -1, "ledger.root", True),
        ("UPDATE head SET at_us = 5", (), -1, "ledger.head", False),
        ("UPDATE head SET size = 600", (), -1, "ledger.order", True),
        ("DELETE FROM open_action", (), 1, "ledger.state", False),
        ("UPDATE checkpoint SET size = 5", (), 5, "checkpoint.size", False),
        ("UPDATE log SET origin = 'ledger.example/b'", (), 0, "ledger.origin", True),
        ("INSERT INTO erasure VALUES ('s', 3)", (), 3, "ledger.state", False),
    ],
)
def test_every_change_behind_the_ledgers_back_is_found(  # noqa: PLR0917 - table rows
    location: str,
    key: SigningKey,
    tamper: Tamper,
    sql: str,
    parameters: tuple[object, ...],
    first: int,
    code: str,
    refuses_start: bool,
) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        ledger.started("a1", {})
        fill(ledger, 750)
        ledger.publish()
    tamper(sql, parameters)
    report = verify(location, key)
    assert report.outcome == "tampered"
    assert code in {f.code for f in report.findings if f.seq == first}, report.findings
    if refuses_start:
        with pytest.raises(LedgerError):
            open_ledger(location, key)
        assert verify(location, key) == report


def test_a_leaf_changed_with_its_body_is_still_found(
    location: str, key: SigningKey, tamper: Tamper
) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        fill(ledger, 600)
        ledger.publish()
    for seq in (10, 599):
        forged = encode_entry("decision", 5, {"n": "forged"})
        tamper(
            "UPDATE entry SET body = ?, leaf = ? WHERE seq = ?", (forged, leaf_hash(forged), seq)
        )
        report = verify(location, key)
        assert report.outcome == "tampered"
        assert report.findings[0].code in {"ledger.tile", "ledger.root"}


def test_the_stores_triggers_refuse_changes_by_accident(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        fill(ledger, 5)
        for sql in (
            "UPDATE entry SET body = ? WHERE seq = 1",
            "DELETE FROM entry WHERE seq = 1 AND body <> ?",
            "UPDATE head SET size = 1 WHERE root <> ?",
            "UPDATE log SET origin = 'x' WHERE origin <> ?",
        ):
            changes = (Change(sql, (b"" if "origin" not in sql else "",), None),)
            with pytest.raises((LedgerUnavailable, UsageError)):
                ledger.append("hold", {}, changes=changes)
            if ledger.writer.failure:
                break
    assert verify(location, key).outcome == "good"


@pytest.mark.parametrize("location", ["sqlite"], indirect=True)
def test_a_dropped_trigger_is_found(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    connection = sqlite3.connect(location)
    connection.execute("DROP TRIGGER entry_update")
    connection.close()
    assert verify(location, key).outcome == "tampered"


def test_a_clock_that_goes_backwards_is_recorded(
    location: str, key: SigningKey, clock: FakeClock
) -> None:
    create_ledger(location, key, clock=clock)
    with open_ledger(location, key, clock=clock) as ledger:
        fill(ledger, 3)
        clock.at_us -= 60_000_000
        fill(ledger, 3)
    report = verify(location, key)
    assert report.outcome == "good"
    assert len(report.remarks) == 1
    assert "went back 60.0" in report.remarks[0]
    assert decode_entry(bodies(location)[4], 4).kind == "clock.backwards"


def test_a_full_queue_refuses_instead_of_waiting(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        hold = threading.Event()
        blocker = threading.Thread(
            target=lambda: ledger.writer.task(lambda _: hold.wait(20)), daemon=True
        )
        blocker.start()
        tickets = []
        with pytest.raises(LedgerUnavailable) as caught:  # noqa: PT012 - full at some point
            for n in range(5_000):
                tickets.append(  # noqa: PERF401 - those before the refusal count
                    ledger.submit("decision", {"n": n})
                )
        assert caught.value.code == "ledger.queue_full"
        with pytest.raises(LedgerUnavailable) as slow:
            tickets[0].wait(0.01)
        assert slow.value.code == "ledger.slow"
        hold.set()
        for ticket in tickets:
            ticket.wait(30)
        blocker.join()
    assert verify(location, key).size == len(tickets) + 1


def test_a_closed_ledger_refuses(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    ledger = open_ledger(location, key)
    ledger.close()
    with pytest.raises(LedgerUnavailable) as caught:
        ledger.append("decision", {})
    assert caught.value.code == "ledger.closed"
    ledger.writer.close()


def test_entries_hold_no_free_text(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        for data, code in (
            ({"note": "x" * 600}, "ledger.free_text"),
            ({"a": [{"b": "x" * 600}]}, "ledger.free_text"),
            ({"a": [[1] * 40_000]}, "ledger.entry_size"),
            ({"a": object()}, "ledger.entry_form"),
        ):
            with pytest.raises(InputError) as caught:
                ledger.append("decision", data)
            assert caught.value.code == code
        with pytest.raises(InputError) as caught:
            ledger.append("nonsense", {})
        assert caught.value.code == "ledger.kind"
    assert verify(location, key).size == 1


# Checkpoints that left the machine.


def test_an_older_copy_that_was_put_back_is_named(key: SigningKey, tmp_path: Path) -> None:
    path = tmp_path / "l.db"
    create_ledger(str(path), key)
    with open_ledger(str(path), key) as ledger:
        fill(ledger, 10)
    old = path.read_bytes()
    with open_ledger(str(path), key) as ledger:
        fill(ledger, 10)
        note = ledger.publish()
    path.write_bytes(old)
    with pytest.raises(VerificationError) as caught:
        open_ledger(str(path), key, anchored=[("the auditor", note)])
    assert caught.value.code == "ledger.rollback"
    report = verify(str(path), key, against=[("the auditor", note)])
    assert [f.code for f in report.findings] == ["ledger.rollback"]
    assert path.read_bytes() == old


def test_two_writers_on_copies_of_one_log_are_told_apart_by_a_checkpoint(
    key: SigningKey, tmp_path: Path
) -> None:
    path = tmp_path / "l.db"
    create_ledger(str(path), key)
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    notes = []
    for name, file in (("a", path), ("b", copy)):
        with open_ledger(str(file), key) as ledger:
            ledger.append("decision", {"who": name})
            notes.append(ledger.publish())
    report = verify(str(path), key, against=[("the other", notes[1])])
    assert [f.code for f in report.findings] == ["ledger.fork"]
    with pytest.raises(VerificationError) as caught:
        open_ledger(str(path), key, anchored=[("the other", notes[1])])
    assert caught.value.code == "ledger.fork"
