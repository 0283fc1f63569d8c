"""The effects of a call, as a decision sees them (rule 8 of `gardefou.decide._guard`)."""

from __future__ import annotations

import pytest

from gardefou.action import Action
from gardefou.constitution import load
from gardefou.constitution.catalogue import Catalogue, Parameter, Tool
from gardefou.constitution.facts import Keys
from gardefou.decide import Decision, Grant, Guard, Labelled, Session, explanation
from gardefou.verdict import Verdict

FRONT = """---
constitution: Office of Examples
version: 1
language: 1
unlisted: hold
roles: {desk: [ada, ben]}
---

"""
CODE = """## Article 1. Programs {#programs}

The office lets programs run.

```facts
removals:
  kind: count
  on: effect deletes
  window: 24h
  scope: session
```

```article
kind: default
on: [effect executes_code, effect reads, effect writes]
```
"""
DELETES = """## Article 2. Deletion {#deletion}

People decide on it.

```article
kind: default
on: effect deletes
hold:
  - quorum: {desk: 1}
deny:
  - when: facts.removals > 0
```
"""
LISTED = """## Article 3. Effects {#effects}

Nothing is published.

```article
kind: default
on: anything
deny:
  - when: '"publishes" in tool.effects'
```
"""
FORCE = """## Article 4. Force {#force}

A person decides.

```article
kind: red_line
on: effect uses_force
deny:
  - when: '!action.autonomy.supervised'
```
"""


def _tool(name: str, role: str, type_: str) -> Tool:
    return Tool(
        name=name,
        effects=("executes_code",),
        parameters={"x": Parameter(role=role, type=type_)},  # type: ignore[arg-type] - rows of a table
        labelled_by="person",
        confidence=1.0,
    )


TOOLS = {
    "bash": _tool("bash", "command", "shell"),
    "sql": _tool("sql", "query", "sql"),
    "py": _tool("py", "code", "text"),
}


def guard(*articles: str) -> Guard:
    return Guard(load(FRONT + "\n".join(articles)), Catalogue(tools=TOOLS))


def call(tool: str, text: str) -> Action:
    return Action(tool=tool, arguments={"x": text}, session="s")


def decided(
    guard_: Guard, action: Action, session: Session | None = None
) -> tuple[Labelled, Decision]:
    session = session or guard_.session()
    labelled = guard_.label(action, session, 0)
    return labelled, guard_.decide(labelled, session, 0)


def test_rules_on_an_effect_see_what_a_command_shows() -> None:
    """Rule 8."""
    here = guard(CODE, DELETES)
    assert decided(here, call("bash", "ls -l"))[1].verdict is Verdict.ALLOW
    assert decided(here, call("bash", "make"))[1].verdict is Verdict.ALLOW
    assert decided(here, call("bash", "rm a"))[1].verdict is Verdict.HOLD
    assert decided(here, call("sql", "DROP TABLE a"))[1].verdict is Verdict.HOLD
    assert decided(here, call("py", "import os\nos.remove('a')"))[1].verdict is Verdict.HOLD


def test_a_red_line_sees_what_a_program_shows() -> None:
    """Law 1: what is denied to a tool is denied to a program."""
    here = guard(CODE, FORCE)
    _, decision = decided(here, call("py", "turret.fire(track)"))
    assert decision.verdict is Verdict.DENY
    assert decision.red_line
    assert decided(here, call("py", "print('turret.fire(track)')"))[1].verdict is Verdict.ALLOW


def test_an_added_effect_that_no_article_speaks_of_is_unlisted() -> None:
    """Law 2."""
    here = guard(CODE)
    labelled, decision = decided(here, call("bash", "pip install x"))
    assert decision.verdict is Verdict.HOLD
    assert {"effect installs_software", "effect opens_url"} == set(
        decision.grounds[0].detail.split(", ")
    )
    sentence = explanation(here, labelled, decision).sentence
    assert "its content installs software (`pip install`)" in sentence


def test_conditions_see_the_effects_of_the_call() -> None:
    here = guard(CODE, LISTED)
    assert decided(here, call("bash", "git status"))[1].verdict is Verdict.ALLOW
    assert decided(here, call("bash", "git push"))[1].verdict is Verdict.DENY


def test_facts_count_the_effects_of_the_call() -> None:
    here = guard(CODE, DELETES)
    session = here.session()
    for text in ("ls", "rm a"):
        labelled, _ = decided(here, call("bash", text), session)
        here.executed(labelled, session, 0)
    assert session.facts.read(0, Keys.of(call("bash", "ls")))["removals"] == 1
    assert decided(here, call("bash", "rm b"), session)[1].verdict is Verdict.DENY
    assert decided(here, call("bash", "ls"), session)[1].verdict is Verdict.ALLOW


def test_a_grant_of_running_programs_does_not_cover_what_they_delete() -> None:
    """Rule 6."""
    here = guard(CODE, DELETES)
    session = here.session(grants=[Grant(id="g", effects=("executes_code",), granted_by="ada")])
    assert decided(here, call("bash", "make"), session)[1].verdict is Verdict.ALLOW
    _, decision = decided(here, call("bash", "rm a"), session)
    assert {ground.cause for ground in decision.grounds} == {"rule", "grant"}


def test_an_explanation_names_the_words_that_show_it() -> None:
    here = guard(CODE, DELETES)
    labelled, decision = decided(here, call("bash", "ls; rm -rf /srv/x"))
    sentence = explanation(here, labelled, decision).sentence
    assert "its content deletes (`rm -rf /srv/x`)" in sentence


@pytest.mark.parametrize("order", [["ls", "rm a", "ls"], ["rm a", "ls", "rm a"]])
def test_one_call_does_not_colour_the_next(order: list[str]) -> None:
    """Law 3: the shapes of a tool's calls are kept apart."""
    here = guard(CODE, DELETES)
    verdicts = [decided(here, call("bash", text))[1].verdict for text in order]
    wanted = {"ls": Verdict.ALLOW, "rm a": Verdict.HOLD}
    assert verdicts == [wanted[text] for text in order]


def test_a_call_that_only_looked_lends_no_wish_to_one_that_acts() -> None:
    """Law 2: what was asked is known for the effects of a call, never for the name of its tool."""
    tool = Tool(
        name="shell",
        effects=("executes_code",),
        parameters={"command": Parameter(role="command", required=True)},
    )
    law = load(FRONT + CODE)
    guard = Guard(law, Catalogue(tools={"shell": tool}))
    session = guard.session()

    def asked(command: str) -> bool:
        action = Action(tool="shell", arguments={"command": command})
        labels = guard.label(action, session, 0).labels
        assert labels is not None
        return labels.intent.asked

    assert asked("ls") is True
    assert asked("git push") is False
