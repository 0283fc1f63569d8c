"""The answers that the relay gives in the place of a server, and the calls that it passes on."""

from __future__ import annotations

from typing import Any

from gardefou.doors._rulings import Ruling
from gardefou.doors.mcp import _messages as wire
from gardefou.doors.mcp import _methods as methods
from gardefou.doors.mcp._messages import Id, Message
from gardefou.doors.mcp._seal import PREFIX
from gardefou.errors import GardefouError, InputError


def as_decided(message: Message, ruling: Ruling) -> dict[str, Any]:
    """The message with the arguments of the action that was decided (rule 2)."""
    params = dict(message.params)
    if str(params.get("requestState", "")).startswith(PREFIX):
        del params["requestState"]  # ours; the server never gave it
    if message.method == methods.CALL:
        if "arguments" in params:
            params["arguments"] = ruling.action.arguments
    else:
        params = {**params, **ruling.action.arguments}
    return {**message.value, "params": params}


def refusal(message: Message, text: str, *, modern: bool, **meta: Any) -> dict[str, Any]:
    """A call is refused as a result that the model reads, everything else as an error."""
    if message.method == methods.CALL:
        return wire.tool_error(message.id, text, modern=modern, **meta)
    return wire.error_answer(message.id, wire.REFUSED, text, **meta)


def progress(token: Id, step: int, ruling: Ruling) -> dict[str, Any]:
    """The news that a call waits for people."""
    return {
        "jsonrpc": "2.0",
        "method": "notifications/progress",
        "params": {"progressToken": token, "progress": step, "message": ruling.reason},
    }


def told(error: GardefouError) -> str:
    """An error as one line."""
    return f"{error.message} [{error.code}]"


def params_error(message: str) -> InputError:
    """Parameters that are not what the protocol says."""
    return InputError(message, code="mcp.params", help="see the specification of the method")


def unread(error: InputError) -> dict[str, Any]:
    """The answer to bytes that are no message."""
    code = wire.INVALID_REQUEST if error.code == "mcp.message" else wire.PARSE_ERROR
    return wire.error_answer(None, code, told(error), reason=error.code)
