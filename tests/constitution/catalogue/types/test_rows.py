"""Which rows a statement can bring: what an article on bulk may rely on."""

from __future__ import annotations

import pytest

from gardefou.constitution.catalogue.types import parse_sql

FILTERED = [
    "select a from b where id = 3",
    "select a from b where 'x' = name and 1 = 1",
    "select a from b where name in ('x', 'y')",
    "select a from b where name like 'Mart%'",
    "select a from b where id = ?",
    "select * from (select a from b where id = 3) t",
]
NOT_FILTERED = [
    "select a from b",
    "select a from b where 1 = 1",
    "select a from b where id = id",
    "select a from b where id > 0",
    "select a from b where id <> 3",
    "select a from b where id = 3 or 1 = 1",
    "select a from b where not id = 3",
    "select a from b where name like '%'",
    "select a from b where name like 'm%'",
    "select a from b where id in (select id from b)",
    "select a from b where id in (" + ", ".join(map(str, range(21))) + ")",
    "select a from b where id = 3 union select a from b",
    "select a from b where exists (select 1 from c where x = 2)",
    "select (select max(a) from b) from c where id = 3",
]


@pytest.mark.parametrize("text", FILTERED)
def test_stated_values_narrow(text: str) -> None:
    assert parse_sql(text).filtered


@pytest.mark.parametrize("text", NOT_FILTERED)
def test_what_can_hold_for_everybody_does_not_narrow(text: str) -> None:
    assert not parse_sql(text).filtered


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("select a from b limit 5", 5),
        ("select a from b fetch first 7 rows only", 7),
        ("select a from b limit 5; select a from b limit 6", 11),
        ("select a from b limit 5; select a from b", -1),
        ("select a from b limit all", -1),
        ("select a from b limit 2 + 2", -1),
        ("select a from b", -1),
        ("select * from (select a from b limit 5) t", -1),
    ],
)
def test_a_limit_is_a_plain_number_on_the_whole(text: str, limit: int) -> None:
    assert parse_sql(text).limit == limit


@pytest.mark.parametrize(
    ("text", "aggregate"),
    [
        ("select count(*) from b", True),
        ("select district, count(*) as n, avg(age) from b group by district", True),
        ("select round(avg(age), 1) from b", True),
        ("select name, count(*) from b group by name", False),
        ("select sum(ssn) from b group by id", False),
        ("select max(name) from b", False),
        ("select string_agg(name, ',') from b", False),
        ("select count(*), name from b", False),
        ("select count(*) from b union select name from b", False),
        ("select *, count(*) over () from b", False),
        ("select district from b group by district", False),
    ],
)
def test_counts_single_nobody_out(text: str, aggregate: bool) -> None:
    assert parse_sql(text).aggregate == aggregate
