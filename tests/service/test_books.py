"""Facts are forgotten by no reload, no restart and no other replica."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gardefou.action import Action, Principal
from gardefou.doors._rulings import Rulings
from gardefou.errors import InputError
from gardefou.ledger import Ledger, create_ledger, make_key, open_keyring, open_ledger
from gardefou.recording import Recorder
from gardefou.service import Policies, Policy, Service, load_policy
from gardefou.supervision import Ballot
from gardefou.verdict import Verdict

LAW = """---
constitution: Example
version: 1
language: 1
unlisted: allow
roles: {watch: [alice, bob]}
facts:
  sent: {kind: count, on: [tool send], window: 24h, scope: tenant}
---

# Example

## Article 1. Not many {#few}

Two may be sent in a day, and a person decides on each urgent one.

```article
kind: default
on: tool send
deny:
  - when: facts.sent >= 2
hold:
  - when: has(args.urgent) && args.urgent
    quorum: {watch: 1}
```
"""
LABELS = """catalogue: 1
tools:
  send:
    schema: {type: object, properties: {urgent: {type: boolean}}}
    effects: []
"""
NOW_US = 1_780_000_000_000_000
KEY = make_key("ledger.example/books", seeds=(b"k" * 32,))
WHO = Principal(tenant="acme", user="uma")


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    law, labels = tmp_path / "law.md", tmp_path / "labels.yaml"
    law.write_text(LAW, encoding="utf-8")
    labels.write_text(LABELS, encoding="utf-8")
    return load_policy([law], labels)


@pytest.fixture
def start(tmp_path: Path, policy: Policy) -> Iterator[Callable[[], Service]]:
    """Starts the service on one ledger; what ran before is stopped, without any farewell."""
    location = str(tmp_path / "ledger.db")
    create_ledger(location, KEY)
    running: list[Ledger] = []

    def begin() -> Service:
        for ledger in running:
            ledger.close()
        ledger = open_ledger(location, KEY, clock=lambda: NOW_US)
        running[:] = [ledger]
        recorder = Recorder(ledger, open_keyring(location, KEY.name))
        return Service(Policies(policy), recorder, clock=lambda: NOW_US)

    yield begin
    for ledger in running:
        ledger.close()


def send(service: Service, *, tenant: str = "acme", urgent: bool = False) -> Verdict:
    """Decide one sending, and note it when it goes ahead."""
    arguments = {"urgent": True} if urgent else {}
    principal = Principal(tenant=tenant, user="uma")
    session = service.session(tenant)
    judged = service.decide(Action(tool="send", principal=principal, arguments=arguments), session)
    if judged.goes_ahead:
        service.executed(judged, session)
    return judged.verdict


def test_a_new_policy_takes_over_the_facts(policy: Policy, tmp_path: Path) -> None:
    service = Service(Policies(policy), None, clock=lambda: NOW_US)
    assert [send(service) for _ in range(3)] == [Verdict.ALLOW, Verdict.ALLOW, Verdict.DENY]
    service.policies.exchange(load_policy([tmp_path / "law.md"], tmp_path / "labels.yaml"))
    assert send(service) is Verdict.DENY
    assert send(service, tenant="other") is Verdict.ALLOW


@pytest.mark.parametrize("orderly", [True, False], ids=["closed", "killed"])
def test_a_restart_forgets_nothing_and_counts_nothing_twice(
    start: Callable[[], Service], *, orderly: bool
) -> None:
    service = start()
    assert send(service) is Verdict.ALLOW
    if orderly:
        service.close()
    service = start()
    assert send(service) is Verdict.ALLOW  # the first counts once: two are let pass
    assert send(service) is Verdict.DENY
    if orderly:
        service.close()
    assert send(start()) is Verdict.DENY


def test_what_happened_after_the_books_were_kept_is_added(start: Callable[[], Service]) -> None:
    service = start()
    send(service)
    service.close()
    send(service)  # the process goes on and is killed
    assert send(start()) is Verdict.DENY


def test_an_approved_call_counts_once_it_is_redeemed(start: Callable[[], Service]) -> None:
    """Allowed, and held and approved: both are executed; a hold alone is not."""
    service = start()
    session = service.session("acme")
    action = Action(tool="send", principal=WHO, arguments={"urgent": True})
    hold = service.hold(service.decide(action, session))
    assert send(service) is Verdict.ALLOW
    service.holds.vote(
        Ballot(hold=hold.id, verdict="approve", person="alice", seen=hold.digest, reason="right")
    )
    service.redeem(hold.id, WHO)
    assert send(service) is Verdict.DENY
    assert send(start()) is Verdict.DENY


def test_what_another_replica_let_happen_is_caught_up_once(start: Callable[[], Service]) -> None:
    """One ledger, two books: what one lets happen the other learns, and nobody counts it twice."""
    one = start()
    recorder = one.recorder
    assert recorder is not None
    two = Service(one.policies, recorder, clock=lambda: NOW_US)
    assert send(one) is Verdict.ALLOW
    assert two.books.catch_up() == 1
    assert two.books.catch_up() == 0
    assert send(two) is Verdict.ALLOW
    assert send(two) is Verdict.DENY
    assert one.books.catch_up() == 1
    assert send(one) is Verdict.DENY


def test_claims_are_forgotten_once_their_entries_are_seen(start: Callable[[], Service]) -> None:
    """Rule 4: memory does not grow with the traffic, and what was seen is not counted again."""
    service = start()
    for number in range(20):
        send(service, tenant=f"t{number}")
    books = service.books
    assert books.claimed == 20
    assert books.step(5) == 0
    assert books.claimed > 0
    assert books.catch_up() == 0
    assert (books.claimed, books.scanned) == (0, service.ledger.head().size)
    assert send(service, tenant="t1") is Verdict.ALLOW
    assert send(service, tenant="t1") is Verdict.DENY
    assert send(start(), tenant="t1") is Verdict.DENY


def test_a_result_is_no_second_call_after_a_restart(start: Callable[[], Service]) -> None:
    """Rule 5: a restart counts what was counted before it, and nothing else."""
    service = start()
    session = service.session("acme")
    for kind in ("tool.result", "model.response"):
        action = Action(kind=kind, tool="send", principal=WHO, content={"sha256": "0" * 64})
        assert service.decide(action, session).goes_ahead
    service = start()
    assert [send(service) for _ in range(3)] == [Verdict.ALLOW, Verdict.ALLOW, Verdict.DENY]


def test_a_damaged_snapshot_is_refused(start: Callable[[], Service]) -> None:
    service = start()
    send(service)
    service.close()
    assert service.recorder is not None
    service.recorder.ledger.writer.task(
        lambda session: session.run("UPDATE memory SET body = ?", (b"{",))
    )
    with pytest.raises(InputError) as caught:
        start()
    assert caught.value.code == "facts.snapshot"


def test_a_door_that_redeems_counts_once_over_a_restart(start: Callable[[], Service]) -> None:
    """Facts are neither counted twice nor lost, whichever door lets the approved call run."""
    service = start()
    rulings = Rulings(service)
    action = Action(tool="send", principal=WHO, arguments={"urgent": True})
    ruling = rulings.rule(action, service.session("acme"))
    assert ruling.hold is not None
    service.holds.vote(
        Ballot(
            hold=ruling.hold.id,
            verdict="approve",
            person="alice",
            seen=ruling.hold.digest,
            reason="right",
        )
    )
    assert rulings.rule(action, service.session("acme")).verdict is Verdict.ALLOW
    assert send(service) is Verdict.ALLOW
    assert send(service) is Verdict.DENY
    service = start()
    assert send(service) is Verdict.DENY
