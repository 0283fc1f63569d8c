"""The fourteen promises of supervision, each under its number, on both stores."""

from __future__ import annotations

import pytest

from gardefou.supervision import Refused

from .conftest import USER, Desk


def test_an_approved_call_runs_once_as_it_was_stored(desk: Desk) -> None:
    """Laws 5 and 6: what was approved is what runs, once."""
    hold = desk.open()
    assert hold.state == "pending"
    assert desk.vote(hold, "dora").state == "approved"
    grant = desk.holds.redeem(hold.id, USER)
    assert grant.action.arguments == {"to": "Acme", "note": "bill 7"}
    with pytest.raises(Refused) as caught:
        desk.holds.redeem(hold.id, USER)
    assert caught.value.code == "hold.redeemed"
    assert desk.holds.finish(hold.id, "done", {"receipt": 1}).state == "done"
    assert desk.holds.result(desk.holds.get(hold.id)) == {"receipt": 1}
