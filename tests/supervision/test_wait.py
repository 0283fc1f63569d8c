"""Whoever waits hears of the answer, from wherever it comes; a lost ring costs time, nothing else."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gardefou.ledger import open_keyring, open_ledger, open_store
from gardefou.supervision import AsyncHolds, Holds, StoredCall
from stores import Server

from .conftest import USER, Desk, opening_for, refusal


def later(action: object, after_s: float = 0.05) -> threading.Thread:
    thread = threading.Timer(after_s, action)  # type: ignore[arg-type]
    thread.start()
    return thread


def test_waiting_ends_with_the_vote(desk: Desk) -> None:
    hold = desk.open()
    thread = later(lambda: desk.vote(hold, "dora"))
    assert desk.holds.wait(hold.id, 30).state == "approved"
    thread.join()


def test_waiting_ends_when_the_time_is_over(desk: Desk) -> None:
    hold = desk.open()
    assert desk.holds.wait(hold.id, 0.05).state == "pending"
    desk.clock.forward(3_600)
    assert desk.holds.wait(hold.id, 30).state == "expired"


def test_waiting_hears_of_another_front_door_in_the_process(desk: Desk) -> None:
    hold = desk.open()
    other = desk.another()
    thread = later(lambda: other.vote(desk.ballot(hold, "dora", "deny")))
    assert desk.holds.wait(hold.id, 30).state == "denied"
    thread.join()


def test_a_restart_while_somebody_waits_loses_no_answer(desk: Desk) -> None:
    hold = desk.open()
    desk.restart()
    desk.vote(hold, "dora")
    desk.restart()
    assert desk.holds.wait(hold.id, 0).state == "approved"
    assert desk.holds.redeem(hold.id, USER).hold == hold.id


def test_on_an_event_loop_many_wait_without_threads(desk: Desk) -> None:
    holds = [desk.open(session=str(n)) for n in range(30)]
    doors = AsyncHolds(desk.holds)

    async def run() -> list[str]:
        waiting = [asyncio.create_task(doors.wait(hold.id, 30)) for hold in holds]
        gone = asyncio.create_task(doors.wait(holds[0].id, 30))
        await asyncio.sleep(0.05)
        gone.cancel()
        for hold in holds:
            await doors.vote(desk.ballot(hold, "dora"))
        return [(await task).state for task in waiting]

    assert asyncio.run(run()) == ["approved"] * 30


def test_on_an_event_loop_the_whole_way(desk: Desk) -> None:
    doors = AsyncHolds(desk.holds)

    async def run() -> str:
        hold = await doors.open(desk.opening())
        await doors.vote(desk.ballot(hold, "dora"))
        assert (await doors.wait(hold.id, 0)).state == "approved"
        grant = await doors.redeem(hold.id, USER)
        await doors.finish(grant.hold, "done")
        other = await doors.open(desk.opening())
        await doors.withdraw(other.id, USER)
        return (await doors.get(hold.id)).state + (await doors.get(other.id)).state

    assert asyncio.run(run()) == "donewithdrawn"


def test_a_listener_that_fails_harms_nobody(desk: Desk) -> None:
    def broken(changed: str) -> None:
        raise RuntimeError(changed)

    desk.holds.core.bell.listen(broken)
    assert desk.approved().state == "approved"


@pytest.fixture
def replicas(postgres: Server) -> Iterator[tuple[Desk, Holds]]:
    """Two processes' worth of front doors: a ledger and a connection for each."""
    desk = Desk(postgres.url)
    with (
        closing(desk),
        open_ledger(postgres.url, desk.key, clock=desk.clock) as ledger,
        closing(open_keyring(postgres.url, desk.key.name)) as keyring,
    ):
        other = Holds(ledger, keyring, lambda _: desk.guard, monotonic=desk.clock.steady)
        with closing(other):
            yield desk, other


def test_a_vote_on_another_replica_is_heard_at_once(replicas: tuple[Desk, Holds]) -> None:
    """LISTEN brings it; nobody looks by themselves in time here."""
    desk, other = replicas
    other.start(alone=False)
    watch = other.core._watch
    assert watch is not None
    assert watch.ready(30)
    other.core.poll_s = 60.0
    hold = desk.open()
    thread = later(lambda: desk.vote(hold, "dora"), 0.3)
    began = time.monotonic()
    assert other.wait(hold.id, 60).state == "approved"
    thread.join()
    assert time.monotonic() - began < 30


def test_without_listening_a_replica_looks_for_itself(replicas: tuple[Desk, Holds]) -> None:
    desk, other = replicas
    hold = desk.open()
    thread = later(lambda: desk.vote(hold, "dora"))
    assert other.wait(hold.id, 30).state == "approved"
    thread.join()
    assert other.core.poll_s <= 1


def test_a_stop_of_one_replica_stops_the_other(replicas: tuple[Desk, Holds]) -> None:
    desk, other = replicas
    hold = desk.approved()
    stop = desk.holds.stop("agent", tenant="acme", target="clerk", reason="x", by="alice")
    assert refusal(other.redeem, hold.id, USER) == "hold.stopped"
    other.resume(stop.id, reason="x", by="bob")
    assert other.redeem(hold.id, USER).hold == hold.id
    assert refusal(desk.holds.resume, stop.id, reason="x", by="bob") == "stop.missing"


def test_holds_that_were_opened_for_reading_change_nothing(desk: Desk) -> None:
    hold = desk.open()
    store = open_store(desk.location, desk.key.name)
    holds = Holds(store, desk.keyring, lambda _: desk.guard, clock=desk.clock)
    assert [found.id for found in holds.inbox()] == [hold.id]
    assert isinstance(holds.call(hold), StoredCall)
    assert refusal(holds.open, opening_for(desk.guard)) == "hold.read_only"
    store.close()


def test_a_started_process_ticks_by_itself(desk: Desk) -> None:
    hold = desk.open()
    desk.holds.start(alone=False, tick_s=0.01)
    desk.clock.forward(1_800)
    for _ in range(1_000):
        if desk.holds.core.read(hold.id).escalated:
            break
        time.sleep(0.01)
    assert desk.holds.core.read(hold.id).escalated


def test_a_ledger_that_is_closed_first_ends_the_threads_quietly(tmp_path: Path) -> None:
    desk = Desk(str(tmp_path / "ledger.db"))
    desk.holds.start(alone=True, tick_s=0.01)
    time.sleep(0.05)
    desk.ledger.close()
    time.sleep(0.3)  # a tick and a look at the counter meet the closed store
    desk.holds.close()
    desk.keyring.close()
