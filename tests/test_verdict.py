"""The lattice of verdicts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.verdict import Verdict, strictest

verdicts = st.lists(st.sampled_from(Verdict))


@given(verdicts, st.sampled_from(Verdict))
def test_adding_a_verdict_only_tightens(some: list[Verdict], more: Verdict) -> None:
    """Law 1: verdicts combine by maximum."""
    assert strictest([*some, more]) >= strictest(some)


@given(verdicts)
def test_the_order_of_verdicts_does_not_matter(some: list[Verdict]) -> None:
    """Law 3: same in, same out."""
    assert strictest(reversed(some)) == strictest(some)


def test_words_are_read_back() -> None:
    assert [Verdict.parse(v.word) for v in Verdict] == list(Verdict)


@pytest.mark.parametrize("word", ["ALLOW", "Allow", "permit", "", "1"])
def test_other_words_are_no_verdict(word: str) -> None:
    with pytest.raises(KeyError):
        Verdict.parse(word)
