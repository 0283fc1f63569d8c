"""An order arrives while the gateway owns the ledger's file: officers sign, the owner enters."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from gardefou.action import Action
from gardefou.cli._main import app
from gardefou.errors import GardefouError
from gardefou.ledger import ask_owner, load_key, open_anchored, open_keyring
from gardefou.orders import OwnOffice, Signed, Watch, load_instrument, signed
from gardefou.recording import Recorder
from gardefou.service import Policies, Service, load_policy

ROOT = Path(__file__).resolve().parents[2]
LEDGER = "ledger.db"


def call(line: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, line.split())
    assert result.exit_code == code, f"{line}\n{result.output}"
    return result.stdout if "--json" in line else result.output


def now_us() -> int:
    return time.time_ns() // 1_000


class Gateway:
    """What the gateway is to others: it owns the ledger, and follows its orders."""

    def __init__(self, service: Service) -> None:
        self.service = service
        value = json.loads((ROOT / "examples" / "request.json").read_text())
        self.request = msgspec.convert(value, Action)

    def allows(self) -> bool:
        return self.service.decide(self.request, self.service.session("library")).goes_ahead

    def until(self, state: Callable[[], bool]) -> float:
        """Seconds until it is so."""
        began = time.monotonic()
        while not state():
            assert time.monotonic() - began < 60, "it never was"
            time.sleep(0.02)
        return time.monotonic() - began


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    call(f"ledger init {LEDGER} --origin ledger.example/council")
    for name in ("ada", "ben", "dora"):
        call(f"order key {name} {name}.key")
    policy = load_policy([ROOT / "examples" / "council.md"], None)
    opened = open_anchored(LEDGER, load_key(Path(f"{LEDGER}.key")))
    with contextlib.ExitStack() as stack:
        ledger = stack.enter_context(opened.ledger)
        keyring = stack.enter_context(closing(open_keyring(LEDGER, ledger.origin)))
        watch = stack.enter_context(Watch(ledger.store, clock=ledger.now).start(0.05))
        service = Service(
            Policies(policy), Recorder(ledger, keyring), clock=ledger.now, orders=watch.register
        )
        service.start(alone=True)
        stack.callback(service.holds.close)
        yield Gateway(service)


def test_an_order_counts_while_the_gateway_works(gateway: Gateway) -> None:
    """From the officer's signature to the first refusal, and back when a court suspends it."""
    assert gateway.allows()
    for name in (
        *(f"party-{n}" for n in ("northwind", "contoso", "harbour", "letterworks")),
        "fallback",
    ):
        call(f"order issue {LEDGER} examples/orders/{name}.yaml --key ada.key")
    told = call(f"order issue {LEDGER} examples/orders/order.yaml --key ada.key --json")
    assert json.loads(told)[0]["instrument"] == "order/cease-northwind"
    gateway.until(lambda: not gateway.allows())
    for basis in ("act-7", "clause-12"):
        call(
            f"order stay {LEDGER} cease-northwind --basis {basis} --tenant library"
            " --from 2025-04-01T00:00:00Z --by Court --key ada.key"
        )
    gateway.until(gateway.allows)
    call(f"order issue {LEDGER} examples/orders/milestone.yaml --key ada.key")
    call(f"order sign {LEDGER} half-way --key dora.key")
    call(f"waiver grant {LEDGER} examples/orders/waiver.yaml --key ben.key")
    call(f"waiver revoke {LEDGER} rare-languages --key ada.key")
    asked = "--us harbour-office --due 2035-04-30T17:00:00Z --out notices --key ada.key"
    call(f"supplier notify {LEDGER} cease-northwind {asked}")
    reply = "--order cease-northwind --reply not_in_use --key ada.key"
    call(f"supplier answer {LEDGER} letterworks {reply}")
    call(f"order attest {LEDGER} examples/orders/attestation.yaml --key dora.key --out made.json")
    pins = gateway.service.ledger.verifiers[0].vkey
    officer = load_key(Path("dora.key")).verifiers[0].vkey
    assert "verifies: no_use" in call(
        f"order attest made.json --check --officer {officer} --vkey {pins}"
    )


def code_of(ask: Callable[[], object]) -> str:
    with pytest.raises(GardefouError) as caught:
        ask()
    return caught.value.code


def enter(*made: Signed) -> bytes:
    return msgspec.json.encode({"type": "enter", "made": made})


def test_the_owner_checks_what_is_handed_in_as_any_reader_would(gateway: Gateway) -> None:
    """Whoever can reach the counter can still enter nothing that no officer signed."""
    before = gateway.service.ledger.head().size
    ada, ben = (load_key(Path(f"{name}.key")) for name in ("ada", "ben"))
    folder = Path("examples") / "orders"
    parties = [load_instrument((folder / f"party-{n}.yaml").read_text()) for n in ("northwind",)]
    (good,) = signed(parties, ada)
    other = msgspec.structs.replace(good.written, vkey=ben.verifiers[0].vkey)
    text = good.text.replace("northwind", "contoso", 1)
    for bad in (
        msgspec.structs.replace(good, written=other),
        msgspec.structs.replace(good, text=text),
        msgspec.structs.replace(good, text="{"),
        msgspec.structs.replace(good, written=msgspec.structs.replace(good.written, op="lift")),
    ):
        found = code_of(lambda bad=bad: ask_owner(LEDGER, "orders", enter(bad), 30))
        assert found in {"order.evidence", "note.signature", "note.unknown_key"}, bad
    unfit = load_instrument((folder / "waiver.yaml").read_text())
    assert code_of(lambda: ask_owner(LEDGER, "orders", enter(*signed([unfit], ada)), 30)) in {
        "load",
        "order.signer",
    }
    for nonsense in (b"{}", b'{"type":"enter"}', b'{"type":"erase"}', b'"x"'):
        found = code_of(lambda body=nonsense: ask_owner(LEDGER, "orders", body, 30))
        assert found == "ledger.counter_request"
    assert code_of(lambda: ask_owner(LEDGER, "kitchen", b"{}", 30)) == "ledger.counter_request"
    assert gateway.service.ledger.head().size == before


def test_the_owners_list_of_officers_counts_for_what_is_handed_in(gateway: Gateway) -> None:
    ada, ben = (load_key(Path(f"{name}.key")) for name in ("ada", "ben"))
    party = load_instrument((Path("examples") / "orders" / "party-northwind.yaml").read_text())
    office = OwnOffice(gateway.service.ledger, ben.verifiers)
    assert code_of(lambda: office.answer(enter(*signed([party], ada)))) == "order.officer"
    assert b'"seq"' in office.answer(enter(*signed([party], ben)))
    assert office.answer(b'{"type":"prove","seq":0}').startswith(b'"c2sp.org/tlog-proof')
    assert code_of(lambda: office.answer(b'{"type":"prove","seq":99}')) == "ledger.no_such_entry"
