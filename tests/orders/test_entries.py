"""Instruments in a ledger: signed, versioned, verified by whoever reads them."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import Any

import msgspec
import pytest
from order_ledger import now, officer
from order_texts import (
    AT,
    MILESTONE,
    ORDER,
    OTHER,
    PARTY,
    WAIVER,
    call,
    instrument,
    order,
    phased,
    status,
)

from gardefou.action import Action
from gardefou.errors import (
    GardefouError,
    LedgerUnavailable,
    LoadError,
    UsageError,
    VerificationError,
)
from gardefou.ledger import Change, Ledger, open_keyring, replay
from gardefou.orders import Instrument, Register, Watch, issue, read_register
from gardefou.orders._time import shown
from gardefou.recording import Again, Recorder
from gardefou.service import Policies, Service, load_policy
from gardefou.verdict import Verdict

ADA, BEN, EVE = officer("ada"), officer("ben", 2), officer("eve", 3)
OFFICERS = (*ADA.verifiers, *BEN.verifiers)


def put(ledger: Ledger, *values: dict[str, Any], **more: Any) -> None:
    issue(ledger, [instrument(value) for value in values], more.pop("key", ADA), **more)


def held(ledger: Ledger, **more: Any) -> Register:
    with ledger.store.reading() as session:
        return read_register(session, **more)


def refusal(ledger: Ledger, *values: dict[str, Any], **more: Any) -> str:
    with pytest.raises(GardefouError) as caught:
        put(ledger, *values, **more)
    return caught.value.code


def test_what_was_issued_is_read_back_whole(ledger: Ledger) -> None:
    put(ledger, PARTY, OTHER, ORDER, officers=OFFICERS)
    found = held(ledger, officers=OFFICERS)
    assert found.digest == Register([instrument(v) for v in (PARTY, OTHER, ORDER)]).digest
    assert found.judge(call(), AT).verdict is Verdict.DENY


def test_a_version_follows_the_one_before(ledger: Ledger) -> None:
    put(ledger, PARTY, ORDER)
    assert refusal(ledger, ORDER) == "order.version"
    assert refusal(ledger, order(version=3)) == "order.version"
    ended = [*ORDER["status"], status("rescinded", "2027-03-05T00:00:00Z")]
    put(ledger, order(version=2, status=ended), op="lift")
    assert held(ledger).judge(call(), AT).verdict is Verdict.ALLOW


def test_of_two_officers_who_write_the_same_version_one_is_refused(ledger: Ledger) -> None:
    put(ledger, PARTY, ORDER)
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def write(title: str) -> None:
        barrier.wait()
        try:
            put(ledger, order(version=2, title=title))
            outcomes.append("written")
        except UsageError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=write, args=(word,)) for word in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) in ([["ledger.moved_on", "written"], ["order.version", "written"]])
    assert held(ledger).orders["cease-northwind"].version == 2


def test_what_does_not_fit_is_not_stored(ledger: Ledger) -> None:
    with pytest.raises(LoadError):
        put(ledger, WAIVER, key=BEN)
    assert held(ledger).instruments == ()


PRESS = order(authority=ORDER["authority"] | {"source": "press"})
VERIFIED = PRESS["authority"] | {"verified_by": "ben", "verified_at": "2027-03-02T00:00:00Z"}


def test_a_press_item_is_verified_with_the_key_of_a_second_person(ledger: Ledger) -> None:
    put(ledger, PARTY, PRESS)
    assert held(ledger).judge(call(), AT).verdict is Verdict.ALLOW
    second = order(version=2, authority=VERIFIED)
    assert refusal(ledger, second) == "order.signer"
    put(ledger, second, key=BEN, op="verify")
    assert held(ledger).judge(call(), AT).verdict is Verdict.DENY


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (ORDER, BEN),
        (WAIVER, ADA),
        (MILESTONE | {"signed_by": "dora", "signed_at": "2027-03-01T00:00:00Z"}, ADA),
    ],
)
def test_only_the_key_of_a_person_speaks_for_the_person(
    ledger: Ledger, value: dict[str, Any], key: Any
) -> None:
    put(ledger, PARTY, *([] if value is ORDER else [phased()]))
    assert refusal(ledger, value, key=key) == "order.signer"


def test_only_officers_issue_where_officers_are_named(ledger: Ledger) -> None:
    assert refusal(ledger, PARTY, key=EVE, officers=OFFICERS) == "order.officer"
    put(ledger, PARTY, key=EVE)
    with pytest.raises(VerificationError, match="no officer"):
        held(ledger, officers=OFFICERS)


def test_a_row_that_no_entry_supports_is_found(ledger: Ledger) -> None:
    put(ledger, PARTY, ORDER)
    for sql in (
        "UPDATE instrument SET version = 7 WHERE id = 'order/cease-northwind'",
        "UPDATE instrument SET seq = 0 WHERE id = 'order/cease-northwind'",
        "UPDATE instrument SET digest = 'sha256:0' WHERE id = 'order/cease-northwind'",
    ):
        before = held(ledger).digest
        ledger.append("gap", {}, changes=(Change(sql),))
        with pytest.raises(VerificationError) as caught:
            held(ledger)
        assert caught.value.code == "order.evidence"
        row = msgspec.structs.asdict(_row(ledger, 2))
        ledger.append(
            "gap",
            {},
            changes=(
                Change(
                    "UPDATE instrument SET version = 1, digest = ?, seq = 2 WHERE id = ?",
                    (row["digest"], "order/cease-northwind"),
                ),
            ),
        )
        assert held(ledger).digest == before


class _Row(msgspec.Struct):
    digest: str


def _row(ledger: Ledger, seq: int) -> _Row:
    with ledger.store.reading() as session:
        body = next(body for _, _, body in session.rows(seq, seq + 1))
    return _Row(msgspec.json.decode(body)["data"]["digest"])


def test_a_replica_sees_an_order_at_its_next_poll(ledger: Ledger) -> None:
    seen = Watch(ledger.store, clock=now)
    assert seen.register().judge(call(), AT).verdict is Verdict.ALLOW
    first = seen.register()
    put(ledger, PARTY, ORDER)
    seen.poll()
    assert seen.register().judge(call(), AT).verdict is Verdict.DENY
    same = seen.register()
    seen.poll()
    assert seen.register() is same is not first


def test_the_database_wakes_a_replica(ledger: Ledger, location: str) -> None:
    """The next poll is ten minutes away: what the replica sees in time, the store has told it."""
    if not location.startswith("postgresql:"):
        pytest.skip("a file tells nobody")
    seen = Watch(ledger.store, clock=now, max_age_s=3_600).start(poll_s=600)
    with closing(seen):
        put(ledger, PARTY, ORDER)
        until = time.monotonic() + 60
        while seen.register().judge(call(), AT).verdict is not Verdict.DENY:
            assert time.monotonic() < until, "the replica was never woken"
            time.sleep(0.005)


class Steady:
    """A monotonic clock that the test moves."""

    at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


class Broken:
    """A store that can be cut off."""

    def __init__(self, ledger: Ledger) -> None:
        self.store = ledger.store
        self.location = ledger.store.location
        self.is_cut = False

    def reading(self) -> Any:
        if self.is_cut:
            raise LedgerUnavailable("cut off", code="ledger.unavailable")
        return self.store.reading()


def test_a_replica_that_cannot_read_for_too_long_refuses_every_use_of_a_model(
    ledger: Ledger,
) -> None:
    """Law 2."""
    steady, store = Steady(), Broken(ledger)
    seen = Watch(store, clock=now, steady=steady, max_age_s=3)  # type: ignore[arg-type] # - half a store
    store.is_cut = True
    verdicts = []
    for at_s in (2.9, 3.1, 3.2):
        steady.at_s = at_s
        store.is_cut = at_s < 3.2
        seen.poll()
        verdicts.append(seen.register().judge(call("contoso"), AT).verdict)
    assert verdicts == [Verdict.ALLOW, Verdict.DENY, Verdict.ALLOW]


def test_a_replica_that_reads_bad_evidence_refuses_at_once(ledger: Ledger) -> None:
    put(ledger, PARTY, ORDER)
    seen = Watch(ledger.store, clock=now)
    ledger.append(
        "gap", {}, changes=(Change("DELETE FROM instrument WHERE id = 'party/northwind-models'"),)
    )
    seen.poll()
    assert "gone" in seen.problem
    assert seen.register().judge(call("contoso"), AT).verdict is Verdict.DENY
    assert seen.register().judge(Action(tool="send_mail"), AT).verdict is Verdict.ALLOW


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM instrument WHERE id = 'order/cease-northwind'",
        "DELETE FROM instrument",
        (
            "UPDATE instrument SET version = 1, digest = (SELECT digest FROM instrument WHERE id ="
            " 'party/northwind-models') WHERE id = 'order/cease-northwind'"
        ),
    ],
)
def test_an_order_that_was_taken_out_of_the_table_is_missed_at_the_start(
    ledger: Ledger, sql: str
) -> None:
    put(ledger, PARTY, ORDER)
    ledger.append("gap", {}, changes=(Change(sql, (), None),))
    seen = Watch(ledger.store, clock=now)
    assert "differ on" in seen.problem
    assert seen.register().judge(call("contoso"), AT).verdict is Verdict.DENY


def test_a_replica_whose_clock_is_behind_refuses(ledger: Ledger) -> None:
    """A moment that nobody can date is on the strict side."""
    put(ledger, PARTY)
    seen = Watch(ledger.store, clock=lambda: now() - 60_000_000)
    assert "away from the ledger's" in seen.problem
    assert seen.register().judge(call("contoso"), AT).verdict is Verdict.DENY


def test_no_decision_after_the_effective_moment_leaks(ledger: Ledger) -> None:
    """100,000 decisions race with an order that is signed meanwhile; none goes through too late."""
    put(ledger, PARTY)
    moment_us = now() + 3_000_000
    written = shown(moment_us)[:-1] + f".{moment_us % 1_000_000:06}Z"
    leaks: list[int] = []
    counts: list[tuple[int, int]] = []

    def run(seen: Watch) -> None:
        action, early, late = call(), 0, 0
        while early + late < 25_000 or late < 1_000:
            if (early + late) % 50 == 0:
                time.sleep(0.001)  # replicas are processes of their own: none keeps others waiting
            at_us = now()
            verdict = seen.register().judge(action, at_us).verdict
            if at_us >= moment_us:
                late += 1
                if verdict is not Verdict.DENY:
                    leaks.append(at_us)
            else:
                early += verdict is Verdict.ALLOW
        counts.append((early, late))

    with Watch(ledger.store, clock=now) as one, Watch(ledger.store, clock=now) as other:
        threads = [threading.Thread(target=run, args=(seen,)) for seen in (one, other) * 2]
        for thread in threads:
            thread.start()
        put(ledger, order(status=[status("effective", written)]))
        signed_us = now()
        for thread in threads:
            thread.join()
    assert signed_us < moment_us - 1_000_000, "the machine is too busy for this race"
    assert leaks == []
    assert sum(early + late for early, late in counts) >= 100_000
    assert all(early and late for early, late in counts)


def test_a_signed_instrument_is_kept_as_it_was_signed(ledger: Ledger) -> None:
    put(ledger, PARTY)
    found: tuple[Instrument, ...] = held(ledger).instruments
    assert found == (instrument(PARTY),)


def test_a_service_decides_under_the_register_of_the_moment(ledger: Ledger, location: str) -> None:
    """Laws 3 and 5: the next decision sees it, also where rules are only observed."""
    policy = load_policy([])
    with closing(open_keyring(location, ledger.origin)) as keyring:
        seen = Watch(ledger.store, clock=now)
        made = Service(
            Policies(policy),
            Recorder(ledger, keyring),
            clock=lambda: AT,
            orders=seen.register,
        )
        before = made.decide(call(), made.session("harbour"), mode="observe")
        put(ledger, PARTY, OTHER, ORDER)
        seen.poll()
        after = made.decide(call(), made.session("harbour"), mode="observe")
        other = made.decide(call("contoso"), made.session("harbour"), mode="observe")
        assert [j.decision.by_order for j in (before, after, other)] == [False, True, False]
        assert [j.goes_ahead for j in (before, after, other)] == [True, False, True]
        assert made.guard("harbour") is made.guard("harbour")
        report = replay(ledger.store, keyring, Again(ledger.store))
    assert (report.decisions, report.reproduced, report.differences) == (3, 3, ())
