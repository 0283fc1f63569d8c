"""Backtests: the same result on one worker or many, in a file, a ledger or a cluster's engine."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from gardefou.action import Action, Principal
from gardefou.errors import FileError, InputError, LoadError
from gardefou.ledger import create_ledger, make_key, open_keyring, open_ledger
from gardefou.recording import Layer, Recorder
from gardefou.replay import Backtest, CaseFile, Draft, PastCase, backtest, read_ledger, write_cases
from gardefou.service import Policies, Service, load_policy

LAW = """---
constitution: Example
version: 1
language: 1
unlisted: allow
facts:
  sent: {kind: count, on: [tool send], window: 1h, scope: tenant}
---

# Example

## Article 1. Not too many {#many}

Not more than LIMIT in an hour.

```article
kind: default
on: tool send
deny:
  - when: facts.sent >= LIMIT
```
"""
LABELS = "catalogue: 1\ntools:\n  send: {effects: []}\n  look: {effects: []}\n"
HOUR_US = 3_600_000_000


def draft(limit: int) -> Draft:
    return Draft((Layer("law.md", LAW.replace("LIMIT", str(limit))),), LABELS, "labels.yaml")


def past(count: int = 400) -> list[PastCase]:
    """Two tenants that look and send in turn, decided with a limit of five in an hour."""
    draw = random.Random(7)
    cases, at_us = [], 1_780_000_000_000_000
    sent: dict[str, list[int]] = {"a": [], "b": []}
    for _ in range(count):
        at_us += draw.randrange(1, HOUR_US // 8)
        tenant, tool = draw.choice("ab"), draw.choice(["send", "look", "look"])
        recent = [t for t in sent[tenant] if at_us - t < HOUR_US]
        denied = tool == "send" and len(recent) >= 5
        if tool == "send" and not denied:
            sent[tenant] = [*recent, at_us]
        action = Action(tool=tool, principal=Principal(tenant=tenant))
        word = "deny" if denied else "allow"
        cases.append(PastCase(at_us=at_us, verdict=word, happened=not denied, action=action))
    return cases


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cases") / "cases.jsonl"
    assert write_cases(past(), path) == 400
    return path


def plain(limit: int) -> tuple[int, int, int]:
    """Same, looser and stricter, counted by the definition: facts follow what happened."""
    same = looser = stricter = 0
    sent: dict[str, list[int]] = {"a": [], "b": []}
    for case in past():
        tenant, tool = case.action.principal.tenant, case.action.tool
        recent = [t for t in sent[tenant] if case.at_us - t < HOUR_US]
        word = "deny" if tool == "send" and len(recent) >= limit else "allow"
        same += word == case.verdict
        looser += (word, case.verdict) == ("allow", "deny")
        stricter += (word, case.verdict) == ("deny", "allow")
        if case.happened and tool == "send":
            sent[tenant].append(case.at_us)
    return same, looser, stricter


@pytest.mark.parametrize("limit", [2, 5, 20])
def test_facts_reach_across_the_workers_shares(cases: Path, limit: int) -> None:
    """A count over a tenant is exact, although each worker decides only its share.

    A window forgets in sixteenths, so the engine may count a little longer than the definition:
    never looser, and with the limit that decided then nearly everything is the same.
    """
    one = backtest(draft(limit), CaseFile(str(cases)), workers=1)
    assert one == backtest(draft(limit), CaseFile(str(cases)), workers=3)
    same, looser, stricter = plain(limit)
    assert one.decisions == 400
    assert one.looser <= looser
    assert one.stricter >= stricter
    assert abs(one.same - same) <= 40


def test_every_engine_gives_the_same_result(cases: Path) -> None:
    pytest.importorskip("dask", reason="the extra `backtest` is not installed")
    source = CaseFile(str(cases))
    assert backtest(draft(2), source, workers=2, engine="dask") == backtest(
        draft(2), source, workers=2
    )


def test_parquet_holds_the_same_cases(cases: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="the extra `backtest` is not installed")
    path = tmp_path / "cases.parquet"
    write_cases(past(), path)
    assert list(CaseFile(str(path)).lines()) == [
        bytes(line).rstrip(b"\n") for line in CaseFile(str(cases)).lines()
    ]
    assert backtest(draft(2), CaseFile(str(path)), workers=1) == backtest(
        draft(2), CaseFile(str(cases)), workers=1
    )


def test_what_changed_is_grouped_with_its_reasons(cases: Path) -> None:
    result = backtest(draft(2), CaseFile(str(cases)), workers=1)
    group = result.groups[0]
    assert (group.tool, group.before, group.after) == ("send", "allow", "deny")
    assert group.grounds_after == ("deny many#1 rule",)
    assert group.count == result.stricter
    assert len(group.examples) == 5
    assert list(group.examples) == sorted(group.examples)


def test_a_result_has_one_digest_and_any_change_another(cases: Path) -> None:
    result = backtest(draft(2), CaseFile(str(cases)), workers=1)
    again = msgspec.json.decode(msgspec.json.encode(result), type=Backtest)
    assert again.digest() == result.digest()
    assert msgspec.structs.replace(result, looser=1).digest() != result.digest()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[Service, str]]:
    law, labels = tmp_path / "law.md", tmp_path / "labels.yaml"
    law.write_text(LAW.replace("LIMIT", "5"), encoding="utf-8")
    labels.write_text(LABELS, encoding="utf-8")
    key = make_key("ledger.example/backtest", seeds=(b"b" * 32,))
    location = str(tmp_path / "ledger.db")
    create_ledger(location, key)
    at_us = iter(range(1_780_000_000_000_000, 1_790_000_000_000_000, 1_000_000))
    with open_ledger(location, key) as ledger, closing(open_keyring(location, key.name)) as keys:
        recorder = Recorder(ledger, keys)
        policies = Policies(load_policy([law], labels))
        yield Service(policies, recorder, clock=lambda: next(at_us)), location


def test_a_ledger_is_a_source_and_its_own_constitution_changes_nothing(
    service: tuple[Service, str], tmp_path: Path
) -> None:
    """Law 3: what decided then decides the same again, facts recomputed in order."""
    made, _ = service
    for number in range(30):
        session = made.session("acme")
        action = Action(tool="send" if number % 2 else "look", principal=Principal(tenant="acme"))
        judged = made.decide(action, session)
        if judged.goes_ahead:
            made.executed(judged, session)
    assert made.recorder is not None
    path = tmp_path / "cases.jsonl"
    found = list(read_ledger(made.recorder.ledger.store, made.recorder.keyring))
    assert write_cases([case for case in found if case is not None], path) == 30
    result = backtest(draft(5), CaseFile(str(path)), workers=1)
    assert (result.same, result.looser, result.stricter) == (30, 0, 0)
    assert backtest(draft(3), CaseFile(str(path)), workers=1).stricter == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "backtest.case"),
        ("[]", "backtest.case"),
        ('{"at_us":1,"verdict":"maybe","happened":true,"action":{"tool":"send"}}', "backtest.case"),
        (
            '{"at_us":1,"verdict":"allow","happened":true,"action":{"tool":"send","x":1}}',
            "backtest.case",
        ),
    ],
)
def test_a_line_that_is_no_case_is_named(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(text + "\n", encoding="utf-8")
    for workers in (1, 2):
        with pytest.raises(InputError) as caught:
            backtest(draft(2), CaseFile(str(path)), workers=workers)
        assert caught.value.code == code
        assert "case 0" in caught.value.message


def test_a_draft_that_does_not_load_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError):
        backtest(Draft((Layer("bad.md", "nothing"),)), CaseFile("nowhere"), workers=2)
    with pytest.raises(FileError) as caught:
        backtest(draft(2), CaseFile(str(tmp_path / "nowhere.jsonl")), workers=2)
    assert caught.value.code == "backtest.file"
