"""Front doors that load a name when it is first asked for: a process pays only for what it uses.

A room's ``__init__`` names its public words as imports for people and type checkers, and hands
`on_demand` the module that each stands in. A test keeps the two lists and ``__all__`` the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def on_demand(room: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The ``__getattr__`` of a room; ``homes`` maps a module of it to the names that it holds."""
    home_of = {name: module for module, names in homes.items() for name in names}

    def load(name: str) -> Any:
        module = home_of.get(name)
        if module is None:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        found = getattr(import_module(f"{room}.{module}"), name)
        setattr(sys.modules[room], name, found)  # the next time it is an attribute like any other
        return found

    return load
