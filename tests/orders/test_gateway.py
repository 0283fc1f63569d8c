"""An order moves the traffic of an application that knows nothing of it, and cuts what is under way."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import openai
import pytest
from gateway_running import Running, ask, chat_chunk, now_us
from order_ledger import officer
from order_texts import ORDER, OTHER, PARTY, instrument

from gardefou.action import Action, Attributes, Principal
from gardefou.constitution import standard
from gardefou.constitution.catalogue import Catalogue
from gardefou.decide import Guard
from gardefou.doors.gateway import open_state
from gardefou.doors.gateway._waivers import Waivers
from gardefou.ledger import replay
from gardefou.orders import build_register, burn_down, decisions, issue, read_register
from gardefou.recording import Again
from stores import Server

SETTINGS = """
[upstreams.first]
kind = "compatible"
url = "http://127.0.0.1:PORT/v1"
models = ["northwind-*"]
vendor = "northwind"
channel = "northwind"

[upstreams.second]
kind = "compatible"
url = "http://127.0.0.1:PORT/v1"
models = ["contoso-*"]
vendor = "contoso"
channel = "contoso"

[tenants.acme]
attributes = {contract = "none", data_class = "open"}

[tenants.acme.applications.desk]
attributes = {system = "desk"}
"""
ADA, BEN = officer("ada"), officer("ben", 2)


def when(offset_s: float) -> str:
    moment = dt.datetime.fromtimestamp(now_us() / 1e6 + offset_s, dt.UTC)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def order(**changes: Any) -> dict[str, Any]:
    """The order, effective a second ago."""
    status = [{"status": "effective", "basis": "act-7", "from": when(-1)}]
    return ORDER | {"status": status} | changes


def plan() -> dict[str, Any]:
    return {
        "instrument": "fallback", "format": 1, "id": "to-contoso", "version": 1, "title": "Instead",
        "models": ["northwind-.*"], "approved_by": "dora",
        "targets": [
            {
                "developer": "contoso", "channel": "contoso", "model": "contoso-large",
                "data_classes": ["open"],
                "degradations": [{"what": "context", "detail": "half as long"}],
            }
        ],
    }  # fmt: skip


def waiver(*, calls_per_day: int) -> dict[str, Any]:
    """A waiver of the order, for one system."""
    return {
        "instrument": "waiver", "format": 1, "id": "desk", "version": 1, "title": "Desk",
        "order": "cease-northwind", "state": "granted", "mitigation": "a person reads along",
        "covers": {"tenants": ["acme"], "systems": ["desk"]}, "calls_per_day": calls_per_day,
        "justification": {"mission_need": "x", "alternatives": ["y"], "harm_if_denied": "z"},
        "requested_by": "ada", "approved_by": "ben",
        "granted_at": when(-60), "expires_at": when(86_400),
    }  # fmt: skip


def counted(state: Any) -> int:
    """The calls that the gateway's state counts for waivers."""
    rows, _ = state.now(lambda run: run("SELECT COALESCE(SUM(calls), 0) FROM gateway_waiver"))
    return int(rows[0][0])


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path, SETTINGS, first=True)
    sign(made, PARTY, OTHER)
    yield made
    made.stop()


def sign(gateway: Running, *values: dict[str, Any], key: Any = ADA, op: Any = "issue") -> None:
    """Sign instruments into the gateway's own ledger, and wait until it has read them."""
    issue(gateway.parts.ledger, [instrument(value) for value in values], key, op=op)
    with gateway.parts.ledger.store.reading() as session:
        wanted = read_register(session).digest
    until = time.monotonic() + 10
    while gateway.parts.watch.register().digest != wanted:
        assert time.monotonic() < until, gateway.parts.watch.problem
        time.sleep(0.02)


def client(gateway: Running) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"http://127.0.0.1:{gateway.port}/v1", api_key=gateway.key, max_retries=0
    )


def asked(gateway: Running) -> str:
    return str(gateway.upstream.heard[-1].json["model"])


def test_an_unmodified_application_is_moved_to_another_vendor(gateway: Running) -> None:
    with client(gateway) as sdk:
        moved(gateway, sdk)


def moved(gateway: Running, sdk: openai.OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "Hello."}]
    first = sdk.chat.completions.create(model="northwind-large", messages=messages)
    assert first.choices[0].message.content == "Good morning."
    assert asked(gateway) == "northwind-large"

    sign(gateway, plan(), order(fallback="to-contoso"))
    raw = sdk.chat.completions.with_raw_response.create(model="northwind-large", messages=messages)
    assert raw.parse().choices[0].message.content == "Good morning."
    assert asked(gateway) == "contoso-large"
    assert raw.headers["gardefou-fallback"] == "to-contoso; contoso/contoso-large"

    ledger = gateway.parts.ledger
    with ledger.store.reading() as session:
        register = read_register(session)
        found = burn_down(
            decisions(session, 0, 2**62), register, "cease-northwind", since_us=0, until_us=now_us()
        )
    assert [(line.calls, line.stopped, line.tokens) for line in found.lines] == [(1, 1, 15)]
    assert [(use.application, use.system) for use in found.residual] == [("desk", "desk")]
    report = replay(ledger.store, gateway.parts.keyring, Again(ledger.store))
    assert (report.reproduced, report.differences) == (report.decisions, ())


def test_the_tokens_of_a_stream_are_counted_at_its_end(gateway: Running) -> None:
    """The application does not ask for the usage and does not see it; the evidence has it."""
    sign(gateway, order())
    usage = {"prompt_tokens": 30, "completion_tokens": 12, "total_tokens": 42}
    gateway.upstream.script = gateway.upstream.events(
        chat_chunk({"role": "assistant", "content": "Good "}),
        chat_chunk({"content": "morning."}, "stop"),
        {**chat_chunk({}), "choices": [], "usage": usage},
        "[DONE]",
    )
    with client(gateway) as sdk:
        chunks = list(
            sdk.chat.completions.create(
                model="contoso-large", messages=[{"role": "user", "content": "Hello."}], stream=True
            )
        )
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)
    ledger = gateway.parts.ledger
    until = time.monotonic() + 30
    found = ()
    while not found or not found[0].tokens:
        assert time.monotonic() < until, found
        with ledger.store.reading() as session:
            records = list(decisions(session, 0, 2**62))
            found = burn_down(records, read_register(session), "", since_us=0, until_us=2**62).lines
    assert [(line.model, line.calls, line.tokens) for line in found] == [("contoso-large", 1, 42)]
    report = replay(ledger.store, gateway.parts.keyring, Again(ledger.store))
    assert (report.reproduced, report.differences) == (report.decisions, ())


def test_without_a_plan_the_sdk_gets_one_clear_refusal(gateway: Running) -> None:
    sign(gateway, order())
    heard = len(gateway.upstream.heard)
    with client(gateway) as sdk, pytest.raises(openai.PermissionDeniedError) as caught:
        sdk.chat.completions.create(
            model="northwind-large", messages=[{"role": "user", "content": "Hello."}]
        )
    assert "cease-northwind" in str(caught.value)
    assert len(gateway.upstream.heard) == heard


def test_a_waiver_lets_its_calls_pass_and_no_more(gateway: Running) -> None:
    sign(gateway, order())
    sign(gateway, waiver(calls_per_day=2), key=BEN)
    statuses = [gateway.request(ask(model="northwind-large")).status for _ in range(4)]
    assert statuses == [200, 200, 403, 403]
    assert [h.json["model"] for h in gateway.upstream.heard] == ["northwind-large"] * 2


def test_a_waiver_is_not_exceeded_by_calls_of_one_moment(gateway: Running) -> None:
    """Twenty calls at once: three go, and no more; each of the three gets its answer."""
    sign(gateway, order())
    sign(gateway, waiver(calls_per_day=3), key=BEN)
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: gateway.request(ask(model="northwind-large")).status, range(20))
        )
    assert sorted(answers) == [200] * 3 + [403] * 17
    assert len(gateway.upstream.heard) == 3
    ledger = gateway.parts.ledger
    report = replay(ledger.store, gateway.parts.keyring, Again(ledger.store))
    assert (report.reproduced, report.differences) == (report.decisions, ())


def test_a_call_that_a_rule_refuses_gives_its_waiver_back(gateway: Running) -> None:
    """Only what goes ahead is counted: a reservation ends with the refusal."""
    sign(gateway, order())
    sign(gateway, waiver(calls_per_day=9), key=BEN)
    assert gateway.request(ask(model="northwind-large")).status == 200
    assert counted(gateway.parts.state) == 1
    sign(gateway, order(id="second"))
    assert gateway.request(ask(model="northwind-large")).status == 403
    assert counted(gateway.parts.state) == 1


def test_a_count_that_cannot_be_asked_stops_the_call(gateway: Running) -> None:
    """Law 2: no waiver lets a call pass on a guess."""
    sign(gateway, order())
    sign(gateway, waiver(calls_per_day=3), key=BEN)
    gateway.parts.state.now(lambda run: run("DROP TABLE gateway_waiver"))
    assert gateway.request(ask(model="northwind-large")).status == 403
    assert gateway.upstream.heard == []
    assert gateway.request(ask(model="contoso-large")).status == 200


def test_two_replicas_share_the_calls_of_a_waiver(postgres: Server) -> None:
    """Fifty threads on two replicas' states take ten calls a day, and not one more."""
    register = build_register(
        [instrument(v) for v in (PARTY, OTHER, order(), waiver(calls_per_day=10))]
    )
    guard = Guard(standard(), Catalogue(tools={})).under(register)
    now = now_us()
    action = Action(
        kind="model.request", principal=Principal(tenant="acme"), vendor="northwind",
        channel="northwind", model="northwind-large", attributes=Attributes(system="desk"),
    )  # fmt: skip
    states = [open_state(postgres.url) for _ in range(2)]

    def call(number: int) -> bool:
        book = guard.book()
        taken = asyncio.run(Waivers(states[number % 2]).take(guard, book, action, now))
        assert taken is not None
        taken.tell(book, now)
        session = guard.session(book)
        decision = guard.decide(guard.label(action, session, now), session, now)
        assert decision.waivers == taken.counts
        assert (not decision.by_order) is bool(taken.waivers)
        return bool(taken.waivers)

    try:
        with ThreadPoolExecutor(50) as pool:
            assert sum(pool.map(call, range(50))) == 10
    finally:
        for state in states:
            state.close()


def test_an_order_stops_an_application_that_is_only_observed(tmp_path: Path) -> None:
    settings = SETTINGS.replace("[tenants.acme]\n", '[tenants.acme]\nmode = "observe"\n')
    made = Running(tmp_path, settings, first=True)
    try:
        sign(made, PARTY, OTHER, order())
        made.request(ask(model="northwind-large"))
        assert made.upstream.heard == []
    finally:
        made.stop()


@pytest.mark.parametrize(("streams", "is_whole"), [("cut", False), ("finish", True)])
def test_a_stream_under_way_follows_the_order(
    gateway: Running, streams: str, is_whole: bool
) -> None:
    """The order was known before the stream began; its moment comes while the stream runs."""
    pieces = [chat_chunk({"role": "assistant", "content": ""})]
    pieces += [chat_chunk({"content": f"w{number} "}) for number in range(40)]
    gateway.upstream.script = gateway.upstream.events(
        *pieces, chat_chunk({}, "stop"), "[DONE]", pause_s=0.08
    )
    status = [{"status": "effective", "basis": "act-7", "from": when(1.5)}]
    sign(gateway, order(status=status, streams=streams))
    said = ""
    error: Any = contextlib.nullcontext() if is_whole else pytest.raises(openai.APIError)
    with client(gateway) as sdk, error:
        for chunk in sdk.chat.completions.create(
            model="northwind-large", messages=[{"role": "user", "content": "Hello."}], stream=True
        ):
            said += "".join(choice.delta.content or "" for choice in chunk.choices)
    assert said.startswith("w0 ")
    assert ("w39" in said) is is_whole


def test_a_register_that_cannot_be_trusted_stops_every_model(gateway: Running) -> None:
    """Law 2."""
    sign(gateway, order())
    assert gateway.request(ask(model="contoso-large")).status == 200
    heard = len(gateway.upstream.heard)
    from gardefou.ledger import Change  # noqa: PLC0415 - used here alone

    gateway.parts.ledger.append(
        "gap", {}, changes=(Change("DELETE FROM instrument WHERE id = 'order/cease-northwind'"),)
    )
    until = time.monotonic() + 10
    while not gateway.parts.watch.problem:
        assert time.monotonic() < until
        time.sleep(0.02)
    gateway.request(ask(model="contoso-large"))
    assert len(gateway.upstream.heard) == heard
