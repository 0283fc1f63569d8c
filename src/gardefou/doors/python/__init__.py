"""The Python door: a decorator, blocks, and adapters for agent frameworks."""

from gardefou.doors.python._door import Door, OnHold, Task
from gardefou.doors.python._open import guard, open_door
from gardefou.doors.python._outcomes import Denied, HoldPending

__all__ = ["Denied", "Door", "HoldPending", "OnHold", "Task", "guard", "open_door"]
