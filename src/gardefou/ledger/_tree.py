"""The Merkle tree of RFC 6962: hashes, growth, proofs and their checks. Pure.

Rules (RFC 6962 section 2.1; the checks follow RFC 9162 sections 2.1.3.2 and 2.1.4.2):

1. The hash of a leaf is ``SHA-256(0x00 || data)``, of a node ``SHA-256(0x01 || left || right)``.
2. The hash of an empty tree is ``SHA-256("")``.
3. A tree of *n* leaves splits at the largest power of two smaller than *n*.
4. The *frontier* of a tree of *n* leaves holds one hash for each set bit of *n*, the largest
   subtree first; it is all that appending needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, NoReturn

from gardefou.errors import UsageError, VerificationError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
TILE_HEIGHT = 8  # levels of the tree in one tile (tlog-tiles "Merkle Tree": 256 = 2**8)

# The hash of the complete subtree with ``2**height`` leaves that starts at ``index << height``.
NodeReader = Callable[[int, int], bytes]

_sha256 = hashlib.sha256


class Closed(NamedTuple):
    """A subtree that became complete at a tile boundary: ``level`` 1 is the hash of one tile."""

    level: int
    number: int
    root: bytes


class Growth(NamedTuple):
    """A tree after leaves were appended; ``closed`` lists the tiles that became full, in order."""

    size: int
    frontier: tuple[bytes, ...]
    closed: tuple[Closed, ...]


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry (RFC 6962 section 2.1)."""
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees (RFC 6962 section 2.1)."""
    return _sha256(b"\x01" + left + right).digest()


def grow(size: int, frontier: Sequence[bytes], leaves: Iterable[bytes]) -> Growth:
    """Append leaf hashes to a tree known by its size and frontier; about 1.4 µs a leaf.

    Raises:
        UsageError: when the frontier does not belong to a tree of this size.
    """
    check_frontier(size, frontier)
    stack = list(frontier)
    closed = []
    for leaf in leaves:
        stack.append(leaf)
        height = 0
        carry = size
        while carry & 1:  # rule 4: each trailing set bit is a subtree that now has a sibling
            right = stack.pop()
            stack[-1] = _sha256(b"\x01" + stack[-1] + right).digest()
            carry >>= 1
            height += 1
            if not height % TILE_HEIGHT:
                closed.append(Closed(height // TILE_HEIGHT, size >> height, stack[-1]))
        size += 1
    return Growth(size, tuple(stack), tuple(closed))


def check_frontier(size: int, frontier: Sequence[bytes]) -> None:
    """Raise `UsageError` unless the frontier has one hash for each set bit of the size."""
    if len(frontier) != size.bit_count() or any(len(h) != HASH_BYTES for h in frontier):
        raise UsageError(
            f"a frontier of {len(frontier)} hashes does not belong to a tree of size {size}",
            code="ledger.frontier",
            help="pass the size and the frontier of the same head",
        )


def root_of(frontier: Sequence[bytes]) -> bytes:
    """The root of the tree with this frontier (rule 3: fold from the right)."""
    if not frontier:
        return EMPTY_ROOT
    root = frontier[-1]
    for left in reversed(frontier[:-1]):
        root = node_hash(left, root)
    return root


def frontier_of(read: NodeReader, size: int) -> tuple[bytes, ...]:
    """The frontier of the first ``size`` leaves, read from complete subtrees."""
    return tuple(read(height, index) for height, index in _complete(0, size))


def subtree_root(read: NodeReader, start: int, end: int) -> bytes:
    """The hash of leaves ``start`` to ``end``, where ``start`` is a split point of rule 3."""
    return root_of([read(height, index) for height, index in _complete(start, end)])


def _complete(start: int, end: int) -> list[tuple[int, int]]:
    """Cut a range that starts on a split point into complete subtrees, the largest first."""
    parts = []
    while start < end:
        height = (end - start).bit_length() - 1
        parts.append((height, start >> height))
        start += 1 << height
    return parts


def inclusion_path(read: NodeReader, index: int, size: int) -> tuple[bytes, ...]:
    """The audit path of leaf ``index`` in a tree of ``size`` (RFC 6962 section 2.1.1).

    Raises:
        UsageError: when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise UsageError(
            f"entry {index} is not in a tree of size {size}",
            code="ledger.no_such_entry",
            help="ask for an entry from 0 to the size minus one",
        )
    path = []
    start, end = 0, size
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            path.append(subtree_root(read, split, end))
            end = split
        else:
            path.append(subtree_root(read, start, split))
            start = split
    return tuple(reversed(path))


def consistency_path(read: NodeReader, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the first ``old`` leaves are a prefix of ``new`` (RFC 6962 section 2.1.2).

    It is empty when ``old`` is 0 or equals ``new``.

    Raises:
        UsageError: when the old tree is larger than the new one.
    """
    if not 0 <= old <= new:
        raise UsageError(
            f"a tree of size {new} cannot contain an older one of size {old}",
            code="ledger.sizes",
            help="name the smaller size first",
        )
    path: list[bytes] = []
    if old in (0, new):
        return ()
    start, end = 0, new
    whole = True  # RFC 6962's b: the old tree is a complete subtree of the walk so far
    while old != end:
        split = start + _split(end - start)
        if old <= split:
            path.append(subtree_root(read, split, end))
            end = split
        else:
            path.append(subtree_root(read, start, split))
            start = split
            whole = False
    if not whole:
        path.append(subtree_root(read, start, end))
    return tuple(reversed(path))


def _split(count: int) -> int:
    """The largest power of two smaller than ``count`` (RFC 6962 section 2.1)."""
    return 1 << ((count - 1).bit_length() - 1)


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Accept only a path that leads from the leaf to the root (RFC 9162 section 2.1.3.2).

    Raises:
        VerificationError: when it does not.
    """
    if not 0 <= index < size:
        _refuse("proof.index", f"entry {index} cannot be in a tree of size {size}")
    node, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            _refuse("proof.length", f"the inclusion proof has {len(path)} hashes, too many")
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            found = node_hash(found, sibling)
        node >>= 1
        last >>= 1
    if last:
        _refuse("proof.length", f"the inclusion proof has {len(path)} hashes, too few")
    if found != root:
        _refuse("proof.root", f"the proof leads to root {found.hex()}, expected {root.hex()}")


def check_consistency(
    old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Accept only a proof that the old tree is a prefix of the new (RFC 9162 section 2.1.4.2).

    Raises:
        VerificationError: when it is not.
    """
    if not 0 <= old <= new:
        _refuse("proof.sizes", f"a tree of size {new} cannot extend one of size {old}")
    if old in (0, new):
        _check_trivial(path, old_root, new_root if old == new else EMPTY_ROOT)
        return
    # A complete old tree is its own first hash (RFC 9162 section 2.1.4.2 step 2).
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not hashes:
        _refuse("proof.length", "the consistency proof is empty, expected hashes")
    node, last = old - 1, new - 1
    while node & 1:
        node >>= 1
        last >>= 1
    old_found = new_found = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            _refuse("proof.length", f"the consistency proof has {len(path)} hashes, too many")
        if node & 1 or node == last:
            old_found = node_hash(sibling, old_found)
            new_found = node_hash(sibling, new_found)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            new_found = node_hash(new_found, sibling)
        node >>= 1
        last >>= 1
    if last:
        _refuse("proof.length", f"the consistency proof has {len(path)} hashes, too few")
    _check_root("old", old_found, old_root)
    _check_root("new", new_found, new_root)


def _check_trivial(path: Sequence[bytes], old_root: bytes, expected: bytes) -> None:
    if path:
        _refuse("proof.length", f"the proof has {len(path)} hashes, expected none")
    _check_root("old", expected, old_root)


def _check_root(which: str, proven: bytes, given: bytes) -> None:
    if proven != given:
        _refuse("proof.root", f"found {which} root {given.hex()}, expected {proven.hex()}")


def _refuse(code: str, message: str) -> NoReturn:
    raise VerificationError(
        message,
        code=code,
        help="the log was forked or rewritten, or the proof belongs to another log",
    )
