"""The state machine under any order of what people, agents, clocks and crashes do."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gardefou.errors import GardefouError
from gardefou.supervision import Hold, State
from gardefou.supervision._model import ARROWS, LIVE, Outcome
from gardefou.supervision._rows import move

from .conftest import LAW, USER, Desk, guard_for, refusal

PAYMENTS = "hold:\n  - quorum: {treasurer: 1}"
DENYING = LAW.replace(PAYMENTS, "deny: always\n" + PAYMENTS)
STAFF = ("alice", "bob", "carol", "dora", "erik", "frida", "ulla", "clerk", "nobody")
NEEDS = {"pay": {"treasurer": 1}, "wipe": {"watch": 2, "treasurer": 1}, "strike": {"watch": 2}}
ROLES = {"watch": {"alice", "bob", "carol"}, "treasurer": {"dora", "erik"}}


def told(entries: list[tuple[str, dict[str, Any]]]) -> dict[str, str]:
    """The state of every hold, from the ledger's entries alone."""
    states: dict[str, str] = {}
    for kind, data in entries:
        hold = data.get("hold", "")
        if not hold and kind.startswith("action."):
            hold = data["id"]
        if kind == "hold" and "event" not in data:
            states[hold] = "pending"
        elif kind == "resolution" and hold:
            states[hold] = data["state"]
        elif kind in {"grant.redeemed", "action.started"}:
            states[hold] = "redeemed"
        elif kind == "action.finished":
            states[hold] = data["outcome"]
        elif kind == "action.unknown":
            states[hold] = "unknown"
    return states


class Supervision(RuleBasedStateMachine):
    """Laws 4, 5 and 6, whatever happens in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        base = "/dev/shm" if Path("/dev/shm").exists() else None
        self.folder = tempfile.mkdtemp(prefix="gardefou-states-", dir=base)
        self.desk = Desk(str(Path(self.folder) / "l.db"))
        self.holds: list[Hold] = []
        self.approvals: dict[str, set[str]] = {}
        self.grants: Counter[str] = Counter()

    def teardown(self) -> None:
        self.desk.close()
        shutil.rmtree(self.folder)

    def pick(self, number: int) -> Hold:
        return self.holds[number % len(self.holds)]

    @initialize(tool=st.sampled_from(sorted(NEEDS)))
    def begin(self, tool: str) -> None:
        self.open(tool)

    @rule(tool=st.sampled_from(sorted(NEEDS)))
    def open(self, tool: str) -> None:
        try:
            self.holds.append(self.desk.open(tool))
        except GardefouError:  # under the law that denies there is nothing to hold
            assert self.desk.guard.constitution_digest == guard_for(DENYING).constitution_digest

    @rule(
        number=st.integers(0, 9),
        person=st.sampled_from(STAFF),
        verdict=st.sampled_from(("approve", "approve", "deny")),
    )
    def vote(self, number: int, person: str, verdict: str) -> None:
        hold = self.pick(number)
        try:
            self.desk.vote(hold, person, verdict)
        except GardefouError:
            return
        seats = self.approvals.setdefault(hold.id, set())
        (seats.add if verdict == "approve" else seats.discard)(person)

    @rule(number=st.integers(0, 9))
    def agree(self, number: int) -> None:
        for person in ("alice", "bob", "dora"):
            self.vote(number, person, "approve")

    @rule(number=st.integers(0, 9))
    def agree_and_use(self, number: int) -> None:
        self.agree(number)
        self.redeem(number)

    @rule(number=st.integers(0, 9))
    def redeem(self, number: int) -> None:
        hold = self.pick(number)
        try:
            grant = self.desk.holds.redeem(hold.id, USER)
        except GardefouError:
            return
        self.grants[hold.id] += 1
        assert grant.call.digest() == grant.digest == hold.digest
        given = self.approvals[hold.id]
        for role, count in NEEDS[hold.tool].items():
            assert len(given & ROLES[role]) >= count
        assert not given & {"ulla", "clerk", "nobody"}

    @rule(number=st.integers(0, 9), ended=st.sampled_from(("done", "failed")))
    def finish(self, number: int, ended: Any) -> None:
        hold = self.pick(number)
        before = self.desk.holds.get(hold.id).state
        try:
            self.desk.holds.finish(hold.id, ended)
        except GardefouError:
            assert before not in {"redeemed", "unknown"}
        else:
            assert before in {"redeemed", "unknown"}

    @rule(number=st.integers(0, 40))
    def withdraw(self, number: int) -> None:
        if number >= len(self.holds):
            return  # rarely: what is withdrawn shows little
        hold = self.pick(number)
        before = self.desk.holds.get(hold.id).state
        try:
            self.desk.holds.withdraw(hold.id, USER)
        except GardefouError:
            assert before not in {"pending", "approved"}

    @rule(seconds=st.sampled_from((1, 60, 599, 601, 1_801, 3_601)))
    def pass_time(self, seconds: int) -> None:
        self.desk.clock.forward(seconds)

    @rule(seconds=st.sampled_from((1, 3_600, 86_400)))
    def set_back(self, seconds: int) -> None:
        self.desk.clock.set_back(seconds)

    @rule()
    def tick(self) -> None:
        self.desk.holds.tick()
        assert self.desk.holds.tick().moved == 0

    @rule()
    def restart(self) -> None:
        self.desk.restart()

    @rule(law=st.sampled_from((LAW, LAW, LAW, DENYING)))
    def change_law(self, law: str) -> None:
        self.desk.guard = guard_for(law)

    @precondition(lambda self: self.holds)
    @invariant()
    def the_ledger_alone_tells_every_state(self) -> None:
        """Law 4: no state without its entry, no entry without its state."""
        with self.desk.ledger.store.reading() as session:
            rows = session.run("SELECT id, state FROM hold", ()).fetchall()
        found = {str(i): str(s) for i, s in rows}
        assert found == told(self.desk.kinds())

    @invariant()
    def nothing_is_used_twice(self) -> None:
        """Law 5."""
        assert set(self.grants.values()) <= {1}


TestSupervision = Supervision.TestCase
TestSupervision.settings = settings(max_examples=30, stateful_step_count=30)


@pytest.mark.parametrize("before", get_args(State))
def test_only_the_drawn_arrows_exist(before: State) -> None:
    hold = Hold(
        id="h",
        version=3,
        state=before,
        code="",
        tenant="t",
        subject="s",
        tool="x",
        ask=Desk.ask(),
        digest="sha256:1",
        opened_us=0,
        decide_by_us=1,
        escalate_us=1,
    )
    for after in get_args(State):
        if (before, after) in ARROWS:
            change = move(hold, Outcome(state=after, code=""), 5)
            assert change.parameters[-3:] == ("h", before, 3)
            kept = "sha256:1" if after in LIVE else ""
            assert kept in change.parameters
        else:
            assert refusal(move, hold, Outcome(state=after, code=""), 5) == "hold.arrow"


def test_every_arrow_is_documented() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "holds.md"
    text = page.read_text(encoding="utf-8")
    for state in get_args(State):
        assert f"`{state}`" in text
