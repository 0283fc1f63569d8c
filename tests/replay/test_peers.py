"""Grants come from other honest runs of the same task, never from the run under test."""

from __future__ import annotations

from typing import Any

from gardefou.replay import Call, Peers, Trace


def run(name: str, *tools: str, **more: Any) -> Trace:
    fields = {"set": "s", "label": "honest", "task": "berth", "peer": True, **more}
    return Trace(id=name, events=tuple(Call(tool=t, arguments={}) for t in tools), **fields)


def known(*runs: Trace) -> Peers:
    peers = Peers()
    for trace in runs:
        peers.add(trace)
    return peers


def test_the_run_under_test_lends_itself_nothing() -> None:
    assert known(run("a", "book")).lent(run("a", "book")) is None


def test_other_runs_of_the_task_lend_their_tools() -> None:
    peers = known(run("a", "book"), run("b", "look", "pay"), run("c", "ring"))
    assert peers.lent(run("a")) == {"look", "pay", "ring"}


def test_another_task_or_set_lends_nothing() -> None:
    peers = known(run("a", "book"))
    assert peers.lent(run("x", task="other")) is None
    assert peers.lent(run("x", set="other")) is None
    assert known(run("a", "book", task="")).lent(run("x", task="")) is None


def test_runs_that_may_not_lend_do_not() -> None:
    assert known(run("a", "steal", peer=False)).lent(run("x")) is None


def test_runs_that_reached_their_aim_come_first() -> None:
    peers = known(run("a", "book", achieved=True), run("b", "wander"))
    assert peers.lent(run("x")) == {"book"}
    assert peers.lent(run("a")) == {"wander"}


def test_a_peer_without_calls_makes_no_grant() -> None:
    assert known(run("a")).lent(run("x")) is None
