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


class Attributes(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What a door knows of the setting of an action, for orders; what it leaves out is unknown.

    ``nexus`` are the relations that the use has to somebody's contracts (``in_performance``,
    ``government_data``, ``any_commercial``); ``user`` are attributes of the user by their names.
    Say ``none`` where it is known that there is no contract or no such thing.
    """

    contract: str = ""
    system: str = ""
    data_class: str = ""
    region: str = ""
    nexus: tuple[str, ...] = ()
    user: dict[str, str] = {}


_UNSTATED = Attributes()


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
    attributes: Attributes = _UNSTATED

    def digest(self) -> str:
        """The digest that an approval is bound to and a record refers to.

        Raises:
            InputError: when a value has no canonical form.
        """
        value = msgspec.to_builtins(self)
        if self.attributes == _UNSTATED:
            # Left out, so that actions without attributes keep the digest they always had.
            del value["attributes"]
        return digest(value, label="action/v1")
