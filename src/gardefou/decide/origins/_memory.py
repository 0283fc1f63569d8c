"""The memory of one session: what was said and read, and the labels of the next call."""

from __future__ import annotations

from collections.abc import Sequence

from gardefou.constitution.catalogue import Ingested, Tool
from gardefou.decide.grants import Grant
from gardefou.decide.origins._label import label
from gardefou.decide.origins._model import Labels
from gardefou.decide.origins._store import Store


class Memory(Store):
    """What was said and read in one session; grows with `hear`, `see` and `called`."""

    def label(self, tool: Tool, ingested: Ingested, grants: Sequence[Grant], now_us: int) -> Labels:
        """Say where the arguments of a call come from and whose idea it is; changes nothing."""
        return label(self, tool, ingested, grants, now_us)
