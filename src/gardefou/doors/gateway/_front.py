"""The front desk: who asks for what, and what goes wrong in between, whatever brought the request."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable

from gardefou.doors.gateway._background import Background
from gardefou.doors.gateway._exchange import Exchange
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._headers import Headers
from gardefou.doors.gateway._http import Caller, Gone
from gardefou.doors.gateway._keys import Key
from gardefou.doors.gateway._logs import event, place_of
from gardefou.doors.gateway._own import HOLD_PATH, hold
from gardefou.doors.gateway._passage import Passage, wire_of
from gardefou.doors.gateway._replies import NO_RETRY, Refused, reply_headers
from gardefou.doors.gateway._upstream import Upstreams
from gardefou.errors import GardefouError, InputError, LedgerUnavailable, UpstreamError
from gardefou.wires import WIRES, Wire, endpoint_for
from gardefou.wires import Endpoint as Asked

_STATUS = {"http.body_too_large": 413, "upstream.timeout": 504}
_NOT_SENT = {"upstream.connect", "upstream.busy"}


class Front:
    """Answers what is asked of the vendors, in the form of the caller's wire."""

    def __init__(self, gateway: Gateway) -> None:
        """Answer for this gateway."""
        self._gateway = gateway

    async def counted(self, caller: Caller, answering: Awaitable[str]) -> None:
        """Wait for an answer and note it in the figures; it gives the name of its wire."""
        metrics = self._gateway.metrics
        metrics.active += 1
        began = time.perf_counter()
        name = "none"
        try:
            name = await answering
        except Gone:
            metrics.refused["gone"] += 1
        except asyncio.CancelledError:
            # The caller hung up: everything that worked for it has been ended on the way here.
            metrics.refused["gone"] += 1
        finally:
            metrics.active -= 1
            metrics.requests[(name, caller.status)] += 1
            taken_s = time.perf_counter() - began
            metrics.duration.add(taken_s)
            if self._gateway.settings.log.requests:
                ms = round(taken_s * 1_000, 3)
                event(logging.INFO, "request", wire=name, status=caller.status, ms=ms)

    async def answer(self, caller: Caller, upstreams: Upstreams) -> str:
        """Answer; gives the name of the wire for the figures."""
        asked = endpoint_for(caller.method, caller.path)
        wire = wire_of(asked, caller)
        gateway = self._gateway
        try:
            key = self._key(caller)
            _check_wire(asked)
            if asked.reading == "unknown" and (match := HOLD_PATH.fullmatch(caller.path)):
                await hold(gateway, caller, key, match[1])
            elif asked.reading == "conversation":
                await Exchange(gateway, caller, wire, key, upstreams=upstreams).run()
            else:
                kept = Background(gateway, caller, asked, key, upstreams=upstreams)
                if not await kept.answer():
                    passage = Passage(gateway, caller, asked, wire, key, upstreams=upstreams)
                    passage.principal = kept.owner or passage.principal
                    await passage.run(kept.fetched)
        except Refused as refused:
            await self._tell(caller, wire, refused)
        except GardefouError as error:
            await self._tell(caller, wire, refusal_of(error))
        except Exception as error:  # noqa: BLE001 - a defect of ours must not look like an answer
            event(logging.ERROR, "defect", error=type(error).__name__, at=place_of(error))
            await self._tell(caller, wire, Refused(500, "defect", "a defect of the gateway"))
        return wire.name

    def shown(self, caller: Caller) -> Key | None:
        """The key that a caller shows, if it is one."""
        shown = {
            value
            for name, value in caller.headers
            if name in (b"authorization", b"x-api-key", b"api-key")
        }
        texts = {value.removeprefix(b"Bearer ").removeprefix(b"bearer ") for value in shown}
        if len(texts) != 1:
            return None
        return self._gateway.keys.find(texts.pop(), self._gateway.clock())

    def _key(self, caller: Caller) -> Key:
        key = self.shown(caller)
        if key is None or key.role != "call":
            raise Refused(401, "key_unknown", "no valid key of this gateway was shown")
        return key

    async def _tell(self, caller: Caller, wire: Wire, refused: Refused) -> None:
        """Tell an error in the wire's form; behind the first byte only the end is left."""
        self._gateway.metrics.refused[refused.code] += 1
        event(logging.INFO, "refused", code=refused.code, status=refused.status, wire=wire.name)
        if caller.has_begun:
            return
        reply = wire.error(refused.status, refused.code, refused.message)
        headers: Headers = reply_headers(reply)
        if refused.may_retry:
            headers = [header for header in headers if header != NO_RETRY]
        await caller.reply(reply.status, headers, reply.body)


def _check_wire(asked: Asked) -> None:
    if asked.wire and asked.wire not in WIRES:
        raise Refused(404, "wire_unknown", "this wire is not spoken here")


def refusal_of(error: GardefouError) -> Refused:
    """What the caller is told about an error; addresses and secrets are not in messages."""
    if isinstance(error, LedgerUnavailable):
        event(logging.ERROR, "ledger_unavailable", code=error.code)
        message = "the decision could not be recorded, so nothing was done"
        return Refused(403, "ledger_unavailable", message)
    if isinstance(error, UpstreamError):
        event(logging.WARNING, "upstream_failed", code=error.code)
        return Refused(
            _STATUS.get(error.code, 502),
            error.code.replace(".", "_"),
            error.message,
            may_retry=error.code in _NOT_SENT,
        )
    if isinstance(error, InputError):
        return Refused(_STATUS.get(error.code, 400), error.code.replace(".", "_"), error.message)
    event(logging.ERROR, "not_ready", code=error.code)
    return Refused(500, error.code.replace(".", "_"), "the gateway is not set up for this request")
