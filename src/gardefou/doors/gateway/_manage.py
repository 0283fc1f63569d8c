"""The management API under ``/manage/v1``: health, keys, report, reload.

A key with the role ``manage`` opens it. One of the tenant ``*`` manages all tenants; any other sees
and changes what is its own tenant's, and cannot reload.
"""

from __future__ import annotations

import asyncio
import os
import re
from typing import Annotated, Any

import msgspec

from gardefou import __version__
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._http import Caller
from gardefou.doors.gateway._keys import Key, KeyBook
from gardefou.doors.gateway._notes import ask_for_reload
from gardefou.doors.gateway._openapi import DOCUMENT
from gardefou.doors.gateway._own import not_ready, send, tell
from gardefou.doors.gateway._report import make_report
from gardefou.doors.gateway._settings import Mode
from gardefou.errors import GardefouError, InputError, LedgerUnavailable, UsageError

EVERYBODY = "*"
_BODY_LIMIT = 65_536
_KEY = re.compile(r"/manage/v1/keys/([0-9a-z]{12})(/rotate)?")
_Name = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Glob = Annotated[str, msgspec.Meta(max_length=200)]


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to be made."""

    tenant: Annotated[
        str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
    ]
    application: _Name = ""
    agent: _Name = ""
    mode: Mode | None = None
    wires: Annotated[tuple[_Glob, ...], msgspec.Meta(max_length=50)] = ()
    models: Annotated[tuple[_Glob, ...], msgspec.Meta(max_length=50)] = ()
    days: Annotated[float, msgspec.Meta(ge=0, le=3650, multiple_of=1)] = 0  # JSON's 5.0 is 5


class Rotation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the old key still counts."""

    grace_hours: Annotated[float, msgspec.Meta(ge=0, le=8760, multiple_of=1)] = 24


class Manager:
    """Answers the management API of one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Manage this gateway."""
        self.gateway = gateway
        self.book = KeyBook(gateway.state, clock=gateway.clock, random=os.urandom)

    async def answer(self, caller: Caller, key: Key | None) -> None:
        """Answer one request; without a managing key only the document is given."""
        if caller.path == "/manage/openapi.json" and caller.method == "GET":
            await send(caller, 200, DOCUMENT)
            return
        if key is None or key.role != "manage":
            message = "show a key that was made with --manage"
            await send(caller, 401, {"error": {"code": "key_unknown", "message": message}})
            return
        try:
            await self._routed(caller, key)
        except LedgerUnavailable as error:
            await tell(caller, 503, error)
        except UsageError as error:
            await tell(caller, 404 if error.code == "key.unknown" else 403, error)
        except InputError as error:
            await tell(caller, 413 if error.code == "http.body_too_large" else 400, error)
        except GardefouError as error:
            await tell(caller, 500, error)

    async def _routed(self, caller: Caller, key: Key) -> None:
        method, path = caller.method, caller.path
        if path == "/manage/v1/health":
            await self._only(caller, method == "GET", self._health)
        elif path == "/manage/v1/keys":
            if method == "POST":
                await self._create(caller, key)
            else:
                await self._only(caller, method == "GET", lambda: self._keys(key))
        elif match := _KEY.fullmatch(path):
            await self._one(caller, key, match[1], rotates=bool(match[2]))
        elif path == "/manage/v1/report":
            await self._only(caller, method == "GET", lambda: self._report(key))
        elif path == "/manage/v1/reload":
            await self._reload(caller, key)
        else:
            error = {"error": {"code": "not_found", "message": "there is nothing here"}}
            await send(caller, 404, error)

    async def _only(self, caller: Caller, fits: bool, value: Any) -> None:  # noqa: FBT001 - the condition reads best in place
        if not fits:
            await send(caller, 405, {"error": {"code": "method", "message": "not this method"}})
            return
        found = value()
        await send(caller, 200, await found if asyncio.iscoroutine(found) else found)

    def _health(self) -> dict[str, Any]:
        service = self.gateway.service.service
        return {
            "version": __version__,
            "ready": not not_ready(self.gateway),
            "reasons": not_ready(self.gateway),
            "trouble": self.gateway.trouble,
            "constitution": service.policies.common.constitution.digest,
            "active_requests": self.gateway.metrics.active,
            "open_streams": self.gateway.metrics.streams,
        }

    async def _keys(self, key: Key) -> list[Key]:
        found = await asyncio.to_thread(self.book.list)
        return [one for one in found if key.tenant in (EVERYBODY, one.tenant)]

    async def _create(self, caller: Caller, key: Key) -> None:
        new = await self._read(caller, NewKey)
        self._own(key, new.tenant)
        expires = self.gateway.clock() + int(new.days) * 86_400_000_000 if new.days else 0
        made = await asyncio.to_thread(
            self.book.create,
            Key(
                id="",
                tenant=new.tenant,
                application=new.application,
                agent=new.agent,
                mode=new.mode,
                wires=new.wires,
                models=new.models,
                expires_us=expires,
            ),
        )
        await self.gateway.keys.refresh()
        await send(caller, 201, {"id": made.key.id, "key": made.text})

    async def _one(self, caller: Caller, key: Key, identity: str, *, rotates: bool) -> None:
        if caller.method != ("POST" if rotates else "DELETE"):
            await send(caller, 405, {"error": {"code": "method", "message": "not this method"}})
            return
        grace = await self._read(caller, Rotation) if rotates else Rotation()
        if identity not in {one.id for one in await self._keys(key)}:
            message = f"there is no key `{identity}`"
            raise UsageError(message, code="key.unknown", help="list them")
        if rotates:
            grace_us = int(grace.grace_hours) * 3_600_000_000
            made = await asyncio.to_thread(self.book.rotate, identity, grace_us=grace_us)
            answer = {"id": made.key.id, "key": made.text}
        else:
            await asyncio.to_thread(self.book.revoke, identity)
            answer = {"revoked": identity}
        await self.gateway.keys.refresh()
        await send(caller, 201 if rotates else 200, answer)

    async def _report(self, key: Key) -> Any:
        recorder = self.gateway.service.service.recorder
        if recorder is None:
            return {}
        tenant = "" if key.tenant == EVERYBODY else key.tenant
        return await asyncio.to_thread(
            make_report, recorder.ledger.store, self.gateway.state, tenant=tenant
        )

    async def _reload(self, caller: Caller, key: Key) -> None:
        if caller.method != "POST":
            await send(caller, 405, {"error": {"code": "method", "message": "only POST"}})
            return
        self._own(key, EVERYBODY)
        await asyncio.to_thread(ask_for_reload, self.gateway.state)
        await send(caller, 202, {"reload": "asked for; /readyz says whether it was refused"})

    def _own(self, key: Key, tenant: str) -> None:
        if key.tenant not in (EVERYBODY, tenant):
            raise UsageError(
                "this key manages another tenant",
                code="key.tenant",
                help="use a managing key of the tenant `*`",
            )

    async def _read(self, caller: Caller, kind: Any) -> Any:
        body = await caller.body(_BODY_LIMIT, 10.0)
        try:
            return msgspec.json.decode(body or b"{}", type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            reason = str(error) if isinstance(error, msgspec.ValidationError) else "not JSON"
            raise InputError(
                f"the body does not fit: {reason[:200].lower()}",
                code="manage.body",
                expected="see /manage/openapi.json",
                help="mend the body",
            ) from None
