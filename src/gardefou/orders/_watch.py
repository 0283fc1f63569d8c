"""The register as one process knows it: read again and again from the ledger, or unknown.

1. At the start the table of what counts is compared with the whole log. Every `POLL_S` the store
   is asked which versions count; only what is new is read and verified. PostgreSQL tells when an
   instrument was stored, and the store is asked at once; what it does not tell is found by asking.
2. When nobody has been able to ask for `MAX_AGE_S`, when something does not verify, or when the
   clock of this process cannot be right, the register is unknown: every use of a model is refused.
3. From signature to denial on every replica it takes one reading where the database tells, at
   most one poll and one reading elsewhere: under a second, and never more than `MAX_AGE_S`, after
   which the replica refuses anyway.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self

import msgspec

from gardefou import ledger as log
from gardefou.errors import GardefouError, VerificationError
from gardefou.ledger import Session, Store, Verifier, is_postgres
from gardefou.orders._entries import Held, audit, mark_of, read_instruments, register_of
from gardefou.orders._register import Register
from gardefou.orders._time import SECOND_US

POLL_S = 0.5
MAX_AGE_S = 3.0
MAX_SKEW_US = 2 * SECOND_US
_NEVER = (-1, -1)


class _View(msgspec.Struct, frozen=True):
    """What the last reading gave; replaced as a whole, so that no decision sees half of it."""

    register: Register
    unknown: Register
    held: Mapping[str, Held]
    mark: tuple[int, int]
    read_s: float
    problem: str


class Watch:
    """Keeps a register current; `register` may be called from any thread, for every decision."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], int],
        officers: Sequence[Verifier] = (),
        steady: Callable[[], float] = time.monotonic,
        max_age_s: float = MAX_AGE_S,
    ) -> None:
        """Read once; ``clock`` is the one that decisions are made with, in microseconds."""
        self._store = store
        self._clock = clock
        self._officers = tuple(officers)
        self._steady = steady
        self._max_age_s = max_age_s
        nothing = Register([])
        self._view = _View(nothing, nothing.unknown(), {}, _NEVER, 0, "it was never read")
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._listener: log.Watch | None = None
        self._thread: threading.Thread | None = None
        self.poll()

    def register(self) -> Register:
        """The register, or the one that refuses every use of a model (rule 2); about 0.2 us."""
        view = self._view
        if view.problem or self._steady() - view.read_s > self._max_age_s:
            return view.unknown
        return view.register

    @property
    def problem(self) -> str:
        """Why the register is unknown, for people; empty when it is known."""
        view = self._view
        age_s = self._steady() - view.read_s
        if not view.problem and age_s > self._max_age_s:
            return f"the ledger was last read {age_s:.1f} s ago"
        return view.problem

    def poll(self) -> None:
        """Read what is new; never raises."""
        started_s = self._steady()
        view = self._view
        try:
            with self._store.reading() as session:
                _check_clock(session, self._store.location, self._clock())
                mark = mark_of(session)
                if view.mark == _NEVER:
                    audit(session)
                is_new = mark != view.mark
                held = (
                    read_instruments(session, officers=self._officers, known=view.held)
                    if is_new
                    else view.held
                )
        except GardefouError as error:
            is_bad = isinstance(error, VerificationError)
            # What cannot be reached may come back before it is too old; bad evidence counts at once.
            problem = error.message if is_bad else view.problem
            self._view = msgspec.structs.replace(view, problem=problem)
            return
        if is_new:
            register = register_of(held.values())
            self._view = _View(register, register.unknown(), held, mark, started_s, "")
        else:
            self._view = msgspec.structs.replace(view, read_s=started_s, problem="")

    def start(self, poll_s: float = POLL_S) -> Self:
        """Poll from a thread until `close`, and whenever the store tells of an instrument."""

        def run() -> None:
            while not self._stop.is_set():
                self._wake.wait(poll_s)
                self._wake.clear()  # before the reading: what is told meanwhile asks for another one
                if not self._stop.is_set():
                    self.poll()

        self._thread = threading.Thread(target=run, name="gardefou-orders", daemon=True)
        self._thread.start()
        self._listener = log.watch(self._store, self._heard)
        return self

    def _heard(self, message: str) -> None:
        """Ask soon: an instrument was stored, or the connection was lost and anything may have been."""
        if not message or message.startswith("instrument "):
            self._wake.set()

    def close(self) -> None:
        """Stop polling; the register becomes unknown when it is too old."""
        self._stop.set()
        self._wake.set()
        if self._listener is not None:
            self._listener.close()
        if self._thread is not None:
            self._thread.join()

    def __enter__(self) -> Self:
        """Poll inside a with block."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop at its end."""
        self.close()


def _check_clock(session: Session, location: str, now_us: int) -> None:
    """Compare this process's clock: with the database's where there is one, else with the log's.

    Raises:
        VerificationError: ``order.clock`` when they are too far apart to date an order by.
    """
    if is_postgres(location):
        sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
        apart_us = abs(int(session.run(sql, ()).fetchone()[0]) - now_us)
    else:
        apart_us = session.head().at_us - now_us  # only a log from the future shows a slow clock
    if apart_us > MAX_SKEW_US:
        raise VerificationError(
            f"the clock here is {apart_us / SECOND_US:.1f} s away from the ledger's",
            code="order.clock",
            help="set the clock of this machine; until then every use of a model is refused",
        )
