"""What the ledger says about observed and enforced traffic, before somebody enforces more.

1. Only entries are read: verdicts, grounds and names, no word of anybody.
2. What enforcing would have changed is what was observed with ``hold`` or ``deny`` and let through.
3. Tools that nobody labelled come with a proposal, from the definitions that requests offered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from gardefou.doors.gateway._offered import offered_tools
from gardefou.doors.gateway._state import State
from gardefou.ledger import Store, decode_entry

MAX_GROUNDS = 50


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One tool and reason that would have stopped or held something."""

    tool: str
    verdict: str
    ground: str
    count: int


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided for one application of a tenant."""

    tenant: str
    application: str
    decisions: int
    observed: int
    would_stop: int
    would_hold: int
    stopped: int
    held: int
    groups: tuple[Group, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the ledger says, with the proposal for tools that nobody labelled."""

    decisions: int
    traffic: tuple[Traffic, ...]
    unlabelled: tuple[str, ...]
    proposed: str = ""


class _Counts:
    def __init__(self) -> None:
        self.decisions = self.observed = 0
        self.would: Counter[str] = Counter()
        self.did: Counter[str] = Counter()
        self.groups: Counter[tuple[str, str, str]] = Counter()


def make_report(store: Store, state: State, *, tenant: str = "", proposes: bool = True) -> Report:
    """Read the ledger from its beginning; linear in its size, about 5 µs an entry.

    Raises:
        VerificationError: when an entry is none.
        LedgerUnavailable: when ledger or state cannot be read.
    """
    counts: dict[tuple[str, str], _Counts] = {}
    unlabelled: dict[str, None] = {}
    total = 0
    with store.reading() as session:
        head = session.head()
        for seq, _, body in session.rows(head.minimum, head.size):
            entry = decode_entry(body, seq)
            if entry.kind != "decision":
                continue
            data = entry.data
            if tenant and data.get("tenant") != tenant:
                continue
            total += 1
            one = counts.setdefault(
                (data.get("tenant", ""), data.get("application", "")), _Counts()
            )
            grounds = data.get("grounds", ())
            tool = data.get("tool", "") or data.get("action_kind", "")
            _add(
                one, data.get("verdict", ""), tool, grounds, observed=data.get("mode") == "observe"
            )
            if data.get("action_kind") == "tool.call" and "hold unlisted" in grounds:
                unlabelled[data["tool"]] = None
    traffic = [
        _traffic(tenant_, application, one)
        for (tenant_, application), one in sorted(counts.items())
    ]
    names = tuple(sorted(unlabelled))
    proposal = _proposal(offered_tools(state, tenant), names) if proposes and names else ""
    return Report(decisions=total, traffic=tuple(traffic), unlabelled=names, proposed=proposal)


def _add(one: _Counts, verdict: str, tool: str, grounds: Iterable[str], *, observed: bool) -> None:
    one.decisions += 1
    one.observed += observed
    if verdict == "allow":
        return
    (one.would if observed else one.did)[verdict] += 1
    for ground in grounds:
        if ground.startswith(verdict):
            one.groups[(tool, verdict, ground.partition(" ")[2])] += 1


def _traffic(tenant: str, application: str, one: _Counts) -> Traffic:
    return Traffic(
        tenant=tenant,
        application=application,
        decisions=one.decisions,
        observed=one.observed,
        would_stop=one.would["deny"],
        would_hold=one.would["hold"],
        stopped=one.did["deny"],
        held=one.did["hold"],
        groups=tuple(
            Group(tool=tool, verdict=verdict, ground=ground, count=count)
            for (tool, verdict, ground), count in one.groups.most_common(MAX_GROUNDS)
        ),
    )


def _proposal(definitions: Iterable[bytes], names: Iterable[str]) -> str:
    """A catalogue for the tools that nobody labelled, as far as they were offered."""
    from gardefou.constitution.catalogue import Catalogue, dump_catalogue, import_tools  # noqa: PLC0415 - the lexicon is large
    from gardefou.constitution.catalogue.suggest import suggest_all  # noqa: PLC0415 - as above
    from gardefou.errors import GardefouError  # noqa: PLC0415 - as above

    found = {}
    wanted = set(names)
    for definition in definitions:
        try:
            found.update(import_tools([msgspec.json.decode(definition)]).tools)
        except (GardefouError, msgspec.DecodeError):
            continue  # what cannot be read cannot be labelled either
    tools = {name: tool for name, tool in found.items() if name in wanted}
    return dump_catalogue(suggest_all(Catalogue(tools=tools))) if tools else ""
