"""How a tool's error is told where a result has no field for it."""

from __future__ import annotations

from collections.abc import Sequence

from gardefou.wires.translation._core import Document, Image, Text

ERROR_MARK = "The tool reported an error:"


def is_marked(parts: Sequence[Text | Image | Document]) -> bool:
    """Whether a result's first part says that the tool reported an error."""
    return bool(parts) and isinstance(first := parts[0], Text) and first.text == ERROR_MARK
