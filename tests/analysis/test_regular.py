"""The regular engine against RE2: what RE2 finds, we find, and every witness is one."""

from __future__ import annotations

import os
import random

import pytest
import re2
from regular_patterns import ALPHABET, pattern

from gardefou.analysis.regular import (
    Property,
    Unreadable,
    conflict,
    find_text,
    has,
    language,
    searching,
)

MEMBERSHIPS = int(os.environ.get("GARDEFOU_REGULAR_MEMBERSHIPS", "6000"))


def quiet() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    return options


def test_membership_is_that_of_re2() -> None:
    """Random patterns over every construct, random texts, none different."""
    source = random.Random(20261129)
    done = read = 0
    while done < MEMBERSHIPS:
        text = pattern(source, 3)
        try:
            theirs = re2.compile(text, quiet())
        except re2.error:
            with pytest.raises(Unreadable):
                searching(text)
            continue
        ours = searching(text)
        read += 1
        for _ in range(10):
            word = "".join(source.choice(ALPHABET) for _ in range(source.randrange(6)))
            assert has(word, ours) == (theirs.search(word) is not None), (text, word)
            done += 1
    assert read > MEMBERSHIPS // 20


def test_a_witness_has_what_was_asked_and_none_means_none() -> None:
    """Conjunctions of two patterns and a negated one: the witness fits, no short text contradicts."""
    source = random.Random(7)
    found = 0
    for _ in range(120):
        wanted = [(Property("matches", _readable(source)), truth) for truth in (True, True, False)]
        answer = find_text(wanted)
        if answer.status == "some":
            found += 1
            assert all(_re2(prop, answer.witness) == truth for prop, truth in wanted)
            continue
        assert answer.status == "none"
        for _ in range(40):
            word = "".join(source.choice(ALPHABET) for _ in range(source.randrange(7)))
            assert not all(_re2(prop, word) == truth for prop, truth in wanted), (wanted, word)
    assert found > 20


def _readable(source: random.Random) -> str:
    while True:
        text = pattern(source, 2)
        try:
            searching(text)
        except Unreadable:
            continue
        return text


def _re2(prop: Property, word: str) -> bool:
    return re2.compile(str(prop.constant), quiet()).search(word) is not None


@pytest.mark.parametrize(
    ("wanted", "shortest"),
    [
        ([(Property("endsWith", "@a.example"), True)], "@a.example"),
        ([(Property("matches", "^INV-[0-9]{3}$"), True)], "INV-000"),
        ([(Property("contains", "ab"), True), (Property("startsWith", "b"), True)], "bab"),
        ([(Property("eq", "x", lowered=True), True), (Property("eq", "x"), False)], "X"),
        ([(Property("in", ("aa", "b")), True), (Property("eq", "b"), False)], "aa"),
        ([(Property("lt", "b"), True), (Property("eq", ""), False)], "a"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_witnesses_are_shortest(wanted: list[tuple[Property, bool]], shortest: str) -> None:
    assert find_text(wanted).witness == shortest


@pytest.mark.parametrize(
    ("pattern", "length", "below", "above"),
    [
        ("^(aa)+$", 3, 2, 4),
        ("^a{3}$", 5, 3, -1),
        ("^a{3}$", 1001, 3, -1),
        ("^a{3}$", 1, -1, 3),
        ("^(a{2}|a{50})$", 20, 2, 50),
    ],
)
def test_a_length_that_no_text_has_comes_with_the_next_that_one_has(
    pattern: str, length: int, below: int, above: int
) -> None:
    answer = find_text([(Property("matches", pattern), True)], length=length)
    assert (answer.status, answer.below, answer.above) == ("none", below, above)


def test_a_conflict_is_as_small_as_can_be() -> None:
    wanted = [
        (Property("contains", "z"), True),
        (Property("startsWith", "a"), True),
        (Property("startsWith", "b"), True),
    ]
    assert set(conflict(wanted)) == set(wanted[1:])


@pytest.mark.parametrize("text", ["a(?=b)", r"\1", "(", "a**", "[", r"\C", "x{1001}", r"\Z"])
def test_what_re2_refuses_or_reads_by_bytes_is_never_guessed(text: str) -> None:
    with pytest.raises(Unreadable):
        language(Property("matches", text))
