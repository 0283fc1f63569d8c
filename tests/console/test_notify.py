"""People are told that something waits, never what is in it, and no failure stops a hold."""

from __future__ import annotations

import hmac
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from gardefou.console._notify import (
    TRIES,
    Chat,
    Mail,
    Message,
    Notifier,
    Webhook,
    message_of,
)
from gardefou.supervision import Notice

from .conftest import Office

ORIGIN = "https://gardefou.example"
NOTICE = Notice(
    kind="opened",
    tenant="default",
    hold="hold-1",
    tool="pay",
    rules=("payments",),
    roles=("treasurer",),
    path="/holds/hold-1",
)


class Post:
    """A real HTTP server on loopback that keeps what it is sent; it fails as often as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.failures = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                failing = outer.failures > 0
                outer.failures -= failing
                outer.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(500 if failing else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                del format, args

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?x=1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def post() -> Iterator[Post]:
    server = Post()
    yield server
    server.close()


class Box:
    """Keeps the mails of a real SMTP server."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the library's name
        del server, session
        self.mails.append(envelope)
        return "250 kept"


@pytest.fixture
def box() -> Iterator[tuple[Box, int]]:
    kept = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, port
    controller.stop()


def told(*channels: Any, notice: Notice = NOTICE) -> list[tuple[str, str]]:
    trouble: list[tuple[str, str]] = []
    notifier = Notifier(
        channels, origin=ORIGIN, on_trouble=lambda *what: trouble.append(what), wait_s=0
    )
    notifier(notice)
    notifier.close()
    return trouble


def test_a_mail_reaches_the_people_of_the_role(box: tuple[Box, int]) -> None:
    kept, port = box
    to = {"treasurer": ("dora@ministry.example",), "everybody": ("desk@ministry.example",)}
    mail = Mail(host="127.0.0.1", port=port, sender="guard@ministry.example", to=to, starttls=False)
    assert told(mail) == []
    (envelope,) = kept.mails
    assert envelope.rcpt_tos == ["dora@ministry.example"]
    text = envelope.content.decode()
    assert f"{ORIGIN}/console/holds/hold-1" in text
    assert "pay" in text


def test_a_role_without_an_address_reaches_everybody(box: tuple[Box, int]) -> None:
    kept, port = box
    to = {"everybody": ("desk@ministry.example",)}
    mail = Mail(host="127.0.0.1", port=port, sender="g@ministry.example", to=to, starttls=False)
    told(mail)
    assert kept.mails[0].rcpt_tos == ["desk@ministry.example"]


def test_a_webhook_is_signed_over_time_and_body(post: Post) -> None:
    assert told(Webhook(url=post.url, secret="s3cret")) == []
    headers, body = post.got[0]
    stamp = headers["gardefou-timestamp"]
    wanted = hmac.new(b"s3cret", f"{stamp}.".encode() + body, "sha256").hexdigest()
    assert headers["gardefou-signature"] == f"v1={wanted}"
    assert json.loads(body)["url"] == f"{ORIGIN}/console/holds/hold-1"


def test_a_chat_gets_one_line_that_is_no_markup(post: Post) -> None:
    told(Chat(url=post.url), notice=_named("<!channel> & <https://evil.example|ok>"))
    text = json.loads(post.got[0][1])["text"]
    assert "<" not in text
    assert "\n" not in text


def test_a_failure_is_tried_again_then_told_and_stops_nothing(post: Post) -> None:
    post.failures = 1
    assert told(Chat(url=post.url)) == []
    assert len(post.got) == 2
    post.failures = TRIES
    assert told(Chat(url=post.url)) == [("chat", f"ConnectionError after {TRIES} tries")]
    trouble = told(Chat(url="http://127.0.0.1:9/x"), Chat(url="ftp://x"), Chat(url=post.url))
    assert [name for name, _ in trouble] == ["chat", "chat"]


def _named(tool: str) -> Notice:
    return Notice(kind="opened", tenant="default", tool=tool, path="/console/")


@pytest.mark.parametrize("tool", ["a\nBcc: x@evil.example", "a\u202eb", "a\u200bb", "a\tb"])
def test_names_from_elsewhere_hide_nothing(tool: str) -> None:
    message = message_of(_named(tool), ORIGIN)
    assert tool not in message.line
    assert "\n" not in message.line
    assert "U+" in message.line


def test_a_hold_that_opens_is_told_without_its_arguments(office: Office) -> None:
    """Promise 14, end to end: neither an argument nor an approving link leaves."""
    sent: list[Message] = []

    class Kept:
        name = "kept"

        def send(self, message: Message) -> None:
            sent.append(message)

    hold = office.hold(reference="a secret reference")
    notifier = Notifier([Kept()], origin=ORIGIN, on_trouble=lambda *_: None)
    for notice in office.notices:
        notifier(notice)
    notifier.close()
    assert sent[0].notice.hold == hold.id
    told_all = "".join(f"{m.title}{m.line}{m.url}{m.notice}" for m in sent)
    assert "a secret reference" not in told_all
    assert "DE89370400440532013000" not in told_all
    assert "approve" not in sent[0].url
    page = office.person("dora").get(sent[0].url)
    assert (page.status_code, "DE89370400440532013000" in page.text) == (200, True)
