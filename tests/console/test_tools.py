"""First contact: what a server brings is confirmed, changed or rejected by a person, with their passkey."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.testclient import TestClient

from gardefou.contact import Register, pending_in
from gardefou.doors._rulings import Rulings
from gardefou.doors.mcp import Desk, Relay, Seal, read_message
from gardefou.ledger import decode_entry

from .conftest import WHO, Office, hidden

READ = {
    "name": "read_mail",
    "description": "Read the mails of a folder.",
    "inputSchema": {"type": "object", "properties": {"folder": {"type": "string"}}},
}
SEND = {
    "name": "send_mail",
    "description": "Send an e-mail.",
    "inputSchema": {"type": "object", "properties": {"to": {"type": "string"}}},
}


class Proxy:
    """A door that runs: a server with two tools behind a relay, in the office's own process."""

    def __init__(self, office: Office, folder: Path) -> None:
        self.folder = folder
        self.tools: list[dict[str, Any]] = [READ, SEND]
        self.called: list[str] = []
        self.said: list[dict[str, Any]] = []
        desk = Desk(Rulings(office.service), WHO, wait_s=0.0)
        register = Register(folder, "post")
        desk.add(register)
        self.relay = Relay(desk, register, Seal(b"k" * 32), note=lambda _: None)
        office.console.desk.settings = msgspec.structs.replace(
            office.console.desk.settings, tools=str(folder)
        )

    async def to_client(self, data: bytes) -> None:
        self.said.append(msgspec.json.decode(data))

    async def to_server(self, data: bytes) -> None:
        message = msgspec.json.decode(data)
        result: dict[str, Any] = {"tools": self.tools}
        if message["method"] == "tools/call":
            self.called.append(message["params"]["name"])
            result = {"content": []}
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": result}
        await self.relay.server_says(msgspec.json.encode(answer), self)

    async def ask(self, data: bytes, id_: str | int, **_: float) -> Any:
        assert b"tools/list" in data
        answer = {"jsonrpc": "2.0", "id": id_, "result": {"tools": self.tools}}
        return read_message(msgspec.json.encode(answer))

    def say(self, method: str, **params: Any) -> dict[str, Any]:
        message = {"jsonrpc": "2.0", "id": len(self.said) + 1, "method": method, "params": params}
        asyncio.run(self.relay.client_says(msgspec.json.encode(message), self))
        return self.said[-1]

    def pull(self, tools: list[dict[str, Any]]) -> None:
        """The server lists other tools."""
        self.tools = tools
        news = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}
        asyncio.run(self.relay.server_says(msgspec.json.encode(news), self))


@pytest.fixture
def proxy(office: Office, tmp_path: Path) -> Proxy:
    return Proxy(office, tmp_path / "tools")


def choose(browser: TestClient, **words: str) -> dict[str, Any]:
    """The form of the page as it stands, with these words on tools by name."""
    text = browser.get("/console/tools").text
    form: dict[str, Any] = {"server": "post"}
    for number, name in re.findall(r'name="tool-(\d+)" value="([^"]+)"', text):
        block = text.split(f'name="tool-{number}"')[1].split("</article>")[0]
        form[f"tool-{number}"] = name
        form[f"definition-{number}"] = hidden(block, f"definition-{number}")
        form[f"verdict-{number}"] = words.get(name.partition(".")[2], "")
        checked = rf'name="effect-{number}" value="(\w+)" checked'
        form[f"effect-{number}"] = re.findall(checked, block)
        for field, options in re.findall(
            rf'<select name="(role-{number}-[^"]+)">(.*?)</select>', block, re.DOTALL
        ):
            form[field] = re.search(r"<option selected>(\w+)", options)[1]  # type: ignore[index]
    return form


def sign(office: Office, person: str, text: str, **more: str) -> dict[str, str]:
    """The form of the second page, signed by a device."""
    challenge = re.search(r"&#34;challenge&#34;: &#34;([\w-]+)&#34;", text)
    if challenge is None:
        challenge = re.search(r"challenge&#34;:\s*&#34;([\w-]+)", text)
    assert challenge is not None, text
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415 - an extra, as in the console

    evidence = office.devices[person].sign(base64url_to_bytes(challenge[1])).decode()
    return {"ticket": hidden(text, "ticket"), "evidence": evidence, "reason": "read it", **more}


def entries(office: Office, kind: str) -> list[dict[str, Any]]:
    with office.console.desk.ledger.store.reading() as session:
        head = session.head()
        rows = [decode_entry(row.body, row.seq) for row in session.rows(0, head.size)]
    return [entry.data for entry in rows if entry.kind == kind]


def test_confirmed_in_the_console_the_next_call_passes_the_running_door(
    office: Office, proxy: Proxy
) -> None:
    """Issue: catalogued by `suggest`, shown in the console, `unlisted` until a person confirms."""
    dora = office.person("dora")
    held = proxy.say("tools/call", name="read_mail", arguments={"folder": "Inbox"})
    assert held["result"]["isError"] is True
    shown = dora.get("/console/tools").text
    assert "post.read_mail" in shown
    assert "Read the mails of a folder." in shown
    assert "If it were confirmed like this" in shown
    review = dora.post("/console/tools/review", data=choose(dora, read_mail="confirmed"))
    assert review.status_code == 200, review.text
    assert "Nothing has changed yet" in review.text
    assert "post.send_mail" not in review.text
    assert "post.read_mail" in pending_in(proxy.folder)["post"].tools
    assert entries(office, "tools.settled") == []
    done = dora.post("/console/tools/settle", data=sign(office, "dora", review.text))
    assert done.status_code == 200, done.text
    (entry,) = entries(office, "tools.settled")
    assert [(t["tool"], t["verdict"]) for t in entry["tools"]] == [("post.read_mail", "confirmed")]
    assert entry["evidence"].startswith("hmac-sha256:")
    assert "dora" not in str(entry)
    assert list(pending_in(proxy.folder)["post"].tools) == ["post.send_mail"]
    passed = proxy.say("tools/call", name="read_mail", arguments={"folder": "Sent"})
    assert passed["result"] == {"content": []}
    assert proxy.called == ["read_mail"]


def test_a_person_changes_the_labels_before_they_confirm(office: Office, proxy: Proxy) -> None:
    dora = office.person("dora")
    proxy.say("tools/list")
    form = choose(dora, send_mail="confirmed")
    form["effect-1"] = ["pays"]
    review = dora.post("/console/tools/review", data=form)
    assert "No argument has the role amount" in review.text
    dora.post("/console/tools/settle", data=sign(office, "dora", review.text))
    proxy.say("tools/list")
    known = proxy.relay.register.known["send_mail"]
    assert (known.state, known.tool.effects, known.tool.labelled_by) == (
        "confirmed",
        ("pays",),
        "person",
    )


def test_what_is_rejected_is_not_shown_until_its_definition_changes(
    office: Office, proxy: Proxy
) -> None:
    dora = office.person("dora")
    listed = proxy.say("tools/list")["result"]["tools"]
    assert [tool["name"] for tool in listed] == ["read_mail", "send_mail"]
    review = dora.post("/console/tools/review", data=choose(dora, send_mail="rejected"))
    dora.post("/console/tools/settle", data=sign(office, "dora", review.text))
    listed = proxy.say("tools/list")["result"]["tools"]
    assert [tool["name"] for tool in listed] == ["read_mail"]
    held = proxy.say("tools/call", name="send_mail", arguments={"to": "x@example.org"})
    assert held["result"]["isError"] is True
    proxy.pull([READ, {**SEND, "description": "Send a mail."}])
    proxy.say("tools/list")
    assert "post.send_mail" in pending_in(proxy.folder)["post"].tools


def test_a_tool_that_changed_is_shown_with_what_differs(office: Office, proxy: Proxy) -> None:
    """A rug pull: held at the door, and visible with the difference."""
    dora = office.person("dora")
    proxy.say("tools/list")
    review = dora.post("/console/tools/review", data=choose(dora, read_mail="confirmed"))
    dora.post("/console/tools/settle", data=sign(office, "dora", review.text))
    proxy.pull([{**READ, "description": "Read all mails of a folder <b>now</b>."}, SEND])
    held = proxy.say("tools/call", name="read_mail", arguments={"folder": "Inbox"})
    assert held["result"]["isError"] is True
    shown = dora.get("/console/tools").text
    assert "It changed after somebody had confirmed it." in shown
    assert "<del>the</del>" in shown
    assert "<ins>all</ins>" in shown
    assert "<b>now" not in shown


def test_a_server_that_changes_its_words_in_between_is_not_confirmed(
    office: Office, proxy: Proxy
) -> None:
    dora = office.person("dora")
    proxy.say("tools/list")
    form = choose(dora, read_mail="confirmed")
    review = dora.post("/console/tools/review", data=form)
    proxy.pull([{**READ, "description": "Read mails, and send them on."}, SEND])
    proxy.say("tools/list")
    answer = dora.post("/console/tools/settle", data=sign(office, "dora", review.text))
    assert (answer.status_code, "tools.stale" in answer.text) == (412, True)
    assert dora.post("/console/tools/review", data=form).status_code == 412
    assert entries(office, "tools.settled") == []
    assert "post.read_mail" in pending_in(proxy.folder)["post"].tools


@pytest.mark.parametrize("fault", ["nobody", "other", "none", "again", "reason"])
def test_no_word_without_a_role_a_reason_and_ones_own_signature(
    office: Office, proxy: Proxy, fault: str
) -> None:
    """Law 6: a person is a person."""
    dora, erik = office.person("dora"), office.person("erik")
    mallory = office.person("mallory")
    proxy.say("tools/list")
    form = choose(dora, read_mail="confirmed")
    assert 'type="radio"' not in mallory.get("/console/tools").text
    who, name = (mallory, "mallory") if fault == "nobody" else (dora, "dora")
    review = who.post("/console/tools/review", data=form)
    signed = sign(office, name, review.text)
    if fault == "other":
        signed["evidence"] = sign(office, "erik", review.text)["evidence"]
    elif fault == "none":
        signed["evidence"] = ""
    elif fault == "reason":
        signed["reason"] = " "
    elif fault == "again":
        assert dora.post("/console/tools/settle", data=signed).status_code == 200
        assert erik.post("/console/tools/settle", data=signed).status_code == 403
    answer = who.post("/console/tools/settle", data=signed)
    assert answer.status_code in {403, 412, 422}, answer.text
    assert len(entries(office, "tools.settled")) == (1 if fault == "again" else 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"verdict-0": ""}, "tools.none"),
        ({"effect-0": []}, "tools.label"),
        ({"effect-0": ["flies"]}, "tools.label"),
        ({"role-0-folder": "nonsense"}, "tools.label"),
        ({"server": "../other"}, "tools.stale"),
        ({"tool-0": "post.other"}, "tools.stale"),
        ({"definition-0": "sha256:other"}, "tools.stale"),
    ],
)
def test_a_form_that_nobody_was_shown_changes_nothing(
    office: Office, proxy: Proxy, change: dict[str, Any], code: str
) -> None:
    dora = office.person("dora")
    proxy.say("tools/list")
    answer = dora.post(
        "/console/tools/review", data={**choose(dora, read_mail="confirmed"), **change}
    )
    assert code in answer.text
    assert sorted(pending_in(proxy.folder)["post"].tools) == ["post.read_mail", "post.send_mail"]


def test_an_act_from_another_site_is_refused(office: Office, proxy: Proxy) -> None:
    dora = office.person("dora")
    proxy.say("tools/list")
    form = choose(dora, read_mail="confirmed")
    away = {"sec-fetch-site": "cross-site"}
    assert dora.post("/console/tools/review", data=form, headers=away).status_code == 403
    assert dora.post("/console/tools/settle", data=form, headers=away).status_code == 403


def test_people_of_other_tenants_see_no_tools(office: Office, proxy: Proxy) -> None:
    dora = office.person("dora")
    proxy.say("tools/list")
    desk = office.console.desk
    desk.settings = msgspec.structs.replace(desk.settings, tenant="elsewhere")
    text = dora.get("/console/tools").text
    assert "post.read_mail" not in text
    assert "name no folder of tools" in text


def test_two_who_decide_at_once_leave_one_whole_file(office: Office, proxy: Proxy) -> None:
    """Both acts are in the ledger, and no tool is lost."""
    browsers = {name: office.person(name) for name in ("dora", "erik")}
    proxy.say("tools/list")
    signed = {}
    for name, tool in (("dora", "read_mail"), ("erik", "send_mail")):
        form = choose(browsers[name], **{tool: "confirmed"})
        review = browsers[name].post("/console/tools/review", data=form)
        signed[name] = sign(office, name, review.text)
    threads = [
        threading.Thread(
            target=browsers[name].post,
            args=["/console/tools/settle"],
            kwargs={"data": signed[name]},
        )
        for name in browsers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    proxy.say("tools/list")
    states = {name: known.state for name, known in proxy.relay.register.known.items()}
    assert states == {"read_mail": "confirmed", "send_mail": "confirmed"}
    assert len(entries(office, "tools.settled")) == 2
