"""Gardefou decides what AI models and agents may do, before they do it.

The front door: everything a program needs to guard its own functions. It is loaded when first
asked for, so that ``import gardefou`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gardefou.action import Action, Principal
    from gardefou.decide import Decision, Grant, Limit
    from gardefou.doors.python import Denied, Door, HoldPending, guard, open_door
    from gardefou.errors import GardefouError
    from gardefou.verdict import Verdict

__version__ = "0.1.0"

__all__ = [
    "Action",
    "Decision",
    "Denied",
    "Door",
    "GardefouError",
    "Grant",
    "HoldPending",
    "Limit",
    "Principal",
    "Verdict",
    "__version__",
    "guard",
    "open_door",
]

_HOMES = {
    "Action": "action",
    "Decision": "decide",
    "Denied": "doors.python",
    "Door": "doors.python",
    "GardefouError": "errors",
    "Grant": "decide",
    "HoldPending": "doors.python",
    "Limit": "decide",
    "Principal": "action",
    "Verdict": "verdict",
    "guard": "doors.python",
    "open_door": "doors.python",
}


def __getattr__(name: str) -> Any:
    """Load a name of the front door from the room where it lives."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"gardefou.{home}"), name)
