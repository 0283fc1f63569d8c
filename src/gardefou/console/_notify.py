"""Telling people that something waits for them: mail, webhook, chat, desktop.

Rules (promise 14):

1. A notice says what kind of thing waits, the tool's and the rules' names, and where to read it.
   Never an argument, and never a link that approves: the page asks who is there.
2. Delivery is in a thread of its own, tried `TRIES` times; a failure is told to the operator and
   stops no hold. The inbox shows everything all the same.
3. A webhook's body is signed: ``gardefou-signature: v1=<hex>`` is HMAC-SHA-256 over the header
   ``gardefou-timestamp``, a point and the body.
4. What a tool or a rule is called comes from elsewhere: hidden characters are shown as code points,
   and nothing of it reaches a header.
"""

from __future__ import annotations

import contextlib
import hmac
import http.client
import queue
import shutil
import smtplib
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import urlsplit

import msgspec

from gardefou.console._settings import PATH
from gardefou.errors import GardefouError, UsageError
from gardefou.legible import is_hidden
from gardefou.supervision import Notice

TRIES = 3
WAIT_S = 2.0
TIMEOUT_S = 10.0
MAX_QUEUE = 1_000

_WORDS = {
    "opened": "An action waits for a decision",
    "escalated": "An action still waits for a decision",
    "resolved": "An action that waited was decided",
    "breakglass": "Break-glass was used",
    "stopped": "Work was stopped",
    "resumed": "Work goes on",
}


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is delivered: one line, a link, and the notice as JSON values."""

    title: str
    line: str
    url: str
    notice: Notice


class Channel(Protocol):
    """One way to reach people."""

    name: str

    def send(self, message: Message) -> None:
        """Deliver a message.

        Raises:
            OSError: when it could not be delivered; so do `smtplib` and `http.client`.
        """


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """Mail to the people of a role, or to ``everybody`` where a role has no address."""

    host: str
    sender: str
    to: dict[str, tuple[str, ...]]
    port: int = 25
    starttls: bool = True
    user: str = ""
    password: str = ""
    name: str = "mail"

    def send(self, message: Message) -> None:
        """Deliver to everybody whom it concerns."""
        roles = message.notice.roles or ("everybody",)
        found = {address for role in roles for address in self.to.get(role, ())}
        recipients = sorted(found or self.to.get("everybody", ()))
        if not recipients:
            return
        mail = EmailMessage()
        mail["Subject"] = f"Gardefou: {message.title}"
        mail["From"] = self.sender
        mail["To"] = ", ".join(recipients)
        mail.set_content(f"{message.line}\n\n{message.url}\n")
        with smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_S) as server:
            if self.starttls:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            server.send_message(mail)


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A signed JSON body to an address of the organisation's own."""

    url: str
    secret: str
    name: str = "webhook"

    def send(self, message: Message) -> None:
        """Deliver the notice, signed (rule 3)."""
        body = msgspec.json.encode(
            {**msgspec.to_builtins(message.notice), "text": message.line, "url": message.url}
        )
        stamp = str(int(time.time()))
        signed = hmac.digest(self.secret.encode(), stamp.encode() + b"." + body, "sha256").hex()
        headers = {"gardefou-timestamp": stamp, "gardefou-signature": f"v1={signed}"}
        _post(self.url, body, headers)


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """A Slack-compatible incoming webhook."""

    url: str
    name: str = "chat"

    def send(self, message: Message) -> None:
        """Deliver one line with the link; nothing in it is read as markup."""
        line = message.line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        text = {"text": f"{line} {message.url}", "mrkdwn": False, "link_names": False}
        _post(self.url, msgspec.json.encode(text), {})


class Desktop(msgspec.Struct, frozen=True, kw_only=True):
    """A note on the desktop of whoever runs this process, where `notify-send` is installed."""

    name: str = "desktop"

    def send(self, message: Message) -> None:
        """Show it."""
        program = shutil.which("notify-send")
        if program is None:
            raise FileNotFoundError("notify-send is not installed")
        note = (
            program,
            "--app-name=Gardefou",
            "--",
            message.title,
            f"{message.line}\n{message.url}",
        )
        subprocess.run(note, check=True, timeout=TIMEOUT_S)  # noqa: S603 - a fixed program, no shell


class Notifier:
    """Delivers notices; give it to the service as ``notify``, and close it at the end."""

    def __init__(
        self,
        channels: Sequence[Channel],
        *,
        origin: str,
        on_trouble: Callable[[str, str], None],
        wait_s: float = WAIT_S,
    ) -> None:
        """Deliver through ``channels``; ``on_trouble`` gets a channel's name and what went wrong."""
        self._channels = tuple(channels)
        self._origin = origin
        self._on_trouble = on_trouble
        self._wait_s = wait_s
        self._queue: queue.Queue[Notice | None] = queue.Queue(MAX_QUEUE)
        self._thread = threading.Thread(target=self._work, name="gardefou-notices", daemon=True)
        self._thread.start()

    def __call__(self, notice: Notice) -> None:
        """Take a notice; never waits, and tells when there are too many."""
        if not self._channels:
            return
        try:
            self._queue.put_nowait(notice)
        except queue.Full:
            self._on_trouble("queue", f"{MAX_QUEUE} notices wait already; one was left out")

    def close(self) -> None:
        """Deliver what waits, then end."""
        with contextlib.suppress(queue.Full):
            self._queue.put(None, timeout=1)
        self._thread.join(timeout=TIMEOUT_S)

    def _work(self) -> None:
        while (notice := self._queue.get()) is not None:
            message = message_of(notice, self._origin)
            for channel in self._channels:
                self._deliver(channel, message)

    def _deliver(self, channel: Channel, message: Message) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                channel.send(message)
            except (
                OSError,
                GardefouError,
                http.client.HTTPException,
                subprocess.SubprocessError,
            ) as error:
                if attempt == TRIES:
                    self._on_trouble(channel.name, f"{type(error).__name__} after {TRIES} tries")
                else:
                    time.sleep(self._wait_s * attempt)
            else:
                return


def message_of(notice: Notice, origin: str) -> Message:
    """A notice in words (rules 1 and 4)."""
    title = _WORDS[notice.kind]
    parts = [title]
    if notice.tool:
        parts.append(f"tool {_plain(notice.tool)}")
    if notice.rules:
        parts.append(f"rules {', '.join(map(_plain, notice.rules))}")
    if notice.state:
        parts.append(notice.state)
    url = f"{origin}{PATH}{notice.path}"
    return Message(title=title, line="; ".join(parts) + ".", url=url, notice=notice)


def _plain(text: str) -> str:
    """One line without anything hidden in it."""
    return "".join(f"U+{ord(c):04X}" if is_hidden(c) or c in "\n\t" else c for c in text)[:200]


def _post(url: str, body: bytes, headers: dict[str, str]) -> None:
    """Send JSON; a redirect or any other answer than success is a failure."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            "a webhook's address is no http or https address",
            code="notify.url",
            help="write it as https://host/path",
        )
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_S)
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", path, body, {"content-type": "application/json", **headers})
        status = connection.getresponse().status
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise ConnectionError(f"answered {status}")
