"""Who decides which case, so that no worker needs another one's facts.

1. Cases that touch a common key belong together, and so do those that belong with one of them.
   All of them go to one worker; cases that touch no fact go to whoever has less to do.
2. A table of facts that may overflow mixes what it remembers of all its keys: where more keys of
   one scope and tenant are written than a table holds, all that touch the scope belong together.
3. What belongs together and is far more than a worker's share is *kept by all*: every worker
   remembers it, and each decides every n-th of it.
"""

from __future__ import annotations

import heapq
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from gardefou.constitution.facts import MAX_KEYS, Scope
from gardefou.replay._backtest._reach import Group, Key

# What a worker does with a case.
PASS, DECIDE, REMEMBER = 0, 1, 2

_ANYBODY, _EVERYBODY = -1, -2
_TURNS = 64


class Scan(msgspec.Struct, frozen=True):
    """One part of the cases: the number of each one's group, and the groups; 0 touches no fact."""

    numbers: array[int]
    groups: tuple[Group, ...]


class Plan(msgspec.Struct, frozen=True):
    """Who decides which case.

    ``owners`` has, for each part and each group of it, a worker, anybody or everybody. ``turns`` is
    who takes the cases of anybody, by their number. ``kept`` counts the cases kept by all.
    """

    workers: int
    numbers: tuple[array[int], ...]
    owners: tuple[array[int], ...]
    turns: tuple[int, ...]
    kept: int

    def tasks(self, worker: int) -> Iterator[int]:
        """What one worker does with each case, in order."""
        place = 0
        turns, workers = self.turns, self.workers
        for numbers, owners in zip(self.numbers, self.owners, strict=True):
            for number in numbers:
                owner = owners[number]
                if owner == worker:
                    yield DECIDE
                elif owner == _ANYBODY:
                    yield DECIDE if turns[place % _TURNS] == worker else PASS
                elif owner == _EVERYBODY:
                    yield DECIDE if place % workers == worker else REMEMBER
                else:
                    yield PASS
                place += 1


def plan_of(scans: Sequence[Scan], workers: int) -> Plan:
    """Share the cases out; linear in the number of groups."""
    together = _Together()
    written: dict[tuple[str, Scope], set[Key]] = defaultdict(set)
    for scan in scans:
        for group in scan.groups:
            together.join(group.nodes)
            for node in group.nodes:
                if node.scope in group.written:
                    written[node.tenant, node.scope].add(node)
    crowded = {table for table, nodes in written.items() if len(nodes) > MAX_KEYS}
    for table in crowded:
        together.join([node for node in together.above if (node.tenant, node.scope) == table])

    sizes: Counter[Key] = Counter()
    total = 0
    for scan in scans:
        total += len(scan.numbers)
        for number, count in Counter(scan.numbers).items():
            if number:
                sizes[together.top(scan.groups[number - 1].nodes[0])] += count
    owner: dict[Key, int] = {}
    loads = [(0, worker) for worker in range(workers)]
    kept = 0
    for node, size in sizes.most_common():
        if size * (workers + 1) > 2 * total:
            owner[node] = _EVERYBODY
            kept += size
            continue
        load, worker = heapq.heappop(loads)
        owner[node] = worker
        heapq.heappush(loads, (load + size, worker))

    def of(group: Group) -> int:
        found = owner[together.top(group.nodes[0])]
        # Every worker remembers what was written, so any of them can decide what only reads.
        return _ANYBODY if found == _EVERYBODY and not group.written else found

    return Plan(
        workers=workers,
        numbers=tuple(scan.numbers for scan in scans),
        owners=tuple(array("l", [_ANYBODY, *map(of, scan.groups)]) for scan in scans),
        turns=_turns(loads, total - kept),
        kept=kept,
    )


def _turns(loads: Sequence[tuple[int, int]], total: int) -> tuple[int, ...]:
    """A short round of workers that fills up whoever has less than a fair share of ``total``."""
    fair = total / len(loads)
    wanted = {worker: max(fair - load, 0.0) for load, worker in loads}
    step = sum(wanted.values()) / _TURNS or 1.0
    given = dict.fromkeys(sorted(wanted), 0.0)
    turns = []
    for _ in range(_TURNS):
        worker = max(given, key=lambda w: (wanted[w] - given[w], -w))
        given[worker] += step
        turns.append(worker)
    return tuple(turns)


class _Together:
    """Sets of keys that belong together (union-find with path halving)."""

    def __init__(self) -> None:
        self.above: dict[Key, Key] = {}

    def top(self, node: Key) -> Key:
        above = self.above
        while (higher := above[node]) is not node:
            above[node] = above[higher]
            node = above[node]
        return node

    def join(self, nodes: Sequence[Key]) -> None:
        first: Key | None = None
        for node in nodes:
            self.above.setdefault(node, node)
            top = self.top(node)
            if first is None:
                first = top
            elif top is not first:
                self.above[top] = first
