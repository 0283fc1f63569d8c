"""Files and guards for replay tests: invented runs in the shape of each benchmark."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from replay_samples import Write

from gardefou.replay import Call, Judgement, Options, Shown, Subject, Tools, Trace
from gardefou.verdict import Verdict


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write records as JSON lines, compressed or not, under a name."""

    def make(name: str, *records: Any, compressed: bool = False) -> Path:
        text = "".join(json.dumps(record) + "\n" for record in records).encode()
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text) if compressed else text)
        return path

    return make


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


@pytest.fixture
def options() -> Options:
    subject = Subject(
        engine="gardefou 0",
        constitution="Constitution of the Harbour Office",
        constitution_digest="sha256:constitution",
        catalogue="auto",
    )
    return Options(subject=subject)
