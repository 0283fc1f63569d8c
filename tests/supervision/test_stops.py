"""Stop-work: at once, for exactly whom it names, until somebody says that work goes on."""

from __future__ import annotations

import msgspec
import pytest

from gardefou.action import Principal
from gardefou.supervision import stop_scope

from .conftest import USER, Desk, refusal

OTHERS = {
    "agent": msgspec.structs.replace(USER, agent="other"),
    "application": msgspec.structs.replace(USER, application="other"),
    "tenant": msgspec.structs.replace(USER, tenant="globex"),
}


def stop(desk: Desk, scope: str, target: str = "", tenant: str = "acme") -> str:
    made = desk.holds.stop(
        stop_scope(scope), tenant=tenant, target=target, reason="it behaves oddly", by="alice"
    )
    return made.id


@pytest.mark.parametrize(
    ("scope", "target"), [("agent", "clerk"), ("application", "desk"), ("tenant", "")]
)
def test_a_stop_covers_whom_it_names_and_nobody_else(desk: Desk, scope: str, target: str) -> None:
    stop(desk, scope, target)
    found = desk.holds.stopped(USER)
    assert found is not None
    assert found.scope == scope
    assert f"gardefou resume {found.id}" in found.sentence
    assert desk.holds.stopped(OTHERS[scope]) is None


def test_everything_stops_everybody(desk: Desk) -> None:
    stop(desk, "everything")
    assert all(desk.holds.stopped(who) for who in (USER, Principal(), *OTHERS.values()))


def test_an_agent_that_works_for_another_is_stopped_as_well(desk: Desk) -> None:
    stop(desk, "agent", "boss")
    assert desk.holds.stopped(msgspec.structs.replace(USER, on_behalf_of=("boss",)))


def test_no_approval_is_used_while_work_is_stopped(desk: Desk) -> None:
    hold = desk.approved()
    stop_id = stop(desk, "agent", "clerk")
    assert refusal(desk.holds.redeem, hold.id, USER) == "hold.stopped"
    assert desk.holds.get(hold.id).state == "approved"
    desk.holds.resume(stop_id, reason="it was mended", by="bob")
    assert desk.holds.redeem(hold.id, USER).hold == hold.id


def test_a_stop_survives_a_restart_and_is_in_the_ledger(desk: Desk) -> None:
    stop_id = stop(desk, "tenant")
    desk.restart()
    assert [found.id for found in desk.holds.stops()] == [stop_id]
    desk.holds.resume(stop_id, reason="it was mended", by="bob")
    desk.restart()
    assert desk.holds.stops() == ()
    assert [entry["order"] for entry in desk.entries("order")] == ["stop", "resume"]
    assert {notice.kind for notice in desk.notices} == {"stopped", "resumed"}


def test_one_of_two_stops_does_not_end_the_other(desk: Desk) -> None:
    first = stop(desk, "agent", "clerk")
    stop(desk, "application", "desk")
    desk.holds.resume(first, reason="x", by="bob")
    assert desk.holds.stopped(USER)
    assert refusal(desk.holds.resume, first, reason="x", by="bob") == "stop.missing"


@pytest.mark.parametrize(
    ("scope", "target", "tenant", "reason"),
    [
        ("agent", "", "acme", "x"),
        ("everything", "clerk", "acme", "x"),
        ("tenant", "acme", "acme", "x"),
        ("agent", "cl\x00erk", "acme", "x"),
        ("agent", "x" * 600, "acme", "x"),
        ("tenant", "", "ac\u202eme", "x"),
    ],
)
def test_what_cannot_be_stopped_is_refused(
    desk: Desk, scope: str, target: str, tenant: str, reason: str
) -> None:
    code = refusal(desk.holds.stop, scope, tenant=tenant, target=target, reason=reason, by="alice")
    assert code == "stop.scope"


@pytest.mark.parametrize("reason", ["", " ", "x" * 4_001])
def test_a_stop_and_its_end_need_a_reason(desk: Desk, reason: str) -> None:
    code = refusal(desk.holds.stop, "tenant", tenant="acme", target="", reason=reason, by="alice")
    assert code == "hold.reason"
    stop_id = stop(desk, "tenant")
    assert refusal(desk.holds.resume, stop_id, reason=reason, by="bob") == "hold.reason"
    assert refusal(stop_scope, "planet") == "stop.scope"
