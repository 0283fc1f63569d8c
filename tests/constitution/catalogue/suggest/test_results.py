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
        ("get_order", "Gets an order.", "mixed"),
        ("search_products", "Searches products.", "mixed"),
        ("get_account_history", "Gets the transactions of an account.", "mixed"),
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


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("get_user_details", "Get the details of a user."),
        ("lister_membres", "Liste les membres d'une association."),
    ],
)
def test_a_record_is_the_organisations_but_for_the_free_words_in_it(
    name: str, description: str
) -> None:
    fields = {f.path: f.writer for f in suggest(Tool(name=name, description=description)).results}
    assert fields[""] == "organisation"
    assert {fields[path] for path in ("reviews", "comments", "notes", "description", "avis")} == {
        "outsider"
    }


@pytest.mark.parametrize(
    "name", ["list_offers", "get_profile", "search_directory", "list_listings"]
)
def test_what_anybody_can_list_is_not_the_organisations(name: str) -> None:
    assert suggest(Tool(name=name)).results[0].writer != "organisation"
