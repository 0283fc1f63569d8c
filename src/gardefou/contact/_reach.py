"""What a tool's labels let happen: which articles speak of it, and what nobody has thought of.

Read from the rules alone, without a call: what it says holds for every call of the tool.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from gardefou.constitution import Constitution
from gardefou.constitution.catalogue import Tool
from gardefou.verdict import Verdict

Outlook = Literal["never", "unlisted", "people", "sometimes", "passes"]


class Speaks(msgspec.Struct, frozen=True, kw_only=True):
    """An article that concerns the tool, and the verdicts that its rules can give."""

    id: str
    number: str
    title: str
    verdicts: tuple[str, ...]


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What can happen with calls of a tool.

    ``outlook``: ``never`` is refused always, ``unlisted`` falls under the constitution's verdict for
    what no article addresses, ``people`` always waits for somebody, ``sometimes`` passes unless one
    of the articles says otherwise, ``passes`` has no rule at all.
    """

    outlook: Outlook
    articles: tuple[Speaks, ...] = ()
    unlisted: tuple[str, ...] = ()


def reach(constitution: Constitution, tool: Tool) -> Reach:
    """What calls of a tool with these labels meet; costs the number of articles."""
    effects = frozenset(tool.effects)
    speaks: list[Speaks] = []
    always: set[Verdict] = set()
    addressed: set[str] = set()
    by_name = False
    for article in constitution.articles:
        if article.kind == "guideline":
            continue
        for selector in article.addresses:
            if selector.by == "effect":
                addressed.add(selector.value)
            by_name = by_name or selector.covers_tool(tool.name)
        rules = [
            rule
            for rule in article.rules
            if any(
                selector.matches(kind="tool.call", tool=tool.name, vendor="", effects=effects)
                for selector in rule.on
            )
        ]
        if rules:
            words = tuple(dict.fromkeys(rule.verdict.word for rule in rules))
            speaks.append(
                Speaks(id=article.id, number=article.number, title=article.title, verdicts=words)
            )
        always |= {rule.verdict for rule in rules if rule.condition is None}
    nobodys = tuple(effect for effect in tool.effects if effect not in addressed)
    is_unlisted = not by_name and (not effects or bool(nobodys))
    outlook: Outlook = "passes"
    if Verdict.DENY in always:
        outlook = "never"
    elif is_unlisted and constitution.unlisted is not Verdict.ALLOW:
        outlook = "unlisted"
    elif Verdict.HOLD in always:
        outlook = "people"
    elif speaks:
        outlook = "sometimes"
    return Reach(outlook=outlook, articles=tuple(speaks), unlisted=nobodys if is_unlisted else ())
