"""The HTTP gateway: change one URL, and every model call and tool call is decided.

What runs it stands in `serving`, which needs the ``gateway`` extra.
"""

from gardefou.doors.gateway._check import check_settings
from gardefou.doors.gateway._keys import Key, KeyBook, Made
from gardefou.doors.gateway._load import load_settings, location_of, secret_of
from gardefou.doors.gateway._notes import ask_for_reload
from gardefou.doors.gateway._report import Report, make_report
from gardefou.doors.gateway._settings import EnvoySettings, Mode, NotifySettings, Settings
from gardefou.doors.gateway._state import State, open_state

__all__ = [
    "EnvoySettings",
    "Key",
    "KeyBook",
    "Made",
    "Mode",
    "NotifySettings",
    "Report",
    "Settings",
    "State",
    "ask_for_reload",
    "check_settings",
    "load_settings",
    "location_of",
    "make_report",
    "open_state",
    "secret_of",
]
