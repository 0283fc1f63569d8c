"""Writes what a replay found: whole files or none."""

from __future__ import annotations

from pathlib import Path

from gardefou.errors import FileError
from gardefou.replay._report import html
from gardefou.replay._summary import Summary


def write_json(summary: Summary, path: Path) -> None:
    """Write the summary as JSON; the old file stays until the new one is complete.

    Raises:
        FileError: when the file cannot be written.
    """
    _write(path, summary.to_json())


def write_html(summary: Summary, path: Path, language: str = "en") -> None:
    """Write the report; the old file stays until the new one is complete.

    Raises:
        FileError: when the file cannot be written.
        UsageError: when the report does not speak the language.
    """
    _write(path, html(summary, language).encode())


def _write(path: Path, data: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        try:
            partial.write_bytes(data)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(
            f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}",
            code="replay.write",
            help="name a file in a folder that exists and that you may write to",
        ) from None
