"""Shares of a backtest: whoever decides a case has the facts that one worker alone would have."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from itertools import combinations
from pathlib import Path

import msgspec
import pytest

from gardefou.action import Action, Principal
from gardefou.constitution.facts import MAX_KEYS
from gardefou.decide import Session
from gardefou.errors import InputError
from gardefou.recording import Layer
from gardefou.replay import Backtest, CaseFile, Draft, PastCase, Sharing, backtest, write_cases
from gardefou.replay._backtest._plan import DECIDE, REMEMBER, plan_of
from gardefou.replay._backtest._result import Tally, merged, numbered
from gardefou.replay._backtest._share import guard_of, scan, share_of_part, share_of_plan

HOUR_US = 3_600_000_000

FACTS = """facts:
  sent: {kind: count, on: [tool send], window: 1h, scope: user}
  looked: {kind: since, on: [tool look], scope: session, reset: {on: [tool clear]}}
  shown: {kind: count, on: [effect reads], scope: application}
  asked: {kind: count, on: [vendor acme], window: 2h, scope: tenant}
  unread: {kind: count, on: [anything], scope: tenant}
"""
RULES = {
    "sent": ("tool send", "facts.sent > 0"),
    "looked": ("tool send", "facts.looked"),
    "shown": ("tool clear", "facts.shown > 0"),
    "asked": ("tool look", "facts.asked > 0"),
}
LABELS = """catalogue: 1
tools:
  send: {effects: []}
  look: {effects: []}
  clear: {effects: []}
  run:
    schema: {type: object, properties: {command: {type: string}}}
    effects: [executes_code]
    parameters: {command: {role: command}}
"""


def draft(rules: Sequence[str]) -> Draft:
    """A draft whose rules read some of the facts."""
    articles = (
        "\n## Article 9. Advice {#advice}\n\nText.\n\n```article\nkind: guideline\n```\n"
        + "".join(
            f"\n## Article {number}. On {name} {{#on-{name}}}\n\nText.\n\n```article\nkind: default\n"
            f"on: {RULES[name][0]}\ndeny:\n  - when: {RULES[name][1]}\n```\n"
            for number, name in enumerate(rules, start=1)
        )
    )
    head = f"---\nconstitution: Example\nversion: 1\nlanguage: 1\nunlisted: allow\n{FACTS}---\n"
    return Draft((Layer("law.md", f"{head}\n# Example\n{articles}"),), LABELS, "labels.yaml")


def alone(under: Draft, source: CaseFile) -> Backtest:
    return _whole(under, numbered([share_of_part(under, source, 1, 0)]))


def together(under: Draft, source: CaseFile, workers: int) -> Backtest:
    """What several workers find; each share is worked out as in a process of its own."""
    plan = plan_of([scan(under, source, workers, part) for part in range(workers)], workers)
    return _whole(under, [share_of_plan(under, source, plan, w) for w in range(workers)])


def parted(under: Draft, source: CaseFile, workers: int) -> Backtest:
    """What several workers find where no fact matters: each reads its part only."""
    return _whole(
        under, numbered(share_of_part(under, source, workers, part) for part in range(workers))
    )


def _whole(under: Draft, tallies: Sequence[Tally]) -> Backtest:
    guard = guard_of(under)
    return merged(
        tallies,
        constitution=guard.constitution_digest,
        catalogue=guard.catalogue_digest,
    )


def plainly(under: Draft, cases: Sequence[PastCase]) -> tuple[int, int, int]:
    """Same, looser and stricter by the definition: everything that happened is remembered."""
    guard = guard_of(under)
    sessions: dict[str, Session] = {}
    found = [0, 0, 0]
    for case in cases:
        session = sessions.setdefault(case.action.principal.tenant, guard.session())
        labelled = guard.recall(case.action, case.origin, case.intent)
        after = guard.decide(labelled, session, case.at_us).verdict.word
        looser = case.verdict == "deny"
        found[0 if after == case.verdict else 1 if looser else 2] += 1
        if case.happened:
            guard.remember(labelled, session.facts, case.at_us)
    return found[0], found[1], found[2]


def drawn(seed: int, count: int = 120) -> list[PastCase]:
    """Cases of few tenants, applications, users and sessions, so that many of them meet."""
    draw = random.Random(seed)
    at_us, cases = 1_780_000_000_000_000, []
    tools = ["send", "send", "look", "clear", "run ls", "run rm -r /srv/x", "strange"]
    for _ in range(count):
        at_us += draw.randrange(HOUR_US // 8)
        tool, _, command = draw.choice(tools).partition(" ")
        happened = draw.random() < 0.7
        who = Principal(
            tenant=draw.choice("ab"), application=draw.choice("ab"), user=draw.choice("abc")
        )
        action = Action(
            tool=tool,
            principal=who,
            session=draw.choice("123"),
            vendor=draw.choice(["", "acme"]),
            arguments={"command": command} if command else {},
        )
        verdict = "allow" if happened else "deny"
        cases.append(PastCase(at_us=at_us, verdict=verdict, happened=happened, action=action))
    return cases


@pytest.mark.parametrize("rules", [c for n in range(5) for c in combinations(RULES, n)])
@pytest.mark.parametrize("seed", range(3))
def test_any_number_of_workers_gives_the_same_result(
    tmp_path: Path, rules: tuple[str, ...], seed: int
) -> None:
    """Law 3: facts of every scope, resets, vendors, commands; happened or not; the same bytes."""
    cases = drawn(seed)
    source, under = written(tmp_path / "cases.jsonl", cases), draft(rules)
    one = alone(under, source)
    assert (one.same, one.looser, one.stricter) == plainly(under, cases)
    for workers in (2, 3, 5):
        several = together(under, source, workers)
        assert msgspec.json.encode(several) == msgspec.json.encode(one)
        if not rules:
            assert parted(under, source, workers) == one


def written(path: Path, cases: Sequence[PastCase]) -> CaseFile:
    write_cases(cases, path)
    return CaseFile(str(path))


def sends(users: Sequence[str], *, tenant: str = "a") -> list[PastCase]:
    return [
        PastCase(
            at_us=1_780_000_000_000_000 + number,
            verdict="allow",
            happened=True,
            action=Action(tool="send", principal=Principal(tenant=tenant, user=user)),
        )
        for number, user in enumerate(users)
    ]


def test_each_worker_decides_only_its_own_users(tmp_path: Path) -> None:
    """Facts of users part the cases by user: nobody remembers what another one decides."""
    users = [f"u{number % 40}" for number in range(400)]
    source, under = written(tmp_path / "cases.jsonl", sends(users)), draft(["sent"])
    plan = plan_of([scan(under, source, 3, part) for part in range(3)], 3)
    tasks = [bytes(plan.tasks(worker)) for worker in range(3)]
    assert plan.kept == 0
    assert all(REMEMBER not in mine for mine in tasks)
    of_user: dict[str, set[int]] = {}
    for place, user in enumerate(users):
        mine = [worker for worker in range(3) if tasks[worker][place] == DECIDE]
        assert len(mine) == 1
        of_user.setdefault(user, set()).update(mine)
    assert all(len(workers) == 1 for workers in of_user.values())
    loads = [mine.count(DECIDE) for mine in tasks]
    assert max(loads) - min(loads) <= 10


def test_what_reaches_across_everything_is_kept_by_all_and_told(tmp_path: Path) -> None:
    """A fact of a single tenant is kept by every worker; the result is the same, and it is said."""
    cases = sends([f"u{number}" for number in range(60)])
    vendored = [
        msgspec.structs.replace(
            case, action=msgspec.structs.replace(case.action, vendor="acme", tool="look")
        )
        for case in cases
    ]
    source, under = written(tmp_path / "cases.jsonl", vendored), draft(["asked"])
    told: list[Sharing] = []
    result = backtest(under, source, workers=2, told=told.append)
    assert told == [Sharing(workers=2, kept_by_all=60)]
    assert result == backtest(under, source, workers=1, told=told.append)
    assert told[1] == Sharing(workers=1)
    assert result.stricter == 59


def test_a_table_that_overflows_belongs_together(tmp_path: Path) -> None:
    """Beyond `MAX_KEYS` users the reserve speaks for all: the tenant's cases are kept by all.

    Those who gave way read the reserve, which says two; so that the third call of one who sent
    twice at the beginning is refused, and so is that of one who never sent.
    """
    many = [f"u{number}" for number in range(MAX_KEYS)]
    users = ["first", "first", *many, "first", "never", "never"]
    source, under = written(tmp_path / "cases.jsonl", sends(users)), draft(["sent"])
    plan = plan_of([scan(under, source, 2, part) for part in range(2)], 2)
    assert plan.kept == len(users)
    one = alone(under, source)
    assert one.stricter > 2
    assert together(under, source, 2) == one
    few = written(tmp_path / "few.jsonl", sends(users[: MAX_KEYS // 2]))
    assert plan_of([scan(under, few, 2, part) for part in range(2)], 2).kept == 0


@pytest.mark.parametrize("engine", ["cores", "dask"])
def test_both_engines_share_by_keys(tmp_path: Path, engine: str) -> None:
    if engine == "dask":
        pytest.importorskip("dask", reason="the extra `backtest` is not installed")
    draw = random.Random(3)
    source = written(tmp_path / "cases.jsonl", sends([f"u{draw.randrange(9)}" for _ in range(200)]))
    under = draft(["sent", "looked"])
    assert backtest(under, source, workers=2, engine=engine) == alone(under, source)  # type: ignore[arg-type] # - a name of an engine


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
@pytest.mark.parametrize("parts", [1, 2, 3, 7, 50])
def test_parts_hold_every_line_once_and_in_order(tmp_path: Path, suffix: str, parts: int) -> None:
    if suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="the extra `backtest` is not installed")
    cases = sends(
        [f"u{number}" * (number % 7) for number in range(9_000 if suffix != ".jsonl" else 40)]
    )
    source = written(tmp_path / f"cases{suffix}", cases)
    pieces = [bytes(line) for part in range(parts) for line in source.lines(part, parts)]
    assert pieces == [bytes(line) for line in source.lines()]
    assert len(pieces) == len(cases)


def test_blank_lines_count_for_nothing_in_any_part(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b"\n{1}\n  \n\n{22}\n{333}\n\n")
    source = CaseFile(str(path))
    for parts in range(1, 25):
        found = [bytes(line).strip() for p in range(parts) for line in source.lines(p, parts)]
        assert found == [b"{1}", b"{22}", b"{333}"]


@pytest.mark.parametrize("rules", [[], ["sent"]])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_first_line_that_is_no_case_is_named_by_any_number_of_workers(
    tmp_path: Path, rules: list[str], workers: int
) -> None:
    path = tmp_path / "cases.jsonl"
    write_cases(sends([f"u{number % 5}" for number in range(30)]), path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[11] = b"[]\n"
    lines[23] = b"{\n"
    path.write_bytes(b"".join(lines))
    under, source = draft(rules), CaseFile(str(path))
    work = alone if workers == 1 else partial(together if rules else parted, workers=workers)
    with pytest.raises(InputError, match="case 11 cannot be read"):
        work(under, source)
