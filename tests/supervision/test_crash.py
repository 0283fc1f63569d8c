"""A failure in the middle of every arrow: stored or not, nothing runs twice and nothing by itself.

Each operation is run once to count its writes. Then each write fails in turn, once without being
stored and once after it was stored, and the process starts again.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from supervision_failing import FailingStore, Mode

from gardefou.errors import GardefouError, LedgerUnavailable
from gardefou.ledger import is_postgres, open_keyring, open_store, verify_store
from gardefou.ledger._ledger import start
from gardefou.supervision import GlassBallot, Scope, glass_challenge
from stores import Server

from .conftest import USER, Desk, Passkeys

KEYS = Passkeys()
SCOPE = Scope(rules=("payments",), tools=("pay",))
Step = Callable[[Desk, dict[str, Any]], Any]


def opened(desk: Desk, at: dict[str, Any]) -> None:
    at["hold"] = desk.open()


def approved(desk: Desk, at: dict[str, Any]) -> None:
    at["hold"] = desk.approved()


def redeemed(desk: Desk, at: dict[str, Any]) -> None:
    approved(desk, at)
    desk.holds.redeem(at["hold"].id, USER)


def glass(desk: Desk, at: dict[str, Any]) -> None:
    opened(desk, at)
    broken(desk, at)


def broken(desk: Desk, at: dict[str, Any]) -> None:
    at["glass"] = f"glass-{len(desk.entries())}"
    signed = glass_challenge(at["glass"], "acme", "frida", SCOPE, 5)
    desk.holds.core.verifier = KEYS
    desk.holds.glass.open(
        at["glass"],
        tenant="acme",
        person="frida",
        reason="the dam breaks",
        scope=SCOPE,
        minutes=5,
        evidence=KEYS.sign("frida", signed),
    )
    desk.holds.core.verifier = None


def stopped(desk: Desk, at: dict[str, Any]) -> None:
    at["stop"] = desk.holds.stop("tenant", tenant="acme", target="", reason="x", by="alice")


def late(seconds: int) -> Step:
    def step(desk: Desk, at: dict[str, Any]) -> None:
        desk.clock.forward(seconds)
        desk.holds.tick()

    return step


# name: what comes before, and the operation in which the store fails
OPERATIONS: dict[str, tuple[Step, Step]] = {
    "open": (lambda _d, _a: None, opened),
    "vote": (opened, lambda d, a: d.vote(a["hold"], "dora")),
    "deny": (opened, lambda d, a: d.vote(a["hold"], "dora", "deny")),
    "refused vote": (opened, lambda d, a: d.vote(a["hold"], "nobody")),
    "edit": (opened, lambda d, a: d.holds.edit(d.ballot(a["hold"], "dora", "deny"), {"to": "x"})),
    "withdraw": (opened, lambda d, a: d.holds.withdraw(a["hold"].id, USER)),
    "alarm": (
        opened,
        lambda d, a: d.holds.alarm(a["hold"].id, monitor="m", verdict="deny", reason="x"),
    ),
    "escalate": (opened, late(1_800)),
    "expire": (opened, late(3_600)),
    "lapse": (approved, late(600)),
    "take back": (approved, lambda d, a: d.holds.revoke(d.ballot(a["hold"], "erik", "deny"))),
    "redeem": (approved, lambda d, a: d.holds.redeem(a["hold"].id, USER)),
    "finish": (redeemed, lambda d, a: d.holds.finish(a["hold"].id, "done", {"n": 1})),
    "break": (opened, broken),
    "use glass": (
        glass,
        lambda d, a: d.holds.glass.use(
            GlassBallot(
                glass=a["glass"],
                hold=a["hold"].id,
                person="frida",
                seen=a["hold"].digest,
                reason="x",
            )
        ),
    ),
    "close glass": (
        glass,
        lambda d, a: d.holds.glass.close(a["glass"], person="alice", reason="x"),
    ),
    "stop": (opened, stopped),
    "resume": (stopped, lambda d, a: d.holds.resume(a["stop"].id, reason="x", by="alice")),
}


ON_BOTH = ("open", "vote", "expire", "redeem", "finish", "stop")
"""The arrows that a server is tried with as well; the others are the same two statements."""


def on_failing_store(desk: Desk) -> FailingStore:
    """Open the desk's log again on a store that can fail."""
    desk.close()
    store = FailingStore(open_store(desk.location, desk.key.name, write=True))
    desk.ledger = start(store, desk.key, clock=desk.clock)
    desk.keyring = open_keyring(desk.location, desk.key.name)
    desk.holds = desk.another()
    return store


def writes_of(desk: Desk, before: Step, operation: Step) -> int:
    at: dict[str, Any] = {}
    before(desk, at)
    store = on_failing_store(desk)
    with contextlib.suppress(GardefouError):  # a refusal is written as well
        operation(desk, at)
    return store.writes


def check(desk: Desk) -> None:
    """After the restart everything is consistent, and goes on to at most one redemption."""
    redeemed_before = len(desk.entries("grant.redeemed"))
    started = len(desk.entries("action.started"))
    assert started <= redeemed_before + 1
    with desk.ledger.store.reading() as session:
        ids = [str(row[0]) for row in session.run("SELECT id FROM hold", ()).fetchall()]
        open_actions = session.open_actions()
    assert open_actions == []
    opened_ids = [entry["hold"] for entry in desk.entries("hold") if "event" not in entry]
    assert sorted(ids) == sorted(opened_ids)
    for hold_id in ids:
        found = desk.holds.get(hold_id)
        if found.state == "approved":
            desk.holds.redeem(hold_id, USER)
        elif found.state == "pending":
            voted = desk.vote(found, "erik")
            assert voted.state == "approved"
            desk.holds.redeem(hold_id, USER)
        with pytest.raises(GardefouError):
            desk.holds.redeem(hold_id, USER)
    uses = Counter(entry["hold"] for entry in desk.entries("grant.redeemed"))
    assert set(uses.values()) <= {1}
    assert {entry["hold"] for entry in desk.entries("action.started")} <= set(uses)
    desk.close()
    store = open_store(desk.location, desk.key.name)
    assert verify_store(store, pinned=desk.key.verifiers).outcome == "good"
    store.close()
    desk.start()


@pytest.mark.parametrize(
    ("location", "name"),
    [*(("sqlite", name) for name in OPERATIONS), *(("postgres", name) for name in ON_BOTH)],
    indirect=["location"],
)
def test_a_failed_write_in_any_arrow_lets_nothing_run_twice(location: str, name: str) -> None:
    """Promises 2, 3 and 6; law 4: whoever was told nothing may not act."""
    before, operation = OPERATIONS[name]
    probe = Desk(location)
    writes = writes_of(probe, before, operation)
    probe.close()
    assert writes >= 1
    modes: tuple[Mode, ...] = ("not stored", "stored")
    for at_write in range(writes):
        for mode in modes:
            desk = Desk(fresh(location, f"{name}{at_write}{mode}"))
            at: dict[str, Any] = {}
            before(desk, at)
            store = on_failing_store(desk)
            store.at, store.mode = at_write, mode
            with pytest.raises(LedgerUnavailable):
                operation(desk, at)
            with pytest.raises(LedgerUnavailable):
                desk.open()  # the ledger stopped: nothing goes ahead
            stops = Counter(entry["order"] for entry in desk.entries("order"))
            desk.restart()
            assert len(desk.holds.stops()) == stops["stop"] - stops["resume"]
            for stop in desk.holds.stops():
                desk.holds.resume(stop.id, reason="x", by="alice")
            check(desk)
            desk.close()


def fresh(location: str, name: str) -> str:
    """Another file beside the first; on PostgreSQL every desk has a log of its own anyway."""
    if is_postgres(location):
        return location
    return str(Path(location).with_name(f"{name}.db".replace(" ", "-")))


def acts_of(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


@pytest.mark.parametrize("rounds", [3])
def test_a_killed_process_acts_at_most_once_and_never_without_its_intent(
    location: str, rounds: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Promises 2 and 3: whatever had begun is recorded, and unknown where it did not end."""
    if is_postgres(location):
        # Alone there: otherwise nobody could tell a killed agent's session from another test's.
        server: Server = request.getfixturevalue("postgres")
        location = server.own_database("killed")
    desk = Desk(location, time.time_ns() // 1_000)
    desk.close()
    acts = tmp_path / "acts"
    rng = random.Random(5)
    script = Path(__file__).with_name("crash_agent.py")
    for number in range(rounds):
        process = subprocess.Popen(
            [sys.executable, str(script), location, desk.key.name, str(acts), str(number)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"READY\n"
        acted = len(acts_of(acts))
        while len(acts_of(acts)) == acted:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(rng.random() * 0.2)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if is_postgres(location):
            Server.wait_until_alone(location)
    desk.clock.at_us = time.time_ns() // 1_000
    desk.start()
    desk.holds.start(alone=True)
    ran = Counter(acts_of(acts))
    assert len(ran) >= rounds
    assert set(ran.values()) == {1}
    started = {entry["hold"] for entry in desk.entries("action.started")}
    assert set(ran) <= started
    states = Counter(desk.holds.get(hold_id).state for hold_id in ran)
    assert set(states) <= {"done", "unknown"}
    ended = {entry["hold"] for entry in desk.entries("action.finished")}
    assert {h for h in ran if desk.holds.get(h).state == "done"} == ended & set(ran)
    desk.close()
