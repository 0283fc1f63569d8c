"""The running guard as a process of its own, without a terminal.

A hook that found none starts it as a file: ``python -I _background.py SETTINGS SOCKET``.
"""

from __future__ import annotations

import sys
from pathlib import Path

IDLE_S = 3600.0


def main(settings_file: str, socket_file: str) -> int:
    """Run the guard until nobody has asked for an hour; 3 where it cannot."""
    # `python -I` knows only what is installed: the package that this file belongs to comes first.
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    from gardefou.doors.hook._serve import serve_settings  # noqa: PLC0415 - after the path is set

    try:
        serve_settings(settings_file, socket_file, IDLE_S)
    except Exception:  # noqa: BLE001 - nobody reads it here: the next call decides by itself
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
