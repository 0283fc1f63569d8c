"""Headers, smuggling, limits and faults: a clear answer, nothing executed, nothing leaked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateway_running import Response, Running, Upstream, ask, chat_answer

BODY = json.dumps(ask()).encode()


def test_what_authenticates_stays_on_its_side(tmp_path: Path, monkeypatch: Any) -> None:
    """The caller's key never reaches the upstream, the vendor's key never the caller."""
    monkeypatch.setenv("VENDOR_KEY", "sk-vendor-secret")
    running = Running(tmp_path, 'secret = {env = "VENDOR_KEY"}\n')
    try:
        running.upstream.script = Upstream.answer(
            chat_answer("Hi."),
            "200 OK",
            "content-type: application/json",
            "set-cookie: a=b",
            "x-request-id: r-1",
            "connection: x-hop",
            "x-hop: 1",
            "openai-processing-ms: 5",
            "gardefou-decision: allow-all",
        )
        answer = running.request(
            ask(),
            cookie="c=d",
            x_hop_up="1",
            proxy_authorization="Basic x",
            te="trailers",
            openai_beta="assistants=v2",
            x_stainless_lang="python",
            x_forwarded_for="10.0.0.1",
            gardefou_user="alice",
        )
        heard = running.upstream.heard[0]
        assert dict(heard.headers)["authorization"] == "Bearer sk-vendor-secret"
        assert {"openai-beta", "x-stainless-lang"} <= heard.names
        forbidden = {"cookie", "te", "proxy-authorization", "x-forwarded-for", "gardefou-user"}
        assert not forbidden & heard.names
        sent = json.dumps(heard.headers) + heard.body.decode()
        assert running.key not in sent
        assert answer.headers["x-request-id"] == "r-1"
        assert answer.headers["openai-processing-ms"] == "5"
        assert answer.headers["gardefou-decision"] == "allow"
        assert not {"set-cookie", "x-hop"} & set(answer.headers)
        assert "sk-vendor-secret" not in json.dumps(answer.pairs) + answer.body.decode()
    finally:
        running.stop()


def head(running: Running, *lines: str, start: str = "POST /v1/chat/completions HTTP/1.1") -> bytes:
    fixed = ["host: gateway", "connection: close", f"authorization: Bearer {running.key}"]
    return "\r\n".join([start, *fixed, *lines]).encode("latin-1") + b"\r\n\r\n"


LENGTH = f"content-length: {len(BODY)}"
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        ((LENGTH, LENGTH), BODY),
        ((LENGTH, "content-length: 3"), BODY),
        ((LENGTH, "transfer-encoding: chunked"), CHUNKED),
        (("transfer-encoding: chunked", "transfer-encoding: identity"), CHUNKED),
        (("transfer-encoding: gzip, chunked, x",), CHUNKED),
        (("transfer-encoding : chunked",), CHUNKED),
        (("content-length: +5",), BODY),
        (("content-length: 5, 5",), BODY),
        ((LENGTH, "x-folded: a\r\n b"), BODY),
        ((LENGTH, "x-nul: a\0b"), BODY),
        ((LENGTH, "bad name: x"), BODY),
        ((LENGTH, "x: " + "y" * 70_000), BODY),
        ((LENGTH, *[f"x-{number}: y" for number in range(300)]), BODY),
        (("transfer-encoding: chunked",), b"zz\r\n" + BODY),
        (("transfer-encoding: chunked",), b"-1\r\n" + BODY),
        (("transfer-encoding: chunked",), b"fffffffffffffffff\r\n" + BODY),
        (("transfer-encoding: chunked",), b"5\r\nabcdefgh\r\n0\r\n\r\n"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(
    running: Running, lines: tuple[str, ...], body: bytes
) -> None:
    answer = Response(running.send(head(running, *lines) + body))
    assert answer.status in {0, 400}
    assert running.upstream.heard == []
    assert running.request(ask()).status == 200


@pytest.mark.parametrize(
    "start",
    [
        "CONNECT upstream:443 HTTP/1.1",
        "POST /v1/chat/completions HTTP/9.9",
        "POST /v1/chat/completions\tHTTP/1.1",
        "POST  HTTP/1.1",
        "BREW /v1/chat/completions HTTP/1.1",
        "POST /" + "a" * 9_000 + " HTTP/1.1",
        "GET /v1/../manage/v1/keys HTTP/1.1",
        "POST /v1/%63hat/completions HTTP/1.1",
        "POST //v1/chat/completions HTTP/1.1",
        "POST /v1/chat/completions/ HTTP/1.1",
    ],
)
def test_odd_targets_reach_no_upstream(running: Running, start: str) -> None:
    answer = Response(running.send(head(running, LENGTH, start=start) + BODY))
    assert answer.status in {0, 400, 403, 404, 405}
    assert running.upstream.heard == []


def test_a_head_that_does_not_come_ends_the_connection(running: Running, monkeypatch: Any) -> None:
    """Nobody holds a connection for nothing; the bound itself is a constant of the module."""
    monkeypatch.setattr("gardefou.doors.gateway._protocol.HEAD_S", 0.3)
    for data in (b"", b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n"):
        with running.connect() as client:
            client.sendall(data)
            assert client.recv(1_000) == b""


def test_an_absolute_target_goes_where_the_settings_say(running: Running) -> None:
    start = "POST http://evil.example/v1/chat/completions HTTP/1.1"
    answer = Response(running.send(head(running, LENGTH, start=start) + BODY))
    assert answer.status in {200, 400, 403, 404}
    for heard in running.upstream.heard:
        assert heard.line == "POST /v1/chat/completions HTTP/1.1"
        assert "evil.example" not in json.dumps(heard.headers)


def test_an_upgrade_is_no_way_around(running: Running) -> None:
    lines = (LENGTH, "upgrade: websocket", "sec-websocket-version: 13", "sec-websocket-key: x")
    data = head(running, *lines).replace(b"connection: close", b"connection: upgrade, close")
    answer = Response(running.send(data + BODY))
    assert answer.status in {200, 400}
    assert all("upgrade" not in heard.names for heard in running.upstream.heard)


def test_header_values_inject_nothing(running: Running) -> None:
    for value in ("a\rX-Injected: 1", "a\nX-Injected: 1", "\u00e9"):
        data = head(running, LENGTH, f"x-test: {value}") + BODY
        running.send(data)
    assert all("x-injected" not in heard.names for heard in running.upstream.heard)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"[]", 400),
        (b'{"model":"gpt-4o","model":"x","messages":[]}', 400),
        (b'{"model":"gpt-4o","messages":[{"role":"user","content":NaN}]}', 400),
        (b'{"model":7,"messages":[]}', 400),
        (b'{"model":"gpt-4o","messages":' + b"[" * 100_000, 400),
        (b'{"model":"gpt-4o","messages":[{"role":"user","content":"\\ud800"}]}', 400),
    ],
)
def test_bad_bodies_are_refused_in_the_wires_form(
    running: Running, body: bytes, status: int
) -> None:
    answer = running.request(body)
    assert answer.status == status
    assert answer.json["error"]["message"]
    assert answer.headers["x-should-retry"] == "false"
    assert running.upstream.heard == []


def test_a_body_over_the_limit_is_refused_with_413(tmp_path: Path) -> None:
    running = Running(tmp_path, server="body_limit_bytes = 2000\nbody_timeout_s = 1")
    try:
        fits = ask("x" * 1_800)
        assert running.request(fits).status == 200
        answer = running.request(ask("x" * 3_000))
        assert (answer.status, answer.json["error"]["code"]) == (413, "http_body_too_large")
        big = json.dumps(ask("x" * 3_000)).encode()
        chunks = head(running, "transfer-encoding: chunked") + b"%x\r\n%b\r\n" % (len(big), big)
        assert Response(running.send(chunks)).status == 413
        slow = head(running, "transfer-encoding: chunked") + b"5\r\n{"
        assert Response(running.send(slow)).json["error"]["code"] == "http_body_too_slow"
        assert len(running.upstream.heard) == 1
    finally:
        running.stop()


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (b"", 502, "upstream_reset"),
        (b"no http at all\r\n\r\n", 502, "upstream_malformed"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{}", 502, "upstream_truncated"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 9\r\n\r\n{}", 502, ""),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}",
            502,
            "upstream_malformed",
        ),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", 502, ""),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{}", 502, ""),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", 502, "upstream_malformed"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n\xff\xfe{}\n", 502, "upstream_malformed"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<html></h", 502, "upstream_malformed"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 400 + b"\r\n", 502, "upstream_malformed"),
    ],
)
def test_what_is_no_answer_becomes_a_clear_error(
    running: Running, answer: bytes, status: int, code: str
) -> None:
    running.upstream.script = Upstream.raw(answer)
    got = running.request(ask())
    assert (got.status, got.json["error"]["code"]) == (status, code or got.json["error"]["code"])
    running.upstream.script = Upstream.answer(chat_answer("Hi."))
    assert running.request(ask()).status == 200


def test_an_interim_answer_is_no_answer(running: Running) -> None:
    body = json.dumps(chat_answer("Hi.")).encode()
    running.upstream.script = Upstream.raw(
        b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
        b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    )
    answer = running.request(ask())
    assert (answer.status, answer.body, "link" in answer.headers) == (200, body, False)


def test_a_body_that_ends_with_the_connection_is_whole(running: Running) -> None:
    body = json.dumps(chat_answer("Hi.")).encode()
    running.upstream.script = Upstream.raw(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + body)
    assert running.request(ask()).body == body


@pytest.mark.parametrize(
    ("status", "body", "extra"),
    [
        ("429 Too Many Requests", b'{"error":{"message":"slow down"}}', "retry-after: 20"),
        ("529 Overloaded", b'{"type":"error"}', "retry-after-ms: 1500"),
        ("413 Too Large", b"<html>413 nginx</html>", "content-type: text/html"),
        ("503 Down", b"", "x-should-retry: true"),
        ("302 Found", b"", "location: http://evil.example/"),
    ],
)
def test_an_upstreams_error_is_relayed_as_it_is(
    running: Running, status: str, body: bytes, extra: str
) -> None:
    running.upstream.script = Upstream.answer(body, status, extra)
    for _ in range(5):
        answer = running.request(ask())
        assert (answer.status, answer.body) == (int(status[:3]), body)
    assert len(running.upstream.heard) == 5
    name, _, value = extra.partition(": ")
    if name.startswith("retry-after"):
        assert answer.headers[name] == value


def test_a_reused_connection_that_died_unread_is_replaced_once(running: Running) -> None:
    """Rule 1 of the client: only when not one byte of an answer came."""
    whole = running.upstream.script
    answered = 0

    async def dies_on_second(heard: Any, reader: Any, writer: Any) -> None:
        nonlocal answered
        answered += 1
        if answered == 2:
            writer.close()
            raise ConnectionResetError
        await whole(heard, reader, writer)

    running.upstream.script = dies_on_second
    assert [running.request(ask()).status for _ in range(2)] == [200, 200]
    assert (running.upstream.connections, len(running.upstream.heard)) == (2, 3)


def test_an_answer_that_breaks_off_is_never_asked_for_again(running: Running) -> None:
    running.request(ask())
    running.upstream.script = Upstream.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{")
    assert running.request(ask()).status == 502
    assert len(running.upstream.heard) == 2


def test_an_upstream_that_is_not_there_may_be_asked_again(tmp_path: Path) -> None:
    running = Running(tmp_path)
    try:
        port = running.upstream.port
        settings = running.gateway.endpoints
        assert settings.all[0].settings.url.endswith(f":{port}/v1")
        gone = running.gateway.endpoints.all[0].settings.url.replace(str(port), "9")
        import msgspec  # noqa: PLC0415 - used by this test alone

        endpoint = msgspec.structs.replace(
            settings.all[0], settings=msgspec.structs.replace(settings.all[0].settings, url=gone)
        )
        running.gateway.endpoints.all = (endpoint,)
        answer = running.request(ask())
        assert (answer.status, answer.json["error"]["code"]) == (502, "upstream_connect")
        assert answer.headers.get("x-should-retry") != "false"
    finally:
        running.stop()


def test_nothing_goes_ahead_when_the_ledger_cannot_write(running: Running) -> None:
    """Law 4."""
    running.parts.ledger.writer.close()
    answer = running.request(ask())
    assert (answer.status, answer.json["error"]["code"]) == (403, "ledger_unavailable")
    assert answer.headers["x-should-retry"] == "false"
    assert running.upstream.heard == []
