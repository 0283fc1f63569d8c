"""Reading typed values out of a block: each mistake is noted with its place and a way out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from gardefou.constitution._problems import Place, Problems, did_you_mean, shown
from gardefou.constitution._yaml import Items, Scalar, Table, Value, describe

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
# The lexer of CEL reads these as its own words, even behind a dot.
_RESERVED = frozenset({"in", "true", "false", "null"})
_DURATION = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?\Z")
_LONGEST_S = 366 * 86_400


class Fields:
    """One mapping, read key by key; keys that nobody knows are noted at once."""

    def __init__(
        self, table: Table, known: Iterable[str], problems: Problems, *, what: str
    ) -> None:
        """``what`` says in messages whose keys these are (``the front matter``)."""
        self.table = table
        self.problems = problems
        self._what = what
        names = tuple(known)
        for key, place in table.keys.items():
            if key not in names:
                problems.error(
                    "key.unknown",
                    place,
                    f"{shown(key)} is no key of {what}",
                    found=shown(key),
                    expected=", ".join(f"`{name}`" for name in names),
                    help=did_you_mean(key, names, kind="key"),
                )

    def has(self, key: str) -> bool:
        """Whether the key stands there, with whatever value."""
        return key in self.table.values

    def place(self, key: str) -> Place:
        """The place of a key's value, or of the mapping when the key is missing."""
        value = self.table.values.get(key)
        return value.place if value is not None else self.table.place

    def required(self, key: str, example: str) -> Value | None:
        """The value of a key that must stand there."""
        value = self.table.values.get(key)
        if value is None:
            self.problems.error(
                "key.missing",
                self.table.place,
                f"{self._what} lacks the key `{key}`",
                expected=f"`{key}: {example}`",
                help=f"add `{key}: {example}`",
            )
        return value

    def text(self, key: str, default: str, *, example: str) -> str:
        """A text of one line that is not empty."""
        value = self.table.values.get(key)
        if value is None:
            return default
        found = text_of(value, self.problems, f"`{key}`", example)
        return default if found is None else found

    def integer(self, key: str, default: int, *, low: int, high: int) -> int:
        """A whole number between two bounds."""
        value = self.table.values.get(key)
        if value is None:
            return default
        found = integer_of(value, self.problems, f"`{key}`", low, high)
        return default if found is None else found

    def flag(self, key: str) -> bool | None:
        """``true`` or ``false``, None when the key is missing."""
        value = self.table.values.get(key)
        if value is None:
            return None
        if isinstance(value, Scalar) and isinstance(value.value, bool):
            return value.value
        wrong_type(value, self.problems, f"`{key}`", "`true` or `false`")
        return None

    def word(self, key: str, words: Sequence[str], code: str) -> str | None:
        """One word of a closed list, None when it is missing or wrong."""
        value = self.table.values.get(key)
        if value is None:
            return None
        if isinstance(value, Scalar) and value.text in words:
            return value.text
        self.problems.error(
            code,
            value.place,
            f"{describe(value)} is no {key}",
            found=describe(value),
            expected=", ".join(f"`{word}`" for word in words),
            help=did_you_mean(value.text, words, kind=key)
            if isinstance(value, Scalar)
            else f"write one word, such as `{words[0]}`",
        )
        return None

    def duration(self, key: str) -> int | None:
        """A duration in seconds, None when the key is missing or wrong."""
        value = self.table.values.get(key)
        if value is None:
            return None
        text = value.text if isinstance(value, Scalar) else ""
        match = _DURATION.match(text)
        if match and text:
            days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
            total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
            if 0 < total <= _LONGEST_S:
                return total
        self.problems.error(
            "value.duration",
            value.place,
            f"`{key}` is no duration",
            found=describe(value),
            expected="days, hours, minutes and seconds, at most 366d: `30m`, `24h`, `1d12h`",
            help="write a whole number with `d`, `h`, `m` or `s`",
        )
        return None

    def table_of(self, key: str) -> Table | None:
        """A mapping, None when the key is missing, empty or wrong."""
        value = self.table.values.get(key)
        if value is None or (isinstance(value, Scalar) and value.value is None):
            return None
        if isinstance(value, Table):
            return value
        wrong_type(value, self.problems, f"`{key}`", "a mapping")
        return None


def wrong_type(value: Value, problems: Problems, what: str, expected: str) -> None:
    """Note that something of another type stands there."""
    way_out = f"write {expected}"
    if isinstance(value, Scalar) and not isinstance(value.value, str) and "text" in expected:
        way_out = f'quote it: `"{value.text}"`' if value.text else "write a text"
    problems.error(
        "value.type",
        value.place,
        f"{what} is {describe(value)}",
        found=describe(value),
        expected=expected,
        help=way_out,
    )


def text_of(value: Value, problems: Problems, what: str, example: str) -> str | None:
    """A text of one line that is not empty, or None and a problem."""
    if isinstance(value, Scalar) and isinstance(value.value, str):
        text = value.value.strip()
        if text and "\n" not in text and len(text) <= 400:
            return text
        found = f"{len(text)} characters" if len(text) > 400 else "an empty text or several lines"
        problems.error(
            "value.text",
            value.place,
            f"{what} is not one line of text",
            found=found,
            expected="1 to 400 characters in one line",
            help=f"write for example `{example}`",
        )
        return None
    wrong_type(value, problems, what, f"a text such as `{example}`")
    return None


def integer_of(value: Value, problems: Problems, what: str, low: int, high: int) -> int | None:
    """A whole number between two bounds, or None and a problem."""
    number = value.value if isinstance(value, Scalar) else None
    if isinstance(number, int) and not isinstance(number, bool) and low <= number <= high:
        return number
    problems.error(
        "value.integer",
        value.place,
        f"{what} is {describe(value)}",
        found=describe(value),
        expected=f"a whole number from {low} to {high}",
        help="write digits without quotes, separators or leading zeros",
    )
    return None


def texts_of(value: Value, problems: Problems, what: str, example: str) -> list[tuple[str, Place]]:
    """A list of different texts with their places; one text alone is a list of one."""
    if isinstance(value, Scalar) and value.value is None:
        return []
    if isinstance(value, Table):
        wrong_type(value, problems, what, "a list of texts")
        return []
    found: list[tuple[str, Place]] = []
    seen: set[str] = set()
    for item in value.items if isinstance(value, Items) else (value,):
        text = text_of(item, problems, f"an item of {what}", example)
        if text is None:
            continue
        if text in seen:
            problems.error(
                "value.duplicate",
                item.place,
                f"{shown(text)} stands twice in {what}",
                found=shown(text),
                expected="each item once",
                help="delete one",
            )
            continue
        seen.add(text)
        found.append((text, item.place))
    return found


def is_name(name: str, place: Place, problems: Problems, what: str) -> bool:
    """Whether a declared name can be used in conditions; notes a problem if not."""
    if NAME.match(name) and name not in _RESERVED:
        return True
    problems.error(
        "value.name",
        place,
        f"{shown(name)} cannot be the name of a {what}",
        found=shown(name),
        expected="a small letter, then small letters, digits and `_`, at most 64",
        help="choose another name, such as `" + (_repaired(name) or "name") + "`",
    )
    return False


def _repaired(name: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "_", name.lower()[:64]).strip("_").lstrip("0123456789_")
