"""The five steps are the same for every door, and nothing goes ahead unrecorded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from gardefou.action import Action, Principal
from gardefou.errors import FileError, LedgerUnavailable, LoadError, UsageError
from gardefou.ledger import Ledger, create_ledger, make_key, open_keyring, open_ledger, replay
from gardefou.recording import Again, Recorder
from gardefou.service import AsyncService, Judgement, Policies, Service, load_policy
from gardefou.supervision import Ballot, Refused
from gardefou.verdict import Verdict

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PAYMENT = {
    "recipient": "DE89370400440532013000",
    "amount": "5000.00",
    "currency": "EUR",
    "subject": "x",
}
NOW_US = 1_780_000_000_000_000


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    key = make_key("ledger.example/service", seeds=(b"s" * 32,))
    location = str(tmp_path / "ledger.db")
    create_ledger(location, key)
    with open_ledger(location, key) as opened:
        yield opened


def service(ledger: Ledger | None, location: str = "") -> Service:
    policy = load_policy([EXAMPLES / "ministry.md"], EXAMPLES / "catalogue.yaml")
    recorder = None
    if ledger is not None:
        recorder = Recorder(ledger, open_keyring(location, ledger.origin))
    return Service(Policies(policy), recorder, clock=lambda: NOW_US)


def act(tool: str, **arguments: object) -> Action:
    return Action(tool=tool, arguments=dict(arguments), principal=Principal(tenant="acme"))


def known_tool() -> str:
    policy = load_policy([EXAMPLES / "ministry.md"], EXAMPLES / "catalogue.yaml")
    return next(iter(policy.catalogue.tools))


def test_every_decision_is_durable_before_the_caller_hears_of_it(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Law 4, synchronous edge."""
    made = service(ledger, str(tmp_path / "ledger.db"))
    before = ledger.head().size
    judged = made.decide(act("nobody_knows_this"), made.session("acme"))
    assert judged.ticket is not None
    assert ledger.head().size == before + 1
    assert judged.verdict is Verdict.HOLD


def test_the_asynchronous_edge_decides_the_same_and_is_as_durable(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Law 4, asynchronous edge; law 3, the edges share one core."""
    made = service(ledger, str(tmp_path / "ledger.db"))
    tools = [known_tool(), "nobody_knows_this"]
    by_thread = [made.decide(act(tool), made.session("acme")).decision for tool in tools]
    before = ledger.head().size

    async def run() -> list[Judgement]:
        edge = AsyncService(made)
        return list(
            await asyncio.gather(*(edge.decide(act(t), made.session("acme")) for t in tools))
        )

    awaited = asyncio.run(run())
    assert [judged.decision for judged in awaited] == by_thread
    assert ledger.head().size == before + len(tools)


def test_nothing_goes_ahead_when_the_ledger_cannot_write(ledger: Ledger, tmp_path: Path) -> None:
    """Law 4: the error reaches the caller on both edges."""
    made = service(ledger, str(tmp_path / "ledger.db"))
    ledger.writer.close()
    with pytest.raises(LedgerUnavailable):
        made.decide(act(known_tool()), made.session("acme"))

    async def run() -> None:
        await AsyncService(made).decide(act(known_tool()), made.session("acme"))

    with pytest.raises(LedgerUnavailable):
        asyncio.run(run())


def test_what_was_recorded_replays_to_the_same_result(ledger: Ledger, tmp_path: Path) -> None:
    """Law 3."""
    location = str(tmp_path / "ledger.db")
    made = service(ledger, location)
    session = made.session("acme")
    for tool in sorted(made.policies.common.catalogue.tools):
        judged = made.decide(act(tool), session)
        if judged.goes_ahead:
            made.executed(judged, session)
    report = replay(ledger.store, open_keyring(location, ledger.origin), Again(ledger.store))
    assert report.differences == ()
    assert report.reproduced == report.decisions > 5


def test_observing_lets_everything_pass_but_what_a_red_line_refuses() -> None:
    """Law 1: no mode lifts a red line."""
    made = service(None)
    session = made.session("acme")
    seen = {Verdict.ALLOW: 0, Verdict.HOLD: 0, Verdict.DENY: 0}
    for tool in ("nobody_knows_this", *made.policies.common.catalogue.tools):
        judged = made.decide(act(tool), session, mode="observe")
        seen[judged.verdict] += 1
        assert judged.goes_ahead == (not judged.decision.red_line)
    assert seen[Verdict.HOLD]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_document_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "law.md"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        load_policy([path])
    assert caught.value.code == "policy.file"
    assert str(path) in caught.value.message


def test_a_bad_document_never_replaces_a_good_one(tmp_path: Path) -> None:
    made = service(None)
    before = made.policies.common
    bad = tmp_path / "bad.md"
    bad.write_text("no constitution", encoding="utf-8")
    with pytest.raises(LoadError):
        made.policies.exchange(load_policy([bad]))
    assert made.policies.common is before


def test_a_held_action_waits_for_people_and_runs_once(ledger: Ledger, tmp_path: Path) -> None:
    """Law 5, through the service: what was approved is what is redeemed."""
    made = service(ledger, str(tmp_path / "ledger.db"))
    action = act("pay", iban="DE89370400440532013000", amount=5000, reference="hall")
    judged = made.decide(action, made.session("acme"))
    assert judged.verdict is Verdict.HOLD
    hold = made.hold(judged)
    assert hold.state == "pending"
    for person in ("dora", "erik"):
        ballot = Ballot(
            hold=hold.id,
            verdict="approve",
            person=person,
            seen=hold.digest,
            reason="the bill is right",
        )
        if made.holds.get(hold.id).state == "pending":
            hold = made.holds.vote(ballot)
    assert hold.state == "approved"
    grant = made.holds.redeem(hold.id, action.principal)
    assert grant.action == action
    with pytest.raises(Refused):
        made.holds.redeem(hold.id, action.principal)


def test_a_stop_refuses_before_any_rule_and_replays_so(ledger: Ledger, tmp_path: Path) -> None:
    """Laws 1 and 3: a stop counts at once, names itself, and is part of what is replayed."""
    location = str(tmp_path / "ledger.db")
    made = service(ledger, location)
    allowed = "read_mail"
    assert made.decide(act(allowed, folder="inbox"), made.session("acme")).goes_ahead
    stop = made.holds.stop("tenant", tenant="acme", target="", reason="an alarm", by="alice")
    judged = made.decide(act(allowed, folder="inbox"), made.session("acme"))
    assert judged.verdict is Verdict.DENY
    assert stop.id in judged.explain().sentence
    other = Action(tool=allowed, arguments={"folder": "a"}, principal=Principal(tenant="other"))
    assert made.decide(other, made.session("other")).goes_ahead
    made.holds.resume(stop.id, reason="the alarm was false", by="alice")
    assert made.decide(act(allowed, folder="inbox"), made.session("acme")).goes_ahead
    report = replay(ledger.store, open_keyring(location, ledger.origin), Again(ledger.store))
    assert report.differences == ()


def test_without_a_ledger_nothing_can_wait() -> None:
    made = service(None)
    judged = made.decide(act("nobody_knows_this"), made.session("acme"))
    with pytest.raises(UsageError) as caught:
        made.hold(judged)
    assert caught.value.code == "service.no_ledger"


def test_a_hold_shows_what_its_session_did_before(ledger: Ledger, tmp_path: Path) -> None:
    made = service(ledger, str(tmp_path / "ledger.db"))
    session = made.session("acme")

    def call(tool: str, of: str, **arguments: object) -> Judgement:
        action = msgspec.structs.replace(act(tool, **arguments), session=of)
        return made.decide(action, session)

    for number in range(12):
        call("nobody_knows_this", "one", note=f"step {number}", count=number)
    call("nobody_knows_this", "two", note="elsewhere")
    judged = call("nobody_knows_this", "one", note="last")
    assert [past.text for past in judged.before] == [f"note `step {n}`" for n in range(2, 12)]
    assert {past.verdict for past in judged.before} == {"hold"}
    hold = made.hold(judged)
    assert made.holds.view(hold).before == judged.before
