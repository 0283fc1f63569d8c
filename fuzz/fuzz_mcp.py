"""Fuzzes the relay of the MCP door: bytes of a client and of a server, in any order.

What acts never reaches the server undecided: with everything held, no call may arrive there.
Run: python fuzz/fuzz_mcp.py -max_total_time=600   (needs `pip install atheris`)
The quick twin, without atheris, is tests/doors/mcp/test_fuzz_mcp.py.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from gardefou.action import Principal
from gardefou.doors._opened import now_us, policy_of
from gardefou.doors._rulings import Rulings
from gardefou.doors.mcp import Desk, Message, Register, Relay, Seal, read_message
from gardefou.service import Policies, Service

SEEDS = (
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{}}}',
    b'{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","inputSchema":{}}]}}',
    b'{"jsonrpc":"2.0","id":2,"method":"sampling/createMessage","params":{}}',
)
_FOLDER = Path(tempfile.mkdtemp())
_RULINGS = Rulings(Service(Policies(policy_of(())), None, clock=now_us))


class Both:
    """Both sides; the server lists one tool that nobody has confirmed."""

    async def to_client(self, data: bytes) -> None:
        read_message(data)

    async def to_server(self, data: bytes) -> None:
        if read_message(data).method in {"tools/call", "sampling/createMessage"}:
            raise AssertionError("a call that nobody allowed has reached the server")

    async def ask(self, data: bytes, id_: str | int, **_: float) -> Message:
        read_message(data)
        tool = {"name": "a", "description": "", "inputSchema": {"type": "object"}}
        answer = {"jsonrpc": "2.0", "id": id_, "result": {"tools": [tool]}}
        return read_message(json.dumps(answer).encode())


def one_input(data: bytes) -> None:
    """Lines; the first byte of each says who speaks, and whether it begins with a seed."""
    desk = Desk(_RULINGS, Principal(), wait_s=0.0)
    register = Register(_FOLDER, "fuzz")
    desk.add(register)
    relay = Relay(desk, register, Seal(bytes(32)), note=lambda _: None)
    both = Both()

    async def speak() -> None:
        for line in data.split(b"\n")[:8]:
            if not line:
                continue
            text = SEEDS[line[0] % 3] + line[1:] if line[0] & 4 else line[1:]
            say = relay.client_says if line[0] & 8 else relay.server_says
            await say(text, both)

    asyncio.run(speak())


def main() -> None:
    """Hand over to the fuzzer."""
    import atheris  # noqa: PLC0415 - the twin test needs only `one_input`

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
