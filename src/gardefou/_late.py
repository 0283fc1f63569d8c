"""Regular expressions that are compiled when they are first used.

A process that decides one call uses few of the hundreds that the engine has, and compiling all of
them would take a tenth of its time.
"""

from __future__ import annotations

import re
from typing import Any, cast

_METHODS = ("findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")


class _Late:
    """Becomes its expression: after the first use, its methods are the expression's own."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        """A method or attribute of the expression; asked for once, since it is kept here."""
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self._text, self._flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def late(text: str, flags: int = 0) -> re.Pattern[str]:
    """An expression as `re.compile` gives it, compiled when it is first used.

    A mistake in the text is an error of the first use, so a test compiles every one of them.
    """
    return cast("re.Pattern[str]", _Late(text, flags))
