"""Constitutions: documents, conditions, facts and catalogues (floor 1)."""

from gardefou.constitution._articles import (
    ARTICLE_KINDS,
    LAYERS,
    Article,
    ArticleKind,
    Layer,
    Rule,
    Selector,
)
from gardefou.constitution._constitution import Constitution, Document
from gardefou.constitution._load import load, load_layers, standard, standard_text

__all__ = [
    "ARTICLE_KINDS",
    "LAYERS",
    "Article",
    "ArticleKind",
    "Constitution",
    "Document",
    "Layer",
    "Rule",
    "Selector",
    "load",
    "load_layers",
    "standard",
    "standard_text",
]
