"""The supervisors' web pages (floor 7); needs the extra ``console``."""

from gardefou.console._app import Console
from gardefou.console._desk import passkeys_of
from gardefou.console._identity import Provider, enrolment_token
from gardefou.console._notify import Chat, Desktop, Mail, Notifier, Webhook
from gardefou.console._settings import PATH, ConsoleSettings

__all__ = [
    "PATH",
    "Chat",
    "Console",
    "ConsoleSettings",
    "Desktop",
    "Mail",
    "Notifier",
    "Provider",
    "Webhook",
    "enrolment_token",
    "passkeys_of",
]
