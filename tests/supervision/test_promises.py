"""The fourteen promises of supervision, each under its number, on both stores."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from typing import Any

import msgspec
import pytest

from gardefou.constitution import load
from gardefou.errors import LoadError
from gardefou.ledger import erase
from gardefou.supervision import Glass, GlassBallot, Hold, Refused, Scope, glass_challenge

from .conftest import BILL, LAW, TOOLS, USER, Desk, Passkeys, bill, guard_for, refusal

PAYMENTS = "hold:\n  - quorum: {treasurer: 1}\n    decide_by: 1h\n    use_by: 10m\n"


def test_promise_1_only_the_stored_call_runs(desk: Desk) -> None:
    """A changed byte, tool schema, principal or tenant is another call; law 5."""
    digests = {desk.open().digest}
    others: list[dict[str, Any]] = [
        {"arguments": bill(note="bill 8")},
        {"arguments": bill(more=None)},
        {"principal": msgspec.structs.replace(USER, user="uwe")},
        {"principal": msgspec.structs.replace(USER, agent="other")},
        {"principal": msgspec.structs.replace(USER, tenant="globex")},
        {"principal": msgspec.structs.replace(USER, on_behalf_of=("zoe",))},
        {"session": "t"},
        {"credential": "bank-2"},
        {"preconditions": {"etag": "1"}},
        {"stage": "release"},
    ]
    digests |= {desk.open(**change).digest for change in others}
    changed = msgspec.structs.replace(TOOLS["pay"], description="Pays a bill twice.")
    desk.guard = guard_for(tools={**TOOLS, "pay": changed})
    digests.add(desk.open().digest)
    desk.guard = guard_for(LAW.replace("version: 1", "version: 2"))
    digests.add(desk.open().digest)
    assert len(digests) == 1 + len(others) + 2
    desk.guard = guard_for()
    assert desk.open(arguments=dict(reversed(BILL.items()))).digest in digests
    sent = bill()
    hold = desk.approved(arguments=sent)
    sent["note"] = "changed after it was held"
    grant = desk.holds.redeem(hold.id, USER)
    assert grant.action.arguments == BILL
    assert grant.call.digest() == hold.digest == grant.digest


@pytest.mark.parametrize("field", ["tenant", "application", "agent", "user"])
def test_promise_1_nobody_else_redeems(field: str, desk: Desk) -> None:
    hold = desk.approved()
    other = msgspec.structs.replace(USER, **{field: "else"})
    assert refusal(desk.holds.redeem, hold.id, other) == "hold.not_yours"
    assert desk.holds.redeem(hold.id, USER).hold == hold.id


def test_promise_2_a_grant_is_redeemed_at_most_once(desk: Desk) -> None:
    """Across replicas, threads and restarts; law 5."""
    hold = desk.approved()
    replicas = [desk.holds, desk.another(), desk.another()]
    won: list[int] = []

    def run(number: int) -> None:
        with contextlib.suppress(Refused):
            replicas[number % 3].redeem(hold.id, USER)
            won.append(number)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    desk.restart()
    assert refusal(desk.holds.redeem, hold.id, USER) == "hold.redeemed"
    assert len(desk.entries("grant.redeemed")) == 1


def test_promise_3_intent_before_the_effect_and_unknown_after_a_crash(desk: Desk) -> None:
    """Law 4: recorded before it happens."""
    hold, keyed = desk.approved(), desk.approved(idempotent=True)
    desk.holds.redeem(hold.id, USER)
    desk.holds.redeem(keyed.id, USER)
    assert [entry["id"] for entry in desk.entries("action.started")] == [hold.id, keyed.id]
    desk.restart()
    assert [desk.holds.get(h.id).state for h in (hold, keyed)] == ["unknown", "unknown"]
    assert {entry["id"] for entry in desk.entries("action.unknown")} == {hold.id, keyed.id}
    assert refusal(desk.holds.retry, hold.id, USER) == "hold.state"
    again = desk.holds.retry(keyed.id, USER)
    assert (again.hold, again.attempt) == (keyed.id, 2)
    assert desk.holds.finish(keyed.id, "done").state == "done"
    assert desk.holds.finish(hold.id, "failed").state == "failed"  # somebody found out


def test_promise_3_a_replica_that_never_came_back_leaves_unknown(desk: Desk) -> None:
    hold = desk.approved()
    desk.holds.redeem(hold.id, USER)
    other = desk.another()
    desk.clock.forward(3_600)
    assert other.tick().moved == 0
    desk.clock.forward(1)
    assert other.tick().moved == 1
    assert other.get(hold.id).state == "unknown"
    assert [entry["id"] for entry in desk.entries("action.unknown")] == [hold.id]
    assert desk.holds.finish(hold.id, "done").state == "done"  # it was only slow


def test_promise_4_nobody_in_the_chain_votes_and_one_person_counts_once(desk: Desk) -> None:
    """Law 6: a person is a person."""
    for where in ("application", "agent", "user", "on_behalf_of"):
        name = "DORA" if where != "on_behalf_of" else ("eve", "Dora")
        hold = desk.open(principal=msgspec.structs.replace(USER, **{where: name}))
        assert refusal(desk.vote, hold, "dora") == "hold.chain"
    hold = desk.open("wipe")
    desk.vote(hold, "carol")  # of the watch and a chief
    assert desk.vote(hold, "dora").state == "pending"
    assert desk.vote(hold, "carol").state == "pending"
    assert desk.vote(hold, "bob").state == "approved"


def test_promise_4_who_loses_the_role_before_resolution_loses_the_vote(desk: Desk) -> None:
    hold = desk.open("wipe")
    desk.vote(hold, "alice")
    desk.vote(hold, "dora")
    desk.guard = guard_for(LAW.replace("[alice, bob, carol]", "[bob, carol]"))
    assert desk.vote(hold, "bob").state == "pending"
    assert desk.vote(hold, "carol").state == "approved"


def test_promise_5_every_part_of_the_quorum_holds_and_one_deny_ends_it(desk: Desk) -> None:
    hold = desk.open("wipe")
    for person in ("alice", "bob"):
        assert desk.vote(hold, person).state == "pending"
    assert desk.vote(hold, "carol").state == "pending"  # a third of the watch is no treasurer
    assert desk.vote(hold, "erik").state == "approved"
    hold = desk.open("wipe")
    desk.vote(hold, "alice")
    ended = desk.vote(hold, "bob", "deny")
    assert (ended.state, ended.code) == ("denied", "hold.denied")


def test_promise_5_a_rule_may_ask_for_more_denials(desk: Desk) -> None:
    desk.guard = guard_for(LAW.replace("treasurer: 1}\n```", "treasurer: 1}\n    denials: 2\n```"))
    hold = desk.open("wipe")
    assert desk.vote(hold, "alice", "deny").state == "pending"
    assert desk.vote(hold, "bob", "deny").state == "denied"


def test_promise_5_a_quorum_that_cannot_be_met_is_a_load_error_with_numbers(desk: Desk) -> None:
    with pytest.raises(LoadError) as caught:
        load(LAW.replace("treasurer: 1}\n```", "treasurer: 3}\n```"))
    problem = caught.value.problems[0]
    assert problem.code == "quorum.impossible"
    assert "5 persons and lacks 1" in problem.message
    hold = desk.open(principal=msgspec.structs.replace(USER, agent="dora", user="erik"))
    assert (hold.state, hold.code) == ("denied", "hold.quorum")
    assert desk.entries("resolution")[-1]["lacks"] == 1


def test_promise_6_silence_and_loss_are_no(desk: Desk) -> None:
    """Expiry, restart, lost reviewer, lost subject: all deny."""
    silent, late = desk.open(), desk.approved()
    desk.clock.forward(600)
    assert desk.holds.get(late.id).state == "lapsed"
    assert refusal(desk.holds.redeem, late.id, USER) == "hold.closed"
    desk.clock.forward(3001)
    desk.restart()
    assert desk.holds.get(silent.id).state == "expired"
    assert refusal(desk.vote, silent, "dora") == "hold.closed"
    hold = desk.open("strike")
    desk.guard = guard_for(LAW.replace("[alice, bob, carol]", "[alice, zoe]"))
    desk.vote(hold, "alice")
    desk.clock.forward(3601)
    assert desk.holds.tick().moved == 1
    assert desk.holds.get(hold.id).state == "expired"
    erased = desk.open()
    erase(desk.ledger, desk.keyring, "acme/ulla", basis="gdpr-17", by="x")
    assert refusal(desk.vote, erased, "dora") == "hold.erased"
    desk.holds.tick()
    assert desk.holds.get(erased.id).code == "hold.erased"


def test_promise_7_a_new_deny_wins_over_an_old_approval(desk: Desk) -> None:
    """And a new allow changes nothing; law 1."""
    deny = LAW.replace(
        "hold:\n  - quorum: {treasurer: 1}", "deny: always\nhold:\n  - quorum: {treasurer: 1}"
    )
    allow = LAW.replace("lifted_by_grant: false\n" + PAYMENTS, "")
    first, second, third = desk.approved(), desk.approved(), desk.open()
    desk.guard = guard_for(deny)
    assert refusal(desk.holds.redeem, first.id, USER) == "hold.revoked"
    assert desk.holds.get(first.id).code == "hold.now_denied"
    desk.guard = guard_for(allow)
    assert desk.holds.redeem(second.id, USER).hold == second.id
    assert refusal(desk.holds.redeem, third.id, USER) == "hold.pending"
    assert refusal(desk.holds.redeem, first.id, USER) == "hold.closed"


def test_promise_7_the_tool_and_the_preconditions_must_be_those_that_were_shown(
    desk: Desk,
) -> None:
    hold = desk.approved()
    changed = msgspec.structs.replace(TOOLS["pay"], schema={"type": "object"})
    desk.guard = guard_for(tools={**TOOLS, "pay": changed})
    assert refusal(desk.holds.redeem, hold.id, USER) == "hold.revoked"
    assert desk.holds.get(hold.id).code == "hold.tool_changed"
    desk.guard = guard_for()
    hold = desk.approved(preconditions={"etag": "1"})
    caught = refusal(desk.holds.redeem, hold.id, USER, preconditions={"etag": "2"})
    assert (caught, desk.holds.get(hold.id).code) == ("hold.revoked", "hold.precondition")


def test_promise_8_a_vote_on_other_bytes_is_refused(desk: Desk) -> None:
    """Never silently refreshed; doors say 412."""
    hold, other = desk.open(), desk.open(arguments=bill(to="Globex"))
    for seen in (other.digest, "", hold.digest.upper(), hold.digest[:-1]):
        assert refusal(desk.vote, hold, "dora", seen=seen) == "hold.digest"
    assert desk.holds.get(hold.id).state == "pending"
    assert [entry["refused"] for entry in desk.entries("vote")] == ["hold.digest"] * 4


def test_promise_9_editing_is_a_deny_and_a_new_call(desk: Desk) -> None:
    one, two = desk.open(), desk.open("wipe")
    edited = desk.holds.edit(desk.ballot(one, "dora", "deny"), bill(note="half"))
    assert (edited.hold.state, edited.hold.code) == ("denied", "hold.replaced")
    assert edited.action.arguments == bill(note="half")
    assert edited.action.principal == USER  # one vote is enough: the editor may give it
    assert "A person replaced your call" in edited.notice
    edited = desk.holds.edit(desk.ballot(two, "alice", "deny"), {"to": "x"})
    assert edited.action.principal.on_behalf_of == ("alice",)
    again = desk.open("wipe", principal=edited.action.principal, arguments={"to": "x"})
    assert refusal(desk.vote, again, "alice") == "hold.chain"
    assert refusal(desk.holds.redeem, one.id, USER) == "hold.closed"


def test_promise_10_there_is_no_always(desk: Desk) -> None:
    """A standing grant is a proposal; the next call waits all the same."""
    hold = desk.approved()
    ends = desk.clock() + 86_400_000_000
    proposed = desk.holds.standing(hold, count=5, expires_us=ends)
    assert (proposed.tool, proposed.count, proposed.expires_us) == ("pay", 5, ends)
    assert proposed.arguments == BILL
    assert proposed.principal == USER
    assert desk.open().state == "pending"
    for count, end in ((0, ends), (1, desk.clock())):
        with pytest.raises(Refused) as caught:
            desk.holds.standing(hold, count=count, expires_us=end)
        assert caught.value.code == "hold.standing"


def test_promise_11_a_monitor_denies_or_escalates_and_never_approves(desk: Desk) -> None:
    hold, other = desk.open(), desk.open()
    ended = desk.holds.alarm(hold.id, monitor="m1", verdict="deny", reason="looks odd")
    assert (ended.state, ended.code) == ("denied", "hold.monitor")
    raised = desk.holds.alarm(other.id, monitor="m1", verdict="escalate", reason="unsure")
    assert (raised.state, raised.escalated) == ("pending", True)
    caught = refusal(desk.holds.alarm, other.id, monitor="m1", verdict="approve", reason="fine")  # type: ignore[arg-type]
    assert caught == "hold.channel"
    assert refusal(desk.vote, other, "monitor:m1", channel="monitor") == "hold.channel"
    assert desk.holds.get(other.id).state == "pending"


def test_promise_12_escalation_asks_the_next_group_and_the_first_keeps_its_vote(
    desk: Desk,
) -> None:
    law = LAW.replace("    decide_by: 1h\n", "    decide_by: 1h\n    escalate_to: {chief: 1}\n")
    desk.guard = guard_for(law)
    first, second = desk.open(), desk.open()
    desk.vote(first, "frida")  # a chief, too early: kept, and counted once it is her turn
    assert desk.holds.get(first.id).state == "pending"
    desk.clock.forward(1799)
    assert desk.holds.tick().escalated == 0
    desk.clock.forward(1)
    ticked = desk.holds.tick()
    assert (ticked.escalated, desk.holds.tick().escalated) == (2, 0)
    assert desk.holds.get(first.id).state == "approved"
    told = [notice for notice in desk.notices if notice.kind == "escalated"]
    assert {notice.roles for notice in told} == {("chief",)}
    assert desk.vote(second, "dora").state == "approved"


def test_promise_13_break_glass_keeps_its_bounds(desk: Desk) -> None:
    """It lifts no red line; each use is an entry and a notice; somebody else closes it; law 1."""
    keys = Passkeys()
    desk.holds = desk.another(verifier=keys)
    scope = Scope(rules=("payments",), tools=("pay",))

    def broken(person: str = "frida", minutes: int = 60, over: Scope = scope, **more: Any) -> Any:
        glass_id = desk.holds.glass.new_id()
        signed = glass_challenge(glass_id, "acme", person, over, minutes)
        fields = {"evidence": keys.sign(person, signed), "reason": "the dam breaks", **more}
        return desk.holds.glass.open(
            glass_id, tenant="acme", person=person, scope=over, minutes=minutes, **fields
        )

    def use(glass: Glass, hold: Hold, person: str = "frida", **more: Any) -> Hold:
        signed = desk.holds.glass.challenge(glass.id, hold.id, person)
        fields = {
            "seen": hold.digest,
            "reason": "the pumps need it",
            "evidence": keys.sign(person, signed),
            **more,
        }
        return desk.holds.glass.use(
            GlassBallot(glass=glass.id, hold=hold.id, person=person, **fields)
        )

    glass, hold = broken(), desk.open()
    assert refusal(use, glass, hold, evidence=b"forged") == "test.forged"
    assert refusal(use, glass, hold, evidence=keys.sign("frida", b"another")) == "test.forged"
    assert refusal(use, glass, hold, reason=" ") == "hold.reason"
    assert refusal(use, glass, hold, seen="sha256:0") == "hold.digest"
    assert refusal(use, glass, hold, channel="terminal") == "hold.channel"
    assert refusal(use, glass, hold, "carol") == "breakglass.self"
    used = use(glass, hold)
    assert (used.state, used.code) == ("approved", "hold.breakglass")
    assert desk.holds.redeem(hold.id, USER).hold == hold.id
    kinds = [notice.kind for notice in desk.notices]
    assert kinds.count("breakglass") == 2
    red, wipe = desk.open("strike"), desk.open("wipe")
    assert refusal(use, glass, red) == "breakglass.red_line"
    assert refusal(use, glass, wipe) == "breakglass.scope"
    own = desk.open(principal=msgspec.structs.replace(USER, agent="frida"))
    assert refusal(use, glass, own) == "hold.chain"
    letters = broken(over=Scope(rules=("letters",), tools=("letter",)))
    assert refusal(use, letters, desk.open("letter")) == "hold.channel"
    assert refusal(broken, "dora") == "breakglass.role"
    assert refusal(broken, minutes=61) == "breakglass.minutes"
    assert refusal(broken, reason=" ") == "hold.reason"
    assert refusal(broken, evidence=b"forged") == "test.forged"
    red_scope = Scope(rules=("force",), tools=("strike",))
    assert refusal(broken, over=red_scope) == "breakglass.red_line"
    desk.clock.forward(3600)
    late = desk.open()
    assert refusal(use, glass, late) == "breakglass.over"
    close = desk.holds.glass.close
    assert close(letters.id, person="carol", reason="unused").uses == 0
    assert [g.id for g in desk.holds.glass.list(unreviewed=True)] == [glass.id]
    assert refusal(close, glass.id, person="frida", reason="fine") == "breakglass.self"
    assert close(glass.id, person="alice", reason="was right").uses == 1
    assert desk.holds.glass.list(unreviewed=True) == ()
    shown = desk.holds.glass.view(desk.holds.glass.get(glass.id))
    assert (shown.person, shown.reason) == ("frida", "the dam breaks")
    assert [(one.hold, one.tool, one.reason) for one in shown.uses] == [
        (hold.id, "pay", "the pumps need it")
    ]
    assert (shown.closed_by, shown.closed_reason) == ("alice", "was right")
    assert len(desk.entries("breakglass.opened")) == len(desk.entries("breakglass.closed")) == 2


def test_promise_14_notices_hold_no_arguments_and_no_approving_link(desk: Desk) -> None:
    desk.approved(arguments=bill(to="secret-payee", note="secret-note"))
    desk.clock.forward(1800)
    desk.open(arguments=bill(to="secret-payee", note="secret-note"))
    desk.clock.forward(1800)
    desk.holds.tick()
    assert Counter(notice.kind for notice in desk.notices)["opened"] == 2
    text = msgspec.json.encode(desk.notices).decode()
    assert "secret" not in text
    assert {notice.tool for notice in desk.notices} == {"pay"}
    assert {notice.rules for notice in desk.notices} == {("payments",)}
    assert {notice.path for notice in desk.notices} == {
        f"/holds/{notice.hold}" for notice in desk.notices
    }


def test_no_entry_holds_an_argument_a_name_or_a_reason(desk: Desk) -> None:
    """The ledger lasts for ever; what is personal lies sealed beside it."""
    hold = desk.open(arguments=bill(to="secret-payee", note="secret-note"))
    desk.vote(hold, "dora", reason="secret-reason")
    desk.holds.redeem(hold.id, USER)
    desk.holds.finish(hold.id, "done", {"said": "secret-result"})
    text = json.dumps(desk.entries())
    assert not [word for word in ("secret", "dora", "ulla", hold.digest) if word in text]
    with desk.ledger.store.reading() as session:
        rows = session.run("SELECT * FROM hold", ()).fetchall()
    assert not [word for word in ("secret", "dora", "ulla", hold.digest) if word in str(rows)]


def test_an_approved_answer_is_kept_for_the_wire(desk: Desk) -> None:
    """The model is never asked again: the stored answer is what the client gets."""
    answer = {"choices": [{"message": {"tool_calls": [{"id": "c1"}]}}]}
    hold = desk.open(response=answer, replay="sha256:abc")
    found = desk.holds.find("acme/ulla", replay="sha256:abc")
    assert [h.id for h in found] == [hold.id]
    assert desk.holds.find("acme/uwe", replay="sha256:abc") == ()
    desk.vote(hold, "dora")
    assert desk.holds.redeem(hold.id, USER).response == answer
