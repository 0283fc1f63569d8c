"""Sessions: what is known about the ordered actions that belong together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gardefou.constitution.catalogue import Tool
from gardefou.constitution.facts import FactBook
from gardefou.decide.grants import Grant, admit
from gardefou.decide.origins import Memory


class Session:
    """One session: the words it holds, what it was granted, and the book of facts it shares.

    A decision reads it and never changes it; only what happened changes it.
    """

    def __init__(self, facts: FactBook, *, grants: Iterable[Grant] = ()) -> None:
        """Begin a session with the grants of whoever starts the task."""
        self.facts = facts
        self.memory = Memory()
        self.grants: tuple[Grant, ...] = ()
        for grant in grants:
            self.grant(grant)

    def grant(self, grant: Grant) -> None:
        """Add a grant.

        Raises:
            UsageError: ``grant.frozen`` once outsiders' text has entered, ``grant.duplicate``.
        """
        self.grants = admit(self.grants, grant, exposed=self.memory.exposed)

    def user(self, text: str) -> None:
        """Take in what the user said."""
        self.memory.hear("user", text)

    def operator(self, text: str) -> None:
        """Take in what the operator said (the system prompt)."""
        self.memory.hear("operator", text)

    def model(self, text: str) -> None:
        """Take in what the model said; it lends no value any trust."""
        self.memory.hear("model", text)

    def result(self, tool: Tool, arguments: Mapping[str, Any], content: Any) -> None:
        """Take in the result of a call that was executed; linear in its size."""
        self.memory.see(tool, arguments, content)
