"""Sessions: what is known about the ordered actions that belong together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gardefou.constitution.catalogue import Tool
from gardefou.constitution.facts import FactBook
from gardefou.decide._labelled import Labelled
from gardefou.decide.grants import Grant, admit, consent, use_of
from gardefou.decide.origins import Memory
from gardefou.errors import UsageError


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

    def consent(self, labelled: Labelled) -> Grant:
        """Note that the user, asked about this very call, agreed; it covers the call once.

        Raises:
            UsageError: ``grant.not_delegated`` when the call does not come from a text that the
                user pointed at: then only a supervisor can release it.
        """
        ingested, labels = labelled.ingested, labelled.labels
        if ingested is None or labels is None or not labels.intent.pointed:
            raise UsageError(
                "the user did not point at the text that asks for this",
                code="grant.not_delegated",
                help="a supervisor decides on it; the user's consent does not count here",
            )
        use = use_of(labelled.tool, ingested)
        given = consent(use, self.memory.uses, len(self.grants) + 1)
        self.grants = (*self.grants, given)
        return given

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
