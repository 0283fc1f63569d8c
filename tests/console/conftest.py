"""A console on a ledger of its own, people with passkeys, and something that waits for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from gardefou.action import Action, Principal
from gardefou.console import Console, ConsoleSettings, passkeys_of
from gardefou.console._identity import enrolment_token
from gardefou.ledger import create_ledger, make_key, open_keyring, open_ledger
from gardefou.recording import Recorder
from gardefou.service import Policies, Service, load_policy
from gardefou.supervision import Hold, Notice

from .authenticator import Authenticator
from .browser import EXAMPLES, ministry

ORIGIN = "https://gardefou.example"
KEY = make_key("ledger.example/console", seeds=(b"c" * 32,))
WHO = Principal(tenant="default", application="mailroom", agent="clerk", user="uma")


class Office:
    """One console with its service; `person` is a browser of somebody with a passkey."""

    def __init__(self, service: Service, console: Console, notices: list[Notice]) -> None:
        self.service = service
        self.notices = notices
        self.console = console
        self.devices: dict[str, Authenticator] = {}

    def browser(self) -> TestClient:
        return TestClient(
            self.console,
            base_url=ORIGIN,
            headers={"sec-fetch-site": "same-origin", "accept-language": "en"},
        )

    def person(self, name: str) -> TestClient:
        """Somebody who was enrolled and is signed in."""
        browser, device = self.browser(), Authenticator(ORIGIN, "gardefou.example")
        token = enrolment_token(
            KEY, tenant="default", person=name, now_s=self.service.clock() // 1_000_000
        )
        ticket = hidden(browser.get(f"/console/enrol/{token}").text, "ticket")
        made = device.make(self.console.desk.tickets.challenge(ticket)).decode()
        answer = browser.post("/console/enrol", data={"ticket": ticket, "evidence": made})
        assert answer.status_code == 200, answer.text
        self.devices[name] = device
        return browser

    def hold(self, **arguments: object) -> Hold:
        """A payment that waits for a treasurer."""
        given = {"iban": "DE89370400440532013000", "amount": 5000, "reference": "hall"}
        action = Action(tool="pay", principal=WHO, arguments={**given, **arguments})
        judged = self.service.decide(action, self.service.session("default"))
        return self.service.hold(judged)

    def evidence(self, hold: Hold, name: str, verdict: str) -> str:
        """What the person's device signs for a vote."""
        challenge = self.service.holds.challenge(hold.id, verdict, name)  # type: ignore[arg-type]
        return self.devices[name].sign(challenge).decode()


def hidden(text: str, name: str) -> str:
    """The value of the first hidden field with a name."""
    return text.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    location = str(tmp_path / "ledger.db")
    create_ledger(location, KEY)
    (tmp_path / "ministry.md").write_text(ministry(), encoding="utf-8")
    policy = load_policy([tmp_path / "ministry.md"], EXAMPLES / "catalogue.yaml")
    with open_ledger(location, KEY) as ledger, closing(open_keyring(location, KEY.name)) as keys:
        settings = ConsoleSettings(origin=ORIGIN)
        notices: list[Notice] = []
        service = Service(
            Policies(policy),
            Recorder(ledger, keys),
            clock=ledger.now,
            verifier=passkeys_of(ledger, settings, ledger.now),
            notify=notices.append,
        )
        console = Console(service, settings, clock=ledger.now)
        yield Office(service, console, notices)
        service.holds.close()
