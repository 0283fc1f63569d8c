"""Definitions: named conditions that others are made of."""

from __future__ import annotations

import msgspec


class Definition(msgspec.Struct, frozen=True):
    """A named condition text and its place; it is put in, typed, where ``defs.<name>`` stands."""

    text: str
    file: str = ""
    line: int = 1
    column: int = 1
