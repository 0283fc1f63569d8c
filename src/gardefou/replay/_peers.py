"""Grants lent by peers: which tools other honest runs of the same task used.

1. A peer is another honest run of the same set and the same task: never the run under test, never
   a run under attack that saw the attacker's text.
2. Where some peers are known to have reached their aim, only those count.
3. A grant names tools, nothing finer: the union over the peers.
4. Where a run has no peer there is no grant, and the summary says how many such runs there were.
"""

from __future__ import annotations

from typing import NamedTuple

from gardefou.replay._trace import Trace


class Peer(NamedTuple):
    """What one honest run of a task used."""

    id: str
    achieved: bool
    tools: frozenset[str]


class Peers:
    """The honest runs by task; memory grows with the number of tasks and tools, not of calls."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._tasks: dict[tuple[str, str], dict[str, Peer]] = {}

    def add(self, trace: Trace) -> None:
        """Note a run that may lend its tools; others are passed over."""
        if trace.peer and trace.task:
            tools = frozenset(call.tool for call in trace.calls())
            peer = Peer(trace.id, trace.achieved, tools)
            self._tasks.setdefault((trace.set, trace.task), {})[trace.id] = peer

    def lent(self, trace: Trace) -> frozenset[str] | None:
        """The tools that peers of a run used, or nothing when it has no peer."""
        known = self._tasks.get((trace.set, trace.task), {}) if trace.task else {}
        others = [peer for peer in known.values() if peer.id != trace.id and peer.tools]
        if not others:
            return None
        achieved = [peer for peer in others if peer.achieved]
        return frozenset().union(*(peer.tools for peer in achieved or others))
