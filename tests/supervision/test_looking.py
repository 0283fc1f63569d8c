"""Somebody is looking: seen by colleagues, in nobody's way, over by itself."""

from __future__ import annotations

import time

from gardefou.ledger import is_postgres
from gardefou.supervision import Glance, Looking
from gardefou.supervision._looking import MOST, STAYS_US

from .conftest import Desk, FakeClock


def made(clock: FakeClock) -> tuple[Looking, list[str]]:
    changed: list[str] = []
    return Looking(clock, changed.append, lambda _: None), changed


def test_a_look_is_seen_by_colleagues_of_the_tenant_and_ends_by_itself() -> None:
    clock = FakeClock()
    looking, changed = made(clock)
    looking.look(Glance("hold-1", "acme", "dora"))
    looking.look(Glance("hold-1", "acme", "erik"))
    assert looking.at("acme") == {"hold-1": ("dora", "erik")}
    assert looking.at("acme", but="erik") == {"hold-1": ("dora",)}
    assert looking.at("other") == {}
    clock.forward(STAYS_US / 1e6 / 2)
    looking.look(Glance("hold-1", "acme", "dora"))
    clock.forward(STAYS_US / 1e6 / 2)
    assert looking.at("acme") == {"hold-1": ("dora",)}
    looking.leave(Glance("hold-1", "acme", "dora"))
    assert looking.at("acme") == {}
    assert changed == ["hold-1"] * 3  # two came, one left; looking on is no news


def test_what_is_kept_of_looks_is_bounded() -> None:
    clock = FakeClock()
    looking, _ = made(clock)
    for number in range(MOST):
        looking.look(Glance(f"hold-{number}", "acme", "dora"))
    clock.forward(STAYS_US / 1e6)
    looking.look(Glance("hold-x", "acme", "dora"))
    assert len(looking._until) == 1


def test_what_no_replica_said_is_ignored() -> None:
    looking, changed = made(FakeClock())
    for text in ("", "{}", '["hold-1", "acme"]', "[1, 2, 3]"):
        looking.heard("look", text)
    assert (looking.at("acme"), changed) == ({}, [])


def test_a_look_changes_nothing_and_keeps_nobody_from_voting(desk: Desk) -> None:
    hold = desk.open()
    size = desk.ledger.head().size
    desk.holds.looking.look(Glance(hold.id, "acme", "erik"))
    assert desk.ledger.head().size == size
    assert desk.holds.get(hold.id) == hold
    assert desk.vote(hold, "dora").state == "approved"


def test_other_replicas_are_told(desk: Desk) -> None:
    """Where several processes share a ledger, each shows who looks in the others."""
    if not is_postgres(desk.location):
        return  # a file has one owner
    other = desk.another()
    other.core.listen()
    glance = Glance("hold-1", "acme", "dora")
    end = time.monotonic() + 60
    while other.looking.at("acme") != {"hold-1": ("dora",)}:
        assert time.monotonic() < end
        desk.holds.looking.look(glance)  # it may not listen yet
        time.sleep(0.05)
    desk.holds.looking.leave(glance)
    while other.looking.at("acme"):
        assert time.monotonic() < end
        time.sleep(0.05)
    other.close()
