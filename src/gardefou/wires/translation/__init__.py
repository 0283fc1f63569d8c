"""Translation between wires: a request of one vendor's form served by another vendor's model."""

from gardefou.wires.translation._core import Exchange, Note
from gardefou.wires.translation._translation import (
    TRANSLATED,
    StreamTranslator,
    Translated,
    Translation,
    translation,
)

__all__ = [
    "TRANSLATED",
    "Exchange",
    "Note",
    "StreamTranslator",
    "Translated",
    "Translation",
    "translation",
]
