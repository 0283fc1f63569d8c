"""Constitutions: what was loaded, frozen, with its digest and its prose."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

import msgspec

from gardefou.action import digest
from gardefou.constitution._articles import Article, Layer, Rule
from gardefou.constitution._property import Property
from gardefou.constitution.conditions import Definition
from gardefou.constitution.facts import FactDeclaration
from gardefou.errors import Problem
from gardefou.verdict import Verdict


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One document that a constitution was made of; ``preamble`` is its prose outside articles."""

    name: str
    version: int
    layer: Layer
    preamble: str = ""
    file: str = ""


class Constitution(msgspec.Struct, frozen=True, kw_only=True):
    """What an AI may do, from one document or from several layers.

    ``name`` and ``version`` are those of the last layer. ``replaced`` holds the defaults that a
    later layer has written anew, as they were; ``properties`` decide nothing, they are to be proved. Members of ``terminal_roles`` may vote in a terminal,
    those of ``break_glass_roles`` may break the glass. ``digest`` covers all that decides and all that is
    read: two constitutions with one digest differ in nothing but the layout of their files.
    With ``emergency_review_s`` an order that nobody has verified binds when it was entered as an
    emergency, and a second person has to review it within so many seconds; 0 allows no such order.
    """

    name: str
    version: int
    language: int
    unlisted: Verdict
    currency: str
    organisation_domains: tuple[str, ...]
    roles: dict[str, tuple[str, ...]]
    sets: dict[str, tuple[str, ...]]
    definitions: dict[str, Definition]
    facts: tuple[FactDeclaration, ...]
    articles: tuple[Article, ...]
    replaced: tuple[Article, ...]
    documents: tuple[Document, ...]
    terminal_roles: tuple[str, ...] = ()
    break_glass_roles: tuple[str, ...] = ()
    emergency_review_s: int = 0
    properties: tuple[Property, ...] = ()
    warnings: tuple[Problem, ...] = ()
    digest: str = ""

    def article(self, article_id: str) -> Article:
        """The article with an id.

        Raises:
            KeyError: when there is none.
        """
        for article in self.articles:
            if article.id == article_id:
                return article
        raise KeyError(article_id)

    def prose_for(self, article_ids: Iterable[str]) -> str:
        """The numbered titles and the prose of some articles, in their order, as Markdown.

        Raises:
            KeyError: when there is no such article.
        """
        wanted = {self.article(article_id).id for article_id in article_ids}
        parts = [
            f"## Article {article.number}. {article.title}\n\n{article.prose}"
            for article in self.articles
            if article.id in wanted
        ]
        return "\n\n".join(parts)


def sealed(constitution: Constitution) -> Constitution:
    """The same constitution with the digest of its content."""
    value = digest(content(constitution), label="constitution/v1")
    return msgspec.structs.replace(constitution, digest=value)


def content(constitution: Constitution) -> dict[str, Any]:
    """All that decides and all that is read; no places, no compiled forms, no warnings."""
    # What a document does not say is left out, so that documents from before keep their digest.
    said = {
        "terminal_roles": sorted(constitution.terminal_roles),
        "break_glass_roles": sorted(constitution.break_glass_roles),
        "emergency_review_s": constitution.emergency_review_s,
        "properties": [stated.content() for stated in constitution.properties],
    }
    return {
        **{key: value for key, value in said.items() if value},
        "language": constitution.language,
        "unlisted": constitution.unlisted.word,
        "currency": constitution.currency,
        "domains": sorted(constitution.organisation_domains),
        "roles": {name: sorted(members) for name, members in constitution.roles.items()},
        "sets": {name: sorted(members) for name, members in constitution.sets.items()},
        "definitions": {
            name: textwrap.dedent(d.text).strip() for name, d in constitution.definitions.items()
        },
        "facts": {fact.name: fact.content() for fact in constitution.facts},
        "articles": [_article(article) for article in constitution.articles],
        "replaced": [_article(article) for article in constitution.replaced],
        "documents": [
            {"name": d.name, "version": d.version, "layer": d.layer, "preamble": d.preamble}
            for d in constitution.documents
        ],
    }


def _article(article: Article) -> dict[str, Any]:
    return {
        "number": article.number,
        "id": article.id,
        "title": article.title,
        "kind": article.kind,
        "layer": article.layer,
        "prose": article.prose,
        "on": [str(selector) for selector in article.on],
        "rules": [_rule(rule) for rule in article.rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "verdict": rule.verdict.word,
        "on": [str(selector) for selector in rule.on],
        "when": rule.when,
        "quorum": rule.quorum,
        "consent": rule.consent,
        "lifted_by_grant": rule.lifted_by_grant,
        "decide_by_s": rule.decide_by_s,
        "use_by_s": rule.use_by_s,
        "escalate_after_s": rule.escalate_after_s,
        **({"escalate_to": rule.escalate_to} if rule.escalate_to else {}),
        **({"denials": rule.denials} if rule.denials != 1 else {}),
    }
