"""What a verification learns while the entries go by, and the report that it gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from gardefou.errors import VerificationError
from gardefou.ledger._checkpoint import Checkpoint
from gardefou.ledger._entry import Entry, decode_entry
from gardefou.ledger._note import Verifier, parse_vkey
from gardefou.ledger._rotation import check_rotation
from gardefou.ledger._tree import leaf_hash
from gardefou.ledger._writer import CLOCK_SLACK_US

MAX_FINDINGS = 20


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
