"""What an amendment changes is shown per article, in actions that both versions have decided."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from honest import HONEST
from smuggling import SMUGGLED

from amendments import BASES, CATALOGUE, ISSUER, Change, base, guard
from gardefou.analysis import Difference, difference, replay
from gardefou.constitution import load
from gardefou.constitution.catalogue import load_catalogue
from gardefou.decide import Guard

EVERY = {change.name: change for change in (*SMUGGLED, *HONEST)}


def compared(name: str) -> Difference:
    change: Change = EVERY[name]
    return difference(base(change.text), guard(change.apply()))


@pytest.mark.parametrize(
    ("name", "articles"),
    [
        ("limit raised", {"no-mass-surveillance": "looser"}),
        ("a lower limit", {"no-mass-surveillance": "stricter"}),
        ("a lower quorum", {"human-decides-force": "looser"}),
        ("longer to use", {"ministry-money": "looser"}),
        ("shorter to decide", {"ministry-money": "stricter"}),
        ("another role", {"ministry-money": "incomparable"}),
        ("a set written out", {"ministry-places": "unchanged"}),
        ("a default loosened", {"money": "looser"}),
        ("a default taken out", {"ministry-manner": "looser"}),
        ("hold becomes deny", {"human-decides-force": "stricter"}),
    ],
)
def test_an_article_becomes_what_its_actions_show(name: str, articles: dict[str, str]) -> None:
    found = compared(name)
    assert articles == found.articles
    change = EVERY[name]
    old, new = base(change.text), guard(change.apply())
    for shown in found.changes:
        assert shown.case is not None
        assert (replay(old, shown.case).verdict.word, replay(new, shown.case).verdict.word) == (
            shown.old,
            shown.new,
        )


TOOLS = """
catalogue: 1
tools:
  store:
    parameters: {"paths[]": {role: paths, type: path}}
    schema: {type: object, properties: {paths: {type: array, items: {type: string}}}, required: [paths]}
    effects: [writes]
"""
PATHS = """---
constitution: Example
version: 1
language: 1
unlisted: allow
---

# Example

## Article 1. Files {#files}

Drafts stay where they belong.

```article
kind: red_line
on: tool store
deny:
  - when: '!(RULE)'
```
"""


@pytest.mark.parametrize(
    "rule",
    [
        'roles.paths.exists(p, p.within("/srv/place"))',
        'roles.paths.exists(p, p.within("/srv/place") && p.suffix == ".draft")',
        'roles.paths.exists(p, p.within("/srv/place")) && roles.paths.exists(p, p.suffix == ".draft")',
    ],
)
def test_a_change_on_paths_is_shown_by_a_path_that_can_be_sent(rule: str) -> None:
    """Nothing is left open where a plain path in the folder shows it."""
    labels = load_catalogue(TOOLS)
    old, new = (
        Guard(load(PATHS.replace("'!(RULE)'", condition), catalogue=labels), labels)
        for condition in (f"'!({rule})'", f"'!({rule}) || action.purpose == \"forbidden\"'")
    )
    found = difference(old, new)
    assert found.articles == {"files": "stricter"}
    (change,) = found.changes
    assert change.case is not None
    assert "/srv/place" in change.sentence


def test_what_comes_from_a_label_stands_under_no_article() -> None:
    found = compared("a tool relabelled")
    assert {change.article for change in found.changes} == {""}
    assert any("drone_engage" in change.sentence for change in found.changes)


def test_nothing_changes_between_a_version_and_itself() -> None:
    guard_ = base("catalogue")
    assert difference(guard_, guard_).is_empty


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from gardefou.cli import main; main()", *args],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_kept_action_is_decided_by_the_command_as_the_difference_says(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text(BASES["issuer"].issuer, encoding="utf-8")
    new = ISSUER.replace("facts.persons_24h + args.persons.size() > 100", "facts.persons_24h > 200")
    (tmp_path / "new.md").write_text(new, encoding="utf-8")
    (tmp_path / "tools.yaml").write_text(CATALOGUE, encoding="utf-8")
    done = run(tmp_path, "diff", "old.md", "new.md", "--catalogue", "tools.yaml", "--keep", "kept")
    assert done.returncode == 1, done.stderr
    kept = sorted((tmp_path / "kept").glob("*.json"))
    assert kept
    for file in kept:
        expected = json.loads(file.read_text())["expect"]
        for version in ("old", "new"):
            decided = run(
                tmp_path,
                *("decide", str(file), "--constitution", f"{version}.md"),
                *("--catalogue", "tools.yaml", "--json"),
            )
            assert json.loads(decided.stdout)["verdict"] == expected[version], decided.stderr
