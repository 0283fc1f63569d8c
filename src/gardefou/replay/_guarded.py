"""The guard in a replay: catalogues made or given, sessions, judgements with their explanations."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from gardefou.action import Action, Autonomy
from gardefou.constitution import Constitution
from gardefou.constitution.catalogue import Catalogue, Tool, import_tools
from gardefou.constitution.catalogue.suggest import suggest, tool_from_calls
from gardefou.constitution.facts import FactValue, Keys
from gardefou.decide import Decision, Grant, Guard, Labelled, explanation, quoted
from gardefou.decide.origins import LeafOrigin
from gardefou.replay._run import Decider, DeciderFactory, Judgement, Shown
from gardefou.replay._trace import Call, Speaker, Tools, Trace

SOURCES = {
    "user": "the user's words",
    "operator": "the operator's words",
    "model": "the model itself",
    "absent": "nowhere",
}


Record = Callable[[Guard, Labelled, Decision, Mapping[str, FactValue]], None]


def guards(
    constitution: Constitution,
    catalogue: Catalogue | None = None,
    *,
    grants: Iterable[Grant] = (),
    timer: Callable[[], int] = time.perf_counter_ns,
    record: Record | None = None,
) -> DeciderFactory:
    """Make the guards of a replay under one constitution.

    Without a catalogue each set of tools is labelled by proposal, as on the first day with tools
    that nobody has looked at. Every session begins with ``grants``. ``timer`` counts nanoseconds.
    ``record`` is told every decision with the facts that it read.
    """
    held = tuple(grants)

    def make(tools: Tools) -> Decider:
        known = proposed(tools) if catalogue is None else catalogue
        guard = Guard(constitution, known)
        guard.prepare()
        return _Guarded(guard, held, timer, record)

    return make


def proposed(tools: Tools) -> Catalogue:
    """Label tools from their definitions, and from recorded calls where no schema was found.

    Raises:
        LoadError: when a definition cannot be read.
    """
    defined = import_tools(list(tools.definitions)).tools if tools.definitions else {}
    labelled: dict[str, Tool] = {}
    for name, tool in defined.items():
        calls = tools.seen.get(name)
        if calls:
            labelled[name] = tool_from_calls(name, calls, tool.description)
        else:
            labelled[name] = suggest(tool)
    for name, calls in tools.seen.items():
        if name not in labelled:
            labelled[name] = tool_from_calls(name, calls)
    return Catalogue(tools=dict(sorted(labelled.items())))


class _Guarded:
    """One guard that plays one session after another."""

    def __init__(
        self,
        guard: Guard,
        grants: tuple[Grant, ...],
        timer: Callable[[], int],
        record: Record | None,
    ) -> None:
        self._guard = guard
        self._record = record
        self._grants = grants
        self._timer = timer
        self._session = guard.session()
        self._trace: Trace | None = None
        self._last: Labelled | None = None

    @property
    def catalogue_digest(self) -> str:
        return self._guard.catalogue_digest

    def begin(self, trace: Trace, lent: frozenset[str] | None) -> None:
        grants = list(self._grants)
        if lent is not None:
            grants.append(Grant(id="peers", tools=tuple(sorted(lent)), granted_by="template"))
        self._session = self._guard.session(grants=grants)
        self._trace = trace

    def hear(self, speaker: Speaker, text: str) -> None:
        if speaker == "user":
            self._session.user(text)
        elif speaker == "operator":
            self._session.operator(text)
        else:
            self._session.model(text)

    def decide(self, call: Call, now: datetime) -> Judgement:
        action = self._action(call)
        at = micros(now)
        start = self._timer()
        labelled = self._guard.label(action, self._session, at)
        decision = self._guard.decide(labelled, self._session, at)
        taken = self._timer() - start
        self._last = labelled
        told = decision.grounds or self._record is not None
        facts = self._session.facts.read(at, Keys.of(action)) if told else {}
        if self._record is not None:
            self._record(self._guard, labelled, decision, facts)
        explained = explanation(self._guard, labelled, decision, facts)
        return Judgement(
            verdict=decision.verdict,
            sentence=explained.sentence,
            articles=_deciding(decision),
            values=_values(labelled),
            labelled=bool(labelled.tool.effects),
            latency_ns=taken,
        )

    def see(self, call: Call, content: Any, now: datetime) -> None:
        labelled = self._last
        if labelled is None:
            return
        self._guard.executed(labelled, self._session, micros(now))
        if content is not None:
            self._session.result(labelled.tool, call.arguments, content)

    def _action(self, call: Call) -> Action:
        trace = self._trace
        action = Action(
            session=trace.id if trace is not None else "",
            call_id=call.id,
            tool=call.tool,
            arguments=call.arguments,
            purpose=call.purpose,
            case=call.case,
            autonomy=Autonomy(supervised=call.supervised),
        )
        return (
            action if trace is None else msgspec.structs.replace(action, principal=trace.principal)
        )


def micros(at: datetime) -> int:
    """A time in whole microseconds since 1970, UTC."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond


def _deciding(decision: Decision) -> tuple[str, ...]:
    """The articles that decided, or all that speak of the action when it is allowed."""
    named = [ground.article for ground in decision.grounds if ground.article]
    return tuple(dict.fromkeys(named)) if decision.grounds else decision.articles


def _values(labelled: Labelled) -> tuple[Shown, ...]:
    if labelled.ingested is None or labelled.labels is None:
        return tuple(
            Shown(path=name, value=quoted(str(value)))
            for name, value in labelled.action.arguments.items()
        )
    origins = {leaf.path: leaf for leaf in labelled.labels.leaves}
    return tuple(
        Shown(
            path=leaf.path,
            value="(secret)" if leaf.role == "secrets" else leaf.text,
            origin=_origin(origins.get(leaf.path)),
        )
        for leaf in labelled.ingested.leaves
    )


def _origin(leaf: LeafOrigin | None) -> str:
    if leaf is None:
        return ""
    source = f"the result of {leaf.tool}" if leaf.source == "tool" else SOURCES[leaf.source]
    if leaf.outsider:
        source += ", which outsiders can write"
    return leaf.evidence or source
