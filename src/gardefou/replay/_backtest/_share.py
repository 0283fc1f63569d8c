"""One worker's share of a backtest.

1. A worker remembers all facts that its decisions depend on, in order: those of the whole file
   when it is alone, else those of the keys that it was given and those that all keep (`_plan`).
   So the result does not depend on the number of workers.
2. Facts follow what happened then, not what the draft would have let happen.
3. What cannot be decided under the draft's types is decided by the guard as always: it tightens.
4. A worker stops at the first line that is no case; of several workers' the first is named.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from functools import lru_cache
from itertools import compress, count, repeat

import msgspec

from gardefou.constitution import load_layers, standard
from gardefou.constitution.catalogue import Catalogue, load_catalogue
from gardefou.decide import Decision, Guard, Session
from gardefou.recording import grounds_of
from gardefou.replay._backtest._cases import PastCase
from gardefou.replay._backtest._plan import DECIDE, Plan, Scan
from gardefou.replay._backtest._reach import Group, Outline, Reach
from gardefou.replay._backtest._result import Draft, Tally
from gardefou.replay._backtest._source import CaseFile
from gardefou.verdict import Verdict

_VERDICTS = {verdict.word: verdict for verdict in Verdict}
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError)


@lru_cache(maxsize=1)
def guard_of(draft: Draft) -> Guard:
    """The guard under a draft; a process that does several shares loads it once.

    Raises:
        LoadError: with every mistake of its documents.
    """
    known = Catalogue(tools={})
    if draft.catalogue:
        known = load_catalogue(draft.catalogue, file=draft.catalogue_file)
    if not draft.layers:
        return Guard(standard(catalogue=known), known)
    law = load_layers(
        [layer.text for layer in draft.layers],
        files=[layer.file for layer in draft.layers],
        catalogue=known,
    )
    return Guard(law, known)


def scan(draft: Draft, source: CaseFile, parts: int, part: int) -> Scan:
    """Read which facts the cases of one part touch; a line that is no case touches none.

    Raises:
        FileError: when the cases cannot be read.
    """
    reach = Reach(guard_of(draft))
    decode = msgspec.json.Decoder(Outline).decode
    numbers = array("L")
    groups: dict[Group | None, int] = {None: 0}
    for line in source.lines(part, parts):
        try:
            group = reach.group(decode(line))
        except _UNREADABLE:
            group = None
        numbers.append(groups.setdefault(group, len(groups)))
    return Scan(numbers, tuple(group for group in groups if group is not None))


def share_of_part(draft: Draft, source: CaseFile, parts: int, part: int) -> Tally:
    """Decide one part; exact for the whole file, or where no fact can change a decision.

    Raises:
        FileError: when the cases cannot be read.
    """
    return _decide(guard_of(draft), zip(count(), source.lines(part, parts), repeat(DECIDE)))


def share_of_plan(draft: Draft, source: CaseFile, plan: Plan, worker: int) -> Tally:
    """Decide the cases that a plan gives one worker.

    Raises:
        FileError: when the cases cannot be read.
    """
    tasks = bytes(plan.tasks(worker))
    return _decide(guard_of(draft), compress(zip(count(), source.lines(), tasks), tasks))


def _decide(guard: Guard, cases: Iterable[tuple[int, bytes | memoryview, int]]) -> Tally:
    reach = Reach(guard)
    sessions: dict[str, Session] = {}
    tally = Tally()
    decode = msgspec.json.Decoder(PastCase).decode
    for number, line, task in cases:
        try:
            case = decode(line)
        except _UNREADABLE as error:
            tally.bad = (number, str(error))
            break
        action = case.action
        tenant = action.principal.tenant
        session = sessions.get(tenant)
        if session is None:
            session = sessions[tenant] = guard.session()
        labelled = guard.recall(action, case.origin, case.intent)
        if task == DECIDE:
            before = _VERDICTS.get(case.verdict)
            if before is None:
                tally.bad = (number, f"`{case.verdict[:40]}` is no verdict")
                break
            _compare(tally, number, case, before, guard.decide(labelled, session, case.at_us))
        if case.happened and reach.touch(action.kind, action.tool, action.vendor).written:
            guard.remember(labelled, session.facts, case.at_us)
    return tally


def _compare(
    tally: Tally, number: int, case: PastCase, before: Verdict, decision: Decision
) -> None:
    tally.decisions += 1
    after = decision.verdict
    if after is before:
        tally.same += 1
        return
    key = (
        case.action.tool,
        case.action.kind,
        before.word,
        after.word,
        case.grounds,
        grounds_of(decision),
    )
    tally.add(key, number, looser=after < before)
