"""What goes wrong with people, pages, clocks and queues: refused or denied, explained, recorded."""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gardefou.action import Action, Principal
from gardefou.errors import GardefouError, InputError, LedgerUnavailable
from gardefou.ledger import erase
from gardefou.ledger._writer import MAX_QUEUE
from gardefou.supervision import STATUS, Ballot, Refused, StoredCall, challenge, opening

from .conftest import BILL, LAW, USER, Desk, Passkeys, bill, guard_for, refusal


def test_a_double_click_is_one_vote(desk: Desk) -> None:
    hold = desk.open("wipe")
    for _ in range(3):
        assert desk.vote(hold, "alice").state == "pending"
    assert len(desk.entries("vote")) == 1
    single = desk.open()
    assert desk.vote(single, "dora").state == "approved"
    assert desk.vote(single, "dora").state == "approved"  # and after it was decided
    assert len(desk.entries("vote")) == 2


def test_a_vote_changes_only_from_approve_to_deny(desk: Desk) -> None:
    law = LAW.replace("treasurer: 1}\n```", "treasurer: 1}\n    denials: 2\n```")
    desk.guard = guard_for(law)
    hold = desk.open("wipe")
    desk.vote(hold, "alice", "deny")
    assert refusal(desk.vote, hold, "alice") == "hold.voted"
    other = desk.open("wipe")
    desk.vote(other, "alice")
    desk.vote(other, "bob", "deny")
    assert desk.vote(other, "alice", "deny").state == "denied"


def test_a_page_that_shows_a_hold_that_is_over_is_stale(desk: Desk) -> None:
    hold = desk.open()
    desk.vote(hold, "dora", "deny")
    assert refusal(desk.vote, hold, "erik") == "hold.closed"
    assert STATUS["hold.closed"] == STATUS["hold.digest"] == 412
    assert desk.entries("vote")[-1]["refused"] == "hold.closed"


def test_evidence_is_for_one_verdict_one_call_one_hold_and_one_person(desk: Desk) -> None:
    keys = Passkeys()
    desk.holds = desk.another(verifier=keys)
    hold, twin = desk.open(), desk.open()
    assert hold.digest == twin.digest
    good = keys.sign("dora", desk.holds.challenge(hold.id, "approve", "dora"))
    for wrong in (
        b"",
        good[:-1],
        good + b"x",
        keys.sign("erik", desk.holds.challenge(hold.id, "approve", "dora")),
        keys.sign("dora", desk.holds.challenge(hold.id, "deny", "dora")),
        keys.sign("dora", desk.holds.challenge(hold.id, "approve", "erik")),
        keys.sign("dora", desk.holds.challenge(twin.id, "approve", "dora")),
    ):
        assert refusal(desk.vote, hold, "dora", evidence=wrong) == "test.forged"
    assert refusal(desk.vote, hold, "dora", evidence=b"x" * 20_000) == "hold.evidence"
    assert desk.vote(hold, "dora", evidence=good).state == "approved"
    assert refusal(desk.vote, twin, "dora", evidence=good) == "test.forged"  # replayed
    assert len([e for e in desk.entries("vote") if "refused" not in e]) == 1
    assert "evidence" in desk.entries("vote")[-2]


def test_evidence_that_nobody_can_verify_is_refused(desk: Desk) -> None:
    assert refusal(desk.vote, desk.open(), "dora", evidence=b"x") == "hold.evidence"


def test_the_evidence_of_a_vote_is_verified_later_from_the_ledger_alone(desk: Desk) -> None:
    keys = Passkeys()
    desk.holds = desk.another(verifier=keys)
    hold = desk.open()
    signed = keys.sign("dora", desk.holds.challenge(hold.id, "approve", "dora"))
    desk.vote(hold, "dora", evidence=signed)
    core = desk.holds.core
    voter = core.pseudonym("acme", "dora")
    assert voter is not None
    cast = core.vote_by(hold.id, voter)
    assert cast is not None
    evidence = base64.b64decode(core.sealed_at(cast.seq, "evidence"))
    person = core.sealed_at(cast.seq, "reason")["person"]
    digest = msgspec.convert(core.sealed_at(hold.seq, "call"), StoredCall).digest()
    entry = desk.entries("hold")[0]
    message = challenge("approve", digest, entry["hold"], person, entry["nonce"])
    keys.verify(evidence, tenant="acme", person=person, challenge=message)


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 4_001])
def test_a_vote_without_a_reason_is_refused(reason: str, desk: Desk) -> None:
    assert refusal(desk.vote, desk.open(), "dora", reason=reason) == "hold.reason"


def test_a_terminal_approves_only_where_the_constitution_lets_the_role(desk: Desk) -> None:
    hold = desk.open("wipe")
    assert refusal(desk.vote, hold, "alice", channel="terminal") == "hold.channel"
    desk.vote(hold, "alice")
    desk.vote(hold, "bob")
    assert desk.vote(hold, "dora", channel="terminal").state == "approved"
    denied = desk.open("wipe")
    assert desk.vote(denied, "alice", "deny", channel="terminal").state == "denied"


def test_the_users_consent_answers_only_what_asks_for_it(desk: Desk) -> None:
    letter, payment = desk.open("letter"), desk.open()
    assert letter.ask.kind == "user_consent"
    assert refusal(desk.vote, letter, "dora") == "hold.channel"
    assert refusal(desk.vote, letter, "dora", channel="consent") == "hold.channel"
    assert refusal(desk.vote, payment, "ulla", channel="consent") == "hold.channel"
    assert desk.vote(letter, "ulla", channel="consent").state == "approved"
    other = desk.open("letter")
    assert desk.vote(other, "dora", "deny").state == "denied"


def test_consent_that_nobody_can_give_is_denied_at_once(desk: Desk) -> None:
    hold = desk.open("letter", principal=Principal(tenant="acme", agent="clerk"))
    assert (hold.state, hold.code) == ("denied", "hold.quorum")


def test_a_reviewer_who_is_erased_loses_the_vote(desk: Desk) -> None:
    hold = desk.open("wipe")
    desk.vote(hold, "alice")
    desk.vote(hold, "bob")
    erase(desk.ledger, desk.keyring, "acme/alice", basis="gdpr-17", by="x")
    assert desk.vote(hold, "dora").state == "pending"
    assert desk.vote(hold, "carol").state == "approved"


class Staff:
    """A directory that has removed some people."""

    def __init__(self) -> None:
        self.gone: set[str] = set()

    def members(self, tenant: str, role: str, listed: tuple[str, ...]) -> tuple[str, ...]:
        del tenant, role
        return tuple(name for name in listed if name not in self.gone)


def test_a_directory_that_no_longer_knows_a_member_takes_the_vote(desk: Desk) -> None:
    staff = Staff()
    desk.holds = desk.another(directory=staff)
    hold = desk.open("wipe")
    desk.vote(hold, "alice")
    desk.vote(hold, "dora")
    staff.gone = {"alice"}
    assert desk.vote(hold, "bob").state == "pending"
    staff.gone = {"alice", "dora", "erik"}
    assert refusal(desk.vote, hold, "erik") == "hold.not_a_voter"
    again = desk.open("wipe")
    assert (again.state, again.code) == ("denied", "hold.quorum")


def test_a_clock_that_is_set_back_extends_nothing(desk: Desk) -> None:
    hold = desk.open()
    desk.clock.forward(3_000)
    desk.holds.tick()
    desk.clock.set_back(7_200)
    desk.clock.forward(599)
    assert desk.holds.get(hold.id).state == "pending"
    desk.clock.forward(1)
    assert desk.holds.get(hold.id).state == "expired"


def test_a_clock_that_was_set_back_before_a_restart_extends_nothing(desk: Desk) -> None:
    hold = desk.approved()
    desk.clock.forward(300)
    desk.vote(desk.open(), "dora")
    desk.clock.set_back(86_400)
    desk.restart()
    desk.clock.forward(301)
    assert desk.holds.get(hold.id).state == "lapsed"


def test_a_clock_that_jumps_ahead_denies_early(desk: Desk) -> None:
    hold = desk.open()
    desk.clock.at_us += 7_200_000_000
    assert desk.holds.get(hold.id).state == "expired"


def test_what_cannot_be_shown_is_denied_and_recorded(desk: Desk) -> None:
    held = desk.opening()
    for arguments in (
        {"to": "\ud800"},
        {"n": float("nan")},
        {"n": 2**70},
        {"\u00e9": 1, "e\u0301": 2},
    ):
        action = msgspec.structs.replace(held.labelled.action, arguments=bill(**arguments))
        labelled = msgspec.structs.replace(held.labelled, action=action)
        broken = msgspec.structs.replace(held, labelled=labelled)
        with pytest.raises(InputError) as caught:
            desk.holds.open(broken)
        assert caught.value.code == "hold.unpresentable"
    denied = [e for e in desk.entries("resolution") if e["code"] == "hold.unpresentable"]
    assert len(denied) == 4
    for names in (
        {"tool": "pay\x00"},
        {"tool": "pay\u202e"},
        {"principal": Principal(tenant="\x00")},
    ):
        action = msgspec.structs.replace(held.labelled.action, **names)
        labelled = msgspec.structs.replace(held.labelled, action=action)
        with pytest.raises(InputError):
            desk.holds.open(msgspec.structs.replace(held, labelled=labelled))
    assert desk.entries("hold") == []


def test_only_a_held_decision_opens_a_hold(desk: Desk) -> None:
    action = Action(tool="nothing", arguments={}, principal=USER)
    session = desk.guard.session()
    labelled = desk.guard.label(action, session, 0)
    decision = msgspec.structs.replace(desk.guard.decide(labelled, session, 0), hold=None)
    made = opening(desk.guard, labelled, decision)
    assert refusal(desk.holds.open, made) == "hold.verdict"


def test_a_tool_that_nobody_knows_waits_for_any_reviewer(desk: Desk) -> None:
    hold = desk.open("unheard_of", arguments={})
    assert (hold.ask.quorum, hold.ask.rules) == ({"*": 1}, ("unlisted",))
    assert desk.vote(hold, "frida").state == "approved"


@pytest.mark.parametrize("person", ["nobody", "", "Dora", "dora ", "watch", "*", "\x00", "ulla"])
def test_whoever_has_no_role_does_not_vote(person: str, desk: Desk) -> None:
    assert refusal(desk.vote, desk.open(), person) in {"hold.not_a_voter", "hold.chain"}


@pytest.mark.parametrize("hold_id", ["", "hold-999", "'; DROP TABLE hold; --", "\x00", "h" * 9_999])
def test_an_id_that_nobody_gave_is_missing(hold_id: str, desk: Desk) -> None:
    ballot = Ballot(hold=hold_id, verdict="approve", person="dora", seen="x", reason="y")
    for call in (
        lambda: desk.holds.get(hold_id),
        lambda: desk.holds.vote(ballot),
        lambda: desk.holds.redeem(hold_id, USER),
        lambda: desk.holds.finish(hold_id, "done"),
        lambda: desk.holds.withdraw(hold_id, USER),
        lambda: desk.holds.wait(hold_id, 0),
    ):
        with pytest.raises(GardefouError) as caught:
            call()
        assert caught.value.code == "hold.missing"


def test_a_withdrawn_hold_is_over(desk: Desk) -> None:
    pending, approved = desk.open(), desk.approved()
    other = msgspec.structs.replace(USER, user="uwe")
    assert refusal(desk.holds.withdraw, pending.id, other) == "hold.not_yours"
    assert desk.holds.withdraw(pending.id, USER).state == "withdrawn"
    assert desk.holds.withdraw(approved.id, USER).state == "withdrawn"
    assert refusal(desk.vote, pending, "dora") == "hold.closed"
    assert refusal(desk.holds.redeem, approved.id, USER) == "hold.closed"
    assert refusal(desk.holds.withdraw, pending.id, USER) == "hold.closed"


def test_a_voter_takes_an_approval_back_before_it_is_used(desk: Desk) -> None:
    hold, used = desk.approved(), desk.approved()
    back = desk.holds.revoke(desk.ballot(hold, "erik", "deny"))
    assert (back.state, back.code) == ("revoked", "hold.taken_back")
    desk.holds.redeem(used.id, USER)
    assert refusal(desk.holds.revoke, desk.ballot(used, "erik", "deny")) == "hold.closed"


def test_a_full_queue_refuses_and_changes_nothing(desk: Desk) -> None:
    hold, free = desk.open(), threading.Event()
    started = threading.Event()

    def block(session: Any) -> None:
        del session
        started.set()
        free.wait(30)

    blocker = threading.Thread(target=lambda: desk.ledger.writer.task(block))
    blocker.start()
    started.wait(30)
    tickets = [desk.ledger.submit("gap", {}) for _ in range(MAX_QUEUE)]
    try:
        for call in (lambda: desk.vote(hold, "dora"), desk.open):
            with pytest.raises(LedgerUnavailable) as caught:
                call()
            assert caught.value.code == "ledger.queue_full"
    finally:
        free.set()
        blocker.join()
    tickets[-1].wait(30)
    assert desk.holds.get(hold.id).state == "pending"
    assert desk.vote(hold, "dora").state == "approved"


def test_a_ledger_that_is_gone_lets_nothing_through(desk: Desk) -> None:
    hold, approved = desk.open(), desk.approved()
    desk.ledger.writer.close()
    for call in (
        lambda: desk.vote(hold, "dora"),
        desk.open,
        lambda: desk.holds.redeem(approved.id, USER),
        lambda: desk.holds.stop("tenant", tenant="acme", target="", reason="x", by="alice"),
    ):
        with pytest.raises(LedgerUnavailable):
            call()
    with desk.ledger.store.reading() as session:
        rows = session.run("SELECT state FROM hold ORDER BY seq", ()).fetchall()
    assert [row[0] for row in rows] == ["pending", "approved"]


def test_an_answer_that_was_lost_can_be_asked_for_again(desk: Desk) -> None:
    """The stored result of a call that ended is what an identical request gets."""
    hold = desk.approved()
    desk.holds.redeem(hold.id, USER)
    desk.holds.finish(hold.id, "done", {"receipt": 7})
    found = desk.holds.find("acme/ulla", call_digest=hold.digest)
    assert [desk.holds.result(h) for h in found] == [{"receipt": 7}]
    assert refusal(desk.holds.finish, hold.id, "done") == "hold.state"


def test_every_code_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "holds.md"
    text = page.read_text(encoding="utf-8")
    missing = [code for code, status in STATUS.items() if f"| `{code}` | {status} |" not in text]
    assert missing == []


def test_a_notice_that_cannot_be_delivered_stops_nothing(desk: Desk) -> None:
    def broken(notice: object) -> None:
        raise OSError("no route")

    desk.holds = desk.another(notify=broken)
    assert desk.open(arguments=BILL).state == "pending"


def test_refusals_say_what_to_do(desk: Desk) -> None:
    with pytest.raises(Refused) as caught:
        desk.vote(desk.open(), "nobody")
    assert caught.value.help == "it waits for treasurer"
