"""JSON lines on standard error; events and codes, never a payload.

1. A line has fixed fields; no text of a caller, a model or an upstream's body is among them.
2. Messages of libraries are reduced to where they come from: they may hold addresses or bodies.
"""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

LOGGER = logging.getLogger("gardefou.gateway")


class JsonLines(logging.Formatter):
    """One record, one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's fields; rule 2 for what is not ours."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        fields = getattr(record, "fields", None)
        if fields is not None:
            line["event"] = record.msg
            line.update(fields)
        else:
            line["event"] = "library"
            line["source"] = f"{record.name}:{record.funcName}"
            if record.exc_info and record.exc_info[0] is not None:
                line["error"] = record.exc_info[0].__name__
        return msgspec.json.encode(line).decode()


def event(level: int, name: str, **fields: str | float | bool | None) -> None:
    """Write one event."""
    if LOGGER.isEnabledFor(level):
        LOGGER.log(level, name, extra={"fields": fields})


def set_up(level: str) -> None:
    """Send our events and the libraries' to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    set_level(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True


def place_of(error: BaseException) -> str:
    """Where an error came from: file and line, nothing of what it says."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def set_level(level: str) -> None:
    """Write our events from this level on."""
    LOGGER.setLevel(level.upper())
