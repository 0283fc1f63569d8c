"""What is checked before a ledger accepts anything, and before a checkpoint is signed.

Rules:

1. The file must be the log that the key speaks for, in a version that we know.
2. The entries since the last full tile, and a batch more, are hashed again; with the stored tiles
   they must give the stored frontier and root.
3. The last checkpoint that was signed must be a prefix of the log.
4. A checkpoint that left the machine must be a prefix too: an older copy of the file that was put
   back is named, not continued.
5. Nothing is truncated and nothing is repaired.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NoReturn

from gardefou.errors import VerificationError
from gardefou.ledger._checkpoint import Checkpoint, open_checkpoint
from gardefou.ledger._note import Verifier
from gardefou.ledger._schema import SCHEMA_VERSION
from gardefou.ledger._store import Head, Session, sound_types
from gardefou.ledger._tree import EMPTY_ROOT, frontier_of, leaf_hash, root_of
from gardefou.ledger._writer import MAX_BATCH


def check_log(session: Session, origin: str) -> None:
    """Accept only the log of this origin and version (rule 1).

    Raises:
        VerificationError: codes ``ledger.version``, ``ledger.origin``.
    """
    version, found = session.origin()
    if version != SCHEMA_VERSION:
        _refuse("ledger.version", f"the ledger has version {version}, expected {SCHEMA_VERSION}")
    if found != origin:
        _refuse("ledger.origin", f"the ledger is `{found}`, expected `{origin}`")


def check_head(session: Session) -> Head:
    """Hash the end of the log again and compare it with the stored head (rule 2).

    Raises:
        VerificationError: with the sequence number, what was found and what was expected.
    """
    head = session.head()
    highest = session.highest()
    if highest != head.size - 1 and not (highest < 0 and head.minimum == head.size):
        _refuse("ledger.order", f"the last entry is {highest}, expected {head.size - 1}")
    start = max(head.minimum, head.size // 256 * 256 - MAX_BATCH)
    expected = start
    for seq, leaf, body in session.rows(start, head.size):
        if seq != expected:
            _refuse("ledger.order", f"entry {expected} is missing, found entry {seq}")
        found = leaf_hash(body)
        if found != leaf:
            _refuse("ledger.leaf", f"entry {seq} has hash {found.hex()}, expected {leaf.hex()}")
        expected += 1
    if expected != head.size:
        _refuse("ledger.order", f"entry {expected} is missing, expected {head.size} entries")
    frontier = frontier_of(session.node, head.size)
    root = root_of(frontier)
    if root != head.root or frontier != head.frontier:
        _refuse(
            "ledger.root",
            f"the tree of {head.size} entries has root {root.hex()}, expected {head.root.hex()}",
        )
    return head


def check_prefix(session: Session, head: Head, checkpoint: Checkpoint, source: str) -> None:
    """Accept only a log that continues a checkpoint (rules 3 and 4).

    Raises:
        VerificationError: ``ledger.rollback`` when the log is shorter, ``ledger.fork`` when it
            differs.
    """
    if checkpoint.size > head.size:
        _refuse(
            "ledger.rollback",
            f"the ledger has {head.size} entries, but {source} saw {checkpoint.size}: "
            "an older copy was put back, or entries were cut off",
        )
    root = root_of(frontier_of(session.node, checkpoint.size)) if checkpoint.size else EMPTY_ROOT
    if root != checkpoint.root:
        _refuse(
            "ledger.fork",
            f"the first {checkpoint.size} entries have root {root.hex()}, "
            f"but {source} saw {checkpoint.root.hex()}",
        )


def recover(
    session: Session,
    origin: str,
    verifiers: Sequence[Verifier],
    anchored: Iterable[tuple[str, str]] = (),
) -> Head:
    """Run every check of a start; ``anchored`` are the (source, note) pairs of rule 4.

    Raises:
        VerificationError: when any of them fails.
    """
    with sound_types():
        check_log(session, origin)
        head = check_head(session)
        last = session.last_checkpoint()
    known = list(anchored) if last is None else [("the last checkpoint", last), *anchored]
    for source, note in known:
        checkpoint, _ = open_checkpoint(note, verifiers, origin=origin)
        check_prefix(session, head, checkpoint, source)
    return head


def _refuse(code: str, message: str) -> NoReturn:
    raise VerificationError(
        message,
        code=code,
        help="nothing was changed; run `gardefou ledger verify` and compare with a copy",
    )
