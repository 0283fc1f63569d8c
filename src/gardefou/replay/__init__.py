"""Recorded runs of agents: read, decide, score, report (floor 4)."""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.replay._backtest import (
        Backtest,
        CaseFile,
        Draft,
        Group,
        PastCase,
        Sharing,
        backtest,
        read_ledger,
        write_cases,
    )
    from gardefou.replay._guarded import guards, proposed
    from gardefou.replay._peers import Peers
    from gardefou.replay._progress import progress
    from gardefou.replay._readers import Source, Survey, survey
    from gardefou.replay._replay import Options, replay
    from gardefou.replay._report import LANGUAGES, html
    from gardefou.replay._run import Decider, DeciderFactory, Judgement, Played, Shown, play
    from gardefou.replay._score import Row
    from gardefou.replay._summary import Case, Subject, Summary
    from gardefou.replay._trace import Call, Said, Tools, Trace, Window
    from gardefou.replay._write import write_html, write_json

__all__ = [
    "LANGUAGES",
    "Backtest",
    "Call",
    "Case",
    "CaseFile",
    "Decider",
    "DeciderFactory",
    "Draft",
    "Group",
    "Judgement",
    "Options",
    "PastCase",
    "Peers",
    "Played",
    "Row",
    "Said",
    "Sharing",
    "Shown",
    "Source",
    "Subject",
    "Summary",
    "Survey",
    "Tools",
    "Trace",
    "Window",
    "backtest",
    "guards",
    "html",
    "play",
    "progress",
    "proposed",
    "read_ledger",
    "replay",
    "survey",
    "write_cases",
    "write_html",
    "write_json",
]

__getattr__ = on_demand(
    __name__,
    {
        "_backtest": (
            "Backtest",
            "CaseFile",
            "Draft",
            "Group",
            "PastCase",
            "Sharing",
            "backtest",
            "read_ledger",
            "write_cases",
        ),
        "_guarded": (
            "guards",
            "proposed",
        ),
        "_peers": ("Peers",),
        "_progress": ("progress",),
        "_readers": (
            "Source",
            "Survey",
            "survey",
        ),
        "_replay": (
            "Options",
            "replay",
        ),
        "_report": (
            "LANGUAGES",
            "html",
        ),
        "_run": (
            "Decider",
            "DeciderFactory",
            "Judgement",
            "Played",
            "Shown",
            "play",
        ),
        "_score": ("Row",),
        "_summary": (
            "Case",
            "Subject",
            "Summary",
        ),
        "_trace": (
            "Call",
            "Said",
            "Tools",
            "Trace",
            "Window",
        ),
        "_write": (
            "write_html",
            "write_json",
        ),
    },
)
