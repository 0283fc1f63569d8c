"""First contact: the tools of servers that nobody has labelled yet, and what people decide on them.

Doors meet tools here (`Register`); the console and the terminal decide on them (`settle`).
"""

from gardefou.contact._flags import flags_of
from gardefou.contact._reach import Outlook, Reach, Speaks, reach
from gardefou.contact._register import Known, Register
from gardefou.contact._settle import (
    Waiting,
    check_waiting,
    confirm,
    pending_in,
    settle,
    waiting_in,
)

__all__ = [
    "Known",
    "Outlook",
    "Reach",
    "Register",
    "Speaks",
    "Waiting",
    "check_waiting",
    "confirm",
    "flags_of",
    "pending_in",
    "reach",
    "settle",
    "waiting_in",
]
