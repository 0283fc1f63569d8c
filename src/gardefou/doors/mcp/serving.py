"""Serving the MCP door on streamable HTTP; apart, because it needs the extra `gateway`."""

from __future__ import annotations

from collections.abc import Callable

import uvicorn

from gardefou.contact import Register
from gardefou.doors.mcp._desk import Desk
from gardefou.doors.mcp._http import Endpoint
from gardefou.doors.mcp._seal import Seal
from gardefou.errors import UsageError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


async def serve_http(
    desk: Desk,
    register: Register,
    seal: Seal,
    upstream: str,
    *,
    listen: str,
    note: Callable[[str], None],
) -> None:
    """Serve until the process is told to end.

    Raises:
        UsageError: ``mcp.listen`` when the place is none.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdigit() or not 0 <= int(port) <= 65535:
        raise UsageError(
            f"`{listen[:80]}` is no place to listen at",
            code="mcp.listen",
            help="write a host and a port, such as 127.0.0.1:8765",
        )
    endpoint = Endpoint(desk, register, seal, upstream, note=note, is_local=host in LOOPBACK)
    config = uvicorn.Config(
        endpoint,
        host=host,
        port=int(port),
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    try:
        await uvicorn.Server(config).serve()
    finally:
        await endpoint.close()
