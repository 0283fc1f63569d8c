"""What time does to holds: escalate, expire, lapse, give up. A tick is idempotent and bounded.

Every replica ticks; each arrow is one conditional update, so that they do not disturb each other.

A hold that is read is judged by the clock as well, so that a late tick lets nothing through.
"""

from __future__ import annotations

import threading

import msgspec

from gardefou.errors import GardefouError
from gardefou.ledger import Change
from gardefou.supervision._core import Core
from gardefou.supervision._model import Hold, Outcome, State
from gardefou.supervision._open import notice_of
from gardefou.supervision._redeem import abandoned, give_up
from gardefou.supervision._resolve import resolve, settle
from gardefou.supervision._rows import erased, holds_where

MAX_PER_TICK = 500
RECENT_US = 120_000_000
UNBOUNDED = 2**62  # after a restart everything is due, and nobody waits yet


class Ticked(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick did; ``more`` says that it stopped at its bound."""

    moved: int = 0
    escalated: int = 0
    more: bool = False


def tick(core: Core, *, everything: bool = False) -> Ticked:
    """Do what is due.

    A process may end between a vote and its count: holds with a vote of the last `RECENT_US` are
    counted again, and after a restart (``everything``) all that have one.

    Raises:
        LedgerUnavailable: when something could not be made durable.
    """
    now_us = core.now()
    limit = UNBOUNDED if everything else MAX_PER_TICK
    with core.store.reading() as session:
        due = holds_where(
            session,
            "(state = 'pending' AND decide_by_us <= ?)"
            " OR (state = 'approved' AND use_by_us <= ?) ORDER BY id LIMIT ?",
            (now_us, now_us, limit),
        )
        half = holds_where(
            session,
            "state = 'pending' AND escalated = 0 AND escalate_us <= ? AND decide_by_us > ?"
            " ORDER BY id LIMIT ?",
            (now_us, now_us, limit),
        )
        voted = holds_where(
            session,
            "state = 'pending' AND decide_by_us > ? AND EXISTS"
            " (SELECT 1 FROM vote WHERE vote.hold = hold.id AND vote.at_us > ?)"
            " ORDER BY id LIMIT ?",
            (now_us, 0 if everything else now_us - RECENT_US, limit),
        )
        gone = erased(session, limit)
    left = abandoned(core, limit)
    escalated = sum(escalate(core, hold) for hold in half)
    moved = sum(give_up(core, hold, is_noted=False) for hold in left)
    moved += sum(_settled(core, hold) for hold in (*due, *voted))
    moved += sum(_erased(core, hold) for hold in gone)
    more = limit in (len(due), len(half), len(voted), len(gone), len(left))
    return Ticked(moved=moved, escalated=escalated, more=more)


def escalate(core: Core, hold: Hold) -> bool:
    """Ask the next group as well; the first keeps its vote (promise 12)."""
    now_us = core.now()
    change = Change(
        "UPDATE hold SET version = version + 1, escalated = 1"
        " WHERE id = ? AND state = 'pending' AND escalated = 0",
        (hold.id,),
    )
    to = tuple(hold.ask.escalated or hold.ask.quorum)
    data = {"hold": hold.id, "event": "escalated", "roles": to}
    if core.try_append("hold", data, about=hold.id, changes=(change,), now_us=now_us) is None:
        return False
    core.tell(notice_of(hold, "escalated"))
    settle(core, hold.id)  # somebody of the next group may have voted before their turn
    return True


class Ticker:
    """A thread that ticks until it is closed; what it cannot do now, the next tick does."""

    def __init__(self, core: Core, every_s: float) -> None:
        """Begin to tick."""
        self._core = core
        self._every_s = every_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="gardefou-tick", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop ticking."""
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._over.wait(self._every_s):
            # A hold that is read is judged by the clock as well: a missed tick lets nothing through.
            try:
                while tick(self._core).more and not self._over.is_set():
                    continue
            except GardefouError:
                continue
            except Exception:  # noqa: BLE001 - the store was closed under it: there is nothing to do
                return


def _settled(core: Core, hold: Hold) -> bool:
    return settle(core, hold.id).state != hold.state


def _erased(core: Core, hold: Hold) -> bool:
    state: State = "denied" if hold.state == "pending" else "revoked"
    return resolve(core, hold, Outcome(state=state, code="hold.erased"))
