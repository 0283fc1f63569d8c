"""Regular languages: exact answers about texts, with shortest witnesses (pure)."""

from gardefou.analysis.regular._language import Property, conflict, find_text, has, language
from gardefou.analysis.regular._parse import Unreadable, searching
from gardefou.analysis.regular._witness import Answer, find

__all__ = [
    "Answer",
    "Property",
    "Unreadable",
    "conflict",
    "find",
    "find_text",
    "has",
    "language",
    "searching",
]
