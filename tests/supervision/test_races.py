"""Fifty people and agents at once: exactly one redemption, whoever is first.

Laws 5 and 6. The rounds on PostgreSQL are few by default; `SUPERVISION_ROUNDS` sets both.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable

import pytest

from gardefou.ledger import is_postgres
from gardefou.supervision import Hold, Holds, Refused

from .conftest import USER, Desk

THREADS = 50
ROUNDS = int(os.environ.get("SUPERVISION_ROUNDS", "0"))
WATCH = ("alice", "bob", "carol")


class Crowd:
    """Threads that all begin a round at the same moment."""

    def __init__(self, desk: Desk, rounds: int, *, approved: bool = False) -> None:
        self.desk = desk
        self.rounds = rounds
        self.approved = approved
        self.hold: Hold | None = None
        self.won: list[str] = []
        self.broken: list[BaseException] = []
        self.replicas = [desk.holds, desk.another()]
        self._begin = threading.Barrier(THREADS + 1)
        self._end = threading.Barrier(THREADS + 1)

    def run(self, check: Callable[[], None]) -> None:
        threads = [threading.Thread(target=self._work, args=(n,)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(self.rounds):
                self.hold = self.desk.approved() if self.approved else self.desk.open("wipe")
                self.won.clear()
                self._begin.wait(60)
                self._end.wait(60)
                check()
        finally:
            self._begin.abort()
            self._end.abort()
            for thread in threads:
                thread.join()
        assert self.broken == []

    def _work(self, number: int) -> None:
        holds = self.replicas[number % len(self.replicas)]
        with contextlib.suppress(threading.BrokenBarrierError):
            while True:
                self._begin.wait(60)
                try:
                    self._act(holds, number)
                except BaseException as error:  # noqa: BLE001 - shown by the test
                    self.broken.append(error)
                self._end.wait(60)

    def _act(self, holds: Holds, number: int) -> None:
        assert self.hold is not None
        if self.approved:
            pass
        elif number < 10:
            person = (*WATCH, "dora", "erik")[number % 5]
            with contextlib.suppress(Refused):  # the hold was decided before them
                holds.vote(self.desk.ballot(self.hold, person))
            if number >= 5:
                return
        elif holds.wait(self.hold.id, 30).state == "pending":
            return
        with contextlib.suppress(Refused):
            grant = holds.redeem(self.hold.id, USER)
            self.won.append(grant.hold)


def test_exactly_one_redemption_whoever_races(desk: Desk) -> None:
    """Promise 2, under promise 5: nobody redeems before the quorum, and one does after it."""
    default = 5 if is_postgres(desk.location) else 15
    crowd = Crowd(desk, ROUNDS or default)

    def check() -> None:
        assert crowd.hold is not None
        assert crowd.won == [crowd.hold.id]

    crowd.run(check)
    assert len(desk.entries("grant.redeemed")) == crowd.rounds
    votes = [entry for entry in desk.entries("vote") if "refused" not in entry]
    voters = {(entry["hold"], entry["voter"]) for entry in votes}
    assert len(voters) == len(votes)


def test_fifty_redeemers_of_one_approval_are_one(desk: Desk) -> None:
    """Promise 2; `benchmarks/supervision.py` runs 1,000 rounds."""
    default = 5 if is_postgres(desk.location) else 100
    crowd = Crowd(desk, ROUNDS or default, approved=True)

    def check() -> None:
        assert crowd.hold is not None
        assert crowd.won == [crowd.hold.id]

    crowd.run(check)
    assert len(desk.entries("action.started")) == crowd.rounds


@pytest.mark.parametrize("verdicts", [("approve", "deny"), ("deny", "approve")])
def test_approve_and_deny_at_once_end_in_one_of_them(desk: Desk, verdicts: tuple[str, str]) -> None:
    for _ in range(5):
        hold = desk.open()
        begin = threading.Barrier(2)

        def act(person: str, verdict: str, hold: Hold = hold) -> None:
            begin.wait(10)  # noqa: B023 - joined before the next round
            with contextlib.suppress(Refused):
                desk.vote(hold, person, verdict)

        people = zip(("dora", "erik"), verdicts, strict=True)
        threads = [threading.Thread(target=act, args=pair) for pair in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        state = desk.holds.get(hold.id).state
        resolutions = [e for e in desk.entries("resolution") if e["hold"] == hold.id]
        assert [entry["state"] for entry in resolutions] == [state]
        assert state in {"approved", "denied"}
