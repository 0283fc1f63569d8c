"""The verdict without a running guard: decided in the hook's own process, a guard started for the next.

Whatever fails blocks: exit code 2.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gardefou.doors.hook._desk import refused
from gardefou.doors.hook._event import Surroundings
from gardefou.doors.hook._open import open_desk
from gardefou.doors.hook._settings import cache_path, read_settings
from gardefou.errors import GardefouError


def decide_here(agent: str, settings_file: str, socket_file: str, data: bytes) -> int:
    """Decide one payload and answer the agent; the exit code is the agent's."""
    around = Surroundings(
        agent=agent,
        cwd=os.getcwd(),  # noqa: PTH109 - the text that the agent's own paths are relative to
        project=os.environ.get("CLAUDE_PROJECT_DIR") or os.environ.get("GEMINI_PROJECT_DIR") or "",
        entrypoint=os.environ.get("CLAUDE_CODE_ENTRYPOINT", ""),
    )
    home = Path.home()
    try:
        settings = read_settings(Path(settings_file))
        with open_desk(settings, home, cache_path(home)) as desk:
            reply = desk.answer(data, around)
    except GardefouError as error:
        settings, reply = None, refused(error)
    sys.stdout.write(reply.out)
    sys.stderr.write(reply.err)
    if settings is not None and settings.start:
        start_guard(settings_file, socket_file)
    return reply.code


def start_guard(settings_file: str, socket_file: str) -> None:
    """Start a guard that outlives this process; where it cannot start, the next call is embedded."""
    null = os.open(os.devnull, os.O_RDWR)
    background = str(Path(__file__).with_name("_background.py"))
    program = [sys.executable, "-I", background, settings_file, socket_file]
    redirected = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)]
    os.posix_spawn(sys.executable, program, os.environ, file_actions=redirected, setsid=True)
