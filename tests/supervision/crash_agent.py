"""The agent that the crash tests kill: it opens, approves, redeems, acts and finishes, for ever.

Usage: crash_agent.py LOCATION ORIGIN ACTS NUMBER
Every act is one line in the file ACTS: the id of the hold it was allowed by.
"""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.supervision.conftest import USER, guard_for, opening_for

from gardefou.ledger import make_key, open_keyring, open_ledger
from gardefou.supervision import Ballot, Holds


def main() -> None:
    location, origin, acts, number = sys.argv[1:5]
    key = make_key(origin, seeds=(bytes(range(32)),))
    guard = guard_for()
    file = os.open(acts, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    with (
        open_ledger(location, key, alone=True) as ledger,
        closing(open_keyring(location, origin)) as keyring,
    ):
        holds = Holds(ledger, keyring, lambda _: guard)
        holds.start(alone=True)
        os.write(1, b"READY\n")
        turn = 0
        while True:
            turn += 1
            hold = holds.open(opening_for(guard, session=f"{number}-{turn}"))
            ballot = Ballot(
                hold=hold.id, verdict="approve", person="dora", seen=hold.digest, reason="x"
            )
            holds.vote(ballot)
            grant = holds.redeem(hold.id, USER)
            os.write(file, f"{grant.hold}\n".encode())
            holds.finish(hold.id, "done", {"turn": turn})


if __name__ == "__main__":
    main()
