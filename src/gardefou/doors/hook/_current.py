"""The desk under the documents as they are now: a running guard never decides by old ones.

1. Before each payload the files are looked at. Where one has changed, its policy is put in force as a
   whole; facts and sessions stay.
2. A document that does not load any more refuses every call until it is mended.
3. Where the settings themselves have changed, the guard ends: the next call starts another.
"""

from __future__ import annotations

import threading
from pathlib import Path

from gardefou.doors.hook._desk import Desk
from gardefou.doors.hook._settings import Settings, policy_of

Seen = tuple[tuple[int, int, int], ...]


class Current:
    """Gives the desk, after what changed was taken over."""

    def __init__(self, desk: Desk, settings: Settings, path: Path) -> None:
        """``path`` is the settings file."""
        self._desk = desk
        self._settings = settings
        self._path = path
        names = [*settings.layers, *([settings.catalogue] if settings.catalogue else [])]
        self._documents = [Path(name) for name in names]
        self._was = _seen([path])
        self._loaded = _seen(self._documents)
        self._turn = threading.Lock()

    @property
    def is_over(self) -> bool:
        """Whether the settings have changed, so that another guard has to begin (rule 3)."""
        return _seen([self._path]) != self._was

    def desk(self) -> Desk:
        """The desk under the documents as they are now.

        Raises:
            LoadError: with every mistake of a document that was changed (rule 2).
            FileError: when one cannot be read.
            LedgerUnavailable: when the documents could not be kept with the ledger.
        """
        with self._turn:
            seen = _seen(self._documents)
            if seen != self._loaded:
                service = self._desk.service
                service.policies.exchange(policy_of(self._settings))
                service.keep()
                self._loaded = seen
        return self._desk


def _seen(paths: list[Path]) -> Seen:
    return tuple(_mark(path) for path in paths)


def _mark(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
