"""What the solver cannot be asked about is named, and nothing is proved then."""

from __future__ import annotations

import pytest

from gardefou.analysis import prove
from gardefou.constitution import load
from gardefou.constitution.catalogue import load_catalogue
from gardefou.decide import Guard
from gardefou.errors import InputError

pytest.importorskip("z3", reason="the extra `analysis` is not installed")
LABELS = """catalogue: 1
tools:
  send:
    schema:
      type: object
      properties:
        rows:
          type: array
          items:
            type: object
            properties:
              flag: {type: boolean}
              names: {type: array, items: {type: string}}
            required: [flag, names]
      required: [rows]
    effects: []
"""
LAW = """---
constitution: Example
version: 1
language: 1
unlisted: allow
---

# Example

## Article 1. Names {#names}

Not this name.

```article
kind: red_line
on: tool send
deny:
  - when: 'args.rows.exists(a, args.rows.exists(b, "x" in (a.flag ? a : b).names))'
```
"""


def test_a_condition_outside_the_subset_is_named_and_nothing_is_proved() -> None:
    known = load_catalogue(LABELS)
    old, new = (
        Guard(load(text, catalogue=known), known) for text in (LAW, LAW.replace('"x"', '"y"'))
    )
    with pytest.raises(InputError) as caught:
        prove(old, new)
    assert caught.value.code == "analysis.subset"
