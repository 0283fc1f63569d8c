"""Decide many past cases again: decisions a second on one core, on all, and on Dask.

usage: python benchmarks/backtest.py [CASES]

Wall time says what a user waits; processor time, of all processes, what it costs on any machine.
The cases come twice: once none of them touches a fact, once every third reads and writes one.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gardefou.action import Action, Principal
from gardefou.recording import Layer
from gardefou.replay import CaseFile, Draft, PastCase, backtest, write_cases

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
TARGET = 100_000


def cases(count: int, *, looks_up: bool) -> Iterator[PastCase]:
    """Mail that is read, and payments; or look-ups of persons, counted for each user of a day."""
    draw = random.Random(1)
    at_us = 1_780_000_000_000_000
    for number in range(count):
        at_us += draw.randrange(1, 2_000_000)
        principal = Principal(tenant=draw.choice("abc"), user=f"u{number % 97}")
        tool, arguments = "read_mail", {"folder": "inbox", "limit": number % 50 + 1}
        if number % 3 == 0 and looks_up:
            tool, arguments = "register_lookup", {"name": f"Person {draw.randrange(5000)}"}
        elif number % 3 == 0:
            account = {"iban": "DE89370400440532013000", "amount": draw.randrange(1, 5000)}
            tool, arguments = "pay", account
        action = Action(tool=tool, principal=principal, arguments=arguments)
        yield PastCase(at_us=at_us, verdict="allow", happened=True, action=action)


def spent_s() -> float:
    """The processor time of this process and of all that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    layer = EXAMPLES / "ministry.md"
    labels = EXAMPLES / "catalogue.yaml"
    draft = Draft((Layer(str(layer), layer.read_text()),), labels.read_text(), str(labels))
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        for name, looks_up in (
            ("cases.jsonl", False),
            ("lookups.jsonl", True),
            ("lookups.parquet", True),
        ):
            path = Path(folder) / name
            write_cases(cases(count, looks_up=looks_up), path)
            print(f"{name}: {count} cases, {path.stat().st_size / count:.0f} bytes each")
            results = []
            for engine, workers in (("cores", 1), ("cores", cores), ("dask", cores)):
                start, spent = time.perf_counter(), spent_s()
                result = backtest(draft, CaseFile(str(path)), workers=workers, engine=engine)
                rate = count / (time.perf_counter() - start)
                cost_us = (spent_s() - spent) / count * 1e6
                results.append(result)
                print(
                    f"  {engine:6} {workers} worker(s)  {rate:10,.0f} decisions/s"
                    f"  ({rate / TARGET:.2f} of the aim)  {cost_us:5.1f} us of a processor each"
                )
            print(f"  same result on every engine: {len({r.digest() for r in results}) == 1}")


if __name__ == "__main__":
    main()
