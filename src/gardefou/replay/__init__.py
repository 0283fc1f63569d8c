"""Recorded runs of agents: read, decide, score, report (floor 4)."""

from gardefou.replay._peers import Peers
from gardefou.replay._readers import Source, Survey, survey
from gardefou.replay._replay import Options, replay
from gardefou.replay._run import Decider, DeciderFactory, Judgement, Played, Shown, play
from gardefou.replay._summary import Case, Subject, Summary
from gardefou.replay._trace import Call, Said, Tools, Trace, Window

__all__ = [
    "Call",
    "Case",
    "Decider",
    "DeciderFactory",
    "Judgement",
    "Options",
    "Peers",
    "Played",
    "Said",
    "Shown",
    "Source",
    "Subject",
    "Summary",
    "Survey",
    "Tools",
    "Trace",
    "Window",
    "play",
    "replay",
    "survey",
]
