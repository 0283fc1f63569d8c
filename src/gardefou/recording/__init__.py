"""Decisions into a ledger, and out of it again to be decided once more (floor 4)."""

from gardefou.recording._again import Again, Remembered, facts_from, label_again
from gardefou.recording._recorder import (
    ENGINE,
    Layer,
    Recorder,
    action_part,
    facts_part,
    grounds_of,
    layers_of,
    record_of,
    subject_of,
    went_ahead,
)

__all__ = [
    "ENGINE",
    "Again",
    "Layer",
    "Recorder",
    "Remembered",
    "action_part",
    "facts_from",
    "facts_part",
    "grounds_of",
    "label_again",
    "layers_of",
    "record_of",
    "subject_of",
    "went_ahead",
]
