"""A person is forgotten while the gateway works: the owner of the ledger does it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gardefou.action import Action, Principal
from gardefou.cli._main import app
from gardefou.ledger import create_ledger, make_key, open_keyring, open_ledger, save_key
from gardefou.recording import Recorder
from gardefou.service import Policies, Service, load_policy

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
KEY = make_key("ledger.example/owner", seeds=(b"o" * 32,))
UMA = Action(
    tool="pay",
    principal=Principal(tenant="default", application="mailroom", user="uma"),
    arguments={"iban": "DE89370400440532013000", "amount": 5, "reference": "hall"},
)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    location = str(tmp_path / "ledger.db")
    create_ledger(location, KEY)
    save_key(KEY, tmp_path / "ledger.db.key")
    policy = load_policy([EXAMPLES / "ministry.md"], EXAMPLES / "catalogue.yaml")
    with open_ledger(location, KEY) as ledger, closing(open_keyring(location, KEY.name)) as keys:
        made = Service(Policies(policy), Recorder(ledger, keys), clock=ledger.now)
        made.start(alone=True)
        yield made
        made.holds.close()


def erase(service: Service, subject: str, code: int) -> str:
    words = ["ledger", "erase", service.ledger.store.location, subject]
    result = CliRunner().invoke(app, [*words, "--basis", "gdpr-17", "--by", "dpo", "--json"])
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.output


def contents(service: Service) -> int:
    with service.ledger.store.reading() as session:
        return int(session.run("SELECT count(*) FROM payload", ()).fetchone()[0])


def test_a_person_is_forgotten_while_the_gateway_works(service: Service) -> None:
    session = service.session("default")
    service.decide(UMA, session)
    assert contents(service)
    assert "ledger.no_subject" in erase(service, "nobody", 2)
    done = json.loads(erase(service, "default/uma", 0))
    assert done["parts"] > 0
    assert contents(service) == 0
    service.decide(UMA, session)  # the same person again, under a new pseudonym
    assert contents(service)
