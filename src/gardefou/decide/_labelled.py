"""Labelled actions: an action with its typed arguments and where their values came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gardefou.action import Action
from gardefou.constitution.catalogue import Ingested, Tool
from gardefou.decide.origins import Labels
from gardefou.errors import InputError


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """What `decide` looks at: one action, ready to be judged.

    ``env`` holds the roots of the condition language as they stand at run time.
    ``refusal`` is set when the arguments have no typed form: then no rule sees them, and the
    action is at least held. ``stop`` is the id of the stop-work that stands for its principal.
    ``tool`` has the effects of this call; ``shown`` says which of them the
    content of the call shows, and in which words.
    """

    action: Action
    tool: Tool
    env: dict[str, Any]
    shown: Mapping[str, str] = {}
    ingested: Ingested | None = None
    labels: Labels | None = None
    refusal: InputError | None = None
    stop: str = ""

    @property
    def effects(self) -> tuple[str, ...]:
        """The effects of this call."""
        return self.tool.effects
