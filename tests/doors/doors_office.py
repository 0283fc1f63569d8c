"""An office with a ledger, holds, and one person who can agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gardefou import Door, Principal, open_door
from gardefou.ledger import create_ledger, load_key, make_key, save_key
from gardefou.supervision import Ballot, Hold, Holds

LAW = """---
constitution: Office of Examples
version: 1
language: 1
unlisted: hold
currency: EUR
roles: {desk: [ada, ben]}
terminal_roles: [desk]
---

## Article 1. Money {#money}

Above 100 EUR the desk agrees, above 1,000 nobody pays.

```article
kind: default
on: effect pays
deny:
  - when: args.amount.over("1000.00 EUR")
hold:
  - when: args.amount.over("100.00 EUR")
    quorum: {desk: 1}
```

## Article 2. Reading {#reading}

The office reads.

```article
kind: default
on: [effect reads, effect computes]
```
"""
WHO = Principal(tenant="acme", application="desk", agent="clerk", user="ulla")


@pytest.fixture
def law(tmp_path: Path) -> Path:
    path = tmp_path / "office.md"
    path.write_text(LAW, encoding="utf-8")
    return path


@pytest.fixture
def door(tmp_path: Path, law: Path) -> Iterator[Door]:
    location = str(tmp_path / "ledger.db")
    key = make_key("ledger.example/acme", seeds=(b"d" * 32,))
    save_key(key, Path(f"{location}.key"))
    assert load_key(Path(f"{location}.key")).name == key.name
    create_ledger(location, key)
    with open_door([law], ledger=location, principal=WHO) as opened:
        yield opened


@pytest.fixture
def bare(law: Path) -> Iterator[Door]:
    """The same office without a ledger."""
    with open_door([law], principal=WHO) as opened:
        yield opened


def holds_of(door: Door) -> Holds:
    assert door.rulings.holds is not None
    return door.rulings.holds


def agree(door: Door, hold_id: str, verdict: str = "approve") -> Hold:
    """Ada votes at the terminal on what she was shown."""
    holds = holds_of(door)
    hold = holds.get(hold_id)
    return holds.vote(
        Ballot(
            hold=hold_id,
            person="ada",
            verdict=verdict,  # type: ignore[arg-type] # - the table of a test
            channel="terminal",
            seen=hold.digest,
            reason="seen",
        )
    )


def first_held(holds: Holds, *more: Any) -> str:
    """The newest hold whatever its state, or nothing."""
    states = ("pending", "approved", "redeemed", "done", "failed", "denied", *more)
    found = sorted(holds.inbox(states=states), key=lambda hold: hold.seq)
    return found[-1].id if found else ""
