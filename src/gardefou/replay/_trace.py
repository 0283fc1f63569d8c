"""Recorded runs in one shape, whatever file they came from.

A trace is one session: what was said, what was called and what came back, in order.
Its label says how it is counted:

1. ``attack``: the harm happened in the recording, so a guard could have stopped it.
   The `Window` says from which call to which call.
2. ``honest``: nobody attacked; every stopped call disturbs somebody.
3. ``inert``: an attack was set up and its harm never happened, so there is nothing to stop.
   Its calls are decided and reported apart; they count neither as attacks nor as honest work.
4. ``unclear``: the recording does not say enough to count it; decided and listed with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from gardefou.action import Principal, digest

Label = Literal["attack", "honest", "inert", "unclear"]
Speaker = Literal["operator", "user", "model"]
Kind = Literal["injection", "prompt", "misuse", "rule", ""]
"""How an attack enters: in a tool's result (``injection``), in the user's own prompt (``prompt``),
as a run judged harmful by its outcome (``misuse``), or as a breach of a rule that only the
benchmark states (``rule``)."""


class Said(msgspec.Struct, frozen=True):
    """Words that entered the session, and whose they are."""

    speaker: Speaker
    text: str


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One tool call, what came back, and what the recording says about it.

    ``result`` is what the model saw: a JSON value, or the text of the error.
    ``injected`` says that the result carries an attacker's text.
    """

    tool: str
    arguments: dict[str, Any]
    id: str = ""
    result: Any = None
    injected: bool = False
    harm: bool = False
    expected: Literal["", "allow", "hold", "deny", "not_deny"] = ""
    supervised: bool = False
    case: str = ""
    purpose: str = ""


class Window(msgspec.Struct, frozen=True):
    """The calls at which an attack can be stopped, ``first`` to ``last``, counted from 0."""

    first: int
    last: int


class Tools(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the tools of a run.

    ``definitions`` are tool definitions as found, in any dialect that a catalogue imports.
    ``seen`` holds recorded arguments of the tools for which no schema was found.
    ``key`` is the same for the same tools.
    """

    definitions: tuple[dict[str, Any], ...] = ()
    seen: dict[str, tuple[dict[str, Any], ...]] = {}
    key: str = ""

    @classmethod
    def of(
        cls,
        definitions: tuple[dict[str, Any], ...],
        seen: dict[str, tuple[dict[str, Any], ...]],
    ) -> Tools:
        """Put definitions and seen calls together and name them by their digest.

        Raises:
            InputError: when a definition has no canonical form.
        """
        value = [list(definitions), {name: list(calls) for name, calls in sorted(seen.items())}]
        return cls(definitions=definitions, seen=seen, key=digest(value, label="tools/v1"))


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded session.

    ``set`` is the suite, ``template`` the name of the attack, ``task`` what the user wanted (equal
    for runs of the same task, empty when the data does not tell).
    ``reason`` explains the labels ``inert`` and ``unclear``; ``weak`` says that the label judges
    the whole run by its outcome. ``peer`` says that the run may lend its tools to a grant for
    other runs of the task, ``achieved`` that it is known to have reached its aim, ``own`` that it
    was written in our own format, whose expected verdicts are checked.
    """

    id: str
    set: str
    label: Label
    events: tuple[Said | Call, ...]
    template: str | None = None
    kind: Kind = ""
    reason: str = ""
    weak: bool = False
    exposed: bool = True
    window: Window | None = None
    task: str = ""
    peer: bool = False
    achieved: bool = False
    own: bool = False
    language: str = "en"
    constitution: str = ""
    principal: Principal = Principal()
    tools: Tools = Tools()

    def calls(self) -> Iterator[Call]:
        """The tool calls, in order."""
        return (event for event in self.events if isinstance(event, Call))

    def words(self) -> Iterator[Said]:
        """What the user and the operator said, in order."""
        return (e for e in self.events if isinstance(e, Said) and e.speaker != "model")
