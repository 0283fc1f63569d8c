"""Catalogues: what the tools are, what they can do, and what their arguments mean."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gardefou.action import digest
from gardefou.constitution.catalogue._effects import DomainType

LabelledBy = Literal["person", "hints", "suggest", "nobody"]
Writer = Literal["organisation", "user", "outsider", "mixed"]


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """What one argument means. ``path`` is its name, dotted inside objects, ``[]`` for list items."""

    role: str = "other"
    type: DomainType = "json"
    currency: str = ""
    required: bool = False


class ResultField(msgspec.Struct, frozen=True, kw_only=True):
    """Who can write a field of a tool's result (``path`` as in `Parameter`; ``""`` is the whole)."""

    path: str = ""
    writer: Writer = "mixed"


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """One tool: its schema as the model sees it, its effects, its arguments' roles, its results.

    ``effects`` is empty while nobody has labelled the tool: then ``unlisted`` decides.
    ``hints`` are claims of the tool's author (MCP ``readOnlyHint`` and such), for the labeller.
    ``confidence`` is 1 for a person's label, else what the labeller says, 0 to 1.
    """

    name: str
    description: str = ""
    schema: dict[str, Any] = {}
    effects: tuple[str, ...] = ()
    parameters: dict[str, Parameter] = {}
    results: tuple[ResultField, ...] = ()
    labelled_by: LabelledBy = "nobody"
    confidence: float = 0.0
    reasons: tuple[str, ...] = ()
    hints: dict[str, bool] = {}

    def digest(self) -> str:
        """Changes when the name, the description or the schema changes (MCP tools can)."""
        seen = {"name": self.name, "description": self.description, "schema": self.schema}
        return digest(seen, label="tool/v1")


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The tools by name, and the version of the effects list that they were labelled with."""

    tools: dict[str, Tool] = {}
    effects_version: int = 1

    def digest(self) -> str:
        """The digest that a decision names."""
        return digest(msgspec.to_builtins(self), label="catalogue/v1")
