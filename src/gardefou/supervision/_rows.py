"""Reading holds and votes, and the changes that move them; the same on both stores.

Every arrow is one conditional update: ``WHERE id = ? AND state = ? AND version = ?``. It belongs to
a ledger entry, and the store keeps both or neither.
"""

from __future__ import annotations

import hmac
from typing import Any

import msgspec

from gardefou.ledger import SEQ, Change, Session
from gardefou.supervision._model import ARROWS, LIVE, Ask, Cast, Hold, Outcome, State
from gardefou.supervision._refusals import refused

_COLUMNS = (
    "id, version, state, code, tenant, subject, tool, terms, digest, opened_us, decide_by_us,"
    " escalate_us, use_by_us, moved_us, started_us, escalated, seq, result_seq, nonce"
)
_SELECT = f"SELECT {_COLUMNS} FROM hold"  # noqa: S608 - constant text
_ERASED = "EXISTS (SELECT 1 FROM erasure WHERE erasure.subject = hold.subject)"


def secret_key(key: bytes, what: str, value: str) -> str:
    """What a digest is stored as: once the subject's key is destroyed, nobody can guess it."""
    return hmac.digest(key, f"gardefou/{what}/v1\0{value}".encode(), "sha256").hex()


def hold_from(row: Any) -> Hold:
    """A hold from its row."""
    return Hold(
        id=str(row[0]),
        version=int(row[1]),
        state=row[2],
        code=str(row[3]),
        tenant=str(row[4]),
        subject=str(row[5]),
        tool=str(row[6]),
        ask=msgspec.json.decode(row[7], type=Ask),
        digest=str(row[8]),
        opened_us=int(row[9]),
        decide_by_us=int(row[10]),
        escalate_us=int(row[11]),
        use_by_us=int(row[12]),
        moved_us=int(row[13]),
        started_us=int(row[14]),
        escalated=bool(row[15]),
        seq=int(row[16]),
        result_seq=int(row[17]),
        nonce=str(row[18]),
    )


def read_hold(session: Session, hold_id: str) -> Hold | None:
    """One hold."""
    row = session.run(f"{_SELECT} WHERE id = ?", (hold_id,)).fetchone()
    return None if row is None else hold_from(row)


def holds_where(session: Session, condition: str, parameters: tuple[Any, ...]) -> list[Hold]:
    """The holds that meet a condition of our own making."""
    return [
        hold_from(row) for row in session.run(f"{_SELECT} WHERE {condition}", parameters).fetchall()
    ]


def erased(session: Session, limit: int) -> list[Hold]:
    """Holds that still wait or could be used, and whose stored call was erased."""
    return holds_where(
        session, f"state IN ('pending', 'approved') AND {_ERASED} ORDER BY id LIMIT ?", (limit,)
    )


def votes_of(session: Session, hold_id: str) -> tuple[Cast, ...]:
    """The votes on a hold, in their order."""
    found = session.run(
        "SELECT voter, verdict, channel, at_us, seq FROM vote WHERE hold = ? ORDER BY seq",
        (hold_id,),
    ).fetchall()
    return tuple(
        Cast(voter=str(r[0]), verdict=r[1], channel=r[2], at_us=int(r[3]), seq=int(r[4]))
        for r in found
    )


def clock_of(session: Session) -> int:
    """The last time by which holds were judged."""
    return int(session.run("SELECT at_us FROM supervision_clock", ()).fetchone()[0])


def insert_hold(hold: Hold, call_key: str, replay_key: str) -> Change:
    """The row of a new hold."""
    return Change(
        f"INSERT INTO hold ({_COLUMNS}, call_key, replay_key)"  # noqa: S608 - constant text
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            hold.id,
            hold.version,
            hold.state,
            hold.code,
            hold.tenant,
            hold.subject,
            hold.tool,
            msgspec.json.encode(hold.ask).decode(),
            hold.digest,
            hold.opened_us,
            hold.decide_by_us,
            hold.escalate_us,
            hold.use_by_us,
            hold.moved_us,
            hold.started_us,
            int(hold.escalated),
            SEQ,
            hold.result_seq,
            hold.nonce,
            call_key,
            replay_key,
        ),
    )


def move(hold: Hold, to: Outcome, now_us: int, *, use_by_us: int | None = None) -> Change:
    """One arrow of the state machine.

    Raises:
        Refused: ``hold.arrow`` when there is no such arrow.
    """
    if (hold.state, to.state) not in ARROWS:
        raise refused(
            "hold.arrow",
            f"a hold that is {hold.state} cannot become {to.state}",
            "read the hold again",
        )
    is_over = to.state not in LIVE
    return Change(
        "UPDATE hold SET version = version + 1, state = ?, code = ?, use_by_us = ?, moved_us = ?,"
        " digest = ? WHERE id = ? AND state = ? AND version = ?",
        (
            to.state,
            to.code,
            hold.use_by_us if use_by_us is None else use_by_us,
            now_us,
            "" if is_over else hold.digest,
            hold.id,
            hold.state,
            hold.version,
        ),
    )


def accept_vote(hold: Hold, vote: Cast) -> tuple[Change, ...]:
    """A vote counts while the hold is pending and its time is not over; once for each person.

    Whoever approved may still deny.
    """
    return (
        Change(
            "UPDATE hold SET version = version + 1"
            " WHERE id = ? AND state = 'pending' AND digest = ? AND decide_by_us > ?",
            (hold.id, hold.digest, vote.at_us),
        ),
        Change(
            "INSERT INTO vote (hold, voter, verdict, channel, at_us, seq) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (hold, voter) DO UPDATE SET verdict = excluded.verdict,"
            " channel = excluded.channel, at_us = excluded.at_us, seq = excluded.seq"
            " WHERE vote.verdict = 'approve' AND excluded.verdict = 'deny'",
            (hold.id, vote.voter, vote.verdict, vote.channel, vote.at_us, SEQ),
        ),
    )


def keep_time(now_us: int) -> Change:
    """The clock of supervision, so that a restart does not set it back."""
    return Change("UPDATE supervision_clock SET at_us = ? WHERE at_us < ?", (now_us, now_us), None)


def ended(state: State) -> bool:
    """Whether nothing more happens in this state."""
    return state not in LIVE
