"""Verification of a whole log: every entry, tile, head and checkpoint is hashed again.

Rules:

1. Outcomes are three: ``good``, ``tampered`` (something does not fit) and, as an exception of the
   caller's, "could not tell". Never good for could not tell.
2. A finding names the first place, what was found and what was expected.
3. Keys that the caller pins count; without any, the keys that the log itself names are used, and
   the report says so: that proves order, not origin. A rotation that a trusted key signed makes
   the next key trusted.
4. Checkpoints that left the machine are compared too: a shorter log was rolled back, another root
   is a fork.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gardefou.errors import VerificationError
from gardefou.ledger._checkpoint import Checkpoint, open_checkpoint
from gardefou.ledger._note import Verifier
from gardefou.ledger._recovery import check_prefix
from gardefou.ledger._schema import SCHEMA_VERSION
from gardefou.ledger._store import Head, Session, Store, sound_types
from gardefou.ledger._tiles import TILE_WIDTH, split_hashes, tile_root
from gardefou.ledger._tree import grow, root_of
from gardefou.ledger._walk import Report, Walk, report


class Spine(NamedTuple):
    """The tree above the entries: the roots of full tiles and what is left behind them."""

    tile_roots: list[bytes]
    tail: list[bytes]


def verify_store(
    store: Store,
    *,
    pinned: Sequence[Verifier] = (),
    against: Iterable[tuple[str, str]] = (),
) -> Report:
    """Check a log in one consistent snapshot, beside its writer; about 4 µs an entry.

    Raises:
        LedgerUnavailable: when the store cannot be read: nothing can be told.
        VerificationError: ``ledger.version`` when the log was written by another release.
    """
    with store.reading() as session, sound_types():
        version, origin = session.origin()
        if version != SCHEMA_VERSION:
            raise VerificationError(
                f"the ledger has version {version}, expected {SCHEMA_VERSION}",
                code="ledger.version",
                help="another release of the program wrote it: use that one",
            )
        head = session.head()
        walk = Walk(origin, pinned)
        notes = session.checkpoints()
        try:
            spine = _entries(session, head, walk)
            _upper_tiles(session, head, spine, walk)
            _head(head, spine, walk)
            _state(session, head, walk)
            _checkpoints(session, head, notes, walk)
            _outside(session, head, against, walk)
        except VerificationError as error:
            walk.find(error.code, error.message)
    return report(walk, Checkpoint(origin, head.size, head.root), head.minimum, len(notes))


def _leaves(session: Session, start: int, end: int, walk: Walk) -> Iterator[list[bytes]]:
    """The leaves of each tile in turn; a gap in the order ends the walk."""
    expected = start
    for block in session.blocks(start, end):
        for at in range(0, len(block), TILE_WIDTH):
            rows = block[at : at + TILE_WIDTH]
            count = len(rows)
            # Numbers are unique and sorted: the ends of an unbroken run say all about it.
            if (rows[0][0], rows[-1][0]) != (expected, expected + count - 1):
                numbers = enumerate((row[0] for row in rows), expected)
                missing, found = next((n, seq) for n, seq in numbers if n != seq)
                walk.entries(rows[: missing - expected])
                walk.find("ledger.order", f"entry {missing} is missing, found {found}", missing)
                return
            walk.entries(rows)
            expected += count
            yield [row[1] for row in rows]
    if expected != end:
        walk.find("ledger.order", f"entry {expected} is missing, expected {end} entries", expected)


def _entries(session: Session, head: Head, walk: Walk) -> Spine:
    """Check entries against tiles of level 0; pruned ones by their tiles alone."""
    count, lowest, highest = session.extent()
    start = lowest if count else head.minimum
    # Entries below the minimum index are deleted some time after they were denied, all at once.
    in_place = start <= head.minimum and not start % TILE_WIDTH
    if not in_place or count != head.size - start or (count and highest != head.size - 1):
        walk.find(
            "ledger.order",
            f"{count} entries are stored, from {lowest} to {highest}",
            expected=f"{head.size - head.minimum} from {head.minimum} to {head.size - 1}",
        )
        start = head.minimum
    first = start // TILE_WIDTH
    roots = [_stored_tile(session, 0, number, walk) for number in range(first)]
    tail: list[bytes] = []
    every = _leaves(session, first * TILE_WIDTH, head.size, walk)
    for number, leaves in enumerate(every, first):
        if len(leaves) < TILE_WIDTH:
            tail = leaves
            break
        data = b"".join(leaves)
        root = _stored_tile(session, 0, number, walk, data)
        roots.append(root)
    return Spine(roots, tail)


def _stored_tile(
    session: Session, level: int, number: int, walk: Walk, expected: bytes | None = None
) -> bytes:
    """Check one stored tile against its own root and, where known, its content."""
    row = session.run(
        "SELECT data, root FROM tile WHERE level = ? AND number = ?", (level, number)
    ).fetchone()
    first = number * TILE_WIDTH ** (level + 1)
    if row is None:
        walk.find("ledger.tile", f"tile {level}/{number} is missing", first)
        return tile_root(expected) if expected else bytes(32)
    data = bytes(row[0])
    if expected is not None and data != expected:
        pairs = zip(split_hashes(data), split_hashes(expected), strict=False)
        at, found, wanted = next(
            ((i, a, b) for i, (a, b) in enumerate(pairs) if a != b), (0, data, expected)
        )
        seq = first + at * TILE_WIDTH**level
        walk.find(
            "ledger.tile",
            f"tile {level}/{number} does not fit what it covers, from entry {seq}",
            seq,
            found=found.hex()[:64],
            expected=wanted.hex()[:64],
        )
        data = expected
    if len(data) != TILE_WIDTH * 32:
        walk.find("ledger.tile", f"tile {level}/{number} has {len(data)} bytes", first)
        return bytes(row[1])
    root = tile_root(data)
    if root != bytes(row[1]):
        walk.find(
            "ledger.tile",
            f"tile {level}/{number} has another root",
            first,
            found=bytes(row[1]).hex(),
            expected=root.hex(),
        )
    return root


def _upper_tiles(session: Session, head: Head, spine: Spine, walk: Walk) -> None:
    """Check the tiles of level 1 and up, and that there are no tiles too many."""
    row = spine.tile_roots
    total = len(row)
    level = 1
    while len(row) >= TILE_WIDTH:
        full = len(row) // TILE_WIDTH
        row = [
            _stored_tile(
                session, level, n, walk, b"".join(row[n * TILE_WIDTH : (n + 1) * TILE_WIDTH])
            )
            for n in range(full)
        ]
        total += full
        level += 1
    stored = session.run("SELECT count(*) FROM tile", ()).fetchone()[0]
    if stored != total and total == _tile_count(head.size):
        walk.find("ledger.tile", f"{stored} tiles are stored", expected=f"{total} tiles")


def _tile_count(size: int) -> int:
    total = 0
    while size := size // TILE_WIDTH:
        total += size
    return total


def _head(head: Head, spine: Spine, walk: Walk) -> None:
    upper = grow(0, (), spine.tile_roots).frontier
    lower = grow(0, (), spine.tail).frontier
    frontier = (*upper, *lower)
    root = root_of(frontier)
    if root != head.root or frontier != head.frontier:
        walk.find(
            "ledger.root",
            f"the tree of {head.size} entries has another root",
            found=head.root.hex(),
            expected=root.hex(),
        )
    if head.at_us != walk.last_us and walk.count:
        walk.find("ledger.head", "the head has another time", found=str(head.at_us))
    if head.size and not walk.trusted:
        walk.find("ledger.key", "the log names no key")


def _state(session: Session, head: Head, walk: Walk) -> None:
    """Compare the working state beside the entries with what the entries say."""
    if problem := session.structure():
        walk.find("ledger.damaged", f"the store finds itself damaged: {problem[:200]}")
    if head.minimum:
        if walk.minimum != head.minimum:
            walk.find(
                "ledger.retention",
                f"entries below {head.minimum} are gone",
                expected=f"a retention entry with this minimum, found {walk.minimum}",
            )
        walk.remarks.append(f"entries below {head.minimum} were pruned by policy")
        return  # the state may rest on entries that are gone
    for table, column, expected in (
        ("erasure", "subject", walk.erased),
        ("legal_hold", "subject", walk.holds),
        ("open_action", "id", walk.open),
    ):
        found: dict[str, int] = dict(
            session.run(f"SELECT {column}, seq FROM {table}", ()).fetchall()  # noqa: S608 - ours
        )
        for name in sorted({*found, *expected}):
            if found.get(name) != expected.get(name):
                walk.find(
                    "ledger.state",
                    f"table {table} does not fit the entries",
                    int(expected.get(name, found.get(name, -1))),
                    found=str(found.get(name)),
                    expected=str(expected.get(name)),
                )


def _checkpoints(
    session: Session, head: Head, notes: Sequence[tuple[int, int, str]], walk: Walk
) -> None:
    for expected, (number, size, note) in enumerate(notes, 1):
        if number != expected:
            walk.find("checkpoint.order", f"checkpoint {expected} is missing, found {number}", size)
            return
        try:
            checkpoint, _ = open_checkpoint(note, walk.trusted, origin=walk.origin)
            check_prefix(session, head, checkpoint, "a stored checkpoint")
            if checkpoint.size != size:
                walk.find(
                    "checkpoint.size",
                    f"the checkpoint filed under {size} is of another size",
                    size,
                )
        except VerificationError as error:
            walk.find(error.code, error.message, size)


def _outside(session: Session, head: Head, against: Iterable[tuple[str, str]], walk: Walk) -> None:
    for source, note in against:
        try:
            checkpoint, _ = open_checkpoint(note, walk.trusted, origin=walk.origin)
            check_prefix(session, head, checkpoint, source)
        except VerificationError as error:
            walk.find(error.code, f"{source}: {error.message}")
