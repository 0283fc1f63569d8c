"""The supervisors' web pages (floor 7); needs the extra ``console``."""

from gardefou.console._app import Console
from gardefou.console._desk import passkeys_of
from gardefou.console._identity import Provider, enrolment_token
from gardefou.console._settings import PATH, ConsoleSettings

__all__ = ["PATH", "Console", "ConsoleSettings", "Provider", "enrolment_token", "passkeys_of"]
