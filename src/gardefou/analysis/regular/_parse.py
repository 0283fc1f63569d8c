r"""Reads the patterns that RE2 accepts into expressions, and nothing that RE2 refuses.

1. The text is given to RE2 first: what RE2 refuses is refused here.
2. What a class of characters holds is asked of RE2 (`_ranges.ask`); this module only finds where
   it ends.
3. ``\C`` (a single byte) has no meaning over characters: `Unreadable`, never a guess.

Source: RE2, "Syntax"; flags ``i``, ``m``, ``s``, ``U``; ``U`` and lazy repetition change which match
is found, never whether there is one.
"""

from __future__ import annotations

import functools

from gardefou.analysis.regular._derive import may_be_empty_between
from gardefou.analysis.regular._expression import (
    ANY_CHAR,
    EMPTY,
    EVERYTHING,
    Expression,
    at,
    cat,
    chars,
    either,
    repeat,
    star,
)
from gardefou.analysis.regular._ranges import ALL_CHARS, TOP, Ranges, ask, without

_PLACES = {"A": "^", "z": "$", "b": "b", "B": "B"}
_CONTROLS = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_NOT_ASCII: Ranges = without(ALL_CHARS, ((0, 127),))
_MOST_CHARS = 2_000


class Unreadable(Exception):  # noqa: N818 - a state of one pattern, turned into "unknown" by callers
    """Raised when a pattern cannot be read exactly; whoever asked must not guess."""


@functools.lru_cache(maxsize=4096)
def searching(pattern: str) -> Expression:
    """All texts in which RE2 finds the pattern.

    Raises:
        Unreadable: when RE2 refuses it, or its meaning over characters is not exact.
    """
    import re2  # noqa: PLC0415 - 20 ms that a document without patterns does not pay

    if len(pattern) > _MOST_CHARS:
        raise Unreadable(pattern)
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except Exception as error:
        raise Unreadable(pattern) from error
    inner = _Reader(pattern).read()
    found = cat(EVERYTHING, cat(inner, EVERYTHING))
    if may_be_empty_between(inner):
        # RE2 looks between the bytes of one character too, where no word begins or ends.
        found = either([found, cat(EVERYTHING, cat(chars(_NOT_ASCII), EVERYTHING))])
    return found


class _Flags:
    __slots__ = ("fold", "lines", "newline")

    def __init__(self, *, fold: bool = False, lines: bool = False, newline: bool = False) -> None:
        self.fold, self.lines, self.newline = fold, lines, newline

    def copy(self) -> _Flags:
        return _Flags(fold=self.fold, lines=self.lines, newline=self.newline)


class _Reader:
    """A recursive descent over one pattern."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0

    def read(self) -> Expression:
        result = self._choice(_Flags())
        if self._at != len(self._text):
            raise Unreadable(self._text)
        return result

    def _peek(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _choice(self, flags: _Flags) -> Expression:
        options = [self._row(flags)]
        while self._peek("|"):
            self._at += 1
            options.append(self._row(flags))
        return either(options)

    def _row(self, flags: _Flags) -> Expression:
        items: list[Expression] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            found = self._item(flags)
            if found is None:
                continue
            # `\Q...\E` gives several; only the last is repeated.
            items += found[:-1]
            items.append(self._times(found[-1]))
        result = EMPTY
        for item in reversed(items):
            result = cat(item, result)
        return result

    def _item(self, flags: _Flags) -> list[Expression] | None:
        char = self._text[self._at]
        if char == "(":
            return self._group(flags)
        if char == "[":
            return [self._class(flags)]
        if char == "\\":
            return self._escape(flags)
        self._at += 1
        if char == ".":
            return [chars(ALL_CHARS if flags.newline else without(ALL_CHARS, ((10, 10),)))]
        if char in "^$":
            return [at(f"m{char}" if flags.lines else char)]
        return [_literal(char, flags)]

    def _times(self, item: Expression) -> Expression:
        while self._at < len(self._text):
            char = self._text[self._at]
            if char in "*+?":
                self._at += 1
                low, high = {"*": (0, -1), "+": (1, -1), "?": (0, 1)}[char]
            elif char == "{" and (bounds := self._bounds()) is not None:
                low, high = bounds
            else:
                return item
            if self._peek("?"):
                self._at += 1
            item = star(item) if (low, high) == (0, -1) else repeat(item, low, high)
        return item

    def _bounds(self) -> tuple[int, int] | None:
        """The numbers in braces; braces with anything else are plain characters."""
        end = self._text.find("}", self._at)
        first, comma, second = (
            self._text[self._at + 1 : end].partition(",") if end > 0 else ("",) * 3
        )
        if not (first.isascii() and first.isdigit()) or not (
            (second.isascii() and second.isdigit()) or not second
        ):
            return None
        self._at = end + 1
        return int(first), (int(second) if second else -1) if comma else int(first)

    def _group(self, flags: _Flags) -> list[Expression] | None:
        self._at += 1
        inner = flags.copy()
        if self._peek("?P<") or self._peek("?<"):
            self._at = self._text.index(">", self._at) + 1
        elif self._peek("?"):
            end = self._at + 1
            value = True
            while self._text[end] not in ":)":
                letter = self._text[end]
                if letter == "-":
                    value = False
                elif letter == "i":
                    inner.fold = value
                elif letter == "m":
                    inner.lines = value
                elif letter == "s":
                    inner.newline = value
                end += 1
            self._at = end + 1
            if self._text[end] == ")":
                # Flags on their own hold to the end of the group they stand in.
                flags.fold, flags.lines, flags.newline = inner.fold, inner.lines, inner.newline
                return None
        result = self._choice(inner)
        if not self._peek(")"):
            raise Unreadable(self._text)
        self._at += 1
        return [result]

    def _class(self, flags: _Flags) -> Expression:
        start = self._at
        self._at += 2 if self._text[start + 1 : start + 2] == "^" else 1
        first = True
        while first or self._text[self._at] != "]":
            first = False
            if self._peek("[:") and (end := self._text.find(":]", self._at)) > 0:
                self._at = end + 2
            elif self._peek("\\"):
                self._skip_escape()
            else:
                self._at += 1
        self._at += 1
        return _asked(self._text[start : self._at], flags)

    def _skip_escape(self) -> str:
        """Pass over an escape that stands for characters; its text."""
        start = self._at
        letter = self._text[start + 1 : start + 2]
        self._at += 2
        if letter in "pP":
            self._at = self._text.index("}", self._at) + 1 if self._peek("{") else self._at + 1
        elif letter == "x":
            self._at = self._text.index("}", self._at) + 1 if self._peek("{") else self._at + 2
        elif letter.isdigit():
            while self._at < start + 4 and self._text[self._at : self._at + 1] in set("01234567"):
                self._at += 1
        return self._text[start : self._at]

    def _escape(self, flags: _Flags) -> list[Expression] | None:
        letter = self._text[self._at + 1 : self._at + 2]
        if letter in _PLACES and letter:
            self._at += 2
            return [at(_PLACES[letter])]
        if letter == "Q":
            end = self._text.find("\\E", self._at)
            quoted = self._text[self._at + 2 : end if end >= 0 else None]
            self._at = end + 2 if end >= 0 else len(self._text)
            return [_literal(char, flags) for char in quoted] or None
        if letter == "E":
            self._at += 2  # an end without a beginning says nothing
            return None
        if letter in {"C", ""}:
            raise Unreadable(self._text)
        text = self._skip_escape()
        if letter in _CONTROLS:
            return [chars(((_CONTROLS[letter],) * 2,))]
        if letter.isascii() and not letter.isalnum():
            return [_literal(letter, flags)]
        return [_asked(text, flags)]


def _literal(char: str, flags: _Flags) -> Expression:
    code = ord(char)
    if not flags.fold or (not char.isalpha() and code < 128):
        return chars(((code, code),))
    if code < 128 and char.lower() not in "ks":
        return chars(((ord(char.upper()),) * 2, (ord(char.lower()),) * 2))
    return _asked(f"\\x{{{code:x}}}", flags)


def _asked(token: str, flags: _Flags) -> Expression:
    ranges = ask(f"(?i){token}" if flags.fold else token)
    return ANY_CHAR if ranges in (ALL_CHARS, ((0, TOP),)) else chars(ranges)
