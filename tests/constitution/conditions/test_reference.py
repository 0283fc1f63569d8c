"""The reference of conditions is complete, and every example in it compiles."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gardefou.constitution import conditions
from gardefou.constitution.catalogue import ROLES
from gardefou.constitution.conditions import (
    DOMAINS,
    INT,
    METHODS,
    STRUCTS,
    Definition,
    Field,
    Node,
    compile_condition,
    vocabulary,
)
from gardefou.constitution.conditions._complaints import FUNCTIONS, METHOD_NAMES

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "conditions.md"
TEXT = REFERENCE.read_text(encoding="utf-8")
VOCABULARY = vocabulary(
    effects=["pays"],
    facts={"calls": Field(INT)},
    sets={"partners": ["a.example"]},
    definitions={"large": Definition('args.amount.over("1000.00 EUR")')},
)


def _rows() -> list[list[str]]:
    """The cells of all table rows whose table has an `example` column."""
    found: list[list[str]] = []
    wanted = False
    for line in TEXT.splitlines():
        if not line.startswith("|"):
            wanted = False
            continue
        cells = [c.replace("\\|", "|").strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells[-1] == "example":
            wanted = True
        elif wanted and not set(cells[0]) <= set("- "):
            found.append(cells)
    return found


ROWS = _rows()
EXAMPLES = [row[-1].strip("`") for row in ROWS if row[-1]]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_compiles(example: str) -> None:
    compile_condition(example, VOCABULARY)


def _used() -> tuple[set[tuple[str, str]], set[str]]:
    """The fields that the examples read, by type, and the operators that they use."""
    fields: set[tuple[str, str]] = set()
    operators: set[str] = set()
    todo: list[Node] = [compile_condition(example, VOCABULARY) for example in EXAMPLES]
    while todo:
        node = todo.pop()
        operators.add(node.op)
        if node.op in ("field", "has", "surely"):
            fields.add((node.args[0].type.name, str(node.value)))
        todo += node.args
    return fields, operators


def test_every_root_role_field_and_method_has_an_example() -> None:
    fields, operators = _used()
    for role in ROLES:
        assert ("roles", role) in fields
    only_tools = {"iban", "domain"}
    for table in (DOMAINS, STRUCTS):
        for name, record in table.items():
            for field in record.fields:
                assert name in only_tools or (name, field) in fields, (name, field)
    for methods in METHODS.values():
        assert set(methods) <= operators
    described = {row[0].strip("`") for row in ROWS}
    for root in (*VOCABULARY.roots, "defs"):
        assert root in described, root


def test_every_operator_of_the_tree_has_an_example() -> None:
    _, operators = _used()
    assert conditions.__doc__ is not None
    node_doc = (REFERENCE.parents[2] / "src/gardefou/constitution/conditions/_node.py").read_text()
    documented = set(re.findall(r"``(\w+)``", node_doc.partition("| op |")[2].partition('"""')[0]))
    assert operators - documented == {
        # the parts of a time are written as a range in the table
        *("getMonth", "getDate", "getDayOfWeek", "getHours"),
    }
    assert documented - operators == {"surely"}
    for name in (*FUNCTIONS, *METHOD_NAMES):
        assert f"`{name}`" in TEXT, name


def test_every_error_code_is_documented() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (REFERENCE.parents[2] / "src/gardefou/constitution/conditions").glob("*.py")
    )
    raised = set(re.findall(r'"conditions\.(\w+)"', source))
    raised |= set(
        re.findall(r"\.add\(\s*[^,()]+(?:\([^()]*(?:\([^()]*\))?[^()]*\))?,\s*\"(\w+)\"", source)
    )
    raised |= {"unguarded", "outside"}
    raised -= {"unknown_effect"}  # the caller's mistake, not a document's
    documented = set(re.findall(r"^\| `conditions\.(\w+)` \|", TEXT, flags=re.MULTILINE))
    assert documented >= raised
    assert documented - raised <= {"hidden_field", "type"}
