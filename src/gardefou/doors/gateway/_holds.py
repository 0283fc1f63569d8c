"""Held actions of an exchange: people are asked, the caller waits a while, an approval counts once.

Rules:

1. Every held action of an answer becomes a hold at once; they wait together, until the caller's
   time is over.
2. The same action asked for again by the same principal joins the hold that is open or approved:
   nobody is asked twice, and the model need not be asked again.
3. An approval is redeemed before anything leaves, once; what leaves must be what was stored (law 5).
   For a gateway a call is done when it was handed to the caller.
4. Whatever is not approved in time does not leave. Silence is no (law 6).
5. An answer in the background leaves as a whole: while one of its holds is open, no approval of
   another one is used.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from gardefou.action import Action
from gardefou.doors.gateway._replies import sentence
from gardefou.errors import InputError, LedgerUnavailable, UsageError
from gardefou.recording import subject_of
from gardefou.service import AsyncService, Judgement
from gardefou.supervision import Hold

Ending = Literal["approved", "refused", "pending"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a held action within the caller's time."""

    ending: Ending
    hold: str = ""
    text: str = ""


class Desk:
    """Where the held actions of one exchange wait."""

    def __init__(self, service: AsyncService, wait_s: float, *, together: bool = False) -> None:
        """The caller's time begins with the first hold; ``together`` is rule 5."""
        self._together = together
        self._service = service
        self._wait_s = wait_s
        self._end_s: float | None = None

    async def settle(self, judgements: list[Judgement]) -> list[Held]:
        """Hold these actions together (rule 1) and say what became of each.

        Raises:
            LedgerUnavailable: when a hold or the use of an approval is not durable.
        """
        holds = [await self._open(judgement) for judgement in judgements]
        if self._end_s is None:
            self._end_s = asyncio.get_running_loop().time() + self._wait_s
        waited = await asyncio.gather(*(self._wait(hold) for hold in holds))
        pairs = list(zip(judgements, waited, strict=True))
        if self._together and any(hold and hold.state == "pending" for hold in waited):
            return [_still(judgement, hold) for judgement, hold in pairs]
        return [await self._use(judgement, hold) for judgement, hold in pairs]

    async def _open(self, judgement: Judgement) -> Hold | None:
        key = match_key(judgement)
        holds = self._service.service.holds
        known = await asyncio.to_thread(holds.find, subject_of(judgement.labelled), replay=key)
        for hold in known:
            found = await asyncio.to_thread(holds.get, hold.id)
            if found.state in ("pending", "approved"):
                return found
        try:
            return await self._service.hold(judgement, replay=key)
        except InputError:
            return None  # what nobody can be shown, nobody can approve

    async def _wait(self, hold: Hold | None) -> Hold | None:
        if hold is None or hold.state != "pending":
            return hold
        left_s = (self._end_s or 0.0) - asyncio.get_running_loop().time()
        return await self._service.service.holds.wait_async(hold.id, max(left_s, 0.0))

    async def _use(self, judgement: Judgement, hold: Hold | None) -> Held:
        if hold is None or hold.state != "approved":
            return _still(judgement, hold)
        action = judgement.labelled.action
        service = self._service.service
        try:
            grant = await asyncio.to_thread(service.redeem, hold.id, action.principal)
            is_same = without_call_id(grant.action) == without_call_id(action)
            ended: Literal["done", "failed"] = "done" if is_same else "failed"
            await asyncio.to_thread(service.holds.finish, hold.id, ended)
        except LedgerUnavailable:
            raise
        except UsageError as error:
            text = f"The approval cannot be used: {error.message}. (hold {hold.id})"
            return Held(ending="refused", hold=hold.id, text=text)
        if not is_same:
            text = f"It is not what was approved. Nothing was executed. (hold {hold.id})"
            return Held(ending="refused", hold=hold.id, text=text)
        return Held(ending="approved", hold=hold.id)


def _still(judgement: Judgement, hold: Hold | None) -> Held:
    """What became of a held action whose approval, if there is one, is not used now."""
    if hold is None:
        return Held(ending="refused", text=f"It cannot be shown to anybody. {sentence(judgement)}")
    if hold.state in ("pending", "approved"):
        return Held(ending="pending", hold=hold.id, text=pending_text(judgement, hold))
    return Held(ending="refused", hold=hold.id, text=refused_text(hold))


def refused_text(hold: Hold) -> str:
    """What the caller is told about a hold that nobody released."""
    reason = f"People did not agree ({hold.state}{', ' + hold.code if hold.code else ''})."
    return f"{reason} Nothing was executed. (hold {hold.id})"


def match_key(judgement: Judgement) -> str:
    """The digest of an action without the model's name for the call (rule 2)."""
    return without_call_id(judgement.labelled.action).digest()


def without_call_id(action: Action) -> Action:
    """The action as people approve it; models give each call another id."""
    return msgspec.structs.replace(action, call_id="")


def pending_text(judgement: Judgement, hold: Hold) -> str:
    """The notice about something that still waits for people."""
    until = (_EPOCH + timedelta(microseconds=hold.decide_by_us)).isoformat(timespec="seconds")
    return (
        f"Held for review (hold {hold.id}, until {until.replace('+00:00', 'Z')}); nothing was"
        f" executed. {sentence(judgement)} Send the same request again to collect the decision."
    )


def wait_of(prefer: bytes, default_s: float) -> float:
    """How long a caller wants to wait: ``Prefer: wait=N`` (RFC 7240), within the default."""
    for part in prefer.split(b","):
        name, _, value = part.strip().partition(b"=")
        if name.strip().lower() == b"wait" and value.strip().isdigit():
            return min(float(value.strip()[:6]), max(default_s, 600.0))
        if name.strip().lower() == b"respond-async":
            return 0.0
    return default_s
