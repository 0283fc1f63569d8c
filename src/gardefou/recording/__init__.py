"""Decisions into a ledger, and out of it again to be decided once more (floor 4)."""

from gardefou.recording._recording import ENGINE, Again, Layer, Recorder, Remembered

__all__ = ["ENGINE", "Again", "Layer", "Recorder", "Remembered"]
