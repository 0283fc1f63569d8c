"""The command ``gardefou`` with all its parts, for help and for whoever looks at the whole."""

from __future__ import annotations

from gardefou.cli._commands import PARTS, application

app = application(PARTS)
