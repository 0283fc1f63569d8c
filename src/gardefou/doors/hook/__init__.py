"""The hooks of coding agents: shell commands, edits, fetches and MCP calls, decided before they run.

What runs for each hook is `_client.py`, as a file, without this package.
"""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.doors.hook._desk import Desk
    from gardefou.doors.hook._dialects import DIALECTS, read_event, refusal, write_reply
    from gardefou.doors.hook._event import Answer, Event, Reply, Surroundings
    from gardefou.doors.hook._install import (
        TARGETS,
        Change,
        apply,
        command_line,
        plan,
        revert,
        undo,
    )
    from gardefou.doors.hook._open import open_desk
    from gardefou.doors.hook._paths import Place, Touched, touched
    from gardefou.doors.hook._serve import serve_settings
    from gardefou.doors.hook._settings import (
        Settings,
        cache_path,
        policy_of,
        read_settings,
        settings_path,
        socket_path,
        write_settings,
    )
    from gardefou.doors.hook._tools import action_of

__all__ = [
    "DIALECTS",
    "TARGETS",
    "Answer",
    "Change",
    "Desk",
    "Event",
    "Place",
    "Reply",
    "Settings",
    "Surroundings",
    "Touched",
    "action_of",
    "apply",
    "cache_path",
    "command_line",
    "open_desk",
    "plan",
    "policy_of",
    "read_event",
    "read_settings",
    "refusal",
    "revert",
    "serve_settings",
    "settings_path",
    "socket_path",
    "touched",
    "undo",
    "write_reply",
    "write_settings",
]

__getattr__ = on_demand(
    __name__,
    {
        "_desk": ("Desk",),
        "_dialects": ("DIALECTS", "read_event", "refusal", "write_reply"),
        "_event": ("Answer", "Event", "Reply", "Surroundings"),
        "_install": ("TARGETS", "Change", "apply", "command_line", "plan", "revert", "undo"),
        "_open": ("open_desk",),
        "_paths": ("Place", "Touched", "touched"),
        "_serve": ("serve_settings",),
        "_settings": (
            "Settings",
            "cache_path",
            "policy_of",
            "read_settings",
            "settings_path",
            "socket_path",
            "write_settings",
        ),
        "_tools": ("action_of",),
    },
)
