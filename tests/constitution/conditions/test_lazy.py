from __future__ import annotations

import subprocess
import sys

from gardefou.constitution.conditions import compile_condition, to_json, vocabulary


def _run(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_node_that_loads_compiled_conditions_never_imports_the_compiler() -> None:
    node = compile_condition("args.persons.size() > 20", vocabulary())
    code = (
        "import sys\n"
        "from gardefou.constitution.conditions import from_json\n"
        "from gardefou.decide._generate import generate\n"
        "function = generate([(0, from_json(sys.argv[1].encode()))])\n"
        "print(function({'roles': {'persons': ['x'] * 21}}))\n"
        "print(sorted(m for m in sys.modules if m.startswith(('cel_', 'google', 're2'))))\n"
    )
    assert _run(code, to_json(node).decode()).splitlines() == ["([0], [])", "[]"]
