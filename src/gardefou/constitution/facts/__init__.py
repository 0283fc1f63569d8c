"""Facts: typed, named summaries of what was executed, with bounded state."""

from gardefou.constitution.facts._book import MAX_KEYS, Executed, FactBook, Keys
from gardefou.constitution.facts._declaration import (
    EXACT_UP_TO,
    FACT_KINDS,
    SCOPES,
    UNCOUNTED,
    FactDeclaration,
    FactKind,
    Reset,
    Scope,
)
from gardefou.constitution.facts._state import BUCKETS, NEVER_US, FactValue

__all__ = [
    "BUCKETS",
    "EXACT_UP_TO",
    "FACT_KINDS",
    "MAX_KEYS",
    "NEVER_US",
    "SCOPES",
    "UNCOUNTED",
    "Executed",
    "FactBook",
    "FactDeclaration",
    "FactKind",
    "FactValue",
    "Keys",
    "Reset",
    "Scope",
]
