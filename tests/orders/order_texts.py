"""Instruments that the tests of orders share; every name is invented."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from gardefou.action import Action, Attributes, Principal
from gardefou.orders import Instrument, Register, build_register, load_instrument, moment

PARTY: dict[str, Any] = {
    "instrument": "party",
    "format": 1,
    "id": "northwind-models",
    "version": 1,
    "legal_name": "Northwind Models",
    "vendors": ["northwind"],
}
OTHER = PARTY | {"id": "contoso-ai", "legal_name": "Contoso AI", "vendors": ["contoso"]}
ORDER: dict[str, Any] = {
    "instrument": "order",
    "format": 1,
    "id": "cease-northwind",
    "version": 1,
    "title": "Cease use of Northwind",
    "kind": "cease_use",
    "authority": {
        "issuer": "Council of Examples",
        "source": "directive",
        "received_at": "2027-03-01T08:00:00Z",
        "entered_by": "ada",
    },
    "bases": [{"id": "act-7", "citation": "Act 7, section 3"}],
    "subjects": [{"developer": "northwind"}],
    "status": [{"status": "effective", "basis": "act-7", "from": "2027-03-01T12:00:00Z"}],
}
WAIVER: dict[str, Any] = {
    "instrument": "waiver",
    "format": 1,
    "id": "translation-desk",
    "version": 1,
    "title": "Emergency translations",
    "order": "cease-northwind",
    "state": "granted",
    "covers": {"tenants": ["harbour"], "systems": ["emergency-line"]},
    "justification": {
        "mission_need": "calls in rare languages",
        "alternatives": ["another model was tried and is too slow"],
        "harm_if_denied": "callers are not understood",
    },
    "mitigation": "no personal data, a person reads along",
    "calls_per_day": 3,
    "requested_by": "ada",
    "approved_by": "ben",
    "granted_at": "2027-03-02T00:00:00Z",
    "expires_at": "2027-04-01T00:00:00Z",
}


def text(value: dict[str, Any]) -> str:
    """A file's text, one key a line."""
    return json.dumps(value, indent=1)


def instrument(value: dict[str, Any]) -> Instrument:
    """One instrument, read from its text."""
    return load_instrument(text(value), file="test.yaml")


def register(*values: dict[str, Any]) -> Register:
    """A register of these and the two parties; the same one for the same instruments."""
    return _register(json.dumps(values))


@cache
def _register(values: str) -> Register:
    return build_register([instrument(value) for value in (PARTY, OTHER, *json.loads(values))])


def order(**changes: Any) -> dict[str, Any]:
    """The order with other fields."""
    return ORDER | changes


def waiver(**changes: Any) -> dict[str, Any]:
    """The waiver with other fields."""
    return WAIVER | changes


def status(word: str, since: str, until: str = "", **more: Any) -> dict[str, Any]:
    """A status interval."""
    value = {"status": word, "basis": "act-7", "from": since, **more}
    return value | ({"to": until} if until else {})


def everyone_of(*tenants: str) -> dict[str, Any]:
    """The population of some tenants."""
    return {"include": [{"tenants": list(tenants)}]}


def contested() -> dict[str, Any]:
    """An order on two bases; the first is stayed for the library, the second begins later there."""
    library = everyone_of("library")
    return order(
        bases=[{"id": "act-7", "citation": "Act 7"}, {"id": "act-9", "citation": "Act 9"}],
        status=[
            status("effective", "2027-03-01T12:00:00Z"),
            status("stayed", "2027-03-05T00:00:00Z", population=library),
            status("effective", "2027-03-20T00:00:00Z", basis="act-9", population=library),
        ],
    )


def phased(**more: Any) -> dict[str, Any]:
    """An order that lets the harbour's letters go on for six months."""
    return order(
        existing=[{"applications": ["letters"]}],
        phase_out=[
            {
                "tier": "harbour",
                "population": everyone_of("harbour"),
                "until": "2027-09-01T00:00:00[Europe/Paris]",
            }
        ],
        **more,
    )


MILESTONE: dict[str, Any] = {
    "instrument": "milestone",
    "format": 1,
    "id": "half-way",
    "version": 1,
    "title": "Half of the letters moved",
    "order": "cease-northwind",
    "tier": "harbour",
    "owner": "cleo",
    "metric": "live_calls",
    "target": 500,
    "due": "2027-06-01T00:00:00Z",
    "hold_point": True,
}


def call(
    vendor: str = "northwind",
    *,
    tenant: str = "harbour",
    application: str = "letters",
    model: str = "",
    channel: str = "",
    **attributes: Any,
) -> Action:
    """A request to a model."""
    return Action(
        kind="model.request",
        principal=Principal(tenant=tenant, application=application),
        vendor=vendor,
        channel=channel,
        model=model or f"{vendor}-large",
        attributes=Attributes(**attributes),
    )


AT = moment("2027-03-10T09:00:00Z")
EFFECTIVE = moment("2027-03-01T12:00:00Z")
BEFORE = EFFECTIVE - 1
