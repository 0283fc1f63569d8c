"""Measures human supervision: from vote to waiting client, an inbox of 1,000, races, watchers.

    python benchmarks/supervision.py [--postgres postgresql://…] [--rounds 1000] [--json FILE]

Everything is durable as in production, on a file, or on PostgreSQL where an address is given (each
run makes a log of its own there). Targets of the issue: p99 at most 150 ms from vote to answer, an
inbox of 1,000 holds read in at most 100 ms, exactly one redemption in each of 1,000 rounds of 50
threads, no lost event with 200 watchers. The exit code is 1 when a round has not exactly one
redemption, when a watcher misses a change, or when a target is missed by more than three times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import threading
import time
import uuid
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from gardefou.action import Action, Principal
from gardefou.constitution import load
from gardefou.constitution.catalogue import Catalogue, Tool
from gardefou.decide import Guard
from gardefou.ledger import create_ledger, make_key, open_keyring, open_ledger
from gardefou.supervision import AsyncHolds, Ballot, Hold, Holds, Refused, opening

THREADS = 50
WATCHERS = 200
INBOX = 1_000
VOTES = 200
TARGET_MS = {"vote to answer, p99": 150.0, "inbox of 1,000, cards": 100.0}
LAW = """---
constitution: Benchmark
version: 1
language: 1
roles: {watch: [alice, bob, carol], treasurer: [dora, erik]}
---

# Benchmark

## Article 1. Deletion {#deletion}

Two of the watch and a treasurer agree.

```article
kind: default
on: effect deletes
lifted_by_grant: false
hold:
  - quorum: {watch: 2, treasurer: 1}
```

## Article 2. Letters {#letters}

A treasurer agrees.

```article
kind: default
on: effect writes
lifted_by_grant: false
hold:
  - quorum: {treasurer: 1}
```
"""
TOOLS = {
    "wipe": Tool(name="wipe", effects=("deletes",), labelled_by="person"),
    "letter": Tool(name="letter", effects=("writes",), labelled_by="person"),
}
USER = Principal(tenant="acme", application="desk", agent="clerk", user="ulla")
GUARD = Guard(load(LAW), Catalogue(tools=TOOLS))
ARGUMENTS = {"to": "Acme", "text": "x" * 300, "lines": [{"n": n, "what": "part"} for n in range(8)]}


def opened(holds: Holds, tool: str, number: int) -> Hold:
    action = Action(tool=tool, arguments=ARGUMENTS, principal=USER, session=str(number))
    session = GUARD.session()
    now_us = time.time_ns() // 1_000
    labelled = GUARD.label(action, session, now_us)
    return holds.open(opening(GUARD, labelled, GUARD.decide(labelled, session, now_us)))


def ballot(hold: Hold, person: str) -> Ballot:
    return Ballot(hold=hold.id, verdict="approve", person=person, seen=hold.digest, reason="right")


def votes(holds: Holds) -> dict[str, float]:
    """From the moment somebody votes to the moment the waiting client has the answer."""
    doors = AsyncHolds(holds)

    async def one(number: int) -> tuple[float, float]:
        hold = await asyncio.to_thread(opened, holds, "letter", number)
        client = asyncio.create_task(timed(doors, hold))
        await asyncio.sleep(0.005)
        began = time.perf_counter()
        await doors.vote(ballot(hold, "dora"))
        voted = time.perf_counter()
        return (await client - began) * 1e3, (voted - began) * 1e3

    async def timed(doors: AsyncHolds, hold: Hold) -> float:
        found = await doors.wait(hold.id, 30)
        assert found.state == "approved"
        return time.perf_counter()

    async def run() -> list[tuple[float, float]]:
        return [await one(number) for number in range(VOTES)]

    pairs = asyncio.run(run())
    answer = sorted(pair[0] for pair in pairs)
    return {
        "vote to answer, p50": statistics.median(answer),
        "vote to answer, p99": answer[int(len(answer) * 0.99)],
        "vote, p50": statistics.median(pair[1] for pair in pairs),
    }


def inbox(holds: Holds) -> dict[str, float]:
    for number in range(INBOX):
        opened(holds, "wipe", number)
    times: dict[str, list[float]] = {"rows": [], "cards": []}
    for _ in range(5):
        began = time.perf_counter()
        found = holds.inbox(tenant="acme", limit=INBOX)
        rows = time.perf_counter()
        cards = holds.views(found)
        times["rows"].append((rows - began) * 1e3)
        times["cards"].append((time.perf_counter() - began) * 1e3)
        assert len(cards) == len(found) == INBOX
    return {
        "inbox of 1,000, rows": min(times["rows"]),
        "inbox of 1,000, first time": times["cards"][0],
        "inbox of 1,000, cards": min(times["cards"]),
    }


def races(replicas: list[Holds], rounds: int) -> dict[str, float]:
    """Ten vote, forty wait and redeem, all at once; exactly one redemption in every round."""
    begin, end = threading.Barrier(THREADS + 1), threading.Barrier(THREADS + 1)
    state: dict[str, Any] = {"won": 0, "hold": None}
    lock = threading.Lock()

    def work(number: int) -> None:
        holds = replicas[number % len(replicas)]
        with suppress(threading.BrokenBarrierError):
            while True:
                begin.wait()
                hold = state["hold"]
                with suppress(Refused):
                    if number < 10:
                        person = ("alice", "bob", "carol", "dora", "erik")[number % 5]
                        holds.vote(ballot(hold, person))
                    else:
                        holds.wait(hold.id, 30)
                    holds.redeem(hold.id, USER)
                    with lock:
                        state["won"] += 1
                end.wait()

    threads = [threading.Thread(target=work, args=(n,), daemon=True) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    wrong = 0
    began = time.perf_counter()
    for number in range(rounds):
        state["hold"], state["won"] = opened(replicas[0], "wipe", number), 0
        begin.wait()
        end.wait()
        wrong += state["won"] != 1
    seconds = time.perf_counter() - began
    begin.abort()
    return {
        "rounds": rounds,
        "rounds without exactly one": wrong,
        "a round": seconds * 1e3 / rounds,
    }


def watchers(holds: Holds) -> dict[str, float]:
    """Everybody who watches hears of every change of every hold."""
    heard: list[dict[str, int]] = [{} for _ in range(WATCHERS)]

    def listener(seen: dict[str, int]) -> Any:
        def hear(changed: str) -> None:
            seen[changed] = seen.get(changed, 0) + 1

        return hear

    numbers = [holds.core.bell.listen(listener(seen)) for seen in heard]
    changed = []
    for number in range(50):
        hold = opened(holds, "letter", number)
        holds.vote(ballot(hold, "dora"))
        changed.append(hold.id)
    for number in numbers:
        holds.core.bell.leave(number)
    missed = sum(seen.get(hold_id, 0) < 3 for seen in heard for hold_id in changed)
    return {"watchers": WATCHERS, "events missed": missed}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postgres", default="", help="an address; a file is used without it")
    parser.add_argument("--rounds", type=int, default=1_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    key = make_key(f"ledger.example/{uuid.uuid4().hex}", seeds=(bytes(32),))
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        location = options.postgres or str(Path(folder) / "ledger.db")
        create_ledger(location, key)
        with (
            open_ledger(location, key) as ledger,
            closing(open_keyring(location, key.name)) as keyring,
        ):
            replicas = [Holds(ledger, keyring, lambda _: GUARD) for _ in range(2)]
            for step in (
                lambda: votes(replicas[0]),
                lambda: inbox(replicas[0]),
                lambda: watchers(replicas[0]),
                lambda: races(replicas, options.rounds),
            ):
                for name, value in step().items():
                    figures[name] = value
                    target = TARGET_MS.get(name)
                    note = f"   target at most {target:g} ms" if target else ""
                    unit = "" if name in ("rounds", "watchers") or "without" in name else " ms"
                    unit = "" if "missed" in name else unit
                    print(f"{name:<32} {value:>10.1f}{unit}{note}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    slow = [name for name, limit in TARGET_MS.items() if figures[name] > 3 * limit]
    broken = figures["rounds without exactly one"] or figures["events missed"]
    return 1 if slow or broken else 0


if __name__ == "__main__":
    sys.exit(main())
