"""Decisions into a ledger, and out of it again to be decided once more (floor 4)."""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.recording._again import Again, Remembered, facts_from, label_again
    from gardefou.recording._layer import Layer, layers_of
    from gardefou.recording._recorder import (
        ENGINE,
        Recorder,
        action_part,
        facts_part,
        grounds_of,
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

__getattr__ = on_demand(
    __name__,
    {
        "_again": ("Again", "Remembered", "facts_from", "label_again"),
        "_layer": ("Layer", "layers_of"),
        "_recorder": (
            "ENGINE",
            "Recorder",
            "action_part",
            "facts_part",
            "grounds_of",
            "record_of",
            "subject_of",
            "went_ahead",
        ),
    },
)
