"""The console in the reader's language: gettext catalogues, English in the source.

A language is a folder ``locale/<language>/LC_MESSAGES`` with ``console.po`` and the ``console.mo``
that `make messages` compiles from it. Adding one adds the language.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
COOKIE = "gardefou-language"


@cache
def languages() -> tuple[str, ...]:
    """The languages that are there; English always is."""
    found = (path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/console.mo"))
    return tuple(sorted({"en", *found}))


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English where there is none."""
    return gettext.translation("console", LOCALE, [language], fallback=True)


def chosen(cookie: str, accepted: str) -> str:
    """The language of a reader: what they chose, else the first accepted one that is there."""
    wanted = [cookie, *(part.partition(";")[0].strip() for part in accepted.split(","))]
    for name in wanted:
        short = name[:2].lower()
        if short in languages():
            return short
    return "en"
