"""Who can write what a tool returns."""

from __future__ import annotations

import pytest

from gardefou.constitution.catalogue import Tool
from gardefou.constitution.catalogue.suggest import suggest


@pytest.mark.parametrize(
    ("name", "description", "writer"),
    [
        ("read_inbox", "Reads the newest messages.", "outsider"),
        ("get_reviews", "Gets the reviews of a product.", "outsider"),
        ("search_web", "Searches the web.", "outsider"),
        ("read_file", "Reads a file.", "mixed"),
        ("list_transactions", "Lists transactions.", "mixed"),
        ("list_events", "Lists calendar events.", "mixed"),
        ("get_balance", "Gets the balance of an account.", "organisation"),
        ("get_iban", "Gets the IBAN of the account.", "organisation"),
        ("calculate_tax", "Calculates a tax.", "organisation"),
        ("send_email", "Sends an email.", "organisation"),
        ("zorble", "", "mixed"),
    ],
)
def test_a_result_has_writers(name: str, description: str, writer: str) -> None:
    (field,) = suggest(Tool(name=name, description=description)).results
    assert field.writer == writer
