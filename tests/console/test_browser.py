"""A real browser, a real gateway, a real SDK: a person approves, and the waiting call returns."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from .browser import CHROMIUM, WHY_NOT, Installation, browser, browsers, installed

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason=WHY_NOT),
    pytest.mark.xdist_group("browser"),
]
TOOL = {
    "type": "function",
    "function": {
        "name": "pay",
        "parameters": {
            "type": "object",
            "properties": {"iban": {"type": "string"}, "amount": {"type": "number"}},
            "required": ["iban", "amount"],
        },
    },
}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("console")) as running:
        yield running


class Asking(threading.Thread):
    """An application that asks the model for a payment, with the SDK's own defaults."""

    def __init__(self, installation: Installation, text: str) -> None:
        super().__init__()
        self._client = openai.OpenAI(base_url=f"{installation.url}/v1", api_key=installation.key)
        self._text = text
        self.answer: Any = None
        self.start()

    def run(self) -> None:
        words: Any = [{"role": "user", "content": self._text}]
        tools: Any = [TOOL]
        self.answer = self._client.chat.completions.create(
            model="gpt-5", messages=words, tools=tools
        )


def enrol(page: Any, installation: Installation, person: str) -> None:
    page.goto(installation.enrolment(person))
    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_url("**/console/")


def open_first(page: Any, installation: Installation, wait: str = "Your word") -> None:
    """Open the first hold, once one waits."""
    for _ in range(60):
        page.goto(f"{installation.url}/console/")
        if page.locator(".hold a").count():
            page.locator(".hold a").first.click()
            page.wait_for_selector(f"text={wait}")
            return
        page.wait_for_timeout(500)
    raise AssertionError("nothing waits")


def decide(page: Any, installation: Installation, button: str) -> None:
    open_first(page, installation)
    page.get_by_label("Why").fill("I have the bill before me")
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_selector("text=I have the bill before me")


def test_a_person_approves_in_the_browser_and_the_waiting_call_returns(
    installation: Installation,
) -> None:
    """Law 5: what the application gets is the stored call, once a person has said yes."""
    with browser() as page:
        enrol(page, installation, "dora")
        asking = Asking(installation, "Pay 4800 EUR for the copiers.")
        decide(page, installation, "Approve")
        asking.join(timeout=30)
        call = asking.answer.choices[0].message.tool_calls[0]
        assert call.function.name == "pay"
        assert "DE89370400440532013000" in call.function.arguments


def test_a_person_denies_and_the_application_is_told(installation: Installation) -> None:
    """No call reaches the application, and its code does not crash on the answer."""
    with browser() as page:
        enrol(page, installation, "erik")
        asking = Asking(installation, "Pay 4800 EUR again, for other copiers.")
        decide(page, installation, "Deny")
        asking.join(timeout=30)
    if asking.answer is not None:
        assert not asking.answer.choices[0].message.tool_calls


def test_two_supervisors_see_that_the_other_is_looking(installation: Installation) -> None:
    """Live on the inbox and on the card, gone when the page is; and nobody is kept from voting."""
    with browsers(2) as (dora, erik):
        enrol(dora, installation, "dora")
        enrol(erik, installation, "erik")
        asking = Asking(installation, "Pay 4800 EUR for a third floor.")
        open_first(dora, installation)
        erik.goto(f"{installation.url}/console/")
        erik.wait_for_selector("text=Also open with dora", timeout=60_000)
        dora.goto(f"{installation.url}/console/")
        erik.wait_for_selector("text=Also open with dora", state="hidden", timeout=60_000)
        open_first(dora, installation)
        assert dora.get_by_text("Also open").count() == 0
        open_first(erik, installation)
        dora.wait_for_selector("text=Also open with erik", timeout=60_000)
        erik.get_by_label("Why").fill("I was first")
        erik.get_by_role("button", name="Deny", exact=True).click()
        erik.wait_for_selector("text=I was first")
        dora.wait_for_selector("text=It has changed: show", timeout=60_000)
        asking.join(timeout=30)


def test_who_signs_out_signs_in_again_with_the_passkey(installation: Installation) -> None:
    with browser() as page:
        enrol(page, installation, "alice")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/console/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/console/")
        assert page.get_by_text("alice").is_visible()


def test_an_enrolment_link_is_used_once(installation: Installation) -> None:
    link = installation.enrolment("bob")
    with browser() as page:
        page.goto(link)
        page.get_by_role("button", name="Make a passkey").click()
        page.wait_for_url("**/console/")
    with browser() as page:
        page.goto(link)
        page.get_by_role("button", name="Make a passkey").click()
        page.wait_for_selector("text=account.enrolment")


def test_no_page_asks_for_anything_from_elsewhere(installation: Installation) -> None:
    with browser() as page:
        asked: list[str] = []
        trouble: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: trouble.append(message.text))
        enrol(page, installation, "carol")
        page.goto(f"{installation.url}/console/")
    assert asked
    assert all(url.startswith(installation.url) for url in asked)
    assert not [text for text in trouble if "Content Security Policy" in text]
