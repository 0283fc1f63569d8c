"""Headers as Envoy names them, and the changes that make those it has into those that are wanted.

What Envoy needs for itself stays: its pseudo-headers, the headers of one hop, and the scheme that
its routes look at.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gardefou.doors.envoy._messages import APPEND, OVERWRITE
from gardefou.doors.gateway.core import HOP_BY_HOP, Headers

_ENVOYS = HOP_BY_HOP | {b"host", b"x-forwarded-proto"}


def headers_of(header_map: Any) -> Headers:
    """The headers of a message, in lower case as Envoy sends them."""
    return [(each.key.encode(), each.raw_value) for each in header_map.headers]


def mutate(mutation: Any, now: Iterable[tuple[bytes, bytes]], wanted: Headers) -> None:
    """Fill a ``HeaderMutation`` with what is to be set and removed."""
    before, after = _grouped(now), _grouped(wanted)
    for name, values in after.items():
        if before.get(name) != values:
            set_header(mutation, name, *values)
    gone = before.keys() - after.keys() - _ENVOYS
    mutation.remove_headers.extend(
        name.decode() for name in sorted(gone) if not name.startswith(b":")
    )


def set_header(mutation: Any, name: bytes, *values: bytes) -> None:
    """Let a header have these values and no others."""
    for number, value in enumerate(values):
        option = mutation.set_headers.add()
        option.header.key = name.decode()
        option.header.raw_value = value
        option.append_action = APPEND if number else OVERWRITE


def _grouped(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    return found
