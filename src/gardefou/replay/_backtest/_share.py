"""One worker's share of a backtest.

1. Every worker reads all cases in order and keeps all facts; it decides every n-th case. So facts
   that reach across sessions are exact, and the result does not depend on the number of workers.
2. Facts follow what happened then, not what the draft would have let happen.
3. What cannot be decided under the draft's types is decided by the guard as always: it tightens.
"""

from __future__ import annotations

import msgspec

from gardefou.constitution import load_layers, standard
from gardefou.constitution.catalogue import Catalogue, load_catalogue
from gardefou.decide import Decision, Guard, Session
from gardefou.recording import grounds_of
from gardefou.replay._backtest._cases import CaseFile, Outline, PastCase, bad_case
from gardefou.replay._backtest._result import Draft, Tally
from gardefou.verdict import Verdict

_VERDICTS = {verdict.word: verdict for verdict in Verdict}


def guard_of(draft: Draft) -> Guard:
    """The guard under a draft.

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


def share(draft: Draft, source: CaseFile, worker: int, workers: int) -> Tally:
    """Decide every ``workers``-th case, beginning with ``worker``.

    Raises:
        LoadError: when the draft does not load.
        FileError: when the cases cannot be read.
        InputError: ``backtest.case`` naming the line that is no case.
    """
    guard = guard_of(draft)
    sessions: dict[str, Session] = {}
    tally = Tally()
    remembering = {fact.name for fact in guard.constitution.facts} and _Remembering(guard)
    outline = msgspec.json.Decoder(Outline)
    whole = msgspec.json.Decoder(PastCase)
    for number, line in enumerate(source.lines()):
        mine = number % workers == worker
        try:
            if not mine and not (remembering and remembering.concerns(outline.decode(line))):
                continue
            case = whole.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise bad_case(number, str(error)) from None
        tenant = case.action.principal.tenant
        session = sessions.get(tenant)
        if session is None:
            session = sessions[tenant] = guard.session()
        labelled = guard.recall(case.action, case.origin, case.intent)
        if mine:
            _compare(tally, number, case, guard.decide(labelled, session, case.at_us))
        if case.happened and remembering and remembering.concerns(case):
            guard.remember(labelled, session.facts, case.at_us)
    return tally


class _Remembering:
    """Which cases can change a fact: those of tools that a fact's selectors can mean."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._known: dict[tuple[str, str], bool] = {}

    def concerns(self, case: Outline | PastCase) -> bool:
        key = (case.action.kind, case.action.tool)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._can_matter(*key)
        return found

    def _can_matter(self, kind: str, name: str) -> bool:
        tool = self._guard.catalogue.tools.get(name)
        effects = frozenset(tool.effects if tool is not None else ())
        # What a command or a program does is only known once it has been read.
        refinable = tool is not None and bool(effects)
        for fact in self._guard.constitution.facts:
            selectors = (*fact.on, *(fact.reset.on if fact.reset is not None else ()))
            for selector in selectors:
                if selector.matches(kind=kind, tool=name, vendor="", effects=effects):
                    return True
                if refinable and selector.by == "effect":
                    return True
                if selector.by == "vendor":
                    return True
        return False


def _compare(tally: Tally, number: int, case: PastCase, decision: Decision) -> None:
    tally.decisions += 1
    before = _VERDICTS.get(case.verdict)
    if before is None:
        raise bad_case(number, f"`{case.verdict[:40]}` is no verdict")
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
