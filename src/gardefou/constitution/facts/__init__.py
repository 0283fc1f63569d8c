"""Facts: typed, named summaries of what was executed, with bounded state."""

from gardefou.constitution.facts._declaration import (
    EXACT_UP_TO,
    FACT_KINDS,
    SCOPES,
    FactDeclaration,
    FactKind,
    Reset,
    Scope,
)

__all__ = [
    "EXACT_UP_TO",
    "FACT_KINDS",
    "SCOPES",
    "FactDeclaration",
    "FactKind",
    "Reset",
    "Scope",
]
