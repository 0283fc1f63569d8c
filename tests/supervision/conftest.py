"""What the tests of supervision share: a ministry, both stores, and clocks that the test moves."""

from __future__ import annotations

import hmac
import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gardefou.action import Action, Principal
from gardefou.constitution import load
from gardefou.constitution.catalogue import Catalogue, Parameter, Tool
from gardefou.decide import Guard
from gardefou.errors import GardefouError, UsageError
from gardefou.ledger import (
    Keyring,
    Ledger,
    create_ledger,
    decode_entry,
    make_key,
    open_keyring,
    open_ledger,
)
from gardefou.supervision import Ask, Ballot, Hold, Holds, Notice, Opening, opening
from stores import Server, postgres

__all__ = ["postgres"]

_logs = itertools.count()

LAW = """---
constitution: Ministry of Examples
version: 1
language: 1
roles: {watch: [alice, bob, carol], treasurer: [dora, erik], chief: [frida, carol]}
terminal_roles: [treasurer]
break_glass_roles: [chief]
---

# Constitution

## Article 1. Force {#force}

People of the watch decide.

```article
kind: red_line
on: effect uses_force
hold:
  - quorum: {watch: 2}
```

## Article 2. Money {#payments}

A treasurer agrees.

```article
kind: default
on: effect pays
lifted_by_grant: false
hold:
  - quorum: {treasurer: 1}
    decide_by: 1h
    use_by: 10m
```

## Article 3. Deletion {#deletion}

Two of the watch and a treasurer agree.

```article
kind: default
on: effect deletes
lifted_by_grant: false
hold:
  - quorum: {watch: 2, treasurer: 1}
```

## Article 4. Letters {#letters}

The user agrees.

```article
kind: default
on: effect writes
lifted_by_grant: false
hold:
  - consent: true
```
"""

TOOLS = {
    "pay": Tool(
        name="pay",
        description="Pays a bill.",
        schema={
            "type": "object",
            "properties": {
                "to": {"type": "string"},
                "note": {"type": "string"},
                "sum": {"type": "string"},
            },
        },
        effects=("pays",),
        parameters={
            "to": Parameter(role="recipients", type="party"),
            "sum": Parameter(role="amount", type="money"),
        },
        labelled_by="person",
    ),
    "strike": Tool(name="strike", effects=("uses_force",), labelled_by="person"),
    "wipe": Tool(name="wipe", effects=("deletes",), labelled_by="person"),
    "letter": Tool(name="letter", effects=("writes",), labelled_by="person"),
}
USER = Principal(tenant="acme", application="desk", agent="clerk", user="ulla")
START_US = 1_780_000_000_000_000
BILL = {"to": "Acme", "note": "bill 7", "sum": "12.00 EUR"}


def bill(**changed: Any) -> dict[str, Any]:
    """The usual payment with something changed."""
    return {**BILL, **changed}


class FakeClock:
    """A wall clock and a monotonic one that only the test moves."""

    def __init__(self, at_us: int = START_US) -> None:
        self.at_us = at_us
        self.steady_us = 0

    def __call__(self) -> int:
        return self.at_us

    def steady(self) -> int:
        return self.steady_us

    def forward(self, seconds: float) -> None:
        self.at_us += int(seconds * 1_000_000)
        self.steady_us += int(seconds * 1_000_000)

    def set_back(self, seconds: float) -> None:
        self.at_us -= int(seconds * 1_000_000)


def guard_for(law: str = LAW, tools: dict[str, Tool] | None = None) -> Guard:
    return Guard(load(law), Catalogue(tools=TOOLS if tools is None else tools))


def opening_for(
    guard: Guard,
    tool: str = "pay",
    *,
    principal: Principal = USER,
    session: str = "s",
    arguments: dict[str, Any] | None = None,
    at_us: int = START_US,
    **more: Any,
) -> Opening:
    """What a held call is opened with."""
    action = Action(
        tool=tool,
        arguments=BILL if arguments is None else arguments,
        principal=principal,
        session=session,
    )
    around = guard.session()
    labelled = guard.label(action, around, at_us)
    decision = guard.decide(labelled, around, at_us)
    return opening(guard, labelled, decision, {}, **more)


class Desk:
    """A ministry with one ledger: what its doors and its people do, in one line each."""

    def __init__(self, location: str, at_us: int = START_US) -> None:
        self.location = location
        self.clock = FakeClock(at_us)
        self.guard = guard_for()
        self.notices: list[Notice] = []
        self._numbers = itertools.count(1)
        self.key = make_key(f"ledger.example/{next(_logs)}", seeds=(bytes(range(32)),))
        create_ledger(location, self.key, clock=self.clock)
        self.start()

    def start(self, **more: Any) -> None:
        """Open everything, as a process does that starts."""
        self.ledger: Ledger = open_ledger(self.location, self.key, clock=self.clock)
        self.keyring: Keyring = open_keyring(self.location, self.key.name)
        self.holds = self.another(**more)

    def another(self, **more: Any) -> Holds:
        """Another front door on the same store, as a second replica has."""
        options = {
            "monotonic": self.clock.steady,
            "notify": self.notices.append,
            "make_id": lambda: f"hold-{next(self._numbers)}",
            **more,
        }
        return Holds(self.ledger, self.keyring, lambda _: self.guard, **options)

    def close(self) -> None:
        self.holds.close()
        self.ledger.close()
        self.keyring.close()

    def restart(self, **more: Any) -> tuple[str, ...]:
        self.close()
        self.start(**more)
        return self.holds.start(alone=True, tick_s=0)  # the tests tick

    def opening(self, tool: str = "pay", **more: Any) -> Opening:
        return opening_for(self.guard, tool, at_us=self.clock(), **more)

    def open(self, tool: str = "pay", **more: Any) -> Hold:
        return self.holds.open(self.opening(tool, **more))

    def ballot(self, hold: Hold, person: str, verdict: Any = "approve", **more: Any) -> Ballot:
        fields = {"seen": hold.digest, "reason": "it is right", **more}
        return Ballot(hold=hold.id, verdict=verdict, person=person, **fields)

    def vote(self, hold: Hold, person: str, verdict: Any = "approve", **more: Any) -> Hold:
        return self.holds.vote(self.ballot(hold, person, verdict, **more))

    def approved(self, tool: str = "pay", **more: Any) -> Hold:
        return self.vote(self.open(tool, **more), "dora")

    def kinds(self) -> list[tuple[str, dict[str, Any]]]:
        """Kind and data of all entries, in order."""
        with self.ledger.store.reading() as session:
            size = session.head().size
            found = [decode_entry(row.body, row.seq) for row in session.rows(0, size)]
        return [(entry.kind, entry.data) for entry in found]

    def entries(self, kind: str = "") -> list[dict[str, Any]]:
        """The data of all entries of a kind, in order."""
        return [data for found, data in self.kinds() if kind in ("", found)]

    @staticmethod
    def ask() -> Ask:
        """What some hold asks for."""
        return Ask(quorum={"treasurer": 1})


class Passkeys:
    """Keys of persons, as a verifier of the console knows them; a signature is an HMAC here."""

    def sign(self, person: str, challenge: bytes) -> bytes:
        return hmac.digest(person.encode(), challenge, "sha256")

    def verify(self, evidence: bytes, *, tenant: str, person: str, challenge: bytes) -> None:
        del tenant
        if not hmac.compare_digest(evidence, self.sign(person, challenge)):
            raise UsageError("the key did not sign this", code="test.forged")


def refusal(function: Callable[..., Any], *args: Any, **more: Any) -> str:
    """The code that a call is refused with."""
    with pytest.raises(GardefouError) as caught:
        function(*args, **more)
    return caught.value.code


@pytest.fixture(params=["sqlite", "postgres"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each store in turn; every desk has a log of its own there."""
    if request.param == "sqlite":
        return str(tmp_path / "ledger.db")
    server: Server = request.getfixturevalue("postgres")
    return server.url


@pytest.fixture
def desk(location: str) -> Iterator[Desk]:
    made = Desk(location)
    with closing(made):
        yield made
