"""Articles as the engine reads them: what they are on, their rules, their prose."""

from __future__ import annotations

from typing import Literal

import msgspec

from gardefou.constitution.conditions import Node
from gardefou.verdict import Verdict

ArticleKind = Literal["red_line", "entrenched", "default", "guideline"]
Layer = Literal["issuer", "operator", "tenant"]
SelectorKind = Literal["effect", "tool", "kind", "vendor", "anything"]

ARTICLE_KINDS: tuple[ArticleKind, ...] = ("red_line", "entrenched", "default", "guideline")
LAYERS: tuple[Layer, ...] = ("issuer", "operator", "tenant")


class Selector(msgspec.Struct, frozen=True):
    """What a rule is on: an effect, tools by name or prefix, a kind of action, a vendor, anything.

    ``value`` is empty for ``anything``; a tool's may end in ``*``.
    """

    by: SelectorKind
    value: str = ""

    @property
    def addresses(self) -> bool:
        """An article with this selector speaks of the action, so that `unlisted` does not apply.

        ``anything``, a vendor and ``kind tool.call`` are too wide to say that an action was
        thought of: rules on them tighten, and `unlisted` still counts.
        """
        if self.by == "kind":
            return self.value != "tool.call"
        return self.by in ("effect", "tool")

    def covers_tool(self, name: str) -> bool:
        """Whether a ``tool`` selector names this tool."""
        if self.by != "tool":
            return False
        if self.value.endswith("*"):
            return name.startswith(self.value[:-1])
        return name == self.value

    def matches(self, *, kind: str, tool: str, vendor: str, effects: frozenset[str]) -> bool:
        """Whether an action is what this selector is on."""
        if self.by == "effect":
            return self.value in effects
        if self.by == "tool":
            return bool(tool) and self.covers_tool(tool)
        if self.by == "kind":
            return self.value == kind
        return self.by == "anything" or self.value == vendor

    def __str__(self) -> str:
        """The selector as it is written in a document."""
        return f"{self.by} {self.value}" if self.value else self.by


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of an article: on what, when, and the verdict.

    ``index`` counts the rules of the article from 1. ``condition`` is None when the rule always
    applies. ``on_tools`` says that ``args`` are the tools' own parameters instead of roles.
    A hold waits for a ``quorum`` of roles or, with ``consent``, for the user; durations are in
    seconds, None where the document says nothing. Once it has escalated, the quorum ``escalate_to``
    suffices as well; ``denials`` persons' deny ends it. A grant lets a ``lifted_by_grant`` hold pass.
    """

    index: int
    verdict: Verdict
    on: tuple[Selector, ...]
    on_tools: bool
    when: str = ""
    condition: Node | None = None
    quorum: dict[str, int] = {}
    consent: bool = False
    lifted_by_grant: bool = False
    decide_by_s: int | None = None
    use_by_s: int | None = None
    escalate_after_s: int | None = None
    escalate_to: dict[str, int] = {}
    denials: int = 1
    line: int = 0


class Article(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered part of a constitution; ``on`` holds what all its blocks are on."""

    number: str
    id: str
    title: str
    kind: ArticleKind
    layer: Layer
    prose: str
    on: tuple[Selector, ...] = ()
    rules: tuple[Rule, ...] = ()
    file: str = ""
    line: int = 0

    @property
    def addresses(self) -> tuple[Selector, ...]:
        """The selectors that make an action listed."""
        return tuple(selector for selector in self.on if selector.addresses)
