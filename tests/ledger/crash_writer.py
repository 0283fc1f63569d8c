"""The program that the crash tests trace, kill and starve: it appends and says what is durable.

Usage: crash_writer.py LOCATION BATCHES BATCH_SIZE CHECKPOINT_PAGES
Every acknowledged size is written to standard output as ``ACK size`` in one system call.
Exits 3 when the ledger stopped, as a gateway does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gardefou.errors import LedgerUnavailable
from gardefou.ledger._keys import make_key
from gardefou.ledger._ledger import Ledger, is_postgres, open_store, start
from gardefou.ledger._sqlite import SqliteStore

KEY = make_key("ledger.example/acme", seeds=(bytes(range(32)),))


def run(ledger: Ledger, batches: int, batch_size: int) -> None:
    for number in range(batches):
        tickets = [
            ledger.submit("decision", {"n": number * batch_size + k, "fill": "x" * 400})
            for k in range(batch_size)
        ]
        size = max(ticket.wait(60).seq for ticket in tickets) + 1
        os.write(1, b"ACK %d\n" % size)
        # Entries with a change of state: recovery must find both or neither.
        action_id = f"action-{os.getpid()}-{number}"
        size = ledger.started(action_id, {}).seq + 1
        os.write(1, b"ACK %d\n" % size)
        if number % 2:
            size = ledger.finished(action_id, {"outcome": "done"}).seq + 1
            os.write(1, b"ACK %d\n" % size)
        if number % 5 == 4:
            ledger.publish()


def main() -> int:
    location, batches, batch_size, pages = sys.argv[1], *map(int, sys.argv[2:5])
    try:
        if is_postgres(location):
            store = open_store(location, KEY.name, write=True)
        else:
            store = SqliteStore(Path(location), write=True, checkpoint_pages=pages)
        ledger = start(store, KEY, alone=not is_postgres(location))
        os.write(1, b"READY\n")
        run(ledger, batches, batch_size)
        ledger.close()
    except LedgerUnavailable as error:
        os.write(2, f"{error.code}: {error.message}\n".encode())
        os._exit(3)
    return 0


if __name__ == "__main__":
    sys.exit(main())
