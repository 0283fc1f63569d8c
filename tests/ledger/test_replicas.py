"""Several gateway replicas on one PostgreSQL log."""

from __future__ import annotations

import random
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from gardefou.errors import LedgerError, LedgerUnavailable, VerificationError
from gardefou.ledger._keys import SigningKey, make_key
from gardefou.ledger._ledger import create_ledger, open_ledger, open_store, start
from gardefou.ledger._postgres import PostgresStore, open_postgres_keyring, schema_name
from gardefou.ledger._verify import Report, verify_store

from .conftest import ORIGIN, Server, Tamper, start_server
from .power import python_command

pytestmark = pytest.mark.parametrize("location", ["postgres"], indirect=True)


def verify(location: str, key: SigningKey) -> Report:
    store = open_store(location, ORIGIN)
    report = verify_store(store, pinned=key.verifiers)
    store.close()
    return report


def test_replicas_that_are_killed_and_restarted_keep_one_order(
    location: str, key: SigningKey
) -> None:
    create_ledger(location, key)
    rng = random.Random(7)
    acknowledged = 0
    for _ in range(3):
        replicas = [
            subprocess.Popen(python_command(location, "100000", "4", "60"), stdout=subprocess.PIPE)
            for _ in range(3)
        ]
        for replica in replicas:
            assert replica.stdout is not None
            assert replica.stdout.readline() == b"READY\n"
        for replica in replicas:
            time.sleep(rng.random() * 0.2)
            replica.send_signal(signal.SIGKILL)
        for replica in replicas:
            output, _ = replica.communicate()
            sizes = [int(line[4:]) for line in output.splitlines() if line.startswith(b"ACK")]
            acknowledged = max([acknowledged, *sizes])
    report = verify(location, key)
    assert report.outcome == "good", report
    assert report.size >= acknowledged > 100


def test_a_replica_does_not_take_anothers_open_actions_for_lost(
    location: str, key: SigningKey
) -> None:
    create_ledger(location, key)
    with open_ledger(location, key) as first:
        first.started("a1", {})
        with open_ledger(location, key) as second:
            second.append("decision", {})
        first.finished("a1", {})
    assert verify(location, key).outcome == "good"


def test_waiting_too_long_for_the_head_refuses_and_the_ledger_goes_on(
    location: str, key: SigningKey
) -> None:
    create_ledger(location, key)
    store = PostgresStore(location, ORIGIN, write=True, lock_ms=100)
    ledger = start(store, key, alone=False)
    with psycopg.connect(location) as other:
        other.execute(f"SELECT * FROM {schema_name(ORIGIN)}.head FOR UPDATE".encode())
        with pytest.raises(LedgerUnavailable) as caught:
            ledger.append("decision", {})
        assert caught.value.code == "ledger.busy"
    assert ledger.append("decision", {}).seq == 1
    ledger.close()
    assert verify(location, key).outcome == "good"


def test_a_replica_whose_connection_breaks_stops_and_loses_nothing(
    location: str, key: SigningKey
) -> None:
    create_ledger(location, key)
    ledger = open_ledger(location, key)
    ledger.append("decision", {})
    with psycopg.connect(location, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    for _ in range(2):
        with pytest.raises(LedgerUnavailable):
            ledger.append("decision", {})
    ledger.close()
    with open_ledger(location, key) as again:
        assert again.append("decision", {}).seq == 2


def test_a_head_that_moved_behind_the_lock_is_two_writers(
    location: str, key: SigningKey, tamper: Tamper
) -> None:
    """A stale head (a failover to an old copy, or a foreign writer) never gets a batch."""
    create_ledger(location, key)
    with open_ledger(location, key) as ledger:
        ledger.append("decision", {})
        tamper("UPDATE head SET size = ?", (1,))
        with pytest.raises(LedgerUnavailable):
            ledger.append("decision", {})
    with pytest.raises(VerificationError):
        open_ledger(location, key)


def test_one_database_holds_a_log_for_each_tenant(location: str, key: SigningKey) -> None:
    create_ledger(location, key)
    other = make_key("ledger.example/other", seeds=(bytes(32),))
    create_ledger(location, other)
    with open_ledger(location, other) as ledger:
        ledger.append("decision", {})
    assert verify(location, key).size == 1
    with pytest.raises(LedgerError) as caught:
        open_store(location)
    assert caught.value.code == "ledger.which"


def test_a_server_that_may_lose_what_it_acknowledges_is_refused(
    location: str, key: SigningKey
) -> None:
    for option in ("fsync=off", "full_page_writes=off"):
        server: Server = start_server(option)
        try:
            with pytest.raises(LedgerUnavailable) as caught:
                create_ledger(server.url, key)
            assert caught.value.code == "ledger.not_durable"
            assert option.partition("=")[0] in caught.value.message
        finally:
            server.stop()


def test_messages_name_no_password(location: str, tmp_path: Path) -> None:
    del tmp_path
    url = location.replace("gardefou@", "gardefou:hunter2@").replace("/test", "/no-such-test")
    with pytest.raises(LedgerUnavailable) as caught:
        open_store(url)
    assert "hunter2" not in caught.value.diagnostics()


def test_a_server_that_is_killed_loses_nothing_it_acknowledged(
    location: str, key: SigningKey
) -> None:
    """SIGQUIT to the postmaster: no clean shutdown, recovery from the server's own log."""
    server = start_server()
    try:
        create_ledger(server.url, key)
        ledger = open_ledger(server.url, key)
        last = [ledger.submit("decision", {"n": n}) for n in range(300)][-1].wait(30)
        server.crash_and_restart()
        with pytest.raises(LedgerUnavailable):
            ledger.append("decision", {})
        ledger.close()
        with open_ledger(server.url, key) as again:
            assert again.head().size > last.seq
        assert verify(server.url, key).outcome == "good"
    finally:
        server.stop()


def test_replicas_that_start_at_once_make_one_keyring(location: str) -> None:
    barrier = threading.Barrier(8)

    def start_one(_: int) -> str:
        barrier.wait()
        with closing(open_postgres_keyring(location, ORIGIN)) as keyring:
            return keyring.subject("person").pseudonym

    with ThreadPoolExecutor(8) as replicas:
        assert len(set(replicas.map(start_one, range(8)))) == 1
