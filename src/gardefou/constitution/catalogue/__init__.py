"""Catalogues of tools: effects, roles, domain types, ingress (part of the constitution's room)."""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.constitution.catalogue._content import (
        Content,
        content_of_call,
        effects_of_call,
        has_content,
    )
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
    from gardefou.constitution.catalogue._names import looks_like
    from gardefou.constitution.catalogue._places import Key, Located, locate
    from gardefou.constitution.catalogue._prepare import prepare

__all__ = [
    "EFFECTS",
    "EFFECTS_VERSION",
    "ROLES",
    "Catalogue",
    "Content",
    "DomainType",
    "Effect",
    "Ingested",
    "Key",
    "LabelledBy",
    "Leaf",
    "Located",
    "Parameter",
    "ResultField",
    "Role",
    "Tool",
    "Writer",
    "content_of_call",
    "dump_catalogue",
    "effects_of_call",
    "has_content",
    "import_tools",
    "ingest",
    "load_catalogue",
    "locate",
    "looks_like",
    "prepare",
]

__getattr__ = on_demand(
    __name__,
    {
        "_content": ("Content", "content_of_call", "effects_of_call", "has_content"),
        "_effects": ("EFFECTS", "EFFECTS_VERSION", "ROLES", "DomainType", "Effect", "Role"),
        "_file": ("dump_catalogue", "load_catalogue"),
        "_imports": ("import_tools",),
        "_ingress": ("Ingested", "Leaf", "ingest"),
        "_model": ("Catalogue", "LabelledBy", "Parameter", "ResultField", "Tool", "Writer"),
        "_names": ("looks_like",),
        "_places": ("Key", "Located", "locate"),
        "_prepare": ("prepare",),
    },
)
