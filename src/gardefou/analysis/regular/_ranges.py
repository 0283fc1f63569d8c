r"""Sets of characters as sorted ranges of code points; what a class means is asked of RE2 itself.

A class such as ``\pL``, ``(?i)k`` or ``[[:alpha:]]`` is given to RE2 once, over every character
there is: so its meaning here is RE2's, whatever version of Unicode the library was built with.
"""

from __future__ import annotations

import functools

Ranges = tuple[tuple[int, int], ...]

TOP = 0x10FFFF
ALL_CHARS: Ranges = ((0, 0xD7FF), (0xE000, TOP))
WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
NEWLINE: Ranges = ((10, 10),)


def union(*sets: Ranges) -> Ranges:
    """The characters of any of the sets."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(pair for ranges in sets for pair in ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return tuple(merged)


def without(ranges: Ranges, removed: Ranges) -> Ranges:
    """The characters of the first set that are not in the second."""
    out = []
    for low, high in ranges:
        start = low
        for a, b in removed:
            if b < start or a > high:
                continue
            if a > start:
                out.append((start, a - 1))
            start = b + 1
        if start <= high:
            out.append((start, high))
    return tuple(out)


def holds(ranges: Ranges, char: int) -> bool:
    """Whether a character is in the set."""
    return any(low <= char <= high for low, high in ranges)


def before_lowering(ranges: Ranges) -> Ranges:
    """The characters that ``lowerAscii`` turns into one of the set."""
    capitals = ((65, 90),)
    kept = without(ranges, capitals)
    added = tuple(
        (max(low, 97) - 32, min(high, 122) - 32)
        for low, high in kept
        if max(low, 97) <= min(high, 122)
    )
    return union(kept, added)


@functools.lru_cache(maxsize=1)
def _every_char() -> bytes:
    return "".join(chr(c) for low, high in ALL_CHARS for c in range(low, high + 1)).encode()


def _char_at(offset: int) -> int:
    """The code point that begins at a byte of `_every_char`."""
    for start, first, width in ((0, 0, 1), (0x80, 0x80, 2), (0xF80, 0x800, 3)):
        count = (0x80, 0x780, 0xF000)[width - 1]
        if offset < start + count * width:
            char = first + (offset - start) // width
            return char if char < 0xD800 else char + 0x800
    return 0x10000 + (offset - 0x80 - 0x780 * 2 - 0xF000 * 3) // 4


@functools.lru_cache(maxsize=512)
def ask(pattern: str) -> Ranges:
    """The characters that a pattern of one character matches, as RE2 says (some 20 ms, once)."""
    import re2  # noqa: PLC0415 - 20 ms that a document without patterns does not pay

    text = _every_char()
    found = []
    for match in re2.finditer(f"(?:{pattern})+".encode(), text):
        start, end = match.span()
        if end > start:
            # The range ends with the character before the next one, which may be the gap's edge.
            last = _char_at(end) - 1 if end < len(text) else TOP
            found.append((_char_at(start), 0xD7FF if last == 0xDFFF else last))
    return without(union(tuple(found)), ((0xD800, 0xDFFF),))
