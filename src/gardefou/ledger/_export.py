"""Export: a static directory that is a complete, verifiable copy in the C2SP layout.

``checkpoint``, ``tile/…`` and ``tile/entries/…`` are what tlog-tiles serves; ``vkeys`` lists the
log's keys for convenience. The checkpoint is written last, so that a torn export is an old one.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gardefou.errors import LedgerError, UsageError, VerificationError
from gardefou.ledger._checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from gardefou.ledger._note import Verifier, parse_note, parse_vkey
from gardefou.ledger._store import Store
from gardefou.ledger._tiles import (
    ENTRIES,
    TILE_WIDTH,
    Tile,
    checked_tile,
    node_reader,
    split_hashes,
    tile_root,
    tiles_of,
    unbundle,
)
from gardefou.ledger._tree import frontier_of, grow, root_of
from gardefou.ledger._walk import Report, Walk, report


def export(store: Store, target: Path, vkeys: Sequence[str] = ()) -> Checkpoint:
    """Write the log up to its last checkpoint; full tiles that are there already stay.

    Raises:
        UsageError: when no checkpoint was published, or the directory holds another log.
        LedgerError: when the directory cannot be written.
    """
    with store.reading() as session:
        note = session.last_checkpoint()
        if note is None:
            raise UsageError(
                "the log has no checkpoint yet",
                code="ledger.no_checkpoint",
                help="publish one: `gardefou ledger anchor`",
            )
        origin, size = note.split("\n")[:2]
        _check_target(target, origin, int(size))
        minimum = session.head().minimum
        try:
            for tile in tiles_of(int(size)):
                if _is_pruned(tile, minimum):
                    continue
                path = target / tile.path
                if not (tile.width == TILE_WIDTH and path.exists()):
                    write_whole(path, session.tile(tile))
            if vkeys:
                write_whole(target / "vkeys", "".join(f"{v}\n" for v in vkeys).encode())
            write_whole(target / "checkpoint", note.encode())
        except OSError as error:
            raise LedgerError(
                f"{target} cannot be written: {os.strerror(error.errno or 0).lower()}",
                code="ledger.export",
                help="give the export room and rights, then run it again: it goes on",
            ) from None
    return Checkpoint(origin, int(size), b"")


def write_whole(path: Path, data: bytes) -> None:
    """Put a file in place whole or not at all, and flush it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def verify_directory(
    target: Path, *, pinned: Sequence[Verifier] = (), against: Sequence[tuple[str, str]] = ()
) -> Report:
    """Check an exported copy by itself: checkpoint, every tile and every entry.

    Raises:
        LedgerError: when a file cannot be read: nothing can be told.
    """
    verifiers = pinned or _own_keys(target)
    note = _read(target / "checkpoint")
    walk = Walk("", pinned)
    walk.trusted.extend(() if pinned else verifiers)
    try:
        checkpoint = parse_checkpoint(parse_note(note).text)
        walk.origin = checkpoint.origin
        is_signed = _is_signed(note, walk)
    except VerificationError as error:
        walk.find(error.code, error.message)
        return report(walk, Checkpoint("", 0, b""), 0, 0)
    try:
        _check_tiles(target, checkpoint, walk)
        if not is_signed:
            # Perhaps by a key that a rotation in the log made trusted: now it is known.
            open_checkpoint(note, walk.trusted)
        for source, other in against:
            _check_other(target, checkpoint, source, other, walk)
    except VerificationError as error:
        walk.find(error.code, error.message)
    except LedgerError as error:
        if is_signed:
            raise
        walk.find(error.code, f"no trusted key signed the checkpoint, and {error.message}")
    return report(walk, checkpoint, 0, 1)


def _is_signed(note: bytes, walk: Walk) -> bool:
    """Whether a key that is trusted from the start signed the checkpoint.

    Raises:
        VerificationError: when the signature of such a key is wrong.
    """
    try:
        open_checkpoint(note, walk.trusted)
    except VerificationError as error:
        if error.code == "note.unknown_key":
            return False
        raise
    return True


def _check_tiles(target: Path, checkpoint: Checkpoint, walk: Walk) -> None:
    rows: dict[int, list[bytes]] = {0: []}
    for tile in tiles_of(checkpoint.size):
        if tile.level == ENTRIES:
            leaves = _check_bundle(target, tile, walk)
            rows[0].extend(leaves)
            continue
        start = tile.number * TILE_WIDTH
        expected = rows[tile.level][start : start + tile.width]
        data = checked_tile(tile, _read(target / tile.path))
        for at, (found, wanted) in enumerate(zip(split_hashes(data), expected, strict=True)):
            if found != wanted:
                walk.find(
                    "ledger.tile",
                    f"{tile.path} does not fit what it covers",
                    (start + at) * TILE_WIDTH**tile.level,
                    found=found.hex(),
                    expected=wanted.hex(),
                )
                break
        if tile.width == TILE_WIDTH:
            rows.setdefault(tile.level + 1, []).append(tile_root(data))
    root = root_of(grow(0, (), rows[0]).frontier)
    if root != checkpoint.root:
        walk.find(
            "ledger.root",
            f"the {checkpoint.size} entries have another root than the checkpoint",
            found=root.hex(),
            expected=checkpoint.root.hex(),
        )


def _check_bundle(target: Path, tile: Tile, walk: Walk) -> list[bytes]:
    path = target / tile.path
    hashes = Tile(0, tile.number, tile.width)
    data = checked_tile(hashes, _read(target / hashes.path))
    leaves = split_hashes(data)
    if not path.exists() and tile.width == TILE_WIDTH:
        if not walk.remarks:
            walk.remarks.append("entry bundles are missing: pruned, or an incomplete copy")
        return leaves
    for at, body in enumerate(unbundle(tile, _read(path))):
        walk.entry(tile.number * TILE_WIDTH + at, leaves[at], body)
    return leaves


def _check_other(target: Path, checkpoint: Checkpoint, source: str, note: str, walk: Walk) -> None:
    other, _ = open_checkpoint(note, walk.trusted, origin=checkpoint.origin)
    if other.size > checkpoint.size:
        walk.find(
            "ledger.rollback",
            f"the copy has {checkpoint.size} entries, but {source} saw {other.size}",
        )
        return
    node = node_reader(lambda tile: _read(target / tile.path), checkpoint.size)
    root = root_of(frontier_of(node, other.size))
    if root != other.root:
        walk.find(
            "ledger.fork",
            f"the first {other.size} entries differ from what {source} saw",
            found=root.hex(),
            expected=other.root.hex(),
        )


def _is_pruned(tile: Tile, minimum: int) -> bool:
    return tile.level == ENTRIES and (tile.number + 1) * TILE_WIDTH <= minimum


def _own_keys(target: Path) -> tuple[Verifier, ...]:
    return tuple(
        parse_vkey(line) for line in _read(target / "vkeys").decode("utf-8", "replace").split()
    )


def _check_target(target: Path, origin: str, size: int) -> None:
    path = target / "checkpoint"
    if not path.exists():
        return
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines[0] != origin or len(lines) < 3 or int(lines[1]) > size:
        raise UsageError(
            f"{target} holds `{lines[0][:80]!a}` of size {lines[1][:20] if len(lines) > 1 else '?'}",
            code="ledger.export_target",
            help="an export never goes back: name another directory, or ask why this log is shorter",
        )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LedgerError(
            f"{path} cannot be read: {os.strerror(error.errno or 0).lower()}",
            code="ledger.unreadable",
            help="the copy is incomplete, or the disk does not let us read it",
        ) from None
