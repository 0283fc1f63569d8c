"""Names without a verb: read only where nothing in the call could carry a new value."""

from __future__ import annotations

import pytest

from gardefou.constitution.catalogue import Tool
from gardefou.constitution.catalogue.suggest import suggest


def effects(name: str, *parameters: str) -> tuple[str, ...]:
    properties = {parameter: {"type": "string"} for parameter in parameters}
    return suggest(Tool(name=name, schema={"type": "object", "properties": properties})).effects


@pytest.mark.parametrize(
    ("name", "parameter"),
    [("order_history", "customer_id"), ("flightInfo", "number"), ("solde_compte", "compte")],
)
def test_information_about_a_named_thing_is_a_read(name: str, parameter: str) -> None:
    assert effects(name, parameter) == ("reads",)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("alarm_status", ("status",)),
        ("alarm_status", ("alarm_id", "new_status")),
        ("account_info", ("account_id", "password")),
        ("order_details", ("order_id", "note")),
        ("pump", ("rate",)),
    ],
)
def test_an_argument_that_could_set_it_leaves_the_tool_unlabelled(
    name: str, parameters: tuple[str, ...]
) -> None:
    """Law 2: a name that might be an order is not called a read."""
    assert "reads" not in effects(name, *parameters)


def test_a_profile_in_a_name_is_a_thing_and_to_profile_is_an_act() -> None:
    assert "judges_people" not in effects("customer_profile", "customer_id")
    assert "judges_people" in effects("profile_customers", "customer_ids")
