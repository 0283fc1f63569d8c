"""The asynchronous edge of the service: the same steps, awaited."""

from __future__ import annotations

import asyncio
from typing import Any

from gardefou.action import Action
from gardefou.decide import Session
from gardefou.ledger import AsyncAppender, Receipt
from gardefou.service._judgement import Judgement
from gardefou.service._service import Service
from gardefou.supervision import Hold


class AsyncService:
    """Decides from one event loop; the loop is woken once for each batch of the ledger."""

    def __init__(self, service: Service) -> None:
        """Bind to the running loop."""
        self.service = service
        recorder = service.recorder
        self._appender = None if recorder is None else AsyncAppender(recorder.ledger.writer)

    async def decide(
        self,
        action: Action,
        session: Session,
        *,
        mode: str = "",
        trace_id: str = "",
        tokens: int = 0,
    ) -> Judgement:
        """Decide an action; its entry is durable when this returns.

        Raises:
            InputError: when the action has no canonical form.
            LedgerUnavailable: when it could not be recorded; nothing may go ahead.
        """
        judgement, durable = self.submit(
            action, session, mode=mode, trace_id=trace_id, tokens=tokens
        )
        if durable is not None:
            await durable
        return judgement

    def submit(
        self,
        action: Action,
        session: Session,
        *,
        mode: str = "",
        trace_id: str = "",
        tokens: int = 0,
    ) -> tuple[Judgement, asyncio.Future[Receipt] | None]:
        """Decide an action; nothing may act on it before the future is awaited.

        So several actions of one request become durable together.

        Raises:
            InputError: when the action has no canonical form.
            LedgerUnavailable: when nothing can be accepted; nothing may go ahead.
        """
        if self._appender is None:
            return self.service.judge(
                action, session, mode=mode, trace_id=trace_id, tokens=tokens
            ), None
        waker, durable = self._appender.slot()
        judgement = self.service.judge(
            action,
            session,
            mode=mode,
            trace_id=trace_id,
            tokens=tokens,
            waker=waker,
            context=durable,
        )
        return judgement, durable

    async def used(self, judgement: Judgement, tokens: int) -> None:
        """Record the tokens of a streamed answer after its end.

        Raises:
            LedgerUnavailable: when they could not be recorded; the answer has left already.
        """
        recorder = self.service.recorder
        if self._appender is None or recorder is None:
            return
        waker, durable = self._appender.slot()
        recorder.used(
            judgement.labelled,
            judgement.id,
            tokens,
            self.service.clock(),
            waker=waker,
            context=durable,
        )
        await durable

    async def hold(self, judgement: Judgement, **more: Any) -> Hold:
        """Open the hold of a held action; durable when this returns. As `Service.hold`."""
        return await asyncio.to_thread(self.service.hold, judgement, **more)
