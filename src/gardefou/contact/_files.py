"""The files of what is known of servers' tools: YAML catalogues that people can read and edit.

``SERVER.pending.yaml`` waits for a person, ``SERVER.confirmed.yaml`` was confirmed by one, and
``SERVER.rejected.yaml`` was refused.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from gardefou.constitution.catalogue import Catalogue, Tool, dump_catalogue, load_catalogue
from gardefou.errors import FileError, UsageError

Sort = Literal["pending", "confirmed", "rejected"]
PENDING: Sort = "pending"
CONFIRMED: Sort = "confirmed"
REJECTED: Sort = "rejected"
FLAG = "FLAG: "
_SERVER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def place(folder: Path, server: str, sort: Sort) -> Path:
    """Where one sort of a server's tools is kept."""
    return folder / f"{server}.{sort}.yaml"


def check_server(server: str) -> None:
    """A name that can be a server's, and so a part of a file's name.

    Raises:
        UsageError: ``mcp.server``.
    """
    if not _SERVER.fullmatch(server):
        raise UsageError(
            f"`{server[:80]}` cannot be the name of a server",
            code="mcp.server",
            help="use letters, digits, hyphens and underscores, at most 64",
        )


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Nobody else changes the folder's files meanwhile, in this process or another.

    Raises:
        FileError: ``mcp.register`` when the folder cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = (folder / ".lock").open("wb")
    except OSError as error:
        raise _unusable(folder, error) from None
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def mark_of(path: Path) -> tuple[int, int, int]:
    """What changes when a file is written anew; zeros where there is none."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def load_tools(path: Path) -> dict[str, Tool]:
    """The tools in a kept file; none where there is no file.

    Raises:
        LoadError: when it has mistakes.
        FileError: ``mcp.register`` when it cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from None
    return dict(load_catalogue(text, file=str(path)).tools)


def save_tools(path: Path, tools: Mapping[str, Tool]) -> None:
    """Write a whole file or nothing, for its owner alone; no tools is no file.

    Raises:
        FileError: ``mcp.register`` when it cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        if not tools:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_text(dump_catalogue(Catalogue(tools=dict(tools))), encoding="utf-8")
        fresh.chmod(0o600)
        os.replace(fresh, path)  # noqa: PTH105 - one word for what happens
    except OSError as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: Exception) -> FileError:
    reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
    return FileError(
        f"`{path}` cannot be used: {str(reason).lower()}",
        code="mcp.register",
        help="check the permissions of the folder",
    )
