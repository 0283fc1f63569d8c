"""A gateway and a scripted upstream over loopback, in one background event loop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from gardefou.doors.gateway import Key, KeyBook, load_settings
from gardefou.doors.gateway.serving import Gateway, Parts, listen, open_parts, server_of
from gardefou.ledger import create_ledger, make_key, open_store, save_key
from gardefou.service import AsyncService
from gardefou.supervision import Ballot, Hold

LAW = """---
constitution: Test
version: 1
language: 1
unlisted: hold
roles: {treasurer: [dora, erik]}
---

# Test

## Article 1. Talk {#talk}

Models may be asked.

```article
kind: default
on: [kind model.request, kind model.response, kind tool.result]
```

## Article 2. Reading {#reading}

Reading is free.

```article
kind: default
on: effect reads
```

## Article 3. No deletion {#no-deletion}

Nothing is deleted.

```article
kind: red_line
on: effect deletes
deny:
  - when: 'true'
```

## Article 4. Payments wait {#payments}

Payments wait for a person.

```article
kind: default
on: effect pays
hold:
  - when: 'true'
    quorum: {treasurer: 1}
```
"""
LABELS = """catalogue: 1
tools:
  read_file:
    effects: [reads]
    parameters: {path: {type: text}}
  delete_file:
    effects: [deletes]
    parameters: {path: {type: text}}
  pay:
    effects: [pays]
    parameters: {amount: {type: text}}
"""
DEFAULTS = """
[server]
wait_s = 0.3
stream_wait_s = 0.5
SERVER
[store]
ledger = "ledger.db"
key = "ledger.db.key"

[constitution]
layers = ["law.md"]
catalogue = "labels.yaml"

[upstreams.local]
kind = "compatible"
url = "http://127.0.0.1:PORT/v1"
connect_s = 2
read_s = 3
"""


class Heard:
    """One request as the upstream read it."""

    def __init__(self, line: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.line = line
        self.headers = headers
        self.body = body

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.headers}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Script = Callable[[Heard, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Upstream:
    """A server whose answers a test writes byte by byte."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.hung_up = 0
        self.connections = 0
        self.script: Script = self.answer(chat_answer("Good morning."))
        self.port = 0

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 26)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                line, *rest = head.decode("latin-1").split("\r\n")[:-2]
                headers = [(k.lower(), v) for k, _, v in (text.partition(": ") for text in rest)]
                length = int(dict(headers).get("content-length", "0"))
                body = await reader.readexactly(length)
                heard = Heard(line, headers, body)
                self.heard.append(heard)
                await self.script(heard, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.hung_up += 1
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            writer.close()

    @staticmethod
    def answer(body: Any, status: str = "200 OK", *headers: str) -> Script:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = headers or ("content-type: application/json",)

        async def script(
            heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            head = [f"HTTP/1.1 {status}", *lines, f"content-length: {len(data)}", "", ""]
            writer.write("\r\n".join(head).encode() + data)
            await writer.drain()

        return script

    @staticmethod
    def raw(data: bytes, *, close: bool = True) -> Script:
        async def script(
            heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            writer.write(data)
            await writer.drain()
            if close:
                writer.close()
                raise ConnectionResetError

        return script

    @staticmethod
    def events(*events: Any, pause_s: float = 0.0, close: bool = False) -> Script:
        """A stream of server-sent events, chunked; ``close`` breaks off without an end."""

        async def script(
            heard: Heard, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                b"transfer-encoding: chunked\r\n\r\n"
            )
            for item in events:
                data = item if isinstance(item, bytes) else b"data: " + _dump(item) + b"\n\n"
                writer.write(b"%x\r\n%b\r\n" % (len(data), data))
                await writer.drain()
                if pause_s:
                    await asyncio.sleep(pause_s)
            if close:
                writer.close()
                raise ConnectionResetError
            writer.write(b"0\r\n\r\n")
            await writer.drain()

        return script


def _dump(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def chat_answer(text: str | None, *calls: tuple[str, str, Any]) -> dict[str, Any]:
    """A Chat answer with words and calls given as (id, name, arguments)."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if calls:
        message["tool_calls"] = [chat_call(*call) for call in calls]
    stop = "tool_calls" if calls else "stop"
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o",
        "choices": [{"index": 0, "message": message, "finish_reason": stop}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def chat_call(identity: str, name: str, arguments: Any) -> dict[str, Any]:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": text}}


def chat_chunk(delta: dict[str, Any], stop: str | None = None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-4o",
        "choices": [{"index": 0, "delta": delta, "finish_reason": stop}],
    }


def ask(text: str = "Hello.", **fields: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **fields}


class Response:
    """What a raw client read."""

    def __init__(self, data: bytes) -> None:
        head, _, rest = data.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(line.split(" ")[1]) if " " in line else 0
        self.pairs = [text.partition(": ")[::2] for text in lines]
        self.headers = {name.lower(): value for name, value in self.pairs}
        chunked = self.headers.get("transfer-encoding") == "chunked"
        self.is_whole, self.body = _unchunk(rest) if chunked else (True, rest)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def _unchunk(data: bytes) -> tuple[bool, bytes]:
    out = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size or b"0", 16)
        if not length:
            return True, out
        out, data = out + data[:length], data[length + 2 :]
    return False, out


def now_us() -> int:
    return time.time_ns() // 1_000


class Running:
    """A gateway under test with its upstream; everything else happens in the test's thread."""

    def __init__(
        self,
        folder: Path,
        settings: str = "",
        *,
        server: str = "",
        law: str = LAW,
        first: bool = False,
    ) -> None:
        self.folder = folder
        self.upstream = Upstream()
        self.listening = listen("127.0.0.1:0")
        self.port = self.listening.getsockname()[1]
        self.loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        (folder / "law.md").write_text(law, encoding="utf-8")
        (folder / "labels.yaml").write_text(LABELS, encoding="utf-8")
        self._settings = settings
        self._server = server
        self._first = first
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(30)
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self.loop.run_until_complete(self._main())
        except BaseException as error:  # noqa: BLE001 - told in the test's thread
            self._failure = error
        finally:
            self.listening.close()
            self._ready.set()
            self.loop.close()

    async def _main(self) -> None:
        upstream = await self.upstream.start()
        path = self.folder / "gardefou.toml"
        path.write_text(self._text(), encoding="utf-8")
        settings = load_settings(path)
        location = self.folder / "ledger.db"
        if not location.exists():
            key = make_key("ledger.example/gateway", seeds=(b"g" * 32,))
            save_key(key, self.folder / "ledger.db.key")
            create_ledger(str(location), key)
        self.parts: Parts = open_parts(settings, now_us)
        self.book = KeyBook(self.parts.state, clock=now_us, random=os.urandom)
        self.key = self.make_key()
        service = AsyncService(self.parts.service)
        self.gateway = Gateway(settings, service, self.parts.state, clock=now_us)
        await self.gateway.keys.refresh()
        self.server = server_of(self.gateway)
        serving = asyncio.ensure_future(self.server.serve(sockets=[self.listening]))
        while not self.server.started:  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.005)
        self._ready.set()
        await serving
        self.gateway.client.close()
        upstream.close()
        self.parts.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            with contextlib.suppress(BaseException):
                await task

    def _text(self) -> str:
        head, mark, local = DEFAULTS.replace("SERVER", self._server).partition("[upstreams.local]")
        if self._first:  # before the local upstream, so that it serves everything
            text = head + self._settings + mark + local
        else:
            text = head + mark + local + self._settings
        return text.replace("PORT", str(self.upstream.port))

    def make_key(self, **fields: Any) -> str:
        fields = {"id": "", "tenant": "acme", "application": "desk", **fields}
        return self.book.create(Key(**fields)).text

    def refresh(self) -> None:
        asyncio.run_coroutine_threadsafe(self.gateway.keys.refresh(), self.loop).result(5)

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(20)

    # Clients

    def connect(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port))
        client.settimeout(20)
        return client

    def send(self, data: bytes) -> bytes:
        """Send raw bytes, read until the gateway closes."""
        with self.connect() as client:
            client.sendall(data)
            return read_all(client)

    def request(
        self,
        body: Any,
        path: str = "/v1/chat/completions",
        method: str = "POST",
        key: str | None = None,
        **headers: str,
    ) -> Response:
        return Response(self.send(self.message(body, path, method, key, **headers)))

    def message(
        self,
        body: Any,
        path: str = "/v1/chat/completions",
        method: str = "POST",
        key: str | None = None,
        **headers: str,
    ) -> bytes:
        """The bytes of a request."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            "host: gateway",
            "connection: close",
            f"content-length: {len(data)}",
            f"authorization: Bearer {self.key if key is None else key}",
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + data

    def entries(self) -> list[dict[str, Any]]:
        """The ledger, as an outsider reads it."""
        store = open_store(str(self.folder / "ledger.db"))
        try:
            with store.reading() as session:
                head = session.head()
                return [json.loads(body) for _, _, body in session.rows(0, head.size)]
        finally:
            store.close()

    def recorded(self) -> list[dict[str, Any]]:
        """The decisions in the ledger."""
        return [entry["data"] for entry in self.entries() if entry["kind"] == "decision"]


def vote(running: Running, verdict: Any = "approve", *, count: int = 1) -> list[Hold]:
    """A treasurer votes on the holds that wait, as soon as there are so many."""
    holds = running.parts.service.holds
    end = time.monotonic() + 10
    while len(waiting := holds.inbox()) < count:
        assert time.monotonic() < end
        time.sleep(0.02)
    for hold in waiting:
        seen = holds.get(hold.id)
        holds.vote(
            Ballot(hold=hold.id, verdict=verdict, person="dora", seen=seen.digest, reason="Seen.")
        )
    return list(waiting)


def later(running: Running, verdict: str = "approve", count: int = 1) -> threading.Thread:
    thread = threading.Thread(target=vote, args=(running, verdict), kwargs={"count": count})
    thread.start()
    return thread


def read_all(client: socket.socket) -> bytes:
    out = b""
    while True:
        try:
            data = client.recv(65_536)
        except ConnectionResetError:
            return out
        if not data:
            return out
        out += data
