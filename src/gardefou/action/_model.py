"""Actions: one thing an AI is about to do or say, in canonical form."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gardefou.action._canonical import digest

Kind = Literal["model.request", "model.response", "tool.call", "tool.result"]

KINDS: tuple[Kind, ...] = ("model.request", "model.response", "tool.call", "tool.result")


class Principal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The chain on whose behalf an action happens; nobody in it may vote on the action."""

    tenant: str = "default"
    application: str = ""
    agent: str = ""
    user: str = ""
    on_behalf_of: tuple[str, ...] = ()


class Autonomy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How closely a person follows the action; stated by the door, never by the model."""

    supervised: bool = False
    supervisor: str = ""


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One action before it has happened.

    ``tool`` and ``arguments`` belong to ``tool.call`` and ``tool.result``, ``content`` to results,
    requests and responses. ``arguments`` is a JSON object as it will be sent.
    """

    kind: Kind = "tool.call"
    principal: Principal = Principal()
    session: str = ""
    call_id: str = ""
    vendor: str = ""
    model: str = ""
    channel: str = ""
    tool: str = ""
    arguments: dict[str, Any] = {}  # msgspec copies the default for each instance
    content: Any = None
    purpose: str = ""
    case: str = ""
    autonomy: Autonomy = Autonomy()

    def digest(self) -> str:
        """The digest that an approval is bound to and a record refers to.

        Raises:
            InputError: when a value has no canonical form.
        """
        return digest(msgspec.to_builtins(self), label="action/v1")
