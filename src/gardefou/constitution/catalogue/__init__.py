"""Catalogues of tools: effects, roles, domain types, ingress (part of the constitution's room)."""

from gardefou.constitution.catalogue._effects import (
    EFFECTS,
    EFFECTS_VERSION,
    ROLES,
    DomainType,
    Effect,
    Role,
)
from gardefou.constitution.catalogue._file import dump_catalogue, load_catalogue
from gardefou.constitution.catalogue._imports import import_tools
from gardefou.constitution.catalogue._ingress import Ingested, Leaf, ingest
from gardefou.constitution.catalogue._model import (
    Catalogue,
    LabelledBy,
    Parameter,
    ResultField,
    Tool,
    Writer,
)

__all__ = [
    "EFFECTS",
    "EFFECTS_VERSION",
    "ROLES",
    "Catalogue",
    "DomainType",
    "Effect",
    "Ingested",
    "LabelledBy",
    "Leaf",
    "Parameter",
    "ResultField",
    "Role",
    "Tool",
    "Writer",
    "dump_catalogue",
    "import_tools",
    "ingest",
    "load_catalogue",
]
