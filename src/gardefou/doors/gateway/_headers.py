"""Which headers cross the gateway.

Rules:

1. Hop-by-hop headers (RFC 9110, section 7.6.1) and those that ``Connection`` names never cross.
2. What authenticates the caller never reaches an upstream; what authenticates the gateway never
   reaches a caller. Cookies cross in neither direction.
3. The body's length and coding are stated by whoever sends it.
4. A value with a control character ends the request: it is never repaired.
"""

from __future__ import annotations

from collections.abc import Iterable

from gardefou.errors import InputError

Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"http2-settings",
}
"""Headers of one connection (rule 1)."""
_NOT_UP = HOP_BY_HOP | {
    b"accept-encoding",
    b"api-key",
    b"authorization",
    b"content-length",
    b"cookie",
    b"expect",
    b"forwarded",
    b"host",
    b"origin",
    b"prefer",
    b"referer",
    b"via",
    b"x-api-key",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-goog-api-key",
    b"x-real-ip",
}
_NOT_DOWN = HOP_BY_HOP | {
    b"alt-svc",
    b"content-encoding",
    b"content-length",
    b"date",
    b"server",
    b"set-cookie",
    b"set-cookie2",
    b"strict-transport-security",
    b"www-authenticate",
}
_OURS = (b"gardefou-", b"x-should-retry")


def upward(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers of a caller's request that its upstream may see.

    Raises:
        InputError: ``http.header`` when a value has a control character.
    """
    kept = list(headers)
    named = _named_by_connection(kept)
    out: Headers = []
    for name, value in kept:
        if name in _NOT_UP or name in named or name.startswith(b"gardefou-"):
            continue
        if not value.isascii() or b"\0" in value or b"\r" in value or b"\n" in value:
            raise InputError(
                "a header has a character that headers cannot have",
                code="http.header",
                expected="printable ASCII",
                help="encode the value, or leave the header out",
            )
        out.append((name, value))
    return out


def downward(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers of an upstream's answer that the caller may see."""
    kept = [(name.lower(), value) for name, value in headers]
    named = _named_by_connection(kept)
    return [
        (name, value)
        for name, value in kept
        if name not in _NOT_DOWN
        and name not in named
        and not name.startswith(_OURS)
        and b"\r" not in value
        and b"\n" not in value
    ]


def _named_by_connection(headers: Headers) -> set[bytes]:
    return {
        part.strip().lower()
        for name, value in headers
        if name == b"connection"
        for part in value.split(b",")
    }
