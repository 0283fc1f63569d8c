"""Callers that hang up or do not read: the upstream is cancelled, nothing piles up."""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from gateway_running import Running, Upstream, ask, chat_chunk


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def wait_until(running: Running, count: int) -> bool:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if running.upstream.hung_up >= count:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("resets", [True, False])
def test_a_caller_that_hangs_up_in_a_stream_cancels_the_upstream(
    running: Running, resets: bool
) -> None:
    chunks = [chat_chunk({"content": str(number)}) for number in range(2_000)]
    running.upstream.script = Upstream.events(*chunks, pause_s=0.01)
    for _ in range(5):
        client = running.connect()
        client.sendall(running.message(ask(stream=True)))
        while b'"content"' not in client.recv(65_536):
            pass
        if resets:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    assert wait_until(running, 5)


def test_a_caller_that_hangs_up_while_the_upstream_thinks_cancels_it(running: Running) -> None:
    async def silent(heard: Any, reader: Any, writer: Any) -> None:
        await reader.read()  # ends when the gateway closes
        raise ConnectionResetError

    running.upstream.script = silent
    for _ in range(5):
        client = running.connect()
        client.sendall(running.message(ask()))
        end = time.monotonic() + 5
        seen = len(running.upstream.heard)
        while len(running.upstream.heard) == seen and time.monotonic() < end:
            time.sleep(0.01)
        client.close()
    assert wait_until(running, 5)


def test_a_stalled_reader_makes_nothing_pile_up(tmp_path: Path) -> None:
    """200 MB are offered; the caller takes 1 MB and stops."""
    running = Running(tmp_path)
    try:
        chunk = chat_chunk({"content": "x" * 100_000})
        running.upstream.script = Upstream.events(*[chunk] * 2_000)
        client = running.connect()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        before = resident_bytes()
        client.sendall(running.message(ask(stream=True)))
        client.recv(1_000_000)
        time.sleep(1.5)
        grown = resident_bytes() - before
        client.close()
        assert grown < 20_000_000
    finally:
        running.stop()
