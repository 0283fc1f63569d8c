"""The running guard under a settings file."""

from __future__ import annotations

from pathlib import Path

from gardefou.doors.hook._current import Current
from gardefou.doors.hook._open import open_desk
from gardefou.doors.hook._server import listen, serve
from gardefou.doors.hook._settings import cache_path, read_settings


def serve_settings(settings_file: str, socket_file: str, idle_s: float) -> None:
    """Run the guard under the settings; it ends as `serve` does.

    Raises:
        GardefouError: when the documents, the ledger or the socket cannot be used.
    """
    path = Path(socket_file)
    home = Path.home()
    listener = listen(path)
    try:
        settings = read_settings(Path(settings_file))
        with open_desk(settings, home, cache_path(home)) as desk:
            desk.service.policies.common.guard.prepare()
            serve(listener, Current(desk, settings, Path(settings_file)), idle_s=idle_s)
    finally:
        listener.close()
        path.unlink(missing_ok=True)
