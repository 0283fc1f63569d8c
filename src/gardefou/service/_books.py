"""The facts of all tenants, kept over restarts and shared between replicas.

1. What went ahead is in the ledger before it happens: a decision that let it pass, or the
   redemption of a hold. So the books can always be made again from there.
2. An entry is in the books once: through `claim` where this process let it happen, through
   `catch_up` where another did, or this one before a restart.
3. `save` keeps the books with the number of the first entry that was not looked at, and what is in
   them from there on.
4. Whoever serves for long takes `step` by `step` what was written meanwhile: claims are forgotten
   as their entries are seen, so that neither memory nor the next start grows with the traffic.
5. An entry is applied at its own time, by the catalogue in force now. What was erased or cannot be
   read any more is left out. What was let pass and then not done counts as well: never too little.
   Answers of models and results of tools are no deeds: no door notes them, so neither is it done here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec

from gardefou import ledger, recording, supervision
from gardefou.constitution.facts import UNCOUNTED, FactBook
from gardefou.decide import Guard
from gardefou.errors import GardefouError, InputError
from gardefou.service._policies import Policies, Policy

STEP = 4_096
_SAVE = (
    "INSERT INTO memory (one, body) VALUES (0, ?)"
    " ON CONFLICT (one) DO UPDATE SET body = excluded.body"
)


class _Saved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    scanned: int
    claimed: list[int | str]
    books: dict[str, msgspec.Raw]


class _Kept(msgspec.Struct):
    policy: Policy
    book: FactBook


class Books:
    """The books of facts of one process."""

    def __init__(
        self,
        policies: Policies,
        guards: Callable[[str], Guard],
        recorder: recording.Recorder | None,
        holds: supervision.Holds | None,
    ) -> None:
        """Take the books back that were saved; `catch_up` adds what happened since.

        ``guards`` gives the guard of a tenant under the orders of the moment.

        Raises:
            LedgerUnavailable: when they cannot be read.
            InputError: ``facts.snapshot`` when they are damaged.
        """
        self._policies = policies
        self._guards = guards
        self._recorder = recorder
        self._holds = holds
        self._kept: dict[str, _Kept] = {}
        self._claimed: set[int | str] = set()
        self._scanned = 0
        self._lock = threading.RLock()
        if recorder is not None:
            self._load(recorder)

    def of(self, tenant: str) -> FactBook:
        """The facts of a tenant under the policy in force; a new policy takes them over."""
        policy = self._policies.of(tenant)
        kept = self._kept.get(tenant)
        if kept is not None and kept.policy is policy:
            return kept.book
        with self._lock:
            kept = self._kept.get(tenant)
            book = policy.guard.book()
            if kept is not None:
                book.restore(kept.book.snapshot())
            self._kept[tenant] = _Kept(policy, book)
            return book

    def claim(self, entry: int | str) -> bool:
        """Say that this process puts an entry into the books; False when it is there already.

        ``entry`` is a decision's number, or the id of a hold that was redeemed.
        """
        with self._lock:
            if entry in self._claimed or (isinstance(entry, int) and entry < self._scanned):
                return False
            self._claimed.add(entry)
            return True

    def catch_up(self) -> int:
        """Apply what is in the ledger and not in the books; how many entries that were.

        Raises:
            LedgerUnavailable: when the ledger cannot be read.
            VerificationError: when an entry is not what was recorded.
        """
        found = 0
        while self._recorder is not None:
            before = self._scanned
            found += self.step(STEP)
            if self._scanned == before:
                break
        return found

    def step(self, most: int) -> int:
        """As `catch_up`, for the next entries and no more than so many; a claimed one takes 1 µs.

        Raises:
            LedgerUnavailable: when the ledger cannot be read.
            VerificationError: when an entry is not what was recorded.
        """
        if self._recorder is None:
            return 0
        found = 0
        with self._lock, self._recorder.ledger.store.reading() as session:
            head = session.head()
            start = max(self._scanned, head.minimum)
            end = min(head.size, start + most)
            for row in session.rows(start, end):
                if row.seq in self._claimed:
                    self._claimed.discard(row.seq)
                else:
                    entry = ledger.decode_entry(row.body, row.seq)
                    found += self._look_at(session, entry, row.seq)
                self._scanned = row.seq + 1
            self._scanned = max(self._scanned, end)
        return found

    @property
    def claimed(self) -> int:
        """How many claims wait for their entry to be seen."""
        return len(self._claimed)

    @property
    def scanned(self) -> int:
        """The first entry that was not looked at."""
        return self._scanned

    def save(self) -> None:
        """Keep the books with the ledger.

        Raises:
            LedgerUnavailable: when they cannot be kept.
        """
        if self._recorder is not None:
            with self._lock:
                self.catch_up()
                body = self.snapshot()
            self.store(body)

    def snapshot(self) -> bytes:
        """The books as they stand, for `store`."""
        with self._lock:
            saved = _Saved(
                version=1,
                scanned=self._scanned,
                claimed=sorted(self._claimed, key=str),
                books={name: msgspec.Raw(k.book.snapshot()) for name, k in self._kept.items()},
            )
        return msgspec.json.encode(saved)

    def store(self, body: bytes) -> None:
        """Keep a snapshot with the ledger; returns once it is durable.

        Raises:
            LedgerUnavailable: when it cannot be kept.
        """
        if self._recorder is not None:
            self._recorder.ledger.writer.task(lambda session: session.run(_SAVE, (body,)))

    def _look_at(self, session: ledger.LedgerSession, entry: ledger.Entry, seq: int) -> bool:
        name: int | str = seq
        if entry.kind == "grant.redeemed":
            name = str(entry.data.get("hold", ""))
        elif entry.kind != "decision":
            return False
        if name in self._claimed:
            self._claimed.discard(name)
            return False
        found = (
            self._redeemed(name) if isinstance(name, str) else self._decided(session, entry, seq)
        )
        if found is None:
            return False
        tenant, part = found
        guard = self._guards(tenant)
        at_us = int(entry.data.get("decided_at_us", entry.at_us))
        guard.remember(recording.label_again(guard, part), self.of(tenant), at_us)
        return True

    def _decided(
        self, session: ledger.LedgerSession, entry: ledger.Entry, seq: int
    ) -> tuple[str, dict[str, Any]] | None:
        data = entry.data
        if data.get("action_kind") in UNCOUNTED:
            return None
        if self._recorder is None or not recording.went_ahead(data):
            return None
        tenant = str(data["tenant"])
        if not self.of(tenant).has_facts and self._guards(tenant).orders is None:
            return None
        case: ledger.Case | None = ledger.open_case(session, self._recorder.keyring, seq, entry)
        return None if case is None else (tenant, case.action)

    def _redeemed(self, hold_id: str) -> tuple[str, dict[str, Any]] | None:
        if self._holds is None:
            return None
        try:
            hold = self._holds.core.read(hold_id)
            return hold.tenant, self._holds.call(hold).part
        except GardefouError:
            return None  # erased, or expired: rule 4

    def _load(self, recorder: recording.Recorder) -> None:
        with recorder.ledger.store.reading() as session:
            row = session.run("SELECT body FROM memory", ()).fetchone()
        if row is None:
            return
        try:
            saved = msgspec.json.decode(bytes(row[0]), type=_Saved)
        except msgspec.DecodeError as error:
            raise InputError(
                f"the snapshot of the facts is refused: {str(error).lower()}",
                code="facts.snapshot",
                expected="what `save` has written",
                help="restore the ledger from another copy",
            ) from None
        for tenant, body in saved.books.items():
            self.of(tenant).restore(bytes(body))
        self._scanned = saved.scanned
        self._claimed = set(saved.claimed)
