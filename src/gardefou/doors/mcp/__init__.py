"""The MCP door: a proxy in front of servers of the Model Context Protocol."""

from gardefou.contact import Known, Register, confirm, flags_of, pending_in
from gardefou.doors.mcp._desk import Desk
from gardefou.doors.mcp._link import Link
from gardefou.doors.mcp._messages import Message, read_message
from gardefou.doors.mcp._relay import Relay
from gardefou.doors.mcp._seal import Seal
from gardefou.doors.mcp._several import read_servers, run_several
from gardefou.doors.mcp._stdio import run_stdio

__all__ = [
    "Desk",
    "Known",
    "Link",
    "Message",
    "Register",
    "Relay",
    "Seal",
    "confirm",
    "flags_of",
    "pending_in",
    "read_message",
    "read_servers",
    "run_several",
    "run_stdio",
]
