"""What is known about where a call comes from: frozen values that conditions read."""

from __future__ import annotations

from typing import Literal

import msgspec

Source = Literal["user", "operator", "tool", "model", "absent"]


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the values of one role come from; of several values the least trusted speaks.

    ``named``: the user or operator wrote the value, or a thing it belongs to in a trusted record.
    ``delegated``: the user's words leave the choice of this value to the source it comes from.
    ``outsider``: somebody outside can have written it.  ``trusted``: nobody outside can have.
    """

    source: Source = "absent"
    tool: str = ""
    named: bool = False
    delegated: bool = False
    outsider: bool = False
    trusted: bool = True


class LeafOrigin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The origin of one argument leaf, with the evidence in plain words."""

    path: str
    role: str
    source: Source
    tool: str = ""
    named: bool = False
    delegated: bool = False
    outsider: bool = False
    trusted: bool = True
    evidence: str = ""

    @property
    def is_foreign(self) -> bool:
        """Whether the value is an outsider's and nobody on our side chose it."""
        return self.outsider and not (self.named or self.delegated)


class Intent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose idea the call is.

    ``asked``: the user's or operator's words ask for it.  ``delegated``: they leave it to a source
    that they named.  ``prompted``: a passage of an outsider explains it.  ``exposed``: outsiders'
    prose has entered the session.  ``repeated``: the same thing was done before and asked for once.
    ``foreign``: a value that decides whom or what the call reaches is an outsider's, and nobody on
    our side named it or left it to that source.
    ``pointed``: a text that the user pointed at explains the call or holds those values, and it does
    not speak to the agent: the user can be asked whether that was meant.
    ``confirmed``: the user was asked and agreed.
    ``granted`` and ``outside_grant``: what the task's grants say.
    """

    asked: bool = False
    delegated: bool = False
    prompted: bool = False
    exposed: bool = False
    repeated: bool = False
    foreign: bool = False
    pointed: bool = False
    granted: bool = False
    outside_grant: bool = False
    confirmed: bool = False


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """Everything `Memory.label` finds out about one call."""

    origin: dict[str, Origin]
    leaves: tuple[LeafOrigin, ...]
    intent: Intent
    reasons: tuple[str, ...] = ()


ABSENT = Origin()
