"""The same question has the same answer: on a busy machine, in any order, with any hash seed (law 3)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from smuggling import SMUGGLED

from amendments import base, guard
from gardefou.analysis import prove
from gardefou.analysis._limits import Limit

pytest.importorskip("z3", reason="the extra `analysis` is not installed")
HERE = Path(__file__).parent
NAMES = ("counts become enough", "another conjunct")

ASKED = f"""
import json, sys
sys.path.insert(0, {str(HERE)!r})
from amendments import base, guard
from smuggling import SMUGGLED
from gardefou.analysis import prove
changes = {{change.name: change for change in SMUGGLED}}
for name in sys.argv[1:]:
    change = changes[name]
    print(name, json.dumps(prove(base(change.text), guard(change.apply())).to_json()))
"""


def told(names: tuple[str, ...], hash_seed: int) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", ASKED, *names],
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.partition(" {")[0]: line for line in done.stdout.splitlines()}


def test_an_answer_depends_neither_on_the_hash_seed_nor_on_what_was_asked_before() -> None:
    """Law 3: findings with their actions, and the certificate, to the letter."""
    first = told(NAMES, 1)
    assert set(first) == set(NAMES)
    assert told(NAMES[::-1], 2) == first
    assert told(("a lower quorum", *NAMES), 3) == told(NAMES, 3) | told(("a lower quorum",), 4)


@pytest.mark.parametrize("limit", [Limit(z3_steps=1), Limit(cvc5_steps=1)])
def test_a_question_beyond_the_limit_of_steps_is_not_proved(limit: Limit) -> None:
    """Law 8: unknown is no proof, whichever solver gives up."""
    change = next(change for change in SMUGGLED if change.name == NAMES[0])
    old, new = base(change.text), guard(change.apply())
    # The other way round the amendment only tightens.
    assert prove(new, old).verdict == "proved"
    assert prove(new, old, limit=limit).verdict == "unknown"
