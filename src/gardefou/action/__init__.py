"""Actions and their canonical form (floor 0)."""

from gardefou.action._canonical import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INTEGER,
    MIN_INTEGER,
    canonical,
    digest,
    normal,
    parse,
)
from gardefou.action._model import KINDS, Action, Attributes, Autonomy, Kind, Principal

__all__ = [
    "KINDS",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_INTEGER",
    "MIN_INTEGER",
    "Action",
    "Attributes",
    "Autonomy",
    "Kind",
    "Principal",
    "canonical",
    "digest",
    "normal",
    "parse",
]
