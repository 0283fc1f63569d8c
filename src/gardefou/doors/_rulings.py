"""Rulings: what may happen with one call, the same for every door that runs tools.

1. What may run is the action of the ruling: the normal form of what was asked, or the stored copy of
   what people approved. The caller's own objects never run.
2. A held call that is repeated finds its hold by the digest of the call; an approval is used once,
   by the first repetition that finds it.
3. Where nobody can be asked a hold stays a hold.
4. What happened is noted when the call is let through; how a redeemed call ended, when it has.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from gardefou import recording, supervision
from gardefou import service as services
from gardefou.action import Action, Principal, normal
from gardefou.constitution.catalogue import Tool
from gardefou.decide import Session
from gardefou.errors import GardefouError, UsageError
from gardefou.service import Judgement, Service
from gardefou.verdict import Verdict

_SCALARS = frozenset({bool, float, int, str})


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What may happen with one call; only ``action`` may run, and only when it is allowed.

    ``hold`` is the hold that the call waits for or was released by, ``grant`` the approval that was
    used for it.
    """

    verdict: Verdict
    action: Action
    reason: str = ""
    judgement: Judgement | None = None
    hold: supervision.Hold | None = None
    grant: supervision.Grant | None = None

    @property
    def goes_ahead(self) -> bool:
        """Whether the action may run now."""
        return self.verdict is Verdict.ALLOW


class Rulings:
    """The service and the holds of one process, as doors use them."""

    def __init__(self, service: Service) -> None:
        """Without a ledger nobody can be asked: what is held stays held."""
        self.service = service
        self.holds = None if service.recorder is None else service.holds
        self._edges: WeakKeyDictionary[Any, services.AsyncService] = WeakKeyDictionary()

    def rule(self, action: Action, session: Session, *, wait_s: float = 0.0) -> Ruling:
        """Decide a call; wait for people up to ``wait_s`` where it is held.

        Raises:
            InputError: when the action has no canonical form.
            LedgerUnavailable: when it could not be recorded; nothing may go ahead.
        """
        judgement = self.service.decide(snapshot(action), session)
        hold = self._held(judgement)
        if hold is not None and self.holds is not None and hold.state == "pending":
            hold = self.holds.wait(hold.id, wait_s)
        return self._ruling(judgement, hold, session)

    async def rule_async(
        self, action: Action, session: Session, *, wait_s: float = 0.0, alone: bool = False
    ) -> Ruling:
        """As `rule`, on an event loop.

        ``alone`` records in the loop's own thread, without waking another: for a loop that serves
        one client, whose call waits for its entry anyway.

        Raises:
            InputError: when the action has no canonical form.
            LedgerUnavailable: when it could not be recorded; nothing may go ahead.
        """
        import asyncio  # noqa: PLC0415 - half of what a hook's own process may take to start

        if alone:
            judgement = self.service.decide(snapshot(action), session)
        else:
            judgement = await self._edge().decide(snapshot(action), session)
        if judgement.verdict is not Verdict.HOLD or self.holds is None:
            return self._ruling(judgement, None, session)
        hold = await asyncio.to_thread(self._held, judgement)
        if hold is not None and hold.state == "pending":
            hold = await self.holds.wait_async(hold.id, wait_s)
        return await asyncio.to_thread(self._ruling, judgement, hold, session)

    def redeem(self, hold_id: str, principal: Principal, session: Session) -> Ruling:
        """Use an approval; the stored call may run when this returns.

        Raises:
            Refused: when there is nothing to use, or not by this principal, or not any more.
            LedgerUnavailable: when the intent could not be made durable; nothing may run.
        """
        if self.holds is None:
            raise UsageError(
                "there are no holds here: nobody can be asked without a ledger",
                code="door.no_holds",
                help="open the door with a ledger",
            )
        grant = self.service.redeem(hold_id, principal)
        return self._granted(grant, None, session)

    def finish(self, ruling: Ruling, session: Session, result: Any) -> None:
        """Note the result of a call that ran; a value that is no JSON is noted as its text."""
        content = plain(result)
        tool = self._tool(ruling.action)
        session.result(tool, ruling.action.arguments, content)
        if ruling.grant is not None and self.holds is not None:
            self.holds.finish(ruling.grant.hold, "done", content)

    def fail(self, ruling: Ruling) -> None:
        """Note that a call that was let through failed."""
        if ruling.grant is not None and self.holds is not None:
            self.holds.finish(ruling.grant.hold, "failed")

    def _edge(self) -> services.AsyncService:
        import asyncio  # noqa: PLC0415 - as above

        loop = asyncio.get_running_loop()
        edge = self._edges.get(loop)
        if edge is None:
            edge = self._edges[loop] = services.AsyncService(self.service)
        return edge

    def _held(self, judgement: Judgement) -> supervision.Hold | None:
        """The hold of a held call: the one that its digest finds, or a new one (rule 2)."""
        if self.holds is None or judgement.verdict is not Verdict.HOLD:
            return None
        action = judgement.labelled.action
        replay = msgspec.structs.replace(action, call_id="").digest()
        for hold in self.holds.find(recording.subject_of(judgement.labelled), replay=replay):
            found = self.holds.get(hold.id)
            if found.state in {"pending", "approved"}:
                return found
        return self.service.hold(judgement, replay=replay)

    def _ruling(
        self, judgement: Judgement, hold: supervision.Hold | None, session: Session
    ) -> Ruling:
        action = judgement.labelled.action
        if judgement.goes_ahead:
            self.service.executed(judgement, session)
            return Ruling(verdict=Verdict.ALLOW, action=action, judgement=judgement)
        if hold is not None and self.holds is not None and hold.state == "approved":
            try:
                grant = self.service.redeem(hold.id, action.principal)
            except (
                supervision.Refused
            ) as error:  # another repetition was faster, or the approval is gone
                reason = error.diagnostics()
                return Ruling(
                    verdict=Verdict.DENY, action=action, reason=reason, judgement=judgement
                )
            return self._granted(grant, judgement, session)
        verdict = judgement.verdict
        reason = judgement.explain().sentence
        if hold is not None and hold.state != "pending":
            verdict = Verdict.DENY
            reason = f"{reason} The hold is over: it is {hold.state} ({hold.code})."
        return Ruling(verdict=verdict, action=action, reason=reason, judgement=judgement, hold=hold)

    def _granted(
        self, grant: supervision.Grant, judgement: Judgement | None, session: Session
    ) -> Ruling:
        """The stored copy may run; the service has counted it, the session hears of it."""
        service, action = self.service, grant.action
        guard = service.guard(action.principal.tenant)
        guard.mention(guard.label(action, session, service.clock()), session)
        hold = None if self.holds is None else self.holds.get(grant.hold)
        return Ruling(
            verdict=Verdict.ALLOW, action=action, judgement=judgement, hold=hold, grant=grant
        )

    def _tool(self, action: Action) -> Tool:
        guard = self.service.policies.of(action.principal.tenant).guard
        return guard.catalogue.tools.get(action.tool) or Tool(name=action.tool)


def snapshot(action: Action) -> Action:
    """The action with its values in normal form, copied: what the caller holds cannot change it.

    Raises:
        InputError: codes ``json.*`` when a value has none.
    """
    arguments, content = normal(action.arguments), action.content
    if content is None:
        return msgspec.structs.replace(action, arguments=arguments)
    return msgspec.structs.replace(action, arguments=arguments, content=normal(content))


def plain(value: Any) -> Any:
    """A result as JSON, or as its text where it is none."""
    try:
        return normal(value if type(value) in _SCALARS else msgspec.to_builtins(value))
    except (GardefouError, msgspec.MsgspecError, TypeError, ValueError, RecursionError):
        return str(value)
