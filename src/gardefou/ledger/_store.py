"""What a store keeps, and the statements that both stores share.

A store is a place that runs transactions. `Session` is one transaction: reads of a consistent
snapshot, and for the one writer also writes. A failed flush leaves the store in an unknown state:
the writer stops and nothing retries (issue: "never retry it").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple, Protocol

import msgspec

from gardefou.errors import VerificationError
from gardefou.ledger._tiles import ENTRIES, TILE_WIDTH, Tile, bundle, split_hashes
from gardefou.ledger._tree import EMPTY_ROOT, HASH_BYTES, Growth, NodeReader, root_of

READ_ROWS = 4096


class StoreBusy(Exception):  # noqa: N818 - a state, not a fault; never leaves the ledger
    """Raised when another transaction held the store too long; nothing was written."""


class Head(msgspec.Struct, frozen=True):
    """The state that the next batch starts from; ``at_us`` is the time of the last entry."""

    size: int = 0
    minimum: int = 0
    at_us: int = 0
    root: bytes = EMPTY_ROOT
    frontier: tuple[bytes, ...] = ()


class _Place:
    """Stands for the sequence number that the entry gets."""

    def __repr__(self) -> str:
        return "SEQ"


SEQ = _Place()


class Change(msgspec.Struct, frozen=True):
    """A change of working state that belongs to an entry; both are stored or neither.

    ``sql`` has ``?`` for parameters and works on both stores; a parameter `SEQ` becomes the entry's
    sequence number. When it touches another number of
    rows than ``rows``, the entry is refused: the state had moved on. None accepts any number.
    """

    sql: str
    parameters: tuple[Any, ...] = ()
    rows: int | None = 1


class Row(NamedTuple):
    """One stored entry."""

    seq: int
    leaf: bytes
    body: bytes


class SealedPart(NamedTuple):
    """One encrypted part of a payload, stored beside its entry."""

    part: str
    subject: str
    sealed: bytes


class Cursor(Protocol):
    """What `sqlite3` and `psycopg` have in common."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement touched."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """The rest of the rows."""


class Session:
    """One transaction on a store; statements are the same on SQLite and PostgreSQL."""

    conflicts: tuple[type[Exception], ...] = ()

    def __init__(self, run: Callable[[str, Sequence[Any]], Cursor]) -> None:
        """Wrap the function that executes one statement."""
        self.run = run

    # Reading

    def origin(self) -> tuple[int, str]:
        """The schema version and the log's origin."""
        row = self.run("SELECT version, origin FROM log", ()).fetchone()
        if row is None:
            raise _damaged("the log has no name")
        return int(row[0]), str(row[1])

    def head(self) -> Head:
        """The head; on PostgreSQL a writing session holds its lock until the end."""
        return head_of(self.run(READ_HEAD, ()).fetchone())

    def blocks(self, start: int, end: int) -> Iterator[list[tuple[int, bytes, bytes]]]:
        """The entries from ``start`` to ``end`` as plain rows, `READ_ROWS` at a time."""
        for first in range(start, end, READ_ROWS):
            yield self.run(
                "SELECT seq, leaf, body FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq",
                (first, min(end, first + READ_ROWS)),
            ).fetchall()

    def rows(self, start: int, end: int) -> Iterator[Row]:
        """The entries from ``start`` to ``end`` in order; a missing one is simply not there."""
        for block in self.blocks(start, end):
            yield from map(Row._make, block)

    def leaves(self, start: int, end: int) -> bytes:
        """The leaf hashes from ``start`` to ``end``, concatenated, as stored with the entries."""
        found = self.run(
            "SELECT leaf FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq", (start, end)
        ).fetchall()
        return b"".join(bytes(row[0]) for row in found)

    def extent(self) -> tuple[int, int, int]:
        """The number of stored entries, the lowest and the highest sequence number."""
        row = self.run("SELECT count(*), min(seq), max(seq) FROM entry", ()).fetchone()
        return (row[0], row[1], row[2]) if row[0] else (0, 0, -1)

    def highest(self) -> int:
        """The highest sequence number that is stored, or -1."""
        row = self.run("SELECT max(seq) FROM entry", ()).fetchone()
        return -1 if row[0] is None else int(row[0])

    def full_tile(self, level: int, number: int) -> bytes | None:
        """A stored full tile."""
        row = self.run(
            "SELECT data FROM tile WHERE level = ? AND number = ?", (level, number)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def tile_roots(self, level: int, start: int, end: int) -> bytes:
        """The roots of the full tiles from ``start`` to ``end``: the row of the level above."""
        found = self.run(
            "SELECT root FROM tile WHERE level = ? AND number >= ? AND number < ? ORDER BY number",
            (level, start, end),
        ).fetchall()
        return b"".join(bytes(row[0]) for row in found)

    def tile(self, name: Tile) -> bytes:
        """A tile or bundle, full or partial, as tlog-tiles serves it."""
        start = name.number * TILE_WIDTH
        if name.level == ENTRIES:
            return bundle([row.body for row in self.rows(start, start + name.width)])
        if name.width == TILE_WIDTH:
            return self.full_tile(name.level, name.number) or b""
        if name.level == 0:
            return self.leaves(start, start + name.width)
        return self.tile_roots(name.level - 1, start, start + name.width)

    def node(self, height: int, index: int) -> bytes:
        """The hash of a complete subtree, for proofs and frontiers (a `NodeReader`)."""
        level, inner = divmod(height, 8)
        start = index << inner
        count = 1 << inner
        if inner == 0 and level:
            data = self.tile_roots(level - 1, start, start + 1)
        else:
            number = start // TILE_WIDTH
            full = self.full_tile(level, number)
            if full is not None:
                at = start % TILE_WIDTH * HASH_BYTES
                data = full[at : at + count * HASH_BYTES]
            else:
                data = self.tile(Tile(level, number, start % TILE_WIDTH + count))[
                    start % TILE_WIDTH * HASH_BYTES :
                ]
        hashes = split_hashes(data)
        if len(data) != count * HASH_BYTES:
            raise _damaged(f"hashes of level {level} from {start} to {start + count} are missing")
        while len(hashes) > 1:
            hashes = [root_of(hashes[i : i + 2]) for i in range(0, len(hashes), 2)]
        return hashes[0]

    def reader(self) -> NodeReader:
        """The node reader of this snapshot."""
        return self.node

    def checkpoints(self) -> list[tuple[int, int, str]]:
        """Every published checkpoint in order of publication: number, size and note."""
        return [
            (int(number), int(size), str(note))
            for number, size, note in self.run(
                "SELECT id, size, note FROM checkpoint ORDER BY id", ()
            ).fetchall()
        ]

    def last_checkpoint(self) -> str | None:
        """The note that was published last."""
        row = self.run("SELECT note FROM checkpoint ORDER BY id DESC LIMIT 1", ()).fetchone()
        return None if row is None else str(row[0])

    def open_actions(self) -> list[str]:
        """The ids of the actions that were started and whose end is not recorded, oldest first."""
        found = self.run("SELECT id FROM open_action ORDER BY seq, id", ()).fetchall()
        return [str(row[0]) for row in found]

    def payloads(self, seq: int) -> list[SealedPart]:
        """The encrypted parts that belong to an entry."""
        found = self.run(
            "SELECT part, subject, sealed FROM payload WHERE seq = ? ORDER BY part", (seq,)
        ).fetchall()
        return [SealedPart(str(p), str(s), bytes(b)) for p, s, b in found]

    def structure(self) -> str:
        """What the store itself finds wrong with the tables that no hash covers; empty if nothing."""
        return ""

    # Writing (the one writer)

    def change(self, changes: Sequence[Change], seq: int) -> bool:
        """Apply an entry's changes, all or none; False when the state had moved on."""
        self.run("SAVEPOINT entry_change", ())
        applies = True
        try:
            for change in changes:
                values = [seq if value is SEQ else value for value in change.parameters]
                touched = self.run(change.sql, values).rowcount
                applies = applies and change.rows in (None, touched)
        except self.conflicts:
            applies = False  # such a row exists: somebody else was first
        if not applies:
            self.run("ROLLBACK TO SAVEPOINT entry_change", ())
        self.run("RELEASE SAVEPOINT entry_change", ())
        return applies

    def append(self, old: Head, rows: Sequence[Row], grown: Growth, at_us: int) -> Head:
        """Store rows, the tiles that became full, and the new head."""
        self.insert_rows(rows)
        for closed in grown.closed:
            self._close_tile(closed.level - 1, closed.number, closed.root)
        head = Head(grown.size, old.minimum, at_us, root_of(grown.frontier), grown.frontier)
        self.move_head(old, head)
        return head

    def insert_rows(self, rows: Sequence[Row]) -> None:
        """Insert many entries in few statements: each one gives other threads the interpreter."""
        at = 0
        for chunk in _CHUNKS:
            while len(rows) - at >= chunk:
                values = [value for row in rows[at : at + chunk] for value in row]
                self.run(_INSERT[chunk], values)
                at += chunk

    def _close_tile(self, level: int, number: int, root: bytes) -> None:
        start = number * TILE_WIDTH
        if level == 0:
            data = self.leaves(start, start + TILE_WIDTH)
        else:
            data = self.tile_roots(level - 1, start, start + TILE_WIDTH)
        self.run(
            "INSERT INTO tile (level, number, root, data) VALUES (?, ?, ?, ?)",
            (level, number, root, data),
        )

    def move_head(self, old: Head, new: Head) -> None:
        """Replace the head by compare-and-set.

        Raises:
            VerificationError: when the stored head is not the old one: there is a second writer.
        """
        touched = self.run(
            "UPDATE head SET size = ?, at_us = ?, root = ?, frontier = ?"
            " WHERE one = 0 AND size = ? AND root = ?",
            (
                new.size,
                new.at_us,
                new.root,
                b"".join(new.frontier),
                old.size,
                old.root,
            ),
        ).rowcount
        if touched != 1:
            raise two_writers(old)

    def add_checkpoint(self, size: int, note: str) -> None:
        """Keep a published checkpoint."""
        self.run(
            "INSERT INTO checkpoint (id, size, note)"
            " VALUES ((SELECT coalesce(max(id), 0) + 1 FROM checkpoint), ?, ?)",
            (size, note),
        )

    def add_payloads(self, parts: Sequence[tuple[int, SealedPart]]) -> None:
        """Keep encrypted parts beside their entries, unless a subject was erased meanwhile."""
        at = 0
        for chunk in _CHUNKS:
            while len(parts) - at >= chunk:
                values = [v for seq, part in parts[at : at + chunk] for v in (seq, *part)]
                self.run(_INSERT_PAYLOAD[chunk], values)
                at += chunk


class Store(Protocol):
    """A place that keeps one log."""

    location: str
    any_thread: bool  # whether a caller may write by itself, from whichever thread it is

    def reading(self) -> AbstractContextManager[Session]:
        """A consistent snapshot; any thread, beside the writer."""

    def writing(self) -> AbstractContextManager[Session]:
        """A transaction of the writer: committed and flushed when the block ends.

        Raises:
            StoreBusy: when it could not start; nothing was written.
        """

    def maintain(self, stored_bytes: int) -> None:
        """Housekeeping after a batch of this size; a failure is fatal like a failed flush."""

    def purge(self) -> None:
        """Leave no deleted content behind in working files; called by the writer thread."""

    def close(self) -> None:
        """Release everything."""


def head_of(row: Any) -> Head:
    """The head from its row.

    Raises:
        VerificationError: when there is none.
    """
    if row is None:
        raise _damaged("the head is gone")
    frontier = tuple(split_hashes(bytes(row[4])))
    return Head(row[0], row[1], row[2], bytes(row[3]), frontier)


def two_writers(old: Head) -> VerificationError:
    """The head was not what this writer left: somebody else writes into the same log."""
    return VerificationError(
        f"the head moved away from size {old.size}: another writer is at work",
        code="ledger.two_writers",
        help="stop one of the two, then run `gardefou ledger verify`",
    )


READ_HEAD = "SELECT size, minimum, at_us, root, frontier FROM head"
_CHUNKS = (64, 16, 4, 1)
_INSERT = {
    chunk: f"INSERT INTO entry (seq, leaf, body) VALUES {', '.join(['(?, ?, ?)'] * chunk)}"  # noqa: S608 - no input
    for chunk in _CHUNKS
}
# Both stores name the columns of VALUES so.
_INSERT_PAYLOAD = {
    chunk: "INSERT INTO payload (seq, part, subject, sealed)"  # noqa: S608 - no input
    " SELECT column1, column2, column3, column4"
    f" FROM (VALUES {', '.join(['(?, ?, ?, ?)'] * chunk)}) AS given"
    " WHERE NOT EXISTS (SELECT 1 FROM erasure WHERE subject = column3)"
    for chunk in _CHUNKS
}


@contextmanager
def sound_types() -> Iterator[None]:
    """Name a row whose columns are not even of their types: only damage or another program do so.

    Raises:
        VerificationError: ``ledger.damaged``.
    """
    try:
        yield
    except (TypeError, ValueError, OverflowError, IndexError) as error:
        raise _damaged(f"a stored row is malformed: {type(error).__name__}") from None


def _damaged(what: str) -> VerificationError:
    return VerificationError(
        what,
        code="ledger.damaged",
        help="run `gardefou ledger verify`; restore from a copy if it is confirmed",
    )


LedgerSession = Session  # for whoever also has the session of a decision at hand
