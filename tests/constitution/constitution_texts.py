"""Documents for the tests of this folder."""

from __future__ import annotations

FRONT = """\
constitution: Ministry of Examples
version: 1
language: 1
currency: EUR
roles: {watch: [alice, bob, carol], chiefs: [alice], nobody: []}
"""

RED = """\
## Article 1. Payments {#payments}

Money leaves with care.

```article
kind: red_line
on: effect pays
deny:
  - when: args.amount.over("1000.00 EUR")
```
"""


def document(body: str = RED, front: str = FRONT) -> str:
    """A document with this front matter and body."""
    return f"---\n{front}---\n\n# Constitution\n\n{body}"


def article(rules: str, *, number: str = "1", anchor: str = "one", prose: str = "Prose.") -> str:
    """One article with a block of rules."""
    return f"## Article {number}. Title {{#{anchor}}}\n\n{prose}\n\n```article\n{rules}\n```\n"
