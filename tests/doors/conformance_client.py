"""A client with what the conformance suite asks for, on the protocol's own SDK: [FOLDER] URL.

With a folder it speaks through a proxy that keeps its files there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from doors_counterparts import proxy
from mcp.client.client import Client
from mcp_types import ElicitResult


async def answered(context: Any, params: Any) -> ElicitResult:
    """What a user gives who leaves every field as it is: the defaults of the form."""
    del context
    fields = params.requested_schema.get("properties", {})
    content = {name: field["default"] for name, field in fields.items() if "default" in field}
    return ElicitResult(action="accept", content=content)


async def speak(url: str) -> None:
    """List and call whatever the server has."""
    values = {"a": 5, "b": 3}
    async with Client(url, mode="legacy", elicitation_callback=answered) as client:
        if os.environ.get("MCP_CONFORMANCE_SCENARIO") == "initialize":
            return
        for tool in (await client.list_tools()).tools:
            names = tool.input_schema.get("properties", {})
            await client.call_tool(tool.name, {name: values.get(name, "x") for name in names})


def main() -> None:
    """Speak to the server at the last argument."""
    url = sys.argv[-1]
    with contextlib.ExitStack() as stack:
        if len(sys.argv) > 2:
            url = stack.enter_context(proxy(Path(sys.argv[1]), url))
        asyncio.run(speak(url))


if __name__ == "__main__":
    main()
