"""The running gateway; needs the ``gateway`` extra."""

from gardefou.doors.gateway._app import App
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._open import Parts, open_parts
from gardefou.doors.gateway._serve import Server, listen, reload, serve, server_of

__all__ = [
    "App",
    "Gateway",
    "Parts",
    "Server",
    "listen",
    "open_parts",
    "reload",
    "serve",
    "server_of",
]
