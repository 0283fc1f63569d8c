"""What orders cost a decision: a register of 10,000 instruments against none, in one run.

Rows: the look-up alone (`Register.judge`), and `Guard.decide` with and without the register, for uses
that no order, one order and many orders concern, and for lanes asked for the first time. The second
part is the way from signature to denial on a replica, on a file, or on PostgreSQL where an address
is given. There a race follows: processes of two replicas decide 100,000 requests with clocks and
registers of their own, while an order is signed; a request decided after its moment and let pass is
a leak.

Targets: at most 5 us for a look-up in a decision, at the median, with 10,000 instruments; from
signature to denial 99 of 100 times within 5 s.

usage: python benchmarks/orders.py [--json OUT] [--rounds N] [--postgres postgresql://…]
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from gardefou.action import Action, Attributes, Principal
from gardefou.constitution import load
from gardefou.constitution.catalogue import Catalogue
from gardefou.decide import Guard
from gardefou.ledger import create_ledger, make_key, open_ledger, open_store
from gardefou.orders import KINDS, Instrument, Watch, build_register, issue, moment
from gardefou.vendors import developer_ids
from gardefou.verdict import Verdict

COUNT = 10_000
VENDOR = min(developer_ids())
RACE = 100_000
REPLICAS, PROCESSES = 2, 2
AHEAD_S = 15.0  # from the start of the race to the moment of the order
TARGET_US = 5.0
TARGET_S = 5.0
AT = moment("2027-03-10T09:00:00Z")
LAW = """---
constitution: Bench
version: 1
language: 1
---

## Article 1. Models answer {#models}

They do.

```article
kind: default
on: kind model.request
deny:
  - when: action.purpose == "sealed"
```
"""


def order(number: int, vendor: str, tenant: str) -> dict[str, Any]:
    """One of many: a vendor, a tenant, dates of its own, every third contested."""
    start = f"2027-{number % 12 + 1:02}-{number % 28 + 1:02}T00:00:00Z"
    status = [{"status": "effective", "basis": "b", "from": start}]
    if number % 3 == 0:
        status.append(
            {
                "status": "stayed", "basis": "b", "from": "2027-03-01T00:00:00Z",
                "population": {"include": [{"contracts": [f"c-{number % 50}"]}]},
            }
        )  # fmt: skip
    return {
        "instrument": "order", "format": 1, "id": f"o-{number}", "version": 1, "title": "An order",
        "kind": "cease_use", "bases": [{"id": "b", "citation": "Act"}], "status": status,
        "authority": {
            "issuer": "Council", "source": "directive", "entered_by": "ada",
            "received_at": "2027-01-01T00:00:00Z",
        },
        "subjects": [{"developer": vendor}],
        "population": {"include": [{"tenants": [tenant]}]},
    }  # fmt: skip


def instruments(count: int) -> list[Instrument]:
    """Orders over all vendors and as many tenants as an authority has."""
    vendors = sorted(developer_ids())
    values = [order(n, vendors[n % len(vendors)], f"tenant-{n % 97}") for n in range(count)]
    return [msgspec.convert(value, KINDS["order"]) for value in values]


def call(vendor: str, tenant: str, **attributes: Any) -> Action:
    return Action(
        kind="model.request",
        principal=Principal(tenant=tenant, application="app"),
        vendor=vendor,
        channel=vendor,
        model="",
        attributes=Attributes(**attributes),
    )


def median_us(function: Any, rounds: int) -> tuple[float, float]:
    """The median and the 99th percentile of single calls, the timer's own cost taken off."""
    clock = time.perf_counter_ns
    empty = sorted(-(clock() - clock()) for _ in range(2_000))[1_000]
    times = []
    for _ in range(rounds):
        start = clock()
        function()
        times.append(clock() - start - empty)
    times.sort()
    return times[len(times) // 2] / 1_000, times[int(len(times) * 0.99)] / 1_000


def look_ups(rounds: int) -> dict[str, Any]:
    vendors = sorted(developer_ids())
    start = time.perf_counter()
    register = build_register(instruments(COUNT))
    built_s = time.perf_counter() - start
    law = load(LAW)
    bare = Guard(law, Catalogue(tools={}))
    full = bare.under(register)
    found: dict[str, Any] = {"instruments": COUNT, "built_s": round(built_s, 2)}
    cases = {
        "no order concerns it": call(vendors[0], "nobody"),
        "one or two concern it": call(vendors[0], "tenant-0", contract="c-1"),
        "nobody knows whose it is": call("", "tenant-5"),
    }
    for name, action in cases.items():
        session = bare.session()
        labelled = bare.label(action, session, AT)
        bites = len(register.judge(action, AT).bites)
        look, look99 = median_us(lambda a=action: register.judge(a, AT), rounds)
        with_, _ = median_us(lambda x=labelled, s=session: full.decide(x, s, AT), rounds)
        without, _ = median_us(lambda x=labelled, s=session: bare.decide(x, s, AT), rounds)
        found[name] = {
            "orders that bite": bites,
            "look-up us": round(look, 2),
            "look-up p99 us": round(look99, 2),
            "decide with orders us": round(with_, 2),
            "decide without us": round(without, 2),
        }
    tenants = iter(range(10**9))
    fresh, fresh99 = median_us(
        lambda: register.judge(call(vendors[next(tenants) % 30], f"new-{next(tenants)}"), AT), 2_000
    )
    found["first look of a tenant at a vendor"] = {
        "look-up us": round(fresh, 2),
        "look-up p99 us": round(fresh99, 2),
    }
    return found


def now_us() -> int:
    return time.time_ns() // 1_000


def propagation(rounds: int, postgres: str) -> dict[str, Any]:
    """From the call that signs to the first denial, seen by a replica that runs as usual."""
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        location = postgres or str(Path(folder) / "log.db")
        key = make_key(f"ledger.example/bench-{time.time_ns()}", seeds=(bytes(32),))
        create_ledger(location, key)
        with open_ledger(location, key) as ledger:
            store = open_store(postgres, key.name) if postgres else ledger.store
            with Watch(store, clock=now_us) as watch:
                for number, made in enumerate(instruments(rounds)):
                    vendor = made.subjects[0].developer  # type: ignore[union-attr] # - an order
                    action = call(vendor, f"tenant-{number % 97}", contract="none")
                    denied = threading.Event()

                    def wait(asked: Action = action, done: threading.Event = denied) -> None:
                        at = moment("2028-01-01T00:00:00Z")
                        while watch.register().judge(asked, at).verdict is not Verdict.DENY:
                            time.sleep(0.002)
                        done.set()

                    thread = threading.Thread(target=wait)
                    thread.start()
                    start = time.perf_counter()
                    issue(ledger, [made], make_key("ada", seeds=(bytes(32),)))
                    denied.wait(30)
                    times.append(time.perf_counter() - start)
                    thread.join()
    times.sort()
    return {
        "store": "PostgreSQL" if postgres else "a file",
        "rounds": rounds,
        "median s": round(times[len(times) // 2], 3),
        "p99 s": round(times[min(len(times) - 1, int(len(times) * 0.99))], 3),
    }


def replica(place: tuple[str, str], count: int, moment_us: Any, ready: Any, out: Any) -> None:
    """Decide requests until long after the moment: how many before it, after it, and let pass late."""
    store = open_store(*place)
    action, early, late, leaks = call(VENDOR, "harbour", contract="none"), 0, 0, 0
    with Watch(store, clock=now_us) as watch:
        ready.wait()  # all have read the register
        ready.wait()  # the moment is known
        pause_s = AHEAD_S / count
        while early + late < count or late < count // 2:
            at_us = now_us()
            verdict = watch.register().judge(action, at_us).verdict
            if at_us < moment_us.value:
                early += verdict is Verdict.ALLOW
                time.sleep(pause_s)  # so that many of the requests come before the moment
            else:
                late += 1
                leaks += verdict is not Verdict.DENY
    out.put((early, late, leaks))
    store.close()


def race(location: str) -> dict[str, Any]:
    """Processes of two replicas race with an order that is signed meanwhile."""
    key = make_key(f"ledger.example/race-{time.time_ns()}", seeds=(bytes(32),))
    create_ledger(location, key)
    context = multiprocessing.get_context("spawn")
    workers = REPLICAS * PROCESSES
    ready, out, moment_us = context.Barrier(workers + 1), context.Queue(), context.Value("q", 0)
    shared = ((location, key.name), RACE // workers, moment_us, ready, out)
    jobs = [context.Process(target=replica, args=shared) for _ in range(workers)]
    for job in jobs:
        job.start()
    ready.wait()
    moment_us.value = now_us() + int(AHEAD_S * 1e6)
    since = datetime.fromtimestamp(moment_us.value / 1e6, UTC).isoformat(timespec="microseconds")
    value = order(1, VENDOR, "harbour")
    value["status"] = [{"status": "effective", "basis": "b", "from": since}]
    made = msgspec.convert(value, KINDS["order"])
    ready.wait()
    with open_ledger(location, key) as ledger:
        issue(ledger, [made], make_key("ada", seeds=(bytes(32),)))
    ahead_s = (moment_us.value - now_us()) / 1e6
    found = [out.get() for _ in jobs]
    for job in jobs:
        job.join()
    return {
        "replicas": REPLICAS,
        "processes": workers,
        "signed before its moment s": round(ahead_s, 1),
        "requests before": sum(early for early, _, _ in found),
        "requests after": sum(late for _, late, _ in found),
        "leaks": sum(leaks for _, _, leaks in found),
    }


def main() -> None:
    rounds = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 20_000
    postgres = sys.argv[sys.argv.index("--postgres") + 1] if "--postgres" in sys.argv else ""
    result: dict[str, Any] = {
        "look_up": look_ups(rounds),
        "propagation": propagation(max(10, rounds // 500), postgres),
    }
    if postgres:
        result["race"] = race(postgres)
    concerned = result["look_up"]["one or two concern it"]["look-up us"]
    result["targets"] = {
        f"look-up at most {TARGET_US} us": concerned <= TARGET_US,
        f"signature to denial p99 at most {TARGET_S} s": result["propagation"]["p99 s"] <= TARGET_S,
    }
    if postgres:
        result["targets"]["not one leak"] = result["race"]["leaks"] == 0
    text = json.dumps(result, indent=1)
    if "--json" in sys.argv:
        Path(sys.argv[sys.argv.index("--json") + 1]).write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
