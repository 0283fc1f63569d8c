"""What callers ask of the gateway itself: whether it lives, its figures, their own holds."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import msgspec

from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._holds import wait_of
from gardefou.doors.gateway._http import Caller
from gardefou.doors.gateway._keys import Key
from gardefou.doors.gateway._metrics import CONTENT_TYPE
from gardefou.doors.gateway._replies import NO_RETRY
from gardefou.errors import GardefouError
from gardefou.supervision import STATUS, Hold, Holds, Refused

JSON = (b"content-type", b"application/json")
HOLD_PATH = re.compile(r"/v1/holds/([A-Za-z0-9_-]{1,100})")
OWN_PATHS = re.compile(r"/(healthz|readyz|metrics|manage(/.*)?)")


async def plain(gateway: Gateway, caller: Caller) -> None:
    """Answer on health, readiness and figures; they need no key and tell no secret."""
    if caller.method not in ("GET", "HEAD"):
        await send(caller, 405, {"error": {"code": "method", "message": "only GET"}})
    elif caller.path == "/healthz":
        await send(caller, 200, {"status": "ok"})
    elif caller.path == "/readyz":
        reasons = not_ready(gateway)
        status = "ready" if not reasons else "not ready"
        told = {"status": status, "reasons": reasons, "trouble": gateway.trouble}
        await send(caller, 503 if reasons else 200, told)
    else:
        await caller.reply(200, [(b"content-type", CONTENT_TYPE)], gateway.metrics.text())


def not_ready(gateway: Gateway) -> list[str]:
    """Why nothing should be sent here now."""
    reasons = []
    if gateway.is_draining:
        reasons.append("draining")
    recorder = gateway.service.service.recorder
    if recorder is not None and (failure := recorder.ledger.writer.failure) is not None:
        reasons.append(failure.code)
    return reasons


async def hold(gateway: Gateway, caller: Caller, key: Key, identity: str) -> None:
    """Show a caller its hold, or take it back; another's hold does not exist for it."""
    holds = gateway.service.service.holds
    try:
        found = await asyncio.to_thread(holds.get, identity)
        call = await asyncio.to_thread(holds.call, found)
        principal = call.action.principal
        if msgspec.structs.replace(principal, user="", on_behalf_of=()) != key.principal():
            await _missing(caller)
            return
        if caller.method == "DELETE":
            found = await asyncio.to_thread(holds.withdraw, identity, principal)
        elif caller.method != "GET":
            await send(caller, 405, {"error": {"code": "method", "message": "GET or DELETE"}})
            return
        else:
            found = await _looked(holds, found, wait_of(caller.header(b"prefer"), 0.0))
    except Refused as refused:
        if refused.code in ("hold.missing", "hold.erased"):
            await _missing(caller)
            return
        error = {"error": {"code": refused.code, "message": refused.message}}
        await send(caller, STATUS.get(refused.code, 403), error)
        return
    await send(caller, 200, shown(found))


async def _looked(holds: Holds, found: Hold, wait_s: float) -> Hold:
    return await holds.wait_async(found.id, wait_s) if wait_s else found


def shown(found: Hold) -> dict[str, Any]:
    """A hold as its requester sees it."""
    return {
        "hold": found.id,
        "state": found.state,
        "code": found.code,
        "tool": found.tool,
        "decide_by_us": found.decide_by_us,
        "use_by_us": found.use_by_us,
        "next": "send the same request again" if found.state == "approved" else "",
    }


async def send(caller: Caller, status: int, value: Any) -> None:
    """Answer with JSON."""
    headers = [JSON, NO_RETRY] if status >= 400 else [JSON]
    await caller.reply(status, headers, msgspec.json.encode(value))


async def tell(caller: Caller, status: int, error: GardefouError) -> None:
    """Answer with one of our errors."""
    told = {"error": {"code": error.code, "message": error.message, "help": error.help}}
    await send(caller, status, told)


async def _missing(caller: Caller) -> None:
    await send(caller, 404, {"error": {"code": "hold.missing", "message": "there is no such hold"}})
