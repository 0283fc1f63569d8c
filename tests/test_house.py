"""The house keeps its floors, and its rules on exemptions (design, section 5)."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "gardefou"
FLOORS = {
    "_late": 0, "_rooms": 0, "action": 0, "errors": 0, "verdict": 0,
    "constitution": 1, "ledger": 1, "legible": 1, "vendors": 1, "wires": 1,
    "orders": 2,
    "decide": 3,
    "analysis": 4, "contact": 4, "recording": 4,
    "amendments": 5, "supervision": 5,
    "service": 6,
    "console": 7, "doors": 7, "replay": 7,
    "cli": 8,
}  # fmt: skip
FLOOR_ZERO_LIBRARIES = {"msgspec"}
MODULES = sorted(SOURCE.rglob("*.py"))


def room(module: Path) -> str:
    """The first part of the module's path below the package."""
    return module.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported(module: Path) -> list[str]:
    """The full names of everything a module imports, at its top or inside a function."""
    names = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            names.append(node.module or "")
            if node.module == "gardefou":
                names += [f"gardefou.{alias.name}" for alias in node.names]
    return names


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(SOURCE)))
def test_imports_go_down(module: Path) -> None:
    """No arrow goes up or sideways."""
    here = room(module)
    if here in {"__init__", "__main__"}:
        return
    for name in imported(module):
        parts = name.split(".")
        if parts[0] != "gardefou" or len(parts) == 1:
            continue
        there = parts[1]
        if there == here or there not in FLOORS:
            assert there in {here, "__version__"}, f"{module} imports unknown room {name}"
            continue
        # Floor 0 is three small rooms that share words; every other floor's rooms are apart.
        lower = FLOORS[there] < FLOORS[here] or FLOORS[here] == FLOORS[there] == 0
        assert lower, f"{here} (floor {FLOORS[here]}) imports {name} (floor {FLOORS[there]})"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(SOURCE)))
def test_floor_zero_needs_only_the_standard_library_and_msgspec(module: Path) -> None:
    import sys  # noqa: PLC0415 - used by this test alone

    if FLOORS.get(room(module)) != 0:
        return
    for name in imported(module):
        top = name.split(".")[0]
        assert top in sys.stdlib_module_names | FLOOR_ZERO_LIBRARIES | {"gardefou"}, name


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(SOURCE)))
def test_the_core_does_no_input_output_and_reads_no_clock(module: Path) -> None:
    """Law 3: `decide/` is pure and has no `async`."""
    if room(module) != "decide":
        return
    tree = ast.parse(module.read_text(encoding="utf-8"))
    forbidden = {
        "asyncio",
        "socket",
        "time",
        "random",
        "secrets",
        "os",
        "pathlib",
        "subprocess",
        "threading",
    }
    assert not forbidden & {name.split(".")[0] for name in imported(module)}
    assert not [n for n in ast.walk(tree) if isinstance(n, (ast.AsyncFunctionDef, ast.Await))]
    calls = {
        n.func.id
        for n in ast.walk(tree)
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    }
    assert not calls & {"open", "print", "input"}


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(SOURCE)))
def test_no_assert_guards_policy_and_every_exemption_has_a_reason(module: Path) -> None:
    """Asserts vanish under -O; an exemption without a reason is a defect."""
    text = module.read_text(encoding="utf-8")
    assert not [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Assert)]
    for line in text.splitlines():
        if match := re.search(r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover)(.*)$", line):
            assert re.search(r"\s-\s\S+", match.group(2)), f"{module}: {line.strip()}"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(SOURCE)))
def test_no_module_is_a_hall(module: Path) -> None:
    """House style 3: 400 lines need a reason in the docstring, 600 are a defect."""
    lines = module.read_text(encoding="utf-8").count("\n")
    assert lines < 600
    if lines > 400:
        docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
        assert "lines because" in docstring, f"{module} has {lines} lines and gives no reason"


FRONT_DOORS = [m for m in MODULES if "on_demand(" in m.read_text() and m.name == "__init__.py"]


@pytest.mark.parametrize("module", FRONT_DOORS, ids=lambda m: str(m.parent.relative_to(SOURCE)))
def test_a_front_door_on_demand_gives_what_it_says(module: Path) -> None:
    """The imports for people, the table of homes and ``__all__`` are one list."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    name = "gardefou." + ".".join(module.parent.relative_to(SOURCE).parts)
    said = {
        (node.module, alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    (table,) = [n for n in ast.walk(tree) if isinstance(n, ast.Dict)]
    homes = ast.literal_eval(table)
    assert said == {(f"{name}.{home}", word) for home, words in homes.items() for word in words}
    room = importlib.import_module(name)
    assert sorted(room.__all__) == sorted(word for _, word in said)
    for home, word in said:
        assert getattr(room, word) is getattr(importlib.import_module(str(home)), word)
    with pytest.raises(AttributeError):
        _ = room.no_such_name
