"""No vendor is treated differently from another: swapped names give the same decisions, swapped."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from order_texts import AT, contested, order, phased, waiver

from gardefou.action import Action, Attributes, Principal
from gardefou.orders import (
    KINDS,
    Register,
    build_register,
    fallback_for,
    flow,
    moment,
)
from gardefou.vendors import developer_ids

INVENTED = ("northwind", "contoso", "fabrikam")
# Developers whose own name before a plain model name is read as theirs, so that names can be swapped.
VENDORS = sorted(developer_ids())
SOURCE = Path(__file__).resolve().parents[2] / "src" / "gardefou" / "orders"
TIMES = [
    "2027-03-01T11:59:59Z",
    "2027-03-10T09:00:00Z",
    "2027-06-02T00:00:00Z",
    "2028-01-01T00:00:00Z",
]


def fixtures(first: str, second: str, third: str) -> Register:
    """Every kind of instrument that decides, about three vendors."""
    party = {
        "instrument": "party", "format": 1, "id": "p", "version": 1, "legal_name": "Party",
        "vendors": [first],
    }  # fmt: skip
    values: list[dict[str, Any]] = [
        party,
        party | {"id": "q", "vendors": [second, third]},
        {
            "instrument": "fallback", "format": 1, "id": "plan", "version": 1, "title": "Instead",
            "models": [".*"], "approved_by": "dora",
            "targets": [
                {"developer": second, "model": f"model-of-{second}"},
                {"developer": third, "channel": second, "model": f"model-of-{third}"},
            ],
        },
        contested() | {"id": "contested", "subjects": [{"developer": first}]},
        phased(id="phased", subjects=[{"party": "p"}], fallback="plan"),
        order(id="cease-northwind", subjects=[{"developer": second, "model": "model-of-.*"}], effect="hold"),
        order(id="channel", subjects=[{"channel": third}], opaque="deny", streams="finish"),
        waiver(covers={"tenants": ["harbour"], "systems": ["emergency-line"]}),
    ]  # fmt: skip
    return build_register([msgspec.convert(value, KINDS[value["instrument"]]) for value in values])


def actions(names: tuple[str, ...]) -> list[Action]:
    """Requests about each vendor, through each channel, by several populations."""
    return [
        Action(
            kind="model.request",
            principal=Principal(tenant=tenant, application=application),
            vendor=vendor,
            channel=channel,
            model=f"model-of-{vendor}" if vendor else "my-deployment",
            attributes=Attributes(system=system),
        )
        for vendor in (*names, "")
        for channel in (*names, "")
        for tenant, application, system in (
            ("harbour", "letters", ""),
            ("harbour", "new", "emergency-line"),
            ("library", "letters", "desk"),
        )
    ]


def answers(register: Register, asked: list[Action], at_us: int) -> list[Any]:
    """Everything that orders say: verdicts, grounds, notices, substitutions, streams."""
    found = []
    for action in asked:
        ruling = register.judge(action, at_us)
        instead = fallback_for(action, at_us, register)
        found.append(
            {
                "bites": [msgspec.to_builtins(bite) for bite in ruling.bites],
                "notices": [msgspec.to_builtins(notice) for notice in ruling.notices],
                "instead": None if instead is None else instead.header,
                "flow": flow(action, at_us, register),
            }
        )
    return found


@settings(max_examples=40)
@given(
    names=st.lists(st.sampled_from(VENDORS), min_size=6, max_size=6, unique=True),
    at=st.sampled_from(TIMES),
)
def test_swapped_vendors_get_swapped_decisions(names: list[str], at: str) -> None:
    """The names of three vendors exchanged for three others, everywhere and in nothing else."""
    ours, theirs = tuple(names[:3]), tuple(names[3:])
    one = answers(fixtures(*ours), actions(ours), moment(at))
    other = answers(fixtures(*theirs), actions(theirs), moment(at))
    assert swapped(one, dict(zip(ours, theirs, strict=True))) == swapped(other, {})


@settings(max_examples=40)
@given(pair=st.permutations(VENDORS), at=st.sampled_from(TIMES))
def test_any_two_vendors_can_be_exchanged_within_one_world(pair: list[str], at: str) -> None:
    first, second, third = pair[:3]
    one = answers(fixtures(first, second, third), actions((first, second, third)), moment(at))
    other = answers(fixtures(second, first, third), actions((second, first, third)), moment(at))
    assert swapped(one, {first: second, second: first}) == swapped(other, {})


def swapped(value: Any, names: dict[str, str]) -> Any:
    """A value with names exchanged, as whole words."""
    if not names:
        return json.loads(json.dumps(value))
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"(?<![a-z0-9_.-])(model-of-)?({words})(?![a-z0-9_.-])")
    text = pattern.sub(lambda m: (m[1] or "") + names[m[2]], json.dumps(value))
    return json.loads(text)


def test_there_are_at_least_thirty_vendors_and_the_fixtures_bite() -> None:
    assert len(VENDORS) >= 30
    found = answers(fixtures(*INVENTED), actions(INVENTED), AT)
    codes = {bite["code"] for item in found for bite in item["bites"]}
    assert codes >= {"order.in_force", "order.new_use", "order.opaque"}
    assert {item["flow"] for item in found} == {"go_on", "finish", "cut"}
    assert any(item["instead"] for item in found)
    assert any(item["notices"] for item in found)


@pytest.mark.parametrize("module", sorted(SOURCE.glob("*.py")), ids=lambda path: path.name)
def test_no_module_names_a_vendor(module: Path) -> None:
    """The register decides, never the code."""
    words = set(re.findall(r"[a-z0-9_]+", module.read_text(encoding="utf-8").lower()))
    named = words & {name for name in VENDORS if len(name) > 3}
    assert not named - {"meta", "snowflake", "writer"}  # words of the language, too
