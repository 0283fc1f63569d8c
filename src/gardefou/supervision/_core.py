"""What every part of supervision works with: the store, the people, the law, the time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from gardefou.constitution.facts import FactBook
from gardefou.decide import Guard
from gardefou.errors import GardefouError, UsageError, VerificationError
from gardefou.ledger import (
    Change,
    Keyring,
    Ledger,
    Receipt,
    SealedPart,
    Store,
    Subject,
    Watch,
    decode_entry,
    is_postgres,
    random_bytes,
    seal,
    tell_replicas,
    unseal,
    watch,
)
from gardefou.supervision._bell import POLL_S, bell_of
from gardefou.supervision._call import MAX_NAME, StoredCall
from gardefou.supervision._clock import Clock, SteadyClock, monotonic_us, wall_us
from gardefou.supervision._looking import Looking
from gardefou.supervision._model import Cast, Hold
from gardefou.supervision._notices import Notice, Notify, nobody
from gardefou.supervision._people import Directory, Listed, Roles, roles_now
from gardefou.supervision._refusals import refused
from gardefou.supervision._rows import clock_of, keep_time, read_hold, votes_of

MAX_CACHED = 2_000
MAX_REASON = 4_000
MAX_CACHED_TEXT = 16_384


class Verifier(Protocol):
    """Checks the evidence of a vote, such as a passkey's assertion."""

    def verify(self, evidence: bytes, *, tenant: str, person: str, challenge: bytes) -> None:
        """Accept evidence that this person signed this challenge, present and verified.

        Raises:
            GardefouError: when it is not; the vote is refused.
        """


def new_id() -> str:
    """An id that nobody can guess: the handle of a hold is also its name."""
    return f"hold-{random_bytes(16).hex()}"


class Core:
    """The parts that supervision is made of; `Holds` is the front door."""

    def __init__(
        self,
        ledger: Ledger | Store,
        keyring: Keyring,
        guards: Callable[[str], Guard],
        *,
        clock: Clock | None = None,
        monotonic: Clock = monotonic_us,
        directory: Directory | None = None,
        verifier: Verifier | None = None,
        notify: Notify = nobody,
        books: Callable[[str], FactBook] | None = None,
        make_id: Callable[[], str] = new_id,
        poll_s: float = POLL_S,
    ) -> None:
        """Hold them together; the clock goes on from where the store was.

        A store in place of a ledger is for reading: nothing can be changed through it.
        """
        self._ledger = ledger if isinstance(ledger, Ledger) else None
        self.store = ledger.store if isinstance(ledger, Ledger) else ledger
        self.keyring = keyring
        self.guards = guards
        self.directory = directory or Listed()
        self.verifier = verifier
        self.books = books
        self.make_id = make_id
        self.poll_s = poll_s
        self.bell = bell_of(ledger)
        self.monotonic = monotonic
        self._notify = notify
        with self.store.reading() as session:
            at_us = clock_of(session)
        self.wall = clock or (wall_us if self._ledger is None else self._ledger.now)
        self.now = SteadyClock(self.wall, monotonic, at_us)
        self.looking = Looking(self.now, self._looked, self._pass_on)
        self._calls: OrderedDict[str, StoredCall] = OrderedDict()
        self._watch: Watch | None = None

    @property
    def is_file(self) -> bool:
        """Whether this process owns a ledger in a file."""
        return self._ledger is not None and not is_postgres(self.store.location)

    def listen(self) -> None:
        """Hear of other replicas' changes from now on; a file has none."""
        if self._watch is None:
            self._watch = watch(self.store, self._heard)

    def close(self) -> None:
        """Stop listening."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _heard(self, message: str) -> None:
        what, _, rest = message.partition(" ")
        if what in ("look", "left"):
            self.looking.heard(what, rest)
        else:
            self.bell.ring(rest)

    def _looked(self, hold_id: str) -> None:
        self.bell.ring(f"look {hold_id}")

    def _pass_on(self, message: str) -> None:
        if self._ledger is not None:
            tell_replicas(self._ledger, message)

    # Reading

    def read(self, hold_id: str) -> Hold:
        """A hold.

        Raises:
            Refused: ``hold.missing``.
        """
        found = None
        if is_name(hold_id):
            with self.store.reading() as session:
                found = read_hold(session, hold_id)
        if found is None:
            raise refused(
                "hold.missing", "there is no such hold", "check the id; ids are never reused"
            )
        return found

    def read_with_votes(self, hold_id: str) -> tuple[Hold, tuple[Cast, ...]]:
        """A hold and, while it is pending, the votes that count; from one snapshot.

        Raises:
            Refused: ``hold.missing``.
        """
        with self.store.reading() as session:
            hold = self.read(hold_id)
            return hold, votes_of(session, hold_id) if hold.state == "pending" else ()

    def vote_by(self, hold_id: str, voter: str) -> Cast | None:
        """The vote that somebody has given, whatever became of the hold."""
        with self.store.reading() as session:
            return next((v for v in votes_of(session, hold_id) if v.voter == voter), None)

    def call_of(self, hold: Hold, *, is_kept: bool = False) -> StoredCall:
        """The stored call; ``is_kept`` says that its subject was not erased by now.

        Raises:
            Refused: ``hold.erased`` when its subject was erased.
            VerificationError: when it is not what its entry committed to.
        """
        cached = self._calls.get(hold.id)
        if cached is not None and (is_kept or self.keyring.key_of(hold.subject) is not None):
            return cached
        value = self.payload(hold, "call")
        call = msgspec.convert(value, StoredCall)
        if len(call.prose) + len(str(call.part)) <= MAX_CACHED_TEXT:
            self._calls[hold.id] = call
            while len(self._calls) > MAX_CACHED:
                self._calls.popitem(last=False)
        return call

    def payload(self, hold: Hold, part: str) -> Any:
        """A sealed part of the entry that opened a hold; raises as `sealed_at`."""
        return self.sealed_at(hold.seq, part)

    def sealed_at(self, seq: int, part: str) -> Any:
        """A sealed part of an entry.

        Raises:
            Refused: ``hold.erased`` when its subject was erased or it has expired.
            VerificationError: when it is not what its entry committed to.
        """
        with self.store.reading() as session:
            row = next(session.rows(seq, seq + 1), None)
            parts = {stored.part: stored for stored in session.payloads(seq)}
        stored = parts.get(part)
        key = None if stored is None else self.keyring.key_of(stored.subject)
        if row is None or stored is None or key is None:
            raise refused(
                "hold.erased",
                "what this hold is about was erased",
                "nobody can see it any more, so nobody can approve it",
            )
        commitment = decode_entry(row.body, seq).data.get(part)
        if not isinstance(commitment, str):
            raise VerificationError(
                f"entry {seq} commits to no `{part}`",
                code="ledger.payload",
                help="something else wrote into this ledger; compare it with a copy",
            )
        return unseal(stored, commitment, key)

    def roles(self, tenant: str) -> Roles:
        """The roles now, by the constitution in force and the directory."""
        return roles_now(self.guards(tenant).constitution, self.directory, tenant)

    def terminal_roles(self, tenant: str) -> tuple[str, ...]:
        """The roles that may vote in a terminal."""
        return self.guards(tenant).constitution.terminal_roles

    def pseudonym(self, tenant: str, name: str) -> str | None:
        """The pseudonym of a person who has one."""
        found = self.keyring.find(f"{tenant}/{name}") if is_name(name) else None
        return None if found is None else found.pseudonym

    def person(self, tenant: str, name: str) -> Subject:
        """The subject of a person; what they write is sealed for them."""
        return self.keyring.subject(f"{tenant}/{name}")

    # Writing

    def append(
        self,
        kind: str,
        data: dict[str, Any],
        *,
        about: str,
        changes: tuple[Change, ...],
        parts: tuple[SealedPart, ...] = (),
        now_us: int = 0,
    ) -> Receipt:
        """Append an entry with its changes, then ring; all durable when this returns.

        Raises:
            UsageError: ``ledger.moved_on`` when the state had moved on; nothing was changed.
            LedgerUnavailable: when it could not be made durable.
        """
        timed = (*changes, keep_time(now_us)) if now_us else changes
        if self._ledger is None:
            raise UsageError(
                "these holds were opened for reading",
                code="hold.read_only",
                help="open the ledger with its key",
            )
        receipt = self._ledger.append(kind, data, parts=parts, changes=timed)
        self.bell.ring(about)
        return receipt

    def try_append(self, kind: str, data: dict[str, Any], **more: Any) -> Receipt | None:
        """As `append`; None when the state had moved on."""
        try:
            return self.append(kind, data, **more)
        except UsageError as error:
            if error.code != "ledger.moved_on":
                raise
            return None

    def tell(self, notice: Notice) -> None:
        """Hand a notice to whoever delivers them; a failure there stops nothing here."""
        try:
            self._notify(notice)
        except (GardefouError, OSError):
            return  # the inbox shows it as well: a notice is a courtesy, not a control


def sealed_text(subject: Subject, part: str, value: Any) -> tuple[str, SealedPart]:
    """A commitment for an entry and the sealed part beside it."""
    sealed = seal(part, value, subject)
    return sealed.commitment, sealed.part


def is_name(text: str) -> bool:
    """Whether a text can be an id or a name at all; a store need not take others."""
    return len(text) <= MAX_NAME and text.isprintable()


def check_reason(reason: str) -> None:
    """Whoever decides says why.

    Raises:
        Refused: ``hold.reason``.
    """
    if not 0 < len(reason.strip()) <= MAX_REASON:
        raise refused(
            "hold.reason",
            f"a reason of at most {MAX_REASON} characters is needed",
            "say in a sentence why",
        )
