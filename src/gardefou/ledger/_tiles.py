"""Tiles and entry bundles as C2SP tlog-tiles lays them out. Pure.

Source: c2sp.org/tlog-tiles, sections "Merkle Tree", "Partial Tiles" and "Log entries".
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from gardefou.errors import UsageError, VerificationError
from gardefou.ledger._tree import (
    HASH_BYTES,
    TILE_HEIGHT,
    NodeReader,
    node_hash,
)

TILE_WIDTH = 1 << TILE_HEIGHT
MAX_ENTRY_BYTES = 0xFFFF  # "big-endian uint16 length-prefixed log entries"
ENTRIES = -1  # the level under which entry bundles are counted

_sha256 = hashlib.sha256
_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]|[1-5][0-9]|6[0-3])/"
    r"(?P<number>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class Tile(NamedTuple):
    """The name of one tile (or entry bundle, at level `ENTRIES`) and how many items it holds."""

    level: int
    number: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """The path below the log's prefix; 1234067 becomes ``x001/x234/067``."""
        digits = f"{self.number % 1000:03d}"
        rest = self.number // 1000
        while rest:
            digits = f"x{rest % 1000:03d}/{digits}"
            rest //= 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{digits}{partial}"


TileReader = Callable[[Tile], bytes]


def parse_tile(path: str) -> Tile:
    """Read a tile's path; only the one spelling that `Tile.path` writes is accepted.

    Raises:
        UsageError: when the path is none.
    """
    match = _PATH.fullmatch(path)
    if match:
        level = ENTRIES if match["level"] == "entries" else int(match["level"])
        number = int(match["number"].replace("x", "").replace("/", ""))
        tile = Tile(level, number, int(match["width"] or TILE_WIDTH))
        if tile.path == path and tile.width <= TILE_WIDTH:
            return tile
    raise UsageError(
        f"`{path[:80]}` is not the path of a tile",
        code="ledger.tile_path",
        help="tile paths look like tile/0/x001/234 or tile/entries/000.p/17",
    )


def tiles_of(size: int) -> Iterator[Tile]:
    """Every tile and entry bundle of a tree: 275 tiles at five levels for 70,000 leaves."""
    for number in range(size // TILE_WIDTH):
        yield Tile(ENTRIES, number)
    if size % TILE_WIDTH:
        yield Tile(ENTRIES, size // TILE_WIDTH, size % TILE_WIDTH)
    level, count = 0, size
    while count:
        for number in range(count // TILE_WIDTH):
            yield Tile(level, number)
        if count % TILE_WIDTH:
            yield Tile(level, count // TILE_WIDTH, count % TILE_WIDTH)
        count //= TILE_WIDTH
        level += 1


def tile_root(data: bytes) -> bytes:
    """The hash of a full tile: 255 node hashes, about 90 µs."""
    while len(data) > HASH_BYTES:
        pairs = range(0, len(data), 2 * HASH_BYTES)
        data = b"".join([_sha256(b"\x01" + data[i : i + 64]).digest() for i in pairs])
    return data


def split_hashes(data: bytes) -> list[bytes]:
    """Cut concatenated hashes apart."""
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]


def node_reader(read: TileReader, size: int) -> NodeReader:
    """Read complete subtrees of a tree of ``size`` leaves from its tiles.

    The reader remembers the tiles it has seen; it does not check them against a root:
    the proofs made from them are checked by whoever relies on them.

    Raises (the returned reader):
        VerificationError: when a tile does not have the length its name promises.
    """
    seen: dict[Tile, bytes] = {}

    def node(height: int, index: int) -> bytes:
        level, inner = divmod(height, TILE_HEIGHT)
        first = index << inner
        count = size >> (TILE_HEIGHT * level)
        number = first // TILE_WIDTH
        tile = Tile(level, number, min(TILE_WIDTH, count - number * TILE_WIDTH))
        data = seen.get(tile)
        if data is None:
            data = seen[tile] = checked_tile(tile, read(tile))
        start = first % TILE_WIDTH * HASH_BYTES
        row = split_hashes(data[start : start + (HASH_BYTES << inner)])
        while len(row) > 1:
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
        return row[0]

    return node


def checked_tile(tile: Tile, data: bytes) -> bytes:
    """Accept only tile data of exactly the promised width.

    Raises:
        VerificationError: when bytes are missing or left over.
    """
    if len(data) != tile.width * HASH_BYTES:
        raise VerificationError(
            f"{tile.path} has {len(data)} bytes, expected {tile.width * HASH_BYTES}",
            code="ledger.tile_length",
            help="the copy is torn or was cut; fetch it again from the log or another copy",
        )
    return data


def bundle(entries: Sequence[bytes]) -> bytes:
    """Pack entries, each behind its length as a big-endian uint16.

    Raises:
        UsageError: when an entry is longer than 65,535 bytes.
    """
    parts = []
    for entry in entries:
        if len(entry) > MAX_ENTRY_BYTES:
            raise UsageError(
                f"an entry of {len(entry)} bytes does not fit in a bundle",
                code="ledger.entry_size",
                help=f"an entry holds digests, not payloads: at most {MAX_ENTRY_BYTES} bytes",
            )
        parts.append(struct.pack(">H", len(entry)))
        parts.append(entry)
    return b"".join(parts)


def unbundle(tile: Tile, data: bytes) -> list[bytes]:
    """Unpack an entry bundle.

    Raises:
        VerificationError: when it is cut, has bytes left over or holds another number of entries.
    """
    entries: list[bytes] = []
    at = 0
    while at + 2 <= len(data) and len(entries) < tile.width:
        (length,) = struct.unpack_from(">H", data, at)
        at += 2 + length
        entries.append(data[at - length : at])
    if at != len(data) or len(entries) != tile.width:
        raise VerificationError(
            f"{tile.path} holds {len(entries)} entries in {len(data)} bytes, "
            f"expected {tile.width} entries in {at} bytes",
            code="ledger.bundle",
            help="the copy is torn or was cut; fetch it again from the log or another copy",
        )
    return entries
