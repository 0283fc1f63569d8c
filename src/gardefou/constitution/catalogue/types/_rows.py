"""Which rows SQL asks for: all of them, some that it names, or only counts.

1. ``filtered`` says that every select on tables is narrowed to stated values of a column, by ``AND``:
   ``x = 'value'``, ``x IN ('a', 'b')`` with at most twenty values, or ``x LIKE 'value%'``. A comparison that can hold for
   everybody (``id > 0``, ``1 = 1``, ``x = x``, ``<>``) does not narrow.
2. ``limit`` is the largest number of rows that a statement can bring, or -1 without a bound.
3. ``aggregate`` says that a statement brings counts, sums and means only, by groups that single
   out nobody: no names, addresses, numbers or dates of birth among the columns to group by.
4. What this module does not know is not narrowed, not bounded and no count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from gardefou._late import late

UNBOUNDED = -1
_MOST_VALUES = 20
_FEWEST_LETTERS = 3  # `LIKE 'a%'` narrows to nobody in particular
_SINGLES_OUT = late(
    r"(?:^|_)(?:id|ids|uuid|key|ref|ssn|nir|iban|tel|ip|mac|user|login|handle|plate|plaque|badge|card|carte)"
    r"(?:_|$)|name|nom(?:s|_|$)|phone|mobile|msisdn|mail|courriel|address|adresse|street|rue(?:_|$)|birth|born"
    r"|naissance|passport|passeport|number|numero|matricule|licen[cs]e|identi|person|citizen"
)
# Functions that reach outside the database although the library knows them.
_OUTSIDE = ("ReadCSV", "ReadParquet", "NextValueFor", "OpenJSON", "LoadData")


class Rows(msgspec.Struct, frozen=True, kw_only=True):
    """What statements bring; ``calls`` are functions that nobody knows here."""

    filtered: bool = False
    limit: int = UNBOUNDED
    aggregate: bool = False
    columns: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


def rows_of(trees: Sequence[Any], exp: Any) -> Rows:
    """Read the parsed statements of a text."""
    selects = [node for tree in trees for node in tree.find_all(exp.Select)]
    reading = [node for node in selects if _is_about_tables(node)]
    limits = [_limit(tree, exp) for tree in trees]
    tops = [query for tree in trees for query in _tops(tree, exp)]
    return Rows(
        filtered=bool(reading) and all(_narrowed(node, exp) for node in reading),
        limit=UNBOUNDED if UNBOUNDED in limits or not limits else sum(limits),
        aggregate=bool(tops) and all(_counts(node, exp) for node in tops),
        columns=tuple(dict.fromkeys(_columns(trees, exp))),
        calls=tuple(dict.fromkeys(_calls(trees, exp))),
    )


def _is_about_tables(select: Any) -> bool:
    return (select.args.get("from") or select.args.get("from_")) is not None


def _tops(tree: Any, exp: Any) -> Iterator[Any]:
    """The selects whose rows come out: both sides of a union."""
    if isinstance(tree, exp.SetOperation):
        yield from _tops(tree.this, exp)
        yield from _tops(tree.expression, exp)
    elif isinstance(tree, (exp.Subquery, exp.Paren)):
        yield from _tops(tree.this, exp)
    else:
        yield tree


def _limit(tree: Any, exp: Any) -> int:
    limit = tree.args.get("limit")
    if not isinstance(limit, (exp.Limit, exp.Fetch)):
        return UNBOUNDED
    options = limit.args.get("limit_options")
    if options is not None and (options.args.get("percent") or options.args.get("with_ties")):
        return UNBOUNDED
    count = limit.args.get("expression") or limit.args.get("count")
    if isinstance(count, exp.Literal) and not count.is_string and count.this.isdigit():
        return int(count.this)
    return UNBOUNDED


def _narrowed(select: Any, exp: Any) -> bool:
    where = select.args.get("where")
    if where is None:
        return _only_subqueries(select, exp)
    return any(_names(part, exp) for part in _parts(where.this, exp))


def _only_subqueries(select: Any, exp: Any) -> bool:
    """Whether it reads from other selects alone; those are judged themselves."""
    source = select.args.get("from") or select.args.get("from_")
    sources = [source.this, *(join.this for join in select.args.get("joins") or ())]
    return all(isinstance(one, exp.Subquery) for one in sources)


def _parts(node: Any, exp: Any) -> Iterator[Any]:
    if isinstance(node, (exp.And, exp.Paren)):
        for child in (node.this, node.args.get("expression")):
            if child is not None:
                yield from _parts(child, exp)
    else:
        yield node


def _names(part: Any, exp: Any) -> bool:
    if isinstance(part, exp.EQ):
        sides = (part.this, part.expression)
        return any(isinstance(a, exp.Column) and _is_value(b, exp) for a, b in (sides, sides[::-1]))
    if isinstance(part, exp.In):
        values = part.args.get("expressions") or ()
        few = 0 < len(values) <= _MOST_VALUES
        return isinstance(part.this, exp.Column) and few and _all_values(values, exp)
    if isinstance(part, exp.Like):
        pattern = part.expression
        if not isinstance(part.this, exp.Column) or not isinstance(pattern, exp.Literal):
            return False
        start = pattern.this.partition("%")[0].replace("_", "")
        return len(start) >= _FEWEST_LETTERS
    return False


def _is_value(node: Any, exp: Any) -> bool:
    return isinstance(node, (exp.Literal, exp.Placeholder, exp.Parameter))


def _all_values(nodes: Iterable[Any], exp: Any) -> bool:
    return all(_is_value(node, exp) for node in nodes)


def _counts(query: Any, exp: Any) -> bool:
    """Whether it brings numbers about many rows, and beside them only what it groups by."""
    if not isinstance(query, exp.Select):
        return False
    numbers = (exp.Count, exp.Sum, exp.Avg, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance)
    group = query.args.get("group")
    groups = group.expressions if group is not None else ()
    named = [column.name.lower() for key in groups for column in key.find_all(exp.Column)]
    if any(_SINGLES_OUT.search(name) for name in named):
        return False
    keys = {key.sql() for key in groups}
    found = False
    for one in query.expressions:
        plain = one.unalias()
        while isinstance(plain, (exp.Round, exp.Paren, exp.Cast)):
            plain = plain.this
        if isinstance(plain, numbers):
            found = True
        elif isinstance(plain, exp.Star) or plain.sql() not in keys:
            return False
    return found


def _columns(trees: Sequence[Any], exp: Any) -> Iterator[str]:
    for tree in trees:
        for column in tree.find_all(exp.Column):
            yield column.name.lower()


def _calls(trees: Sequence[Any], exp: Any) -> Iterator[str]:
    for tree in trees:
        for call in tree.find_all(exp.Anonymous):
            yield str(call.name).lower()
        for name in _OUTSIDE:
            kind = getattr(exp, name, None)
            if kind is not None and tree.find(kind) is not None:
                yield name.lower()
