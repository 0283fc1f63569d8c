"""Conditions: CEL text, checked against a vocabulary, as a small typed tree."""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.constitution.conditions._analysable import not_analysed
    from gardefou.constitution.conditions._compile import compile_condition
    from gardefou.constitution.conditions._definition import Definition
    from gardefou.constitution.conditions._node import Node, from_json, path_of, to_json
    from gardefou.constitution.conditions._types import (
        BOOL,
        DOMAINS,
        DOUBLE,
        DURATION,
        INT,
        METHODS,
        PARTIAL_WHEN_OPAQUE,
        STRING,
        STRUCTS,
        TIMESTAMP,
        Field,
        Record,
        Type,
        domain_type,
        list_of,
    )
    from gardefou.constitution.conditions._vocabulary import Vocabulary, vocabulary

__all__ = [
    "BOOL",
    "DOMAINS",
    "DOUBLE",
    "DURATION",
    "INT",
    "METHODS",
    "PARTIAL_WHEN_OPAQUE",
    "STRING",
    "STRUCTS",
    "TIMESTAMP",
    "Definition",
    "Field",
    "Node",
    "Record",
    "Type",
    "Vocabulary",
    "compile_condition",
    "domain_type",
    "from_json",
    "list_of",
    "not_analysed",
    "path_of",
    "to_json",
    "vocabulary",
]

__getattr__ = on_demand(
    __name__,
    {
        "_analysable": ("not_analysed",),
        "_compile": ("compile_condition",),
        "_definition": ("Definition",),
        "_node": ("Node", "from_json", "path_of", "to_json"),
        "_types": (
            "BOOL",
            "DOMAINS",
            "DOUBLE",
            "DURATION",
            "INT",
            "METHODS",
            "PARTIAL_WHEN_OPAQUE",
            "STRING",
            "STRUCTS",
            "TIMESTAMP",
            "Field",
            "Record",
            "Type",
            "domain_type",
            "list_of",
        ),
        "_vocabulary": ("Vocabulary", "vocabulary"),
    },
)
