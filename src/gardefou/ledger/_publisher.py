"""Publishing: sign a checkpoint, deliver it, keep what came back.

Rules (design B3.4):

1. At most one checkpoint each `INTERVAL_S` while the log grows, and one at the end.
2. A log that does not grow is published again each `REPUBLISH_S`: a monitor can tell quiet from
   stopped.
3. A log that does not continue its last checkpoint is never signed, and a place that knows a longer
   or another log is reported as such.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from gardefou.errors import GardefouError, LedgerError, UsageError
from gardefou.ledger._anchors import Anchor, Sent, parse_anchor
from gardefou.ledger._checkpoint import parse_checkpoint
from gardefou.ledger._keys import SigningKey
from gardefou.ledger._ledger import Clock, Ledger, open_ledger, open_store
from gardefou.ledger._note import parse_note
from gardefou.ledger._rotation import rotation
from gardefou.ledger._store import Session
from gardefou.ledger._ticket import Receipt
from gardefou.ledger._tree import consistency_path
from gardefou.ledger._writer import now_us

INTERVAL_S = 1.0
REPUBLISH_S = 3_600.0


def configure_anchor(ledger: Ledger, target: str) -> None:
    """Keep a place to which every checkpoint of this ledger goes.

    Raises:
        UsageError: when the target is of no known kind.
    """
    parse_anchor(target)

    def work(session: Session) -> None:
        session.run(
            "INSERT INTO anchor (target, size, at_us, note) VALUES (?, 0, 0, '')"
            " ON CONFLICT (target) DO NOTHING",
            (target,),
        )

    ledger.writer.task(work)


def configured(session: Session) -> dict[str, int]:
    """The places and the sizes they took last."""
    found = session.run("SELECT target, size FROM anchor ORDER BY target", ()).fetchall()
    return {str(target): int(size) for target, size in found}


def anchored(anchors: Iterable[Anchor]) -> list[tuple[str, str]]:
    """What the places that can be read back hold, for recovery to compare with.

    Raises:
        LedgerError: when a place cannot be read: then nothing can be told.
    """
    notes = [(anchor.target, anchor.last()) for anchor in anchors]
    return [(target, note) for target, note in notes if note is not None]


def publish(ledger: Ledger, anchors: Sequence[Anchor]) -> list[Sent]:
    """Sign the head if it grew, deliver it everywhere, keep cosignatures with the checkpoint.

    Raises:
        VerificationError: when the log does not continue its last checkpoint.
        LedgerUnavailable: when the ledger stopped.
    """
    note = ledger.publish()
    size = parse_checkpoint(parse_note(note).text).size
    with ledger.store.reading() as session:
        known = configured(session)

    def prove(old: int) -> tuple[bytes, ...]:
        with ledger.store.reading() as session:
            return consistency_path(session.node, old, size)

    sent = []
    for anchor in anchors:
        try:
            lines = anchor.send(note, prove, known.get(anchor.target, 0))
        except GardefouError as error:
            sent.append(Sent(anchor.target, size, error=f"{error.message} [{error.code}]"))
        else:
            sent.append(Sent(anchor.target, size, lines))
    ledger.writer.task(lambda session: _keep(session, note, size, sent, ledger))
    return sent


def _keep(session: Session, note: str, size: int, sent: Sequence[Sent], ledger: Ledger) -> None:
    present = {str(s.line) for s in parse_note(note).signatures}
    fresh = "".join(s.signatures for s in sent)
    lines = [line + "\n" for line in fresh.splitlines() if line + "\n" not in present]
    if lines:
        session.add_checkpoint(size, note + "".join(lines))
    at_us = ledger.now()
    for delivery in sent:
        if not delivery.error:
            session.run(
                "INSERT INTO anchor (target, size, at_us, note) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (target) DO UPDATE SET"
                " size = excluded.size, at_us = excluded.at_us, note = excluded.note",
                (delivery.target, size, at_us, note),
            )


class Opened(NamedTuple):
    """A ledger with the places that its checkpoints go to."""

    ledger: Ledger
    anchors: tuple[Anchor, ...]


def open_anchored(
    location: str, key: SigningKey, *, targets: Iterable[str] = (), clock: Clock = now_us
) -> Opened:
    """Open a ledger for writing, after comparing it with every place that can be read back.

    Raises:
        LedgerError: as `open_ledger`, or when a place cannot be read.
        VerificationError: as `open_ledger`; ``ledger.rollback`` when a place knows a longer log.
    """
    store = open_store(location, key.name)
    try:
        with store.reading() as session:
            kept = configured(session)
    finally:
        store.close()
    anchors = tuple(parse_anchor(target) for target in dict.fromkeys([*kept, *targets]))
    return Opened(open_ledger(location, key, anchored=anchored(anchors), clock=clock), anchors)


class Publisher:
    """A thread that publishes while the ledger works (rules 1 and 2)."""

    def __init__(
        self,
        ledger: Ledger,
        anchors: Sequence[Anchor],
        *,
        on_trouble: Callable[[str], None],
        interval_s: float = INTERVAL_S,
        republish_s: float = REPUBLISH_S,
    ) -> None:
        """Start; ``on_trouble`` hears every failed delivery and every refusal to sign."""
        self._ledger = ledger
        self._anchors = anchors
        self._on_trouble = on_trouble
        self._interval_s = interval_s
        self._republish_s = republish_s
        self._stop = threading.Event()
        self._size = -1
        self._due_s = 0.0
        self._thread = threading.Thread(target=self._run, name="gardefou-publisher", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Publish once more, then stop; before the ledger is closed."""
        self._stop.set()
        self._thread.join()
        self._step(final=True)

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            self._step(final=False)

    def _step(self, *, final: bool) -> None:
        try:
            size = self._ledger.head().size
            if size == self._size and (final or time.monotonic() < self._due_s):
                return
            for delivery in publish(self._ledger, self._anchors):
                if delivery.error:
                    self._on_trouble(delivery.error)
        except LedgerError as error:
            self._on_trouble(f"{error.message} [{error.code}]")
        else:
            self._size = size
            self._due_s = time.monotonic() + self._republish_s


def rotate_key(ledger: Ledger, new: SigningKey, save: Callable[[SigningKey], None]) -> Receipt:
    """Record a new key, signed by the old and the new one; reopen the ledger with it afterwards.

    The new key is saved before the entry, so that a crash leaves a key too many, never too few.

    Raises:
        UsageError: when the new key has another name: the name is the log's origin.
    """
    if new.name != ledger.origin:
        raise UsageError(
            f"the new key is named `{new.name}`, expected `{ledger.origin}`",
            code="ledger.key_name",
            help="the name of the key is the log's origin; make it with the same name",
        )
    save(new)
    receipt = ledger.writer.submit("key.rotated", rotation(ledger.key, new)).wait()
    # The last checkpoint carries both signatures: verifiers of either key can go on from it.
    ledger.publish(SigningKey((*ledger.key.signers, *new.signers)))
    return receipt
