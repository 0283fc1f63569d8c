"""What a verification learns while the entries go by, and the report that it gives."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from gardefou.errors import VerificationError
from gardefou.ledger._checkpoint import Checkpoint
from gardefou.ledger._entry import KINDS, Entry, decode_entry, decode_heads
from gardefou.ledger._note import Verifier, parse_vkey
from gardefou.ledger._rotation import check_rotation
from gardefou.ledger._tree import leaf_hash
from gardefou.ledger._writer import CLOCK_SLACK_US

MAX_FINDINGS = 20

_sha256 = hashlib.sha256


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that does not fit; ``seq`` is the entry it concerns, -1 for the whole log."""

    code: str
    message: str
    seq: int = -1
    found: str = ""
    expected: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification found; ``findings`` are in order of place, ``remarks`` are no fault."""

    outcome: Literal["good", "tampered"]
    origin: str
    size: int
    root: str
    minimum: int = 0
    entries: int = 0
    checkpoints: int = 0
    keys: Literal["pinned", "from the log"] = "from the log"
    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()


class Walk:
    """What is learnt while the entries go by: keys, erasures, holds, open actions, time."""

    def __init__(self, origin: str, pinned: Sequence[Verifier]) -> None:
        """Begin with the keys that the caller trusts."""
        self.origin = origin
        self.trusted = list(pinned)
        self.pinned = bool(pinned)
        self.findings: list[Finding] = []
        self.remarks: list[str] = []
        self.erased: dict[str, int] = {}
        self.holds: dict[str, int] = {}
        self.open: dict[str, int] = {}
        self.minimum = 0
        self.last_us = 0
        self.count = 0

    def find(self, code: str, message: str, seq: int = -1, **more: str) -> None:
        """Note a finding; the first ones are enough."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(code=code, message=message, seq=seq, **more))

    def entries(self, rows: Sequence[tuple[int, bytes, bytes]]) -> None:
        """Hash and read many entries: together when none of them says more than its hash and time.

        This is the verification's speed; whatever is not plain goes through `entry`, one by one.
        """
        if self._plain(rows):
            self.count += len(rows)
            return
        for seq, leaf, body in rows:
            self.entry(seq, leaf, body)

    def _plain(self, rows: Sequence[tuple[int, bytes, bytes]]) -> bool:
        if [_sha256(b"\x00" + row[2]).digest() for row in rows] != [row[1] for row in rows]:
            return False
        try:
            heads = decode_heads([row[2] for row in rows])
        except VerificationError:
            return False
        if not {head.kind for head in heads} <= _PLAIN:
            return False
        times = [head.at_us for head in heads]
        is_steady = times == sorted(times) or max(times) - min(times) <= CLOCK_SLACK_US
        if not is_steady or times[0] < self.last_us - CLOCK_SLACK_US:
            return False
        self.last_us = times[-1]
        return True

    def entry(self, seq: int, leaf: bytes, body: bytes) -> None:
        """Hash and read one entry."""
        self.count += 1
        found = leaf_hash(body)
        if found != leaf:
            self.find(
                "ledger.leaf",
                f"entry {seq} was changed",
                seq,
                found=found.hex(),
                expected=leaf.hex(),
            )
            return
        try:
            entry = decode_entry(body, seq)
            step = entry.at_us - self.last_us
            if step < -CLOCK_SLACK_US:
                self._clock(seq, entry, -step)
            self.last_us = entry.at_us
            handler = _HANDLERS.get(entry.kind)
            if handler is not None:
                handler(self, seq, entry.data)
        except VerificationError as error:
            self.find(error.code, error.message, seq)
        except (KeyError, TypeError, AttributeError):
            self.find("ledger.entry_form", f"entry {seq} lacks a field of its kind", seq)

    def _clock(self, seq: int, entry: Entry, by_us: int) -> None:
        word = "recorded" if entry.kind == "clock.backwards" else "not recorded"
        self.remarks.append(f"the clock went back {by_us / 1e6:.3f} s at entry {seq}, {word}")

    def created(self, seq: int, data: Any) -> None:
        """The first entry names the log and its keys."""
        if seq or data["origin"] != self.origin:
            self.find(
                "ledger.origin",
                f"entry {seq} creates `{str(data['origin'])[:80]!a}`",
                seq,
                expected=f"`{self.origin}` at entry 0",
            )
        if not self.pinned:
            self.trusted.extend(parse_vkey(vkey) for vkey in data["vkeys"])

    def rotated(self, _seq: int, data: Any) -> None:
        """A new key counts when a trusted one signed it."""
        self.trusted.extend(check_rotation(self.origin, data, self.trusted))

    def erasure(self, seq: int, data: Any) -> None:
        """A subject was erased here."""
        self.erased[data["subject"]] = seq

    def hold_set(self, seq: int, data: Any) -> None:
        """A legal hold began here."""
        self.holds[data["subject"]] = seq

    def hold_released(self, _seq: int, data: Any) -> None:
        """A legal hold ended here."""
        self.holds.pop(data["subject"], None)

    def retention(self, _seq: int, data: Any) -> None:
        """Entries below a minimum were given up here."""
        self.minimum = int(data.get("minimum", self.minimum))

    def started(self, seq: int, data: Any) -> None:
        """An action began here."""
        self.open[data["id"]] = seq

    def ended(self, _seq: int, data: Any) -> None:
        """An action ended here."""
        self.open.pop(data["id"], None)


_HANDLERS = {
    "action.finished": Walk.ended,
    "action.started": Walk.started,
    "action.unknown": Walk.ended,
    "erasure": Walk.erasure,
    "key.rotated": Walk.rotated,
    "legal_hold.released": Walk.hold_released,
    "legal_hold.set": Walk.hold_set,
    "log.created": Walk.created,
    "retention": Walk.retention,
}
_PLAIN = KINDS - set(_HANDLERS)


def report(walk: Walk, head: Checkpoint, minimum: int, checkpoints: int) -> Report:
    """The outcome of a walk."""
    findings = sorted(walk.findings, key=lambda f: (f.seq < 0, f.seq))
    return Report(
        outcome="tampered" if findings else "good",
        origin=head.origin,
        size=head.size,
        root=head.root.hex(),
        minimum=minimum,
        entries=walk.count,
        checkpoints=checkpoints,
        keys="pinned" if walk.pinned else "from the log",
        findings=tuple(findings),
        remarks=tuple(walk.remarks),
    )
