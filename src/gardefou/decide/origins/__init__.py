"""Where the values of a call come from, and whose idea the call is."""

from gardefou.decide.origins._cues import addresses_agent
from gardefou.decide.origins._memory import Memory
from gardefou.decide.origins._model import Intent, Labels, LeafOrigin, Origin

__all__ = ["Intent", "Labels", "LeafOrigin", "Memory", "Origin", "addresses_agent"]
