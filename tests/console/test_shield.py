"""Who may change something, and what every answer carries."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gardefou.console._shield import MAX_BODY, POLICY, Shield, is_own

HOST = "gardefou.example"


@pytest.mark.parametrize(
    ("method", "headers", "own"),
    [
        ("GET", {b"sec-fetch-site": "cross-site"}, True),
        ("HEAD", {}, True),
        ("POST", {b"sec-fetch-site": "same-origin"}, True),
        ("POST", {b"sec-fetch-site": "none"}, True),
        ("POST", {b"sec-fetch-site": "same-site"}, False),
        ("POST", {b"sec-fetch-site": "cross-site"}, False),
        ("POST", {b"sec-fetch-site": "cross-site", b"origin": f"https://{HOST}"}, False),
        ("POST", {b"origin": f"https://{HOST}"}, True),
        ("POST", {b"origin": "https://evil.example"}, False),
        ("POST", {b"origin": f"https://{HOST}.evil.example"}, False),
        ("POST", {b"origin": "null"}, False),
        ("POST", {}, True),
        ("DELETE", {b"sec-fetch-site": "cross-site"}, False),
    ],
)
def test_only_the_consoles_own_pages_change_something(
    method: str, headers: dict[bytes, str], *, own: bool
) -> None:
    assert is_own(method, headers, HOST) is own


def ask(
    method: str, headers: list[tuple[bytes, bytes]], body: bytes = b""
) -> tuple[int, dict[bytes, bytes], int]:
    """Status, headers, and how many bytes of the body the pages saw."""
    seen: list[dict[str, Any]] = []
    read = 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal read
        while True:
            message = await receive()
            read += len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    chunks = [body[i : i + 100_000] for i in range(0, len(body), 100_000)] or [b""]
    messages = iter(
        {"type": "http.request", "body": c, "more_body": i + 1 < len(chunks)}
        for i, c in enumerate(chunks)
    )

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        seen.append(dict(message))

    scope = {"type": "http", "method": method, "headers": headers}
    asyncio.run(Shield(app, origin=f"https://{HOST}")(scope, receive, send))
    return seen[0]["status"], dict(seen[0]["headers"]), read


def test_every_answer_carries_the_policy_and_is_kept_in_no_cache() -> None:
    for method, headers in (("GET", []), ("POST", [(b"sec-fetch-site", b"cross-site")])):
        _, answered, _ = ask(method, headers)
        assert answered[b"content-security-policy"].decode() == POLICY
        assert answered[b"cache-control"] == b"no-store"
        assert answered[b"x-content-type-options"] == b"nosniff"
    assert "unsafe" not in POLICY


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_not_read(*, announced: bool) -> None:
    body = b"x" * (MAX_BODY * 3)
    headers = [(b"content-length", str(len(body)).encode())] if announced else []
    status, _, read = ask("POST", headers, body)
    assert (status == 413) is announced
    assert read <= MAX_BODY


@pytest.mark.parametrize("length", [b"-1", b"many", b"1e9", b""])
def test_a_length_that_is_no_number_is_refused(length: bytes) -> None:
    assert ask("POST", [(b"content-length", length)])[0] == 413
