"""Random patterns over every construct that RE2 has."""

from __future__ import annotations

import random

ALPHABET = "abkKsS01_ .-\n@éÉКſ漢"
_ATOMS = (
    *("a", "b", "k", "S", "é", "0", "_", "-", ".", r"\d", r"\w", r"\W", r"\s", r"\S", r"\D"),
    *(r"\pL", r"\p{Lu}", r"\PL", r"\p{^Greek}", "[ab]", "[^a]", "[a-k]", "[[:alpha:]]", r"[\d_]"),
    *(r"[^\w]", r"[[:^digit:]a]", r"[\pL-]", "^", "$", r"\b", r"\B", r"\A", r"\z", r"\Qa.\E"),
    *(r"\x61", r"\x{e9}", r"\n", r"\t", r"\.", "(?i:k)", "(?i)s", "(?m:^a$)", "(?s:.)", "(?m)"),
    *(
        "()",
        "[]a]",
        "[^]a]",
        r"\055",
        "漢",
        "(?i:É)",
        "(?-s:.)",
        "(?i-m:s)",
        "a|",
        "|b",
        "{",
        "a{,2}",
    ),
)


def pattern(source: random.Random, depth: int) -> str:
    """A pattern, which RE2 may refuse."""
    roll = source.random()
    if depth == 0 or roll < 0.3:
        return source.choice(_ATOMS)
    if roll < 0.55:
        return pattern(source, depth - 1) + pattern(source, depth - 1)
    if roll < 0.7:
        return f"{pattern(source, depth - 1)}|{pattern(source, depth - 1)}"
    times = source.choice(["*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "{1,3}?"])
    form = source.choice(
        ["(?:%s)%s", "(%s)%s", "(?P<n>%s)%s", "(?<n>%s)%s", "(?i:%s)%s", "(?m:%s)%s", "(?U:%s)%s"]
    )
    return form % (pattern(source, depth - 1), times)
