"""A trace is played in order, on a clock of its own, each call decided before its result."""

from __future__ import annotations

from typing import Any

from simulated_guard import SimulatedGuard

from gardefou.replay import Call, Said, Tools, Trace, Window, play
from gardefou.verdict import Verdict


def called(tool: str, **more: Any) -> Call:
    return Call(tool=tool, arguments={}, **more)


def trace(*events: Said | Call, **more: Any) -> Trace:
    return Trace(**{"id": "t", "set": "s", "label": "honest", "events": events, **more})


def test_words_calls_and_results_come_in_the_order_of_the_recording() -> None:
    guard = SimulatedGuard(Tools())
    play(trace(Said("user", "Pay."), called("a", result="1"), called("hold_b", result="2")), guard)
    assert guard.log == [
        ("begin", "t"),
        ("user", "Pay."),
        ("decide", "a 2026-01-05T09:00:01+00:00"),
        ("see", "a 1 2026-01-05T09:00:01+00:00"),
        ("decide", "hold_b 2026-01-05T09:00:02+00:00"),
        ("see", "hold_b 2 2026-01-05T09:00:02+00:00"),
    ]


def test_a_stopped_call_of_an_honest_run_counts_as_approved() -> None:
    guard = SimulatedGuard(Tools())
    played = play(trace(called("deny_a", result="1"), called("b")), guard)
    assert [j.verdict for j in played.judgements] == [Verdict.DENY, Verdict.ALLOW]
    assert ("see", "deny_a 1 2026-01-05T09:00:01+00:00") in guard.log


def test_nothing_is_decided_after_the_harm() -> None:
    guard = SimulatedGuard(Tools())
    attack = trace(
        called("a"),
        called("b", harm=True, result="done"),
        called("c"),
        label="attack",
        window=Window(0, 1),
    )
    assert len(play(attack, guard).judgements) == 2
    assert not any(text.startswith("b done") for _, text in guard.log)
