"""The words of the report in one language, and how that language writes numbers."""

from __future__ import annotations

import tomllib
import zlib
from importlib.resources import files
from typing import Any

from gardefou.errors import UsageError

LANGUAGES = ("en", "fr")


class Words:
    """A catalogue of words; a key that is missing is a mistake of ours and raises `KeyError`."""

    def __init__(self, language: str) -> None:
        """Read the catalogue of a language.

        Raises:
            UsageError: when there is no such catalogue.
        """
        if language not in LANGUAGES:
            raise UsageError(
                f"the report does not speak `{language}`",
                code="report.language",
                help=f"choose one of {', '.join(LANGUAGES)}",
            )
        text = files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
        self.all: dict[str, Any] = tomllib.loads(text)

    def __getitem__(self, key: str) -> str:
        """The words under a key."""
        return str(self.all[key])

    def say(self, key: str, **values: str | int) -> str:
        """The words under a key with values put in; numbers are written as the language does."""
        return self.fill(self[key], **values)

    def fill(self, text: str, **values: str | int) -> str:
        """Put values into a text."""
        return text.format(
            **{k: self.number(v) if isinstance(v, int) else v for k, v in values.items()}
        )

    def number(self, value: int) -> str:
        """A whole number with its thousands apart."""
        return f"{value:,}".replace(",", self["thousands"])

    def decimal(self, value: float, places: int = 1) -> str:
        """A number with decimals."""
        whole, _, part = f"{value:,.{places}f}".partition(".")
        whole = whole.replace(",", self["thousands"])
        return f"{whole}{self['decimal']}{part}" if part else whole

    def good(self, part: int, whole: int) -> str:
        """A share that one hopes is large: rounded down, so that 100 means all."""
        return self._share(1000 * part // whole) if whole else self["none_value"]

    def bad(self, part: int, whole: int) -> str:
        """A share that one hopes is small: rounded up, so that 0 means none."""
        return self._share(-(-1000 * part // whole)) if whole else self["none_value"]

    def _share(self, tenths: int) -> str:
        return f"{tenths // 10}{self['decimal']}{tenths % 10}{self['percent']}"

    def micros(self, value: float) -> str:
        """A time given in microseconds, in the unit that people read."""
        if value >= 1000:
            return f"{self.decimal(value / 1000)}\u202f{self['milli']}"
        return f"{self.decimal(value)}\u202f{self['micro']}"


def anchor(*parts: str | None) -> str:
    """An id for a link inside the page; two names never share one."""
    text = "-".join(part or "none" for part in parts)
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in text).lower()
    return f"{plain[:60]}-{zlib.crc32(text.encode()):08x}"
