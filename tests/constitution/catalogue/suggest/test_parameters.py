"""Arguments: what a name means depends on what the tool does."""

from __future__ import annotations

from typing import Any

import pytest

from gardefou.constitution.catalogue import Parameter, Tool
from gardefou.constitution.catalogue.suggest import suggest

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
DATE = {"type": "string", "format": "date"}
DAY = {"type": "string", "description": "Day of arrival (YYYY-MM-DD)"}
TEXTS = {"type": "array", "items": {"type": "string"}}


def roles(name: str, properties: dict[str, Any], description: str = "") -> dict[str, str]:
    schema = {"type": "object", "properties": properties}
    tool = suggest(Tool(name=name, description=description, schema=schema))
    return {path: parameter.role for path, parameter in tool.parameters.items()}


@pytest.mark.parametrize(
    ("tool", "properties", "expected"),
    [
        (
            "send_money",
            {"recipient": TEXT, "amount": NUMBER, "subject": TEXT, "date": DATE},
            {"recipient": "recipients", "amount": "amount", "subject": "content", "date": "at"},
        ),
        ("send_email", {"to": TEXTS, "body": TEXT}, {"to[]": "recipients", "body": "content"}),
        ("find_user", {"email": TEXT}, {"email": "filter"}),
        (
            "invite_user",
            {"user": TEXT, "email": TEXT},
            {"user": "recipients", "email": "recipients"},
        ),
        (
            "reserve_hotel",
            {"hotel": TEXT, "start_day": DAY},
            {"hotel": "targets", "start_day": "at"},
        ),
        ("update_password", {"password": TEXT}, {"password": "secrets"}),
        ("delete_file", {"file_id": TEXT}, {"file_id": "targets"}),
        ("delete_file", {"path": TEXT}, {"path": "paths"}),
        ("run", {"command": TEXT}, {"command": "command"}),
        ("run_sql", {"query": TEXT}, {"query": "query"}),
        ("search_web", {"query": TEXT}, {"query": "filter"}),
        ("get_page", {"url": TEXT}, {"url": "urls"}),
        (
            "share_file",
            {"email": TEXT, "role": TEXT},
            {"email": "recipients", "role": "permission"},
        ),
        ("score_applicant", {"applicant_id": TEXT}, {"applicant_id": "persons"}),
        (
            "lookup_person",
            {"name": TEXT, "case_number": TEXT},
            {"name": "persons", "case_number": "case"},
        ),
        ("list_orders", {"limit": {"type": "integer"}}, {"limit": "limit"}),
        ("apply_coupon", {"discount_code": TEXT}, {"discount_code": "targets"}),
        (
            "effectuer_virement",
            {"iban": TEXT, "montant": NUMBER},
            {"iban": "recipients", "montant": "amount"},
        ),
        ("delete_file", {"force": {"type": "boolean"}}, {"force": "other"}),
    ],
)
def test_names_give_roles(tool: str, properties: dict[str, Any], expected: dict[str, str]) -> None:
    assert expected == roles(tool, properties)


def test_arguments_inside_objects_and_lists_are_labelled_by_their_path() -> None:
    people = {"type": "array", "items": {"type": "object", "properties": {"email": TEXT}}}
    got = roles(
        "send_email", {"message": {"type": "object", "properties": {"body": TEXT}}, "to": people}
    )
    assert got == {"message.body": "content", "to[].email": "recipients"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"], "format": "email"},
        {"anyOf": [{"type": "string", "format": "email"}, {"type": "null"}]},
    ],
)
def test_an_optional_argument_is_labelled_as_if_it_were_required(schema: dict[str, Any]) -> None:
    tool = suggest(Tool(name="send_mail", schema={"properties": {"whom": schema}}))
    assert tool.parameters["whom"] == Parameter(role="recipients", type="party")


def test_a_number_is_no_address() -> None:
    tool = suggest(Tool(name="delete_file", schema={"properties": {"path": {"type": "integer"}}}))
    assert tool.parameters["path"].type == "integer"


def test_a_description_settles_what_a_name_leaves_open() -> None:
    where = {"type": "string", "description": "URL of the page"}
    assert roles("get_page", {"spot": where}) == {"spot": "urls"}


@pytest.mark.parametrize("time", [TEXT, {"type": "integer"}])
def test_a_time_without_a_format_is_no_timestamp(time: dict[str, Any]) -> None:
    """Ingress refuses a call whose value does not fit its type: *tomorrow* must not stop work."""
    tool = suggest(Tool(name="set_alarm", schema={"properties": {"time": time}}))
    assert tool.parameters["time"].type != "timestamp"


def test_a_role_for_one_value_goes_to_one_argument() -> None:
    got = roles("list_items", {"limit": {"type": "integer"}, "page_size": {"type": "integer"}})
    assert sorted(got.values()) == ["limit", "other"]


def test_an_attribute_of_a_thing_is_not_the_thing() -> None:
    got = roles("make_payment", {"amount": NUMBER, "payment_method": TEXT})
    assert got == {"amount": "amount", "payment_method": "other"}
