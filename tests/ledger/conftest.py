"""What the ledger's tests share: both stores, brought by the test run itself, and fixed keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import psycopg
import pytest

from gardefou.ledger._keys import SigningKey, make_key
from gardefou.ledger._postgres import schema_name
from stores import Server, location, postgres, start_server

__all__ = ["KEY", "ORIGIN", "Server", "Tamper", "location", "postgres", "start_server"]

ORIGIN = "ledger.example/acme"
KEY = make_key(ORIGIN, seeds=(bytes(range(32)),))


@pytest.fixture
def key() -> SigningKey:
    return KEY


class FakeClock:
    """A clock that the test moves."""

    def __init__(self, at_us: int = 1_700_000_000_000_000) -> None:
        self.at_us = at_us

    def __call__(self) -> int:
        self.at_us += 1
        return self.at_us


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


Tamper = Callable[[str, tuple[object, ...]], None]


@pytest.fixture
def tamper(location: str) -> Tamper:
    """Change the store behind the ledger's back, as the owner of the machine can."""

    def run(sql: str, parameters: tuple[object, ...] = ()) -> None:
        if location.startswith("postgresql:"):
            with psycopg.connect(location, autocommit=True) as connection:
                connection.execute(f"SET search_path = {schema_name(ORIGIN)}".encode())
                connection.execute("SET session_replication_role = replica")
                connection.execute(sql.replace("?", "%s").encode(), parameters or None)
            return
        connection = sqlite3.connect(location, isolation_level=None)
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(sql, parameters)
        for _, text in triggers:
            connection.execute(text)
        connection.close()

    return run
