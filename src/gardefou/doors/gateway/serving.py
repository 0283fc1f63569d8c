"""The running gateway; needs the ``gateway`` extra."""

from gardefou.doors.gateway._app import App
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._open import Parts, open_parts
from gardefou.doors.gateway._serve import Door, Server, listen, serve, server_of
from gardefou.doors.gateway._switch import note_modes, reload

__all__ = [
    "App",
    "Door",
    "Gateway",
    "Parts",
    "Server",
    "listen",
    "note_modes",
    "open_parts",
    "reload",
    "serve",
    "server_of",
]
