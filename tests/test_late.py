"""Expressions that are compiled when they are first used are the same as any other."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

import gardefou
from gardefou._late import _METHODS, _Late, late

SOURCE = Path(gardefou.__file__).parent
USERS = sorted(
    ".".join(("gardefou", *module.relative_to(SOURCE).with_suffix("").parts))
    for module in SOURCE.rglob("*.py")
    if "from gardefou._late import late" in module.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", USERS)
def test_every_expression_compiles(name: str) -> None:
    """What is compiled late is a mistake found here, not in a decision."""
    found = [v for v in vars(importlib.import_module(name)).values() if isinstance(v, _Late)]
    assert found
    for expression in found:
        assert re.compile(expression.pattern, expression.flags).pattern == expression.pattern


def test_it_behaves_as_the_expression_that_it_becomes() -> None:
    ours, theirs = (
        late(r"(a+)(?P<b>b)?", re.IGNORECASE),
        re.compile(r"(a+)(?P<b>b)?", re.IGNORECASE),
    )
    text = "xAAb aab b"
    assert ours.findall(text) == theirs.findall(text)
    assert ours.sub("-", text) == theirs.sub("-", text)
    assert ours.split(text) == theirs.split(text)
    assert [m.span() for m in ours.finditer(text)] == [m.span() for m in theirs.finditer(text)]
    assert (ours.match(text), ours.fullmatch("b")) == (None, None)
    assert ours.groupindex == theirs.groupindex
    assert set(_METHODS) <= vars(ours).keys()  # after the first use nothing stands in between


def test_a_mistake_is_an_error_of_the_first_use() -> None:
    with pytest.raises(re.error):
        late("(").search("x")
