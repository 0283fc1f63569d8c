"""The real guard behind a replay: one for each set of tools, one session for each run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from gardefou.action import Action, Autonomy
from gardefou.constitution import Constitution
from gardefou.constitution.catalogue import Catalogue, import_tools
from gardefou.decide import Decision, Explanation, Grant, Guard, Labelled, Session, explanation
from gardefou.replay._run import Judgement, Shown
from gardefou.replay._trace import Call, Speaker, Tools, Trace
from gardefou.verdict import Verdict

_SHOWN = 160
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Recorder = Callable[[Trace, Labelled, Decision, Session], None]
"""Told every decision before its result is seen, so that it can be recorded."""


class GuardDecider:
    """A `Decider` that asks the guard."""

    def __init__(
        self,
        constitution: Constitution,
        catalogue: Catalogue,
        *,
        grants: Mapping[str, tuple[Grant, ...]] | None = None,
        record: Recorder | None = None,
    ) -> None:
        """Stand behind one catalogue; ``grants`` are those of a file, by trace."""
        self._guard = Guard(constitution, catalogue)
        self._grants = grants or {}
        self._record = record
        self._trace: Trace | None = None
        self._session = self._guard.session()
        self._labelled: Labelled | None = None

    @property
    def catalogue_digest(self) -> str:
        """The digest of the catalogue in use."""
        return self._guard.catalogue_digest

    def begin(self, trace: Trace, lent: frozenset[str] | None, now: datetime) -> None:
        """Start a session with facts of its own; ``lent`` becomes a grant of these tools."""
        del now  # a replayed session begins with its first words
        grants = list(self._grants.get(trace.id, ()))
        if lent is not None:
            grants.append(Grant(id="peers", tools=tuple(sorted(lent)), granted_by="template"))
        self._trace = trace
        self._session = self._guard.session(grants=grants)

    def hear(self, speaker: Speaker, text: str) -> None:
        """Take in words, in order."""
        self._session.memory.hear(speaker, text)

    def decide(self, call: Call, now: datetime) -> Judgement:
        """Decide one call and explain it when it is held or denied."""
        trace = self._trace
        action = Action(
            tool=call.tool,
            arguments=call.arguments,
            session=trace.id if trace is not None else "",
            call_id=call.id,
            case=call.case,
            purpose=call.purpose,
            autonomy=Autonomy(supervised=call.supervised),
            **({"principal": trace.principal} if trace is not None else {}),
        )
        at_us = _microseconds(now)
        begun = time.perf_counter_ns()
        labelled = self._guard.label(action, self._session, at_us)
        decision = self._guard.decide(labelled, self._session, at_us)
        spent = time.perf_counter_ns() - begun
        if self._record is not None and trace is not None:
            self._record(trace, labelled, decision, self._session)
        self._labelled = labelled
        told = self._explain(labelled, decision)
        return Judgement(
            verdict=decision.verdict,
            sentence=told.sentence,
            articles=decision.articles,
            values=_values(labelled) if decision.verdict is not Verdict.ALLOW else (),
            labelled=bool(labelled.tool.effects),
            latency_ns=spent,
        )

    def see(self, call: Call, content: Any, now: datetime) -> None:
        """Take in that the call was executed and what came back."""
        if self._labelled is None:
            return
        self._guard.executed(self._labelled, self._session, _microseconds(now))
        self._session.result(self._labelled.tool, call.arguments, content)

    def _explain(self, labelled: Labelled, decision: Decision) -> Explanation:
        if decision.verdict is Verdict.ALLOW:
            return Explanation(sentence="")
        return explanation(self._guard, labelled, decision)


def guard_factory(
    constitution: Constitution,
    catalogue: Catalogue | None = None,
    *,
    grants: Mapping[str, tuple[Grant, ...]] | None = None,
    record: Recorder | None = None,
) -> Callable[[Tools], GuardDecider]:
    """Make the guards of a replay: on a given catalogue, or on labels proposed for each run's tools."""

    def make(tools: Tools) -> GuardDecider:
        known = proposed(tools) if catalogue is None else catalogue
        return GuardDecider(constitution, known, grants=grants, record=record)

    return make


def proposed(tools: Tools) -> Catalogue:
    """The labels that are proposed for tools known from definitions or only from their calls.

    Raises:
        InputError: when a definition cannot be imported.
    """
    # The lexicon is large: a guard with a labelled catalogue never loads it.
    from gardefou.constitution.catalogue.suggest import (  # noqa: PLC0415 - see above
        suggest_all,
        tool_from_calls,
    )

    imported = import_tools(list(tools.definitions)) if tools.definitions else Catalogue()
    catalogue = suggest_all(imported)
    described = {tool.name: tool.description for tool in imported.tools.values()}
    seen = {
        name: tool_from_calls(name, calls, described.get(name, ""))
        for name, calls in tools.seen.items()
    }
    return msgspec.structs.replace(catalogue, tools={**catalogue.tools, **seen})


def _microseconds(now: datetime) -> int:
    return (now - _EPOCH) // datetime.resolution


def _values(labelled: Labelled) -> tuple[Shown, ...]:
    leaves = {leaf.path: leaf.text for leaf in labelled.ingested.leaves} if labelled.ingested else {}
    secret = {leaf.path for leaf in labelled.ingested.leaves if leaf.role == "secrets"} if labelled.ingested else set()
    labels = labelled.labels.leaves if labelled.labels is not None else ()
    return tuple(
        Shown(
            path=leaf.path,
            value="(a secret)" if leaf.path in secret else leaves.get(leaf.path, "")[:_SHOWN],
            origin=leaf.evidence,
        )
        for leaf in labels
    )
