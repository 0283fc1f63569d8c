"""A constitution in two layers with many kinds of red lines, and ways to change it."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NamedTuple

from gardefou.constitution import load_layers, standard_text
from gardefou.constitution.catalogue import Catalogue, load_catalogue
from gardefou.decide import Guard

ROOT = Path(__file__).parents[2]

ISSUER = (
    standard_text()
    .replace("supervisor: []", "supervisor: [alice, bob, carol]")
    .replace("currency: EUR", "currency: EUR\nterminal_roles: [clerk]")
    .replace("roles:\n", "roles:\n  clerk: [gina]\n")
)

OPERATOR = """---
constitution: Ministry of Examples
version: 1
language: 1
layer: operator
currency: EUR
organisation: {domains: [ministry.example, office.example]}
roles: {treasurer: [dora, erik, fay], watch: [hugo, ines, jean]}
sets:
  blocked: [rival.example, leak.example]
  dangerous: [dd, mkfs, shred]
definitions:
  large: args.amount.over("50000.00 EUR")
  outside: '!args.recipients.all(r, r.inside)'
---

# The ministry

## Article 20. What was secret stays inside {#secrets-stay}

Once a secret was read, nothing goes outside.

```facts
secrets_read: {kind: once, on: effect reads_secrets}
paid_24h: {kind: sum, on: effect pays, of: args.amount, window: 24h, scope: user}
calls_1h: {kind: count, on: effect opens_url, window: 1h}
quiet: {kind: last, on: effect sends_outside}
open_case: {kind: since, on: effect judges_people, reset: {on: effect weakens_security}}
```

```article
kind: red_line
on: effect sends_outside
deny:
  - when: facts.secrets_read && defs.outside
  - when: args.recipients.size() > 50
  - when: args.content.exists(c, c.matches("(?i)top secret"))
  - when: facts.quiet < duration("1s")
```

## Article 21. Money {#ministry-money}

Nobody moves a fortune; large sums need two treasurers.

```article
kind: red_line
on: effect pays
deny:
  - when: defs.large
  - when: facts.paid_24h.over("100000.00 EUR")
  - when: args.recipients.exists_one(r, r.value.startsWith("KP"))
hold:
  - when: args.amount.over("10000.00 EUR")
    quorum: {treasurer: 2}
    decide_by: 30m
    use_by: 5m
```

## Article 22. Shared folders {#shared-folders}

Nobody outside edits.

```article
kind: red_line
on: tool share_folder
deny:
  - when: args.role == "editor" && !args.person.inside
  - when: roles.targets.exists(t, t.startsWith("/secret"))
```

## Article 23. One vendor {#one-vendor}

The rival is not used.

```article
kind: red_line
on: vendor rival
deny: always
```

## Article 24. Machines rest at night {#night}

No machine moves between ten and six.

```article
kind: red_line
on: effect moves_machine
deny:
  - when: now.getHours() >= 22 || now.getHours() < 6
  - when: principal.tenant == "guest"
```

## Article 25. Commands {#ministry-commands}

Nothing destroys a disk.

```article
kind: red_line
on: effect executes_code
deny:
  - when: has(args.command) && (args.command.opaque || args.command.programs.exists(p, p in sets.dangerous))
  - when: has(args.query) && (args.query.opaque || args.query.verbs.exists(v, v == "drop"))
```

## Article 26. Places {#ministry-places}

The archive is not deleted, blocked sites are not opened.

```article
kind: red_line
on: effect deletes
deny:
  - when: args.paths.exists(p, p.within("/srv/archive"))
  - when: action.purpose == "" && args.paths.size() > 10
```

```article
kind: red_line
on: effect opens_url
deny:
  - when: args.urls.exists(u, u.site in sets.blocked || u.has_credentials)
  - when: facts.calls_1h > 500
  - when: '"sends_outside" in tool.effects'
```

## Article 27. Verdicts about people {#ministry-verdicts}

An open case is not judged twice; no outsider's text judges anybody.

```article
kind: red_line
on: effect judges_people
deny:
  - when: facts.open_case
  - when: intent.prompted && !intent.asked
  - when: origin.persons.outsider && !origin.persons.named
```

## Article 28. Manner of the ministry {#ministry-manner}

Mail is short.

```article
kind: default
on: effect sends_outside
hold:
  - when: args.content.exists(c, c.size() > 5000)
    quorum: {treasurer: 1}
```
"""

CATALOGUE = (
    (ROOT / "examples" / "catalogue.yaml").read_text(encoding="utf-8")
    + """
  run_command:
    description: Run a command.
    schema:
      type: object
      properties:
        command: {type: string}
      required: [command]
    effects: [executes_code]
    parameters:
      command: {role: command, required: true}
  query_register:
    description: Run a statement.
    schema:
      type: object
      properties:
        statement: {type: string}
      required: [statement]
    effects: [executes_code, collects_personal_data]
    parameters:
      statement: {role: query, required: true}
  read_secret:
    description: Read a secret.
    schema:
      type: object
      properties:
        name: {type: string}
      required: [name]
    effects: [reads_secrets]
    parameters:
      name: {role: targets}
  score_person:
    description: Score a person.
    schema:
      type: object
      properties:
        name: {type: string, maxLength: 400}
        note: {type: string}
      required: [name]
    effects: [judges_people]
    parameters:
      name: {role: persons, required: true}
      note: {role: content}
  archive_close:
    description: Close a case.
    schema:
      type: object
      properties:
        case: {type: string}
    effects: [weakens_security]
    parameters:
      case: {role: case}
"""
)


class Texts(NamedTuple):
    """One version as its texts; an empty one is left out."""

    issuer: str = ""
    operator: str = ""
    catalogue: str = CATALOGUE


BASES = {
    "issuer": Texts(issuer=ISSUER),
    "operator": Texts(operator=OPERATOR),
    "catalogue": Texts(issuer=ISSUER, operator=OPERATOR),
}


class Change(NamedTuple):
    """One amendment: in which text what is replaced by what, and what the proof should say."""

    name: str
    text: str
    before: str
    after: str
    code: str = ""

    def apply(self) -> Texts:
        base = BASES[self.text]
        whole: str = getattr(base, self.text)
        assert self.before in whole, self.name
        changed = whole.replace(self.before, self.after)
        assert changed != whole, self.name
        return base._replace(**{self.text: changed})


@functools.lru_cache(maxsize=8)
def _catalogue(text: str) -> Catalogue:
    return load_catalogue(text)


def guard(texts: Texts) -> Guard:
    known = _catalogue(texts.catalogue)
    layers = [text for text in (texts.issuer, texts.operator) if text]
    return Guard(load_layers(layers, catalogue=known), known)


@functools.cache
def base(name: str) -> Guard:
    """The version that a change of this text starts from."""
    return guard(BASES[name])
