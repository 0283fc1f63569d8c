"""The command ``gardefou`` (floor 8): commands, nothing else."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; Ctrl-C while it still loads ends it without a traceback too."""
    try:
        from gardefou.cli._commands import (  # noqa: PLC0415 - so that Ctrl-C during it is caught
            application,
            named,
        )

        application(named(sys.argv[1:]))()
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        raise SystemExit(130) from None
