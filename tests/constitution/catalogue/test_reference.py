"""The reference page names everything that the source has, and its example loads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec

from gardefou.constitution.catalogue import (
    EFFECTS,
    ROLES,
    DomainType,
    Parameter,
    ResultField,
    Tool,
    load_catalogue,
)

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "src" / "gardefou" / "constitution" / "catalogue"
PAGE = (ROOT / "docs" / "reference" / "catalogue.md").read_text(encoding="utf-8")
MODULES = [*SOURCE.glob("*.py"), *(SOURCE / "types").glob("*.py")]
TABLE_ROWS = set(re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE))


def codes_in_source() -> set[str]:
    """Every code that stands in the source, and those that are put together from a type's name."""
    text = "\n".join(module.read_text(encoding="utf-8") for module in MODULES)
    families = "|".join(
        [*(set(get_args(DomainType)) - {"json"}), "ingress", "imports", "catalogue"]
    )
    codes = set(re.findall(rf'"((?:{families})\.[a-z_]+)"', text))
    codes |= {f"catalogue.{name}" for name in re.findall(r'family\}\.([a-z_]+)"', text)}
    for name in re.findall(r'plain_text\([^()]*?"([a-z]+)"\)', text):
        codes |= {f"{name}.type", f"{name}.empty", f"{name}.invisible"}
    for name in re.findall(r'host\(.*, "([a-z]+)"\)$', text, re.MULTILINE):
        codes.add(f"{name}.host")
    return codes


def test_every_error_code_is_documented_and_no_other() -> None:
    documented = {row for row in TABLE_ROWS if re.fullmatch(r"[a-z]+\.[a-z_]+", row)}
    assert documented == codes_in_source()


def test_every_effect_role_and_type_is_documented() -> None:
    assert EFFECTS.keys() <= TABLE_ROWS
    assert ROLES.keys() <= TABLE_ROWS
    assert set(get_args(DomainType)) <= TABLE_ROWS
    for thing in (*EFFECTS.values(), *ROLES.values()):
        assert f"| `{thing.name}` | " in PAGE
        assert thing.meaning in PAGE


def test_every_key_of_the_file_is_documented() -> None:
    for struct in (Tool, Parameter, ResultField):
        names = {field.name for field in msgspec.structs.fields(struct)} - {"name"}
        assert all(f"`{name}`" in PAGE for name in names), struct


def test_the_example_loads() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    tool = load_catalogue(example).tools["send_money"]
    assert tool.parameters["to"].type == "party"
