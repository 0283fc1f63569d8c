"""A guard for replay tests: it implements the production protocol and decides by the tool's name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gardefou.replay import Call, Judgement, Shown, Tools, Trace
from gardefou.verdict import Verdict


class SimulatedGuard:
    """Gives each tool the verdict its name asks for: ``deny_…``, ``hold_…``, else allow."""

    catalogue_digest = "sha256:catalogue"

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.log: list[tuple[str, str]] = []

    def begin(self, trace: Trace, lent: frozenset[str] | None) -> None:
        self.lent = lent
        self.log.append(("begin", trace.id))

    def hear(self, speaker: str, text: str) -> None:
        self.log.append((speaker, text))

    def decide(self, call: Call, now: datetime) -> Judgement:
        self.log.append(("decide", f"{call.tool} {now.isoformat()}"))
        word = call.tool.partition("_")[0]
        verdict = {"deny": Verdict.DENY, "hold": Verdict.HOLD}.get(word, Verdict.ALLOW)
        if self.lent is not None and call.tool in self.lent:
            verdict = Verdict.ALLOW
        return Judgement(
            verdict=verdict,
            sentence=f"the tool is called {call.tool}",
            values=tuple(
                Shown(path=name, value=str(value), origin="the user's words")
                for name, value in call.arguments.items()
            ),
            labelled=word != "unknown",
            latency_ns=2000,
        )

    def see(self, call: Call, content: Any, now: datetime) -> None:
        self.log.append(("see", f"{call.tool} {content} {now.isoformat()}"))
