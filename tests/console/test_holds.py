"""The inbox and the card: what a person sees, and what becomes of their word."""

from __future__ import annotations

import pytest
from msgspec import structs
from starlette.testclient import TestClient

from .conftest import Office, hidden


def test_a_person_reads_a_hold_and_approves_it_with_their_passkey(office: Office) -> None:
    dora, hold = office.person("dora"), office.hold()
    inbox = dora.get("/console/").text
    assert "waits for you" in inbox
    card = dora.get(f"/console/holds/{hold.id}").text
    for shown in ("DE89370400440532013000", "5000", "clerk", "Money that leaves"):
        assert shown in card
    answer = dora.post(
        f"/console/holds/{hold.id}",
        data={
            "verdict": "approve",
            "seen": hidden(card, "seen"),
            "reason": "the bill is right",
            "evidence": office.evidence(hold, "dora", "approve"),
        },
    )
    assert answer.status_code == 200
    assert "the bill is right" in answer.text
    assert office.service.holds.get(hold.id).state == "approved"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"seen": "sha256:other"}, 412, "hold.digest"),
        ({"reason": "  "}, 422, "hold.reason"),
        ({"evidence": ""}, 403, "account.assertion"),
        ({"verdict": "deny"}, 403, "account.assertion"),  # the device signed for approve
        ({"verdict": "maybe"}, 403, "console.verdict"),
    ],
)
def test_any_other_vote_is_refused_explained_and_changes_nothing(
    office: Office, changes: dict[str, str], status: int, code: str
) -> None:
    """Promise 8: a vote on other bytes than shown is refused, never refreshed in silence."""
    dora, hold = office.person("dora"), office.hold()
    card = dora.get(f"/console/holds/{hold.id}").text
    form = {
        "verdict": "approve",
        "seen": hidden(card, "seen"),
        "reason": "right",
        "evidence": office.evidence(hold, "dora", "approve"),
    }
    answer = dora.post(f"/console/holds/{hold.id}", data={**form, **changes})
    assert (answer.status_code, code in answer.text) == (status, True)
    assert office.service.holds.get(hold.id).state == "pending"


def test_without_javascript_a_line_says_who_else_has_the_hold_open(office: Office) -> None:
    dora, erik, hold = office.person("dora"), office.person("erik"), office.hold()
    size = office.console.desk.ledger.head().size
    assert "Also open with dora" not in dora.get(f"/console/holds/{hold.id}").text
    for address in ("/console/", f"/console/holds/{hold.id}"):
        assert "Also open with dora" in erik.get(address).text
        assert "Also open with erik" not in erik.get(address).text
    assert office.console.desk.ledger.head().size == size  # it is in no ledger


def test_who_has_no_role_reads_and_does_not_vote(office: Office) -> None:
    alice, hold = office.person("alice"), office.hold()
    card = alice.get(f"/console/holds/{hold.id}").text
    assert "Your word" not in card
    answer = alice.post(
        f"/console/holds/{hold.id}",
        data={
            "verdict": "approve",
            "seen": hold.digest,
            "reason": "right",
            "evidence": office.evidence(hold, "alice", "approve"),
        },
    )
    assert answer.status_code == 403
    assert "hold.not_a_voter" in answer.text


def test_what_an_agent_wrote_is_shown_and_deceives_nobody(office: Office) -> None:
    office_text = "<script>alert(1)</script>\u202egnp.exe\u200b"
    dora, hold = office.person("dora"), office.hold(reference=office_text)
    for address in ("/console/", f"/console/holds/{hold.id}"):
        text = dora.get(address).text
        assert "<script>alert" not in text
        assert "\u202e" not in text
        assert "\u200b" not in text
    assert "U+202E" in dora.get(f"/console/holds/{hold.id}").text


def test_without_a_session_every_page_leads_to_sign_in(office: Office) -> None:
    hold = office.hold()
    stranger = office.browser()
    for address in ("/console/", f"/console/holds/{hold.id}"):
        answer = stranger.get(address, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/sign-in?then=/console/")
    answer = stranger.post(f"/console/holds/{hold.id}", follow_redirects=False)
    assert answer.status_code == 303


def test_the_way_back_after_sign_in_never_leads_elsewhere(office: Office) -> None:
    for address in (
        "https://evil.example/",
        "//evil.example",
        "/console//evil",
        "/elsewhere",
        "\\",
    ):
        text = office.browser().get("/console/sign-in", params={"then": address}).text
        assert hidden(text, "then") == "/console/"


def test_a_hold_of_another_tenant_does_not_exist(office: Office) -> None:
    dora, hold = office.person("dora"), office.hold()
    office.console.desk.accounts.make("other", "dora")
    token = office.console.desk.accounts.sign_in("other", "dora", "password")
    dora.cookies.set("__Host-gardefou", token, domain="gardefou.example", path="/")
    browser = office.browser()
    browser.cookies.set("__Host-gardefou", token, domain="gardefou.example", path="/")
    answer = browser.get(f"/console/holds/{hold.id}")
    assert answer.status_code == 404
    assert "hold.missing" in answer.text


def test_a_page_that_is_not_there_and_a_wrong_method_are_explained(office: Office) -> None:
    dora = office.person("dora")
    assert dora.get("/console/nowhere").status_code == 404
    assert dora.post("/console/").status_code == 405
    assert dora.get("/console/holds/hold-unknown").status_code == 404


def _vote(office: Office, browser: TestClient, verdict: str) -> str:
    """Vote on a new hold; the text of its card as it was before."""
    hold = office.hold()
    card = browser.get(f"/console/holds/{hold.id}").text
    browser.post(
        f"/console/holds/{hold.id}",
        data={
            "verdict": verdict,
            "seen": hidden(card, "seen"),
            "reason": "seen",
            "evidence": office.evidence(hold, "dora", verdict),
        },
    )
    return card


def test_a_test_hold_looks_like_any_other_and_is_counted_in_the_figures(office: Office) -> None:
    dora = office.person("dora")
    _vote(office, dora, "approve")
    _vote(office, dora, "deny")
    ordinary = dora.get("/console/figures").text
    assert "1 / 2" not in ordinary
    desk = office.console.desk
    desk.settings = structs.replace(desk.settings, test_users=("uma", "nobody-known"))
    figures = dora.get("/console/figures").text
    assert figures.count("1 / 2") == 2  # for dora, and for all
    card = _vote(office, dora, "deny")
    assert "test" not in card.lower()
    assert "1 / 3" in dora.get("/console/figures").text
