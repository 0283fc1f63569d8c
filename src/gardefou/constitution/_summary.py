"""What a constitution says, in figures and plain words, for ``gardefou check``."""

from __future__ import annotations

import msgspec

from gardefou.constitution._articles import ARTICLE_KINDS, Article, Rule
from gardefou.constitution._constitution import Constitution
from gardefou.constitution.catalogue import EFFECTS, Catalogue
from gardefou.constitution.facts import FactDeclaration


class Covered(msgspec.Struct, frozen=True, kw_only=True):
    """One article in plain words: what it is on, and what its rules do."""

    article: str
    kind: str
    layer: str
    on: tuple[str, ...]
    does: tuple[str, ...]


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """A constitution at a glance.

    ``unaddressed`` are the effects that no article speaks of: ``unlisted`` decides on them.
    ``unaddressed_tools`` are the tools of the catalogue that have such an effect or no effect.
    """

    name: str
    version: int
    digest: str
    layers: tuple[str, ...]
    unlisted: str
    articles: dict[str, int]
    rules: int
    roles: dict[str, int]
    facts: tuple[str, ...]
    sets: dict[str, int]
    covers: tuple[Covered, ...]
    unaddressed: tuple[str, ...]
    unaddressed_tools: tuple[str, ...]
    replaced: tuple[str, ...]
    warnings: tuple[str, ...]


def overview(constitution: Constitution, catalogue: Catalogue | None = None) -> Overview:
    """What the constitution covers and what it leaves to ``unlisted`` (law 10)."""
    articles = constitution.articles
    selectors = {selector for article in articles for selector in article.addresses}
    spoken = {selector.value for selector in selectors if selector.by == "effect"}
    tools = []
    for tool in catalogue.tools.values() if catalogue is not None else ():
        named = any(selector.covers_tool(tool.name) for selector in selectors)
        if not named and (not tool.effects or not spoken.issuperset(tool.effects)):
            tools.append(tool.name)
    return Overview(
        name=constitution.name,
        version=constitution.version,
        digest=constitution.digest,
        layers=tuple(f"{d.layer}: {d.name}, version {d.version}" for d in constitution.documents),
        unlisted=constitution.unlisted.word,
        articles={kind: sum(a.kind == kind for a in articles) for kind in ARTICLE_KINDS},
        rules=sum(len(article.rules) for article in articles),
        roles={name: len(members) for name, members in constitution.roles.items()},
        facts=tuple(map(_fact, constitution.facts)),
        sets={name: len(members) for name, members in constitution.sets.items()},
        covers=tuple(map(_covered, articles)),
        unaddressed=tuple(name for name in EFFECTS if name not in spoken),
        unaddressed_tools=tuple(sorted(tools)),
        replaced=tuple(f"{old.id} of the layer {old.layer}" for old in constitution.replaced),
        warnings=tuple(map(str, constitution.warnings)),
    )


def _covered(article: Article) -> Covered:
    return Covered(
        article=f"{article.number}. {article.title}",
        kind=article.kind,
        layer=article.layer,
        on=tuple(map(str, article.on)),
        does=tuple(map(_does, article.rules)) or _without_rules(article),
    )


def _without_rules(article: Article) -> tuple[str, ...]:
    if article.kind == "guideline":
        return ("advises; decides nothing",)
    return ("lets pass what no other article holds or denies",) if article.addresses else ()


def _does(rule: Rule) -> str:
    text = "denies" if rule.verdict.word == "deny" else "holds"
    if rule.consent:
        text += " for the user's consent"
    elif rule.quorum:
        who = " and ".join(f"{count} of {role}" for role, count in rule.quorum.items())
        text += f" for {who}"
    text += f" when {' '.join(rule.when.split())}" if rule.when else " always"
    return f"{text}; a grant lets it pass" if rule.lifted_by_grant else text


def _fact(fact: FactDeclaration) -> str:
    on = ", ".join(map(str, fact.on))
    of = f" of {fact.of}" if fact.of else ""
    window = f" in {_duration(fact.window_s)}" if fact.window_s is not None else ""
    return f"{fact.name}: {fact.kind}{of}{window} per {fact.scope}, on {on}"


def _duration(seconds: int) -> str:
    parts = []
    for size, letter in ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{letter}")
    return "".join(parts)
