"""A reviewer's card: everything that would happen, exactly, with where it came from."""

from __future__ import annotations

import msgspec

from gardefou.action import Action, canonical
from gardefou.ledger import erase
from gardefou.supervision import Before, Holds, Notice, opening

from .conftest import BILL, LAW, USER, Desk, bill, guard_for, refusal


def test_the_card_shows_the_stored_bytes_and_everything_around_them(desk: Desk) -> None:
    before = (Before(at_us=5, tool="mail.read", verdict="allow", text="read 3 mails"),)
    hold = desk.open(before=before, credential="bank-1")
    card = desk.holds.view(hold)
    assert card.arguments == canonical(BILL).decode()
    assert {shown.path: shown.text for shown in card.values} == BILL
    assert card.sentence == (
        "`clerk` will run `pay` for `ulla` with note `bill 7`, sum `12.00 EUR`, to `Acme`."
    )
    assert "article 2 (Money)" in card.why
    assert card.prose == ["## Article 2. Money", "#payments}"][0] + ("\n\nA treasurer agrees.")
    assert card.before == before
    assert (card.asked_by, card.session) == (USER, "s")
    assert [(s.role, s.count, s.approved, s.open_to) for s in card.seats] == [
        ("treasurer", 1, (), ("dora", "erik"))
    ]
    assert (card.left_us, card.use_left_us) == (3_600_000_000, 0)
    assert (card.changed, card.last_approved) == (None, "")


def test_values_are_marked_with_their_origin(desk: Desk) -> None:
    action = Action(tool="pay", arguments=BILL, principal=USER, session="s")
    session = desk.guard.session()
    session.user("Pay 12.00 EUR to Acme please, bill 7")
    labelled = desk.guard.label(action, session, desk.clock())
    decision = desk.guard.decide(labelled, session, desk.clock())
    hold = desk.holds.open(opening(desk.guard, labelled, decision))
    marks = {shown.path: shown.origin for shown in desk.holds.view(hold).values}
    assert marks["to"] is not None
    assert (marks["to"].source, marks["to"].named) == ("user", True)


def test_what_differs_from_the_last_approved_call_is_shown(desk: Desk) -> None:
    first = desk.approved()
    desk.open(arguments=bill(to="Globex"))  # never approved: nothing to compare with
    nested = desk.open(arguments=bill(sum="99.00 EUR", lines=[{"n": 1}, {}], more=None))
    card = desk.holds.view(nested)
    assert card.last_approved == first.id
    assert card.changed is not None
    assert {(c.path, c.before, c.now) for c in card.changed} == {
        ("sum", "12.00 EUR", "99.00 EUR"),
        ("lines[0].n", "", "1"),
        ("lines[1]", "", "{}"),
        ("more", "", "null"),
    }
    same = desk.holds.view(desk.open())
    assert same.changed == ()


def test_votes_are_shown_with_their_reasons_until_the_voter_is_erased(desk: Desk) -> None:
    hold = desk.open("wipe")
    desk.vote(hold, "alice", reason="the folder is old")
    card = desk.holds.view(desk.holds.get(hold.id))
    assert [(v.person, v.verdict, v.reason) for v in card.votes] == [
        ("alice", "approve", "the folder is old")
    ]
    assert {seat.role: seat.approved for seat in card.seats} == {
        "watch": ("alice",),
        "treasurer": (),
    }
    assert {seat.role: seat.open_to for seat in card.seats}["watch"] == ("bob", "carol")
    erase(desk.ledger, desk.keyring, "acme/alice", basis="gdpr-17", by="x")
    card = desk.holds.view(desk.holds.get(hold.id))
    assert [(v.person, v.reason) for v in card.votes] == [("", "")]


def test_whoever_is_in_the_chain_is_not_asked(desk: Desk) -> None:
    hold = desk.open(principal=msgspec.structs.replace(USER, agent="Dora"))
    assert desk.holds.view(hold).seats[0].open_to == ("erik",)
    assert desk.holds.may_vote(hold, "erik")
    assert not desk.holds.may_vote(hold, "dora")
    letter = desk.open("letter")
    assert desk.holds.view(letter).seats[0].open_to == ("ulla",)


def test_an_escalated_hold_also_shows_whom_it_asks_next(desk: Desk) -> None:
    law = LAW.replace("    decide_by: 1h\n", "    decide_by: 1h\n    escalate_to: {chief: 1}\n")
    desk.guard = guard_for(law)
    hold = desk.open()
    assert [seat.role for seat in desk.holds.view(hold).seats] == ["treasurer"]
    desk.clock.forward(1_800)
    desk.holds.tick()
    card = desk.holds.view(desk.holds.get(hold.id))
    assert [seat.role for seat in card.seats] == ["treasurer", "chief"]


def test_the_inbox_is_sorted_by_deadline_and_read_in_pages(desk: Desk) -> None:
    late = desk.open("wipe", session="late")
    holds = []
    for number in range(5):
        desk.clock.forward(1)
        holds.append(desk.open(session=str(number)))
    other = desk.open(principal=msgspec.structs.replace(USER, tenant="globex"))
    first = desk.holds.inbox(tenant="acme", limit=4)
    rest = desk.holds.inbox(tenant="acme", limit=4, after=(first[-1].decide_by_us, first[-1].id))
    assert [hold.id for hold in (*first, *rest)] == [late.id, *(hold.id for hold in holds)]
    assert {hold.id for hold in desk.holds.inbox()} >= {other.id}
    desk.vote(holds[0], "dora")
    assert [h.id for h in desk.holds.inbox(tenant="acme", states=("approved",))] == [holds[0].id]
    cards = desk.holds.views(desk.holds.inbox(tenant="acme"))
    assert [card.hold.id for card in cards] == [late.id, *(hold.id for hold in holds[1:])]


def test_what_was_erased_is_not_shown(desk: Desk) -> None:
    hold, kept = desk.open(), desk.open(principal=msgspec.structs.replace(USER, user="uwe"))
    erase(desk.ledger, desk.keyring, "acme/ulla", basis="gdpr-17", by="x")
    assert refusal(desk.holds.view, hold) == "hold.erased"
    cards = desk.holds.views((hold, kept))
    assert [card.hold.id for card in cards] == [kept.id]


def test_a_stored_call_that_was_exchanged_is_noticed(desk: Desk) -> None:
    """Whoever changes the store behind the ledger's back shows nobody another call."""
    hold, other = desk.open(), desk.open(arguments=bill(to="Globex"))
    fresh: Holds = desk.another()
    with desk.ledger.store.reading() as session:
        sealed = session.run("SELECT sealed FROM payload WHERE seq = ?", (other.seq,)).fetchone()[0]

    def exchange(session: object) -> None:
        session.run("UPDATE payload SET sealed = ? WHERE seq = ?", (bytes(sealed), hold.seq))  # type: ignore[attr-defined]

    desk.ledger.writer.task(exchange)
    fresh.core._calls.clear()
    assert refusal(fresh.view, fresh.get(hold.id)) == "ledger.payload"


def test_notices_are_values(desk: Desk) -> None:
    desk.open()
    assert desk.notices == [
        Notice(
            kind="opened",
            tenant="acme",
            hold="hold-1",
            tool="pay",
            rules=("payments",),
            roles=("treasurer",),
            state="pending",
            decide_by_us=desk.clock.at_us + 3_600_000_000,
            path="/holds/hold-1",
        )
    ]
