"""Constitutions: documents, conditions, facts and catalogues (floor 1)."""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.constitution._articles import (
        ARTICLE_KINDS,
        LAYERS,
        Article,
        ArticleKind,
        Layer,
        Rule,
        Selector,
    )
    from gardefou.constitution._constitution import Constitution, Document, content
    from gardefou.constitution._load import load, load_layers, standard, standard_text
    from gardefou.constitution._problems import Place, Problems, did_you_mean, shown
    from gardefou.constitution._property import Property, Trigger
    from gardefou.constitution._quorum import persons_short
    from gardefou.constitution._summary import Covered, Overview, overview

__all__ = [
    "ARTICLE_KINDS",
    "LAYERS",
    "Article",
    "ArticleKind",
    "Constitution",
    "Covered",
    "Document",
    "Layer",
    "Overview",
    "Place",
    "Problems",
    "Property",
    "Rule",
    "Selector",
    "Trigger",
    "content",
    "did_you_mean",
    "load",
    "load_layers",
    "overview",
    "persons_short",
    "shown",
    "standard",
    "standard_text",
]

__getattr__ = on_demand(
    __name__,
    {
        "_articles": (
            "ARTICLE_KINDS",
            "LAYERS",
            "Article",
            "ArticleKind",
            "Layer",
            "Rule",
            "Selector",
        ),
        "_constitution": ("Constitution", "Document", "content"),
        "_load": ("load", "load_layers", "standard", "standard_text"),
        "_problems": ("Place", "Problems", "did_you_mean", "shown"),
        "_property": ("Property", "Trigger"),
        "_quorum": ("persons_short",),
        "_summary": ("Covered", "Overview", "overview"),
    },
)
