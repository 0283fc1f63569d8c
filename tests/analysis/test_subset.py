"""A rule outside the analysable subset loads, is named, and is taken to do anything (law 8)."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gardefou.analysis import difference, lint, prove, replay, verify
from gardefou.analysis._case import strength
from gardefou.constitution import load
from gardefou.constitution.catalogue import load_catalogue
from gardefou.decide import Guard
from gardefou.errors import LoadError

pytest.importorskip("z3", reason="the extra `analysis` is not installed")
TOOLS = """catalogue: 1
tools:
  send:
    schema:
      type: object
      properties:
        note: {type: string}
        rows:
          type: array
          items:
            type: object
            properties:
              flag: {type: boolean}
              names: {type: array, items: {type: string}}
            required: [flag, names]
      required: [rows, note]
    effects: []
"""
LABELS = load_catalogue(TOOLS)
# The list of a value that is chosen by `? :`.
OUTSIDE = 'args.rows.exists(a, args.rows.exists(b, "x" in (a.flag ? a : b).names))'
LAW = f"""---
constitution: Example
version: 1
language: 1
unlisted: allow
roles: {{watch: [alice, bob], clerk: [carol]}}
---

# Example

## Article 1. Purpose {{#purpose}}

Nothing without a purpose.

```article
kind: red_line
on: tool send
deny:
  - when: action.purpose == ""
```

## Article 2. Names {{#names}}

Not this name.

```article
kind: default
on: tool send
deny:
  - when: '{OUTSIDE}'
```

## Article 3. Notes {{#notes}}

Urgent notes wait.

```article
kind: default
on: tool send
hold:
  - when: args.note == "urgent"
    quorum: {{watch: 2}}
```
"""
NAMED = "rule 1 of `names`: it holds a list of a value that is chosen by `? :`"


def made(text: str) -> Guard:
    return Guard(load(text, catalogue=LABELS), LABELS)


def changed(before: str, after: str, text: str = LAW) -> str:
    assert before in text
    return text.replace(before, after)


def test_a_red_line_outside_the_subset_does_not_load() -> None:
    text = changed("kind: default\non: tool send\ndeny", "kind: red_line\non: tool send\ndeny")
    with pytest.raises(LoadError) as caught:
        load(text, catalogue=LABELS)
    problem = caught.value.problems[0]
    assert (problem.code, problem.line) == ("rule.not_analysed", 30)
    assert "write the choice as two rules" in problem.help


def test_another_rule_loads_and_every_answer_names_it() -> None:
    text = changed(
        "```article\nkind: default\non: tool send\nhold",
        '```property\nname: urgent\non: tool send\nwhen: args.note == "urgent"\nmust: hold\n```\n\n```article\nkind: default\non: tool send\nhold',
    )
    old, new = made(text), made(changed('== "urgent"\n    quorum', '!= "calm"\n    quorum', text))
    proof = prove(old, new)
    assert proof.holds
    assert proof.certificate.not_analysed == (NAMED,)
    assert proof.to_json()["certificate"]["not_analysed"] == (NAMED,)
    found = difference(old, new)
    assert found.not_analysed == (NAMED,)
    assert found.articles == {"notes": "stricter"}
    assert [answer.not_analysed for answer in verify(old)] == [(NAMED,)]
    remark = next(r for r in lint(old).remarks if r.code == "lint.not_analysed")
    assert (remark.article, remark.rule) == ("names", 1)


SMUGGLED = [
    # The red line's own rule handed to a rule that may do anything.
    ('kind: red_line\non: tool send\ndeny:\n  - when: action.purpose == ""', f"kind: entrenched\non: tool send\ndeny:\n  - when: '{OUTSIDE}'"),
    # A copy outside the subset beside a red line that fires less.
    ('kind: red_line\non: tool send\ndeny:\n  - when: action.purpose == ""', f"kind: red_line\non: tool send\ndeny:\n  - when: action.purpose == \"none\"\n```\n\n## Article 4. Else {{#else}}\n\nElse.\n\n```article\nkind: entrenched\non: tool send\ndeny:\n  - when: 'action.purpose == \"\" || {OUTSIDE}'"),
    # A hold outside the subset in the place of the denial.
    ('kind: red_line\non: tool send\ndeny:\n  - when: action.purpose == ""', f"kind: default\non: tool send\nhold:\n  - when: '{OUTSIDE}'\n    quorum: {{clerk: 1}}"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), SMUGGLED)
def test_a_rule_that_may_do_anything_replaces_no_red_line(before: str, after: str) -> None:
    """Law 8: what stands in its place may never fire, and no proof rests on it."""
    old, new = made(LAW), made(changed(before, after))
    proof = prove(old, new)
    assert proof.verdict == "weaker"
    case = proof.findings[0].case
    assert case is not None
    before_, after_ = (strength(g, replay(g, case), red_lines=True) for g in (old, new))
    assert after_.is_below(before_)


def test_a_fact_outside_the_subset_is_another_fact() -> None:
    """Law 8: a red line that reads it is not kept."""
    facts = "```facts\nsent: {kind: once, on: tool send}\n```\n\n## Article 1."
    text = changed("## Article 1.", facts)
    text = changed('when: action.purpose == ""', "when: facts.sent", text)
    smuggled = changed("on: tool send}", f"on: tool send, when: '{OUTSIDE}'}}", text)
    proof = prove(made(text), made(smuggled))
    assert not proof.holds
    assert any(what.startswith("fact `sent`") for what in proof.certificate.not_analysed)
    assert prove(made(smuggled), made(smuggled)).holds


def test_a_change_of_such_a_rule_is_open_in_the_difference_unless_an_action_shows_it() -> None:
    found = difference(made(LAW), made(changed('"x" in', '"y" in')))
    assert found.articles["names"] in ("unknown", "incomparable", "stricter", "looser")
    for change in found.changes:
        assert change.article == "names"
        assert change.case is None or change.old != change.new
    # The rule as it was changes nothing, and hides nothing else.
    other = difference(made(LAW), made(changed('== "urgent"', '== "grave"')))
    assert other.articles == {"notes": "incomparable"}
    assert all(change.case is not None for change in other.changes)


def test_no_property_is_proved_by_a_rule_that_may_never_fire() -> None:
    def stated(when: str) -> Guard:
        prop = f"```property\nname: stopped\non: tool send\nwhen: '{when}'\nmust: deny\n```\n\n"
        return made(changed("```article\nkind: default\non: tool send\ndeny", f"{prop}```article\nkind: default\non: tool send\ndeny"))  # fmt: skip

    assert verify(stated('action.purpose == ""'))[0].verdict == "proved"
    assert verify(stated('args.note == "x"'))[0].verdict in ("broken", "unknown")
    own = verify(stated(OUTSIDE))[0]
    assert own.verdict == "unknown"
    assert any(what.startswith("property `stopped`") for what in own.not_analysed)


def test_such_a_rule_makes_no_other_rule_idle() -> None:
    """Lint only calls a rule idle when that is proved."""
    text = changed(f"'{OUTSIDE}'", f"'{OUTSIDE} || args.note == \"urgent\"'")
    codes = {(r.code, r.article) for r in lint(made(text)).remarks}
    assert ("lint.contradicted", "notes") not in codes
    inside = changed(f"'{OUTSIDE}'", "'args.note == \"urgent\"'")
    assert ("lint.contradicted", "notes") in {
        (r.code, r.article) for r in lint(made(inside)).remarks
    }


def test_the_commands_name_it(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.yaml"
    catalogue.write_text(TOOLS, encoding="utf-8")
    law = tmp_path / "law.md"
    prop = '```property\nname: stopped\non: tool send\nwhen: action.purpose == ""\nmust: deny\n```\n\n```article\nkind: default\non: tool send\ndeny'
    law.write_text(changed("```article\nkind: default\non: tool send\ndeny", prop), "utf-8")

    def said(*words: str) -> tuple[int, str]:
        start = [sys.executable, "-c", "from gardefou.cli import main; main()"]
        command = [*start, *words, "--catalogue", str(catalogue)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    named = f"not analysed: {NAMED}"
    for status, words in (
        (0, ("prove", str(law), str(law))),
        (0, ("diff", str(law), str(law))),
        (0, ("check", str(law), "--prove")),
    ):
        assert (code := said(*words))[0] == status, code
        assert named in code[1]
    status, text = said("lint", str(law))
    assert status == 3
    assert f"{NAMED.replace(':', ' is not analysed:', 1)} [lint.not_analysed]" in text
