"""A simulated vendor: three wires, a script or a recording, and it says that it is one (floor 7)."""

from gardefou.doors.simulate._load import load_script
from gardefou.doors.simulate._reply import MARK
from gardefou.doors.simulate._script import (
    ECHO,
    Answer,
    Called,
    Failure,
    Fault,
    FaultKind,
    Recording,
    Script,
    Tokens,
    When,
)
from gardefou.doors.simulate._simulated import START, Simulated, Visit

__all__ = [
    "ECHO",
    "MARK",
    "START",
    "Answer",
    "Called",
    "Failure",
    "Fault",
    "FaultKind",
    "Recording",
    "Script",
    "Simulated",
    "Tokens",
    "Visit",
    "When",
    "load_script",
]
