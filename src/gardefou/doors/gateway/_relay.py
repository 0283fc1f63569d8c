"""A streamed answer on its way: text at once, a call when it was decided, an end that is one.

Rules:

1. What the interceptor releases leaves at once, in one piece for what came in one piece.
2. A proposed call is decided and recorded before a byte of it leaves (laws 4 and 7). If it cannot
   be recorded, it is refused in the stream.
3. An upstream that breaks off or goes silent ends in the wire's own error event, never in an end
   that looks complete.
4. While nothing leaves for a while, the caller gets the wire's keep-alive.
5. An order that comes into force meanwhile cuts the answer, or lets it finish, as the order says.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Any

from gardefou.doors.gateway._actions import response_action
from gardefou.doors.gateway._budgets import Usage
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._http import Caller
from gardefou.doors.gateway._judging import Judging
from gardefou.doors.gateway._logs import event
from gardefou.doors.gateway._previous import Unseen, unseen_of
from gardefou.errors import LedgerUnavailable, UpstreamError
from gardefou.orders import flow
from gardefou.wires import (
    RELEASE,
    Answer,
    Broken,
    Call,
    Finished,
    Proposed,
    Release,
    Request,
    Ruling,
    Step,
    Wire,
)


class Relay:
    """One streamed answer between an upstream and a caller."""

    def __init__(
        self, gateway: Gateway, caller: Caller, wire: Wire, request: Request, judging: Judging
    ) -> None:
        """Begin behind the head of the answer."""
        self._gateway = gateway
        self._caller = caller
        self._interceptor = wire.interceptor(request)
        self._judging = judging
        self._ping = wire.keep_alive()
        self._loop = asyncio.get_running_loop()
        self._last_write = self._loop.time()
        self._answer: Answer | None = None
        self._pulse: asyncio.TimerHandle | None = None
        self._ping_task: asyncio.Task[None] | None = None
        self._action = response_action(judging.frame, streams=True)
        self.released: list[Call] = []
        self.unseen: tuple[Unseen, ...] = ()

    async def run(self, chunks: AsyncIterator[bytes]) -> Answer | None:
        """Relay until the end; gives the answer when it came to one."""
        self._pulse = self._loop.call_later(self._pause_s, self._beat)
        self._gateway.metrics.streams += 1
        try:
            try:
                async for chunk in chunks:
                    if self._is_cut():
                        event(logging.WARNING, "stream_cut")
                        break
                    await self._act(self._interceptor.feed(chunk))
            except UpstreamError as error:
                event(logging.WARNING, "stream_broke", code=error.code)
                self._gateway.metrics.upstream_errors[("stream", error.code)] += 1
            await self._act(self._interceptor.close())
            await self._caller.end()
        finally:
            self._gateway.metrics.streams -= 1
            self._pulse.cancel()
        return self._answer

    def _is_cut(self) -> bool:
        """Whether an order that binds by now ends the answer at once (rule 5)."""
        guard = self._gateway.service.service.guard(self._judging.frame.principal.tenant)
        if guard.orders is None:
            return False
        emergency = guard.has_emergency_rule
        return flow(self._action, self._gateway.clock(), guard.orders, emergency=emergency) == "cut"

    async def _act(self, steps: Sequence[Step]) -> None:
        """Carry out steps; rulings on proposed calls make more of them."""
        out: list[bytes] = []
        todo: deque[Any] = deque(steps)
        while todo:
            step = todo.popleft()
            if isinstance(step, Release):
                out.append(step.data)
            elif isinstance(step, Proposed):
                if out:
                    await self._write(b"".join(out))
                    out.clear()
                calls = [step.call]
                while todo and isinstance(todo[0], Proposed):
                    calls.append(todo.popleft().call)
                todo.extendleft(reversed(await self._ruled(calls)))
            elif isinstance(step, Finished):
                self._answer = step.answer
            elif isinstance(step, Broken):
                event(logging.WARNING, "stream_broken", code=step.code)
                self._gateway.metrics.refused[step.code] += 1
        if out:
            await self._write(b"".join(out))

    async def _ruled(self, calls: Sequence[Call]) -> list[Step]:
        try:
            rulings = (await self._judging.rule(calls)).rulings
            self.released += [call for call in calls if rulings[call.key] == RELEASE]
        except LedgerUnavailable as error:
            text = "The call could not be recorded, so it was refused; nothing was executed."
            event(logging.ERROR, "ledger_unavailable", code=error.code)
            rulings = {call.key: Ruling(action="refuse", text=text) for call in calls}
        self.unseen += unseen_of(calls, rulings)
        steps: list[Step] = []
        for call in calls:
            steps += self._interceptor.rule(call.key, rulings[call.key])
        return steps

    async def _write(self, data: bytes) -> None:
        self._last_write = self._loop.time()
        await self._caller.write(data)

    # Rule 4: one timer, no task, for each open stream

    @property
    def _pause_s(self) -> float:
        return self._gateway.settings.server.keep_alive_s

    def _beat(self) -> None:
        silent_s = self._loop.time() - self._last_write
        if silent_s >= self._pause_s:
            self._last_write = self._loop.time()
            silent_s = 0.0
            if self._ping_task is None or self._ping_task.done():
                self._ping_task = self._loop.create_task(self._caller.write(self._ping))
        self._pulse = self._loop.call_later(self._pause_s - silent_s, self._beat)


def usage_of(answer: Answer | None) -> Usage | None:
    """The tokens that a vendor counted."""
    if answer is None or answer.usage is None:
        return None
    return Usage(input=answer.usage.input_tokens, output=answer.usage.output_tokens)
