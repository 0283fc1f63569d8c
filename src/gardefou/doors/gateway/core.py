"""The exchange, for a door that carries the bytes in another way than the gateway's own server."""

from gardefou.doors.gateway._client import parse_target
from gardefou.doors.gateway._connection import broken
from gardefou.doors.gateway._endpoints import Endpoint
from gardefou.doors.gateway._front import Front
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._headers import HOP_BY_HOP, Headers
from gardefou.doors.gateway._http import Caller, Gone
from gardefou.doors.gateway._logs import event
from gardefou.doors.gateway._replies import NO_RETRY, Refused
from gardefou.doors.gateway._settings import EnvoySettings
from gardefou.doors.gateway._upstream import Limits, Sender

__all__ = [
    "HOP_BY_HOP",
    "NO_RETRY",
    "Caller",
    "Endpoint",
    "EnvoySettings",
    "Front",
    "Gateway",
    "Gone",
    "Headers",
    "Limits",
    "Refused",
    "Sender",
    "broken",
    "event",
    "parse_target",
]
