"""Officers' keys, and the clock of this machine, for tests of orders in a ledger."""

from __future__ import annotations

import time

from gardefou.ledger import SigningKey, make_key

ORIGIN = "ledger.example/acme"
LOG_KEY = make_key(ORIGIN, seeds=(bytes(32),))


def officer(name: str, number: int = 1) -> SigningKey:
    """The key of a person."""
    return make_key(name, seeds=(bytes([number] * 32),))


def now() -> int:
    """The real time: a database compares it with its own."""
    return time.time_ns() // 1_000
