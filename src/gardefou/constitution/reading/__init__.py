"""Reading documents with places, for other rooms: YAML whose every mistake names line and column."""

from gardefou.constitution._problems import Place, Problems, did_you_mean, shown
from gardefou.constitution._yaml import MAX_BLOCK, Items, Scalar, Table, Value, describe, read

__all__ = [
    "MAX_BLOCK",
    "Items",
    "Place",
    "Problems",
    "Scalar",
    "Table",
    "Value",
    "describe",
    "did_you_mean",
    "read",
    "shown",
]
