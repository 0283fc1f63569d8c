"""The documents of a constitution as they are kept with a log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec


class Layer(msgspec.Struct, frozen=True):
    """One document of a constitution, as it was given."""

    file: str
    text: str


def layers_of(paths: Sequence[Path]) -> tuple[Layer, ...]:
    """The documents in some files, as they are kept with a log."""
    return tuple(Layer(str(path), path.read_text(encoding="utf-8")) for path in paths)
