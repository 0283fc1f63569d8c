"""Where instruments are entered: in the process that owns the ledger, or by asking it.

A ledger in a file has one owner, and on the day an order comes that is a gateway at work. Whoever
holds an officer's key signs in a process of their own (`signed`), and the owner enters what was
signed after checking it as any reader would. A key never leaves the process that signs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from gardefou.ledger import Ledger, Store, Verifier
from gardefou.orders._entries import Signed, check_officers, enter


class Enter(msgspec.Struct, frozen=True, kw_only=True, tag="enter", forbid_unknown_fields=True):
    """Enter signed instruments."""

    made: tuple[Signed, ...]


class Prove(msgspec.Struct, frozen=True, kw_only=True, tag="prove", forbid_unknown_fields=True):
    """Prove an entry, under a checkpoint that covers it."""

    seq: int


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """Where an instrument stands; durable."""

    seq: int
    at_us: int


class OwnOffice:
    """The office of the process that owns the ledger; it answers others, too."""

    def __init__(self, ledger: Ledger, officers: Sequence[Verifier] = ()) -> None:
        """With ``officers``, only theirs are entered for others."""
        self._ledger = ledger
        self._officers = tuple(officers)
        self.store = ledger.store
        self.now = ledger.now

    def enter(
        self, made: Sequence[Signed], officers: Sequence[Verifier] = ()
    ) -> tuple[Entered, ...]:
        """As `gardefou.orders.enter`.

        Raises:
            As `enter`.
        """
        receipts = enter(self._ledger, made, officers=officers)
        return tuple(Entered(seq=receipt.seq, at_us=receipt.at_us) for receipt in receipts)

    def prove(self, seq: int) -> str:
        """The proof of an entry, as a text; publishes a checkpoint where none covers it.

        Raises:
            UsageError: when there is no such entry.
        """
        return str(self._ledger.prove(seq))

    def answer(self, asked: bytes) -> bytes:
        """Do what another process asks for; both are JSON.

        Raises:
            ValidationError: when it is nothing that can be asked for here.
            GardefouError: as `enter` and `prove`.
        """
        wanted = msgspec.json.decode(asked, type=Enter | Prove)
        if isinstance(wanted, Prove):
            return msgspec.json.encode(self.prove(wanted.seq))
        return msgspec.json.encode(self.enter(wanted.made, self._officers))


class AskedOffice:
    """The office of a process that does not own the ledger: it reads, and asks the owner."""

    def __init__(
        self, store: Store, ask: Callable[[bytes], bytes], clock: Callable[[], int]
    ) -> None:
        """``ask`` carries a request to the owner's `OwnOffice.answer`, and its answer back."""
        self.store = store
        self.now = clock
        self._ask = ask

    def enter(
        self, made: Sequence[Signed], officers: Sequence[Verifier] = ()
    ) -> tuple[Entered, ...]:
        """As `gardefou.orders.enter`; the owner's own officers count as well.

        Raises:
            As `enter`, and what ``ask`` raises.
        """
        check_officers(made, officers)
        answer = self._ask(msgspec.json.encode(Enter(made=tuple(made))))
        return msgspec.json.decode(answer, type=tuple[Entered, ...])

    def prove(self, seq: int) -> str:
        """The proof of an entry, as a text, made by the owner.

        Raises:
            UsageError: when there is no such entry; and what ``ask`` raises.
        """
        return msgspec.json.decode(self._ask(msgspec.json.encode(Prove(seq=seq))), type=str)


Office = OwnOffice | AskedOffice
"""What an officer works at."""
