"""Every page answers for whoever is signed in, and shows what is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec import structs

from gardefou.action import Action, Principal
from gardefou.amendments import Charter, Proved, Rank, begin, draft, version_of
from gardefou.console import _live
from gardefou.console._identity import SignedIn
from gardefou.console._pages import left
from gardefou.console._words import chosen
from gardefou.constitution import ARTICLE_KINDS, load
from gardefou.decide import Guard
from gardefou.ledger import make_key

from .conftest import WHO, Office, hidden

DRAFT = """
instrument: order
format: 1
id: cease-one
version: 1
title: Stop one vendor
kind: cease_use
authority:
  issuer: The Ministry of Examples
  source: directive
  received_at: "2026-01-01T00:00:00Z"
  entered_by: ada
  verified_by: bea
  verified_at: "2026-01-01T00:00:00Z"
bases: [{id: decree, citation: A decree}]
subjects: [{developer: openai}]
status: [{status: effective, basis: decree, from: "2026-01-01T00:00:00Z"}]
"""

DORA = SignedIn(key="", tenant="default", person="dora", method="passkey", opened_us=0, seen_us=0)
PAGES = (
    "",
    "decisions",
    "constitution",
    "amendments",
    "orders",
    "ledger",
    "people",
    "tools",
    "figures",
    "glass",
    "stops",
)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_answers_with_and_without_anything_to_show(office: Office, name: str) -> None:
    dora = office.person("dora")
    empty = dora.get(f"/console/{name}")
    assert empty.status_code == 200
    office.hold()
    full = dora.get(f"/console/{name}")
    assert full.status_code == 200
    assert "<h1>" in full.text
    assert office.browser().get(f"/console/{name}", follow_redirects=False).status_code == 303


def test_decisions_are_filtered_and_explained(office: Office) -> None:
    dora = office.person("dora")
    office.hold()
    service = office.service
    read = Action(tool="read_mail", arguments={"folder": "Inbox"}, principal=WHO)
    judged = service.decide(read, service.session("default"))
    listed = dora.get("/console/decisions").text
    assert "read_mail" in listed
    held = dora.get("/console/decisions?verdict=hold").text
    assert "read_mail" not in held
    assert "pay" in held
    assert judged.ticket is not None
    one = dora.get(f"/console/decisions/{judged.ticket.receipt().seq}").text
    assert "Allowed" in one
    assert "Inbox" in one


def test_a_decision_of_another_tenant_does_not_exist(office: Office) -> None:
    dora = office.person("dora")
    service = office.service
    secret = Action(
        tool="read_mail", arguments={"folder": "secret"}, principal=Principal(tenant="x")
    )
    judged = service.decide(secret, service.session("x"))
    assert judged.ticket is not None
    answer = dora.get(f"/console/decisions/{judged.ticket.receipt().seq}")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_older_decisions_are_reached_page_by_page(office: Office) -> None:
    dora = office.person("dora")
    for _ in range(60):
        office.service.decide(
            Action(tool="read_mail", arguments={"folder": "Inbox"}, principal=WHO),
            office.service.session("default"),
        )
    seen: set[str] = set()
    address = "/console/decisions"
    for _ in range(5):
        text = dora.get(address).text
        seen |= {part.split('"')[0] for part in text.split('href="/console/decisions/')[1:]}
        if "before=" not in text:
            break
        address = "/console/decisions?before=" + text.split("before=")[1].split('"')[0]
    assert len(seen) == 60


def test_the_constitution_says_how_often_each_article_decided(office: Office) -> None:
    dora = office.person("dora")
    office.hold()
    text = dora.get("/console/constitution").text
    assert "Money that leaves" in text
    assert "held 1" in text


def test_the_ledger_is_verified_from_the_page(office: Office) -> None:
    dora = office.person("dora")
    office.hold()
    assert "Everything fits." in dora.post("/console/ledger/verify").text


def test_a_stop_from_the_page_refuses_at_once_and_resumes_with_a_reason(office: Office) -> None:
    dora = office.person("dora")
    form = {"scope": "agent", "target": "clerk", "reason": "it writes to strangers"}
    assert "clerk" in dora.post("/console/stops", data=form).text
    read = Action(tool="read_mail", arguments={"folder": "Inbox"}, principal=WHO)
    service = office.service
    assert not service.decide(read, service.session("default")).goes_ahead
    text = dora.get("/console/stops").text
    again = {"stop": hidden(text, "stop"), "reason": "it was a test"}
    assert "Nothing is stopped." in dora.post("/console/stops/resume", data=again).text
    assert service.decide(read, service.session("default")).goes_ahead


def test_who_has_no_role_stops_nothing(office: Office) -> None:
    mallory = office.person("mallory")
    answer = mallory.post("/console/stops", data={"scope": "tenant", "reason": "because"})
    assert (answer.status_code, office.service.holds.stops()) == (403, ())
    assert "console.role" in answer.text


def test_a_person_removes_their_own_passkey_and_no_other(office: Office) -> None:
    dora, _ = office.person("dora"), office.person("erik")
    mine, theirs = (
        office.console.desk.accounts.credentials("default", name)[0].id for name in ("dora", "erik")
    )
    dora.post("/console/people/passkeys/remove", data={"credential": theirs})
    assert office.console.desk.accounts.credential(theirs) is not None
    dora.post("/console/people/passkeys/remove", data={"credential": mine})
    assert office.console.desk.accounts.credential(mine) is None


def test_an_open_page_is_told_that_something_new_waits(office: Office) -> None:
    async def run() -> list[str]:
        hints = _live._hints(office.console.desk, DORA)
        found = [await anext(hints)]
        hold = await asyncio.to_thread(office.hold)
        while f"data: {hold.id}" not in "".join(found) or "data: 1\n" not in "".join(found):
            found.append(await asyncio.wait_for(anext(hints), 60))
        await hints.aclose()
        return found

    found = asyncio.run(run())
    assert found[0] == "event: waiting\ndata: 0\n\nevent: looking\ndata: {}\n\n"
    assert "event: waiting\ndata: 1\n\n" in "".join(found[1:])


def test_an_open_page_is_told_who_else_has_a_hold_open(office: Office) -> None:
    """It comes when a colleague's page opens, and goes when it closes; nobody sees themselves."""
    erik = structs.replace(DORA, person="erik")
    hold = office.hold()

    async def until(stream: AsyncIterator[str], wanted: str) -> None:
        while wanted not in await asyncio.wait_for(anext(stream), 60):
            continue

    async def run() -> None:
        watching = _live._hints(office.console.desk, DORA)
        await anext(watching)
        looking = _live._hints(office.console.desk, erik, hold.id)
        assert "looking\ndata: {}" in await anext(looking)
        await until(watching, f'looking\ndata: {{"{hold.id}":["erik"]}}')
        await looking.aclose()  # type: ignore[attr-defined] # - a generator
        await until(watching, "looking\ndata: {}")
        await watching.aclose()  # type: ignore[attr-defined] # - as above

    asyncio.run(run())
    assert office.service.holds.get(hold.id).state == "pending"


def test_a_draft_order_is_tried_on_the_past_and_nothing_of_it_is_kept(office: Office) -> None:
    dora, service = office.person("dora"), office.service
    ask = Action(
        kind="model.request", vendor="openai", channel="openai", model="gpt-5", principal=WHO
    )
    assert service.decide(ask, service.session("default")).goes_ahead
    assert "gpt-5" in dora.get("/console/orders").text
    size = office.console.desk.ledger.head().size
    answer = dora.post("/console/orders/draft", data={"draft": DRAFT})
    assert "Of 1 actions, 1 would be stopped" in answer.text
    assert office.console.desk.ledger.head().size == size
    assert service.decide(ask, service.session("default")).goes_ahead
    wrong = dora.post("/console/orders/draft", data={"draft": "instrument: order\n"})
    assert "It does not load" in wrong.text


def test_an_open_draft_shows_what_it_would_change(office: Office) -> None:
    dora, policy = office.person("dora"), office.service.policies.common
    root = make_key("issuer.example/root", seeds=(b"r" * 32,))
    ranks = {kind: Rank("issuer", 1) for kind in ARTICLE_KINDS}
    charter = Charter(1, {"issuer": (root.verifiers[0].vkey,)}, ranks)
    ledger = office.console.desk.ledger
    assert "There is no charter" in dora.get("/console/amendments").text
    begin(ledger, charter, version_of(policy.guard))
    change = {
        "article": "payments",
        "direction": "looser",
        "sentence": "pay(amount: 1000.01) was held and would be allowed <b>",
        "old": "hold",
        "new": "allow",
    }
    version = version_of(policy.guard)
    certificate = {
        "result": "proved",
        "old_constitution": version.constitution,
        "old_catalogue": version.catalogue,
        "new_constitution": "sha256:new",
        "new_catalogue": version.catalogue,
    }
    proved = Proved(
        verdict="proved", certificate=certificate, difference={"articles": {}, "changes": [change]}
    )
    text = policy.layers[0].text.replace("1000.00 EUR", "2000.00 EUR")
    new = Guard(load(text, catalogue=policy.catalogue), policy.catalogue)
    draft(ledger, policy.guard, new, proved=proved)
    shown = dora.get("/console/amendments").text
    assert "pay(amount: 1000.01) was held and would be allowed &lt;b&gt;" in shown
    assert "<code>default</code> needs 1 signature of <code>issuer</code>, and has 0" in shown


def test_two_hundred_open_pages_lose_no_hint(office: Office) -> None:
    """Every page that is open hears of every hold."""
    pages, holds = 200, 5

    async def run() -> list[set[str]]:
        streams = [_live._hints(office.console.desk, DORA) for _ in range(pages)]
        for stream in streams:
            await anext(stream)
        made = {(await asyncio.to_thread(office.hold)).id for _ in range(holds)}

        async def heard(stream: Any) -> set[str]:
            found: set[str] = set()
            while not made <= found:
                text = await asyncio.wait_for(anext(stream), 60)
                found |= {name for name in made if f"data: {name}\n" in text}
            await stream.aclose()
            return found

        return list(await asyncio.gather(*(heard(stream) for stream in streams)))

    found = asyncio.run(run())
    assert len(found) == pages
    assert all(len(names) == holds for names in found)


@pytest.mark.parametrize(
    ("left_us", "words"),
    [
        (-5, "0 seconds"),
        (999_999, "0 seconds"),
        (1_000_000, "1 second"),
        (119_000_000, "119 seconds"),
        (120_000_000, "2 minutes"),
        (3_599_000_000, "59 minutes"),
        (7_200_000_000, "2 hours"),
        (172_800_000_000, "2 days"),
    ],
)
def test_never_more_time_is_shown_than_is_left(left_us: int, words: str) -> None:
    assert left(left_us, lambda one, many, count: one if count == 1 else many) == words


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [("", "", "en"), ("", "de, en;q=0.5", "en"), ("xx", "en", "en"), ("", "garbage;;;", "en")],
)
def test_the_language_is_one_that_is_there(cookie: str, accepted: str, language: str) -> None:
    assert chosen(cookie, accepted) == language
