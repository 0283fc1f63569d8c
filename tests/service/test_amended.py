"""A service loads nothing that the chain of amendments does not lead to (law 8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gardefou.amendments import begin, load_charter, version_of
from gardefou.errors import VerificationError
from gardefou.ledger import Ledger, create_ledger, make_key, open_keyring, open_ledger
from gardefou.recording import Recorder
from gardefou.service import Policies, Policy, Service, load_policy

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
KEY = make_key("ledger.example/amended", seeds=(b"a" * 32,))
ROOT = make_key("issuer.example/root", seeds=(b"r" * 32,)).verifiers[0].vkey
CHARTER = load_charter(
    f"charter: 1\nsigners: {{issuer: ['{ROOT}']}}\nchanges:\n"
    + "".join(
        f"  {kind}: {{signers: issuer, count: 1}}\n"
        for kind in ("red_line", "entrenched", "default", "guideline")
    )
)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    location = str(tmp_path / "ledger.db")
    create_ledger(location, KEY)
    with open_ledger(location, KEY) as opened:
        yield opened


def policy(folder: Path, found: str = "", put: str = "") -> Policy:
    law = folder / "law.md"
    law.write_text(
        (EXAMPLES / "ministry.md").read_text("utf-8").replace(found or "\0", put), "utf-8"
    )
    return load_policy([law], EXAMPLES / "catalogue.yaml")


def service(ledger: Ledger, loaded: Policy, tmp_path: Path) -> Service:
    keys = open_keyring(str(tmp_path / "ledger.db"), KEY.name)
    return Service(Policies(loaded), Recorder(ledger, keys), clock=ledger.now)


def test_what_the_charter_named_is_loaded_and_nothing_else(ledger: Ledger, tmp_path: Path) -> None:
    named = policy(tmp_path)
    begin(ledger, CHARTER, version_of(named.guard))
    service(ledger, named, tmp_path)
    changed = policy(tmp_path, "unlisted: hold", "unlisted: allow")
    with pytest.raises(VerificationError) as caught:
        service(ledger, changed, tmp_path)
    assert caught.value.code == "amendment.not_in_force"


def test_a_reload_of_other_documents_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    named = policy(tmp_path)
    begin(ledger, CHARTER, version_of(named.guard))
    running = service(ledger, named, tmp_path)
    running.policies.exchange(policy(tmp_path, 'over("1000.00 EUR")', 'over("9000.00 EUR")'))
    with pytest.raises(VerificationError):
        running.keep()
