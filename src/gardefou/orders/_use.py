"""Whose technology an action uses: developer, channel and model, or nobody knows.

1. Actions of models use somebody's technology; calls and results of tools do when the door says so.
2. The vendor that a door states and the one that the model's name shows both count.
3. A name that cannot be read, or that several developers may have, is opaque: no developer is
   ruled out. A stated vendor settles a name that says nothing, and one that its own channel serves.
"""

from __future__ import annotations

from typing import NamedTuple

from gardefou.action import Action
from gardefou.vendors import resolve


class Use(NamedTuple):
    """Whose technology it is.

    ``developers`` are those that are known to be behind it; when it ``is_opaque`` there may be
    others. ``model`` is empty when opaque: a name that hides its maker proves nothing.
    """

    developers: frozenset[str] = frozenset()
    channel: str = ""
    model: str = ""
    is_opaque: bool = False


NO_USE = Use()


def use_of(vendor: str, channel: str, model: str, *, is_model: bool) -> Use:
    """Whose technology somebody uses who states this; `NO_USE` when nothing says that any is used."""
    if not (is_model or vendor or channel or model):
        return NO_USE
    found = resolve(model, channel=channel)
    developers = frozenset(name for name in (vendor, found.developer) if name)
    is_own = found.channel == vendor and set(found.candidates) <= {vendor}
    is_opaque = not developers or (found.state == "opaque" and not is_own)
    return Use(
        developers=developers,
        channel=found.channel,
        model="" if is_opaque else found.model,
        is_opaque=is_opaque,
    )


def is_of_model(action: Action) -> bool:
    """Whether the action is a request to a model or its answer."""
    return action.kind.startswith("model.")
