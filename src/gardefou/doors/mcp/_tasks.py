"""Tasks: a held call as something that the client asks about, and the tasks of the server behind.

1. A held call becomes a task where the client can have one: with the extension of 2026-07-28, which a
   client declares with each request, or with ``task`` in the parameters of 2025-11-25, which clients
   send to servers that have tasks themselves.
2. The task is the hold: its id is the hold's, its state is read from the ledger, so any replica on the
   same ledger knows it. It belongs to the principal that asked, and exists for nobody else.
3. It is ``working`` until people have decided, never ``input_required``: the caller is not the one who
   must answer. Denied and expired are a result with ``isError``; cancelling withdraws the hold.
4. Once people have agreed, the next question runs the stored call, once, and has its result. Who never
   asks again runs nothing: the approval lapses.
5. Tasks of the server are passed on. Their results are noted with the origin of the call that began
   them; a task that nobody began here is not known.

Source: the Tasks extension (SEP-2663), 2026-07-28; specification 2025-11-25, "Tasks".
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gardefou.action import Principal
from gardefou.doors._rulings import Ruling
from gardefou.doors.mcp import _messages as wire
from gardefou.doors.mcp import _methods as methods
from gardefou.doors.mcp._answers import told
from gardefou.doors.mcp._desk import Desk
from gardefou.doors.mcp._link import Link
from gardefou.doors.mcp._messages import Message
from gardefou.doors.mcp._shelf import OWN_ID
from gardefou.errors import GardefouError, InputError
from gardefou.supervision import Hold, Refused

EXTENSION = "io.modelcontextprotocol/tasks"
RELATED = "io.modelcontextprotocol/related-task"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
MISSING_CAPABILITY = -32021
POLL_MS = 5_000
CALL_S = 3_600.0
MOST_TASKS = 1_024
_PREFIX = "gardefou."
_WORKING = frozenset({"pending", "approved", "redeemed"})
_REFUSED = frozenset({"denied", "expired", "lapsed", "revoked"})


class Tasks:
    """What one client may ask about."""

    def __init__(self, desk: Desk, server: str, session: Any) -> None:
        """Nothing runs yet, and the server has begun nothing."""
        self._desk = desk
        self._server = server
        self._session = session
        self._running: dict[str, asyncio.Task[None]] = {}
        self._own: OrderedDict[str, None] = OrderedDict()
        self._theirs: OrderedDict[str, Ruling] = OrderedDict()

    def begun(self, hold: Hold, *, modern: bool) -> dict[str, Any]:
        """The answer to a held call: a task that is found from now on (rule 2)."""
        self._own[hold.id] = None
        if len(self._own) > MOST_TASKS:
            self._own.popitem(last=False)
        task = self._task(hold, modern=modern)
        return {"resultType": "task", **task} if modern else {"task": task}

    def note(self, result: Mapping[str, Any], ruling: Ruling) -> bool:
        """Whether the server answers a call with a task of its own, which is remembered (rule 5)."""
        holder = result if result.get("resultType") == "task" else result.get("task")
        id_ = holder.get("taskId") if isinstance(holder, Mapping) else None
        if not isinstance(id_, str) or id_.startswith(_PREFIX):
            return False
        self._theirs[id_] = ruling
        if len(self._theirs) > MOST_TASKS:
            self._theirs.popitem(last=False)
        return True

    def theirs(self, message: Message) -> Ruling | None:
        """The call that began the server's task that a request is about."""
        return self._theirs.get(str(message.params.get("taskId")))

    def listed(self, tasks: Any) -> list[Any]:
        """The server's tasks that were begun here, and the held calls of this client."""
        given = tasks if isinstance(tasks, list) else []
        mine = [t for t in given if isinstance(t, dict) and t.get("taskId") in self._theirs]
        holds = self._desk.rulings.holds
        own = [] if holds is None else [holds.get(id_) for id_ in self._own]
        return [*(self._task(hold, modern=False) for hold in own), *mine]

    async def answer(
        self, message: Message, link: Link, who: Principal, *, modern: bool
    ) -> dict[str, Any] | None:
        """The answer to a request about a held call; None where the task is none of ours."""
        id_ = own_hold(self._server, message)
        if id_ is None:
            if message.method != "tasks/list" and self.theirs(message) is None:
                return _unknown(message)
            return None
        if modern and not declares(message):
            return _undeclared(message)
        hold = await asyncio.to_thread(self._mine, id_, who)
        if hold is None:
            return _unknown(message)
        try:
            result = await self._said(message, hold, link, who, modern=modern)
        except GardefouError as error:
            return wire.error_answer(message.id, wire.INVALID_PARAMS, told(error))
        return wire.result_answer(message.id, result)

    async def _said(
        self, message: Message, hold: Hold, link: Link, who: Principal, *, modern: bool
    ) -> dict[str, Any]:
        done = {"resultType": "complete"} if modern else {}
        method = message.method
        if method == "tasks/cancel":
            if hold.state in {"pending", "approved"}:
                hold = await asyncio.to_thread(self._holds.withdraw, hold.id, who)
            elif not modern:
                raise _over("a task that is over or runs already cannot be cancelled")
            return done if modern else self._task(hold, modern=False)
        if method == "tasks/update":
            return done  # nobody here asks the client for anything
        if method == "tasks/result":
            while hold.state == "pending":
                await self._desk.is_decided(hold.id, POLL_MS / 1000)
                hold = self._holds.get(hold.id)
        if hold.state == "approved":
            hold = await self._run(hold, message, link, who, wait=method == "tasks/result")
        elif method == "tasks/result" and (running := self._running.get(hold.id)) is not None:
            await asyncio.wait({running})
            hold = self._holds.get(hold.id)
        if method == "tasks/result":
            return self._result(hold, modern=False)
        return {**done, **self._task(hold, modern=modern, whole=modern)}

    @property
    def _holds(self) -> Any:
        return self._desk.rulings.holds

    def _mine(self, hold_id: str, who: Principal) -> Hold | None:
        """A hold of this principal; others do not exist for it (rule 2)."""
        if self._holds is None:
            return None
        try:
            hold: Hold = self._holds.get(hold_id)
            call = self._holds.call(hold)
        except Refused:
            return None
        return hold if call.action.principal == who else None

    async def _run(
        self, hold: Hold, message: Message, link: Link, who: Principal, *, wait: bool
    ) -> Hold:
        """Run the stored call, once (rule 4); a call that takes long goes on by itself."""
        running = self._running.get(hold.id)
        if running is None:
            # Redeemed before anything else happens, and by one of several questions only.
            ruling = await asyncio.to_thread(self._desk.rulings.redeem, hold.id, who, self._session)
            running = asyncio.create_task(self._call(hold.id, ruling, message, link))
            self._running[hold.id] = running
            running.add_done_callback(lambda _: self._running.pop(hold.id, None))
        await asyncio.wait({running}, timeout=None if wait else POLL_MS / 1000)
        found: Hold = self._holds.get(hold.id)
        return found

    async def _call(self, hold_id: str, ruling: Ruling, message: Message, link: Link) -> None:
        params: dict[str, Any] = {
            "name": ruling.action.tool.removeprefix(f"{self._server}."),
            "arguments": ruling.action.arguments,
        }
        if meta := {k: v for k, v in message.meta.items() if k.startswith("io.")}:
            # The server answers whole: its own task would have to be asked about, and by whom?
            client = dict(meta.get(CAPABILITIES_KEY) or {})
            client.pop("extensions", None)
            params["_meta"] = {**meta, CAPABILITIES_KEY: client}
        id_ = f"{OWN_ID}{hold_id}"
        request = {"jsonrpc": "2.0", "id": id_, "method": methods.CALL, "params": params}
        rulings = self._desk.rulings
        try:
            answer = await link.ask(wire.encode(request), id_, wait_s=CALL_S)
            result = answer.value.get("result")
            if not isinstance(result, dict) or result.get("resultType") == "input_required":
                await asyncio.to_thread(rulings.fail, ruling)
                return
            await asyncio.to_thread(rulings.finish, ruling, self._session, result)
        except GardefouError:
            await asyncio.to_thread(rulings.fail, ruling)

    def _task(self, hold: Hold, *, modern: bool, whole: bool = False) -> dict[str, Any]:
        """A hold as a task; ``whole`` has the result in it, as 2026-07-28 asks for."""
        span_ms = (hold.decide_by_us - hold.opened_us) // 1000
        found: dict[str, Any] = {
            "taskId": f"{_PREFIX}{self._server}.{hold.id}",
            "status": _status(hold, modern=modern),
            "statusMessage": _words(hold),
            "createdAt": _moment(hold.opened_us),
            "lastUpdatedAt": _moment(hold.moved_us or hold.opened_us),
            "ttlMs" if modern else "ttl": span_ms if hold.state in _WORKING else None,
            "pollIntervalMs" if modern else "pollInterval": POLL_MS,
        }
        if whole and found["status"] == "completed":
            found["result"] = self._result(hold, modern=True)
        elif whole and found["status"] == "failed":
            found["error"] = {"code": wire.INTERNAL_ERROR, "message": _words(hold)}
        return found

    def _result(self, hold: Hold, *, modern: bool) -> dict[str, Any]:
        if hold.state == "done":
            kept = self._holds.result(hold)
            result = kept if isinstance(kept, dict) else {"content": []}
        else:
            text = {"type": "text", "text": _words(hold)}
            result = {"content": [text], "isError": True}
        if modern:
            return {**result, "resultType": "complete"}
        related = {RELATED: {"taskId": f"{_PREFIX}{self._server}.{hold.id}"}}
        return {**result, "_meta": {**(result.get("_meta") or {}), **related}}


def wants(message: Message, *, modern: bool) -> bool:
    """Whether a call may be answered with a task (rule 1)."""
    return declares(message) if modern else isinstance(message.params.get("task"), dict)


def declares(message: Message) -> bool:
    """Whether a request of 2026-07-28 declares the extension."""
    client = message.meta.get(CAPABILITIES_KEY)
    extensions = client.get("extensions") if isinstance(client, dict) else None
    return isinstance(extensions, dict) and isinstance(extensions.get(EXTENSION), dict)


def offered(result: dict[str, Any]) -> dict[str, Any]:
    """What a server can, with the extension that the proxy serves."""
    given = result.get("capabilities")
    able = dict(given) if isinstance(given, dict) else {}
    extensions = able.get("extensions")
    able["extensions"] = {**(extensions if isinstance(extensions, dict) else {}), EXTENSION: {}}
    return {**result, "capabilities": able}


def own_hold(server: str, message: Message) -> str | None:
    """The hold that a request is about, where its task is one of ours."""
    id_ = message.params.get("taskId")
    start = f"{_PREFIX}{server}."
    return id_.removeprefix(start) if isinstance(id_, str) and id_.startswith(start) else None


def server_of(message: Message) -> str:
    """The server whose held call a request is about, or nothing."""
    id_ = message.params.get("taskId")
    if not isinstance(id_, str) or not id_.startswith(_PREFIX):
        return ""
    return id_.removeprefix(_PREFIX).partition(".")[0]


def _status(hold: Hold, *, modern: bool) -> str:
    if hold.state in _WORKING:
        return "working"
    if hold.state == "withdrawn":
        return "cancelled"
    if hold.state == "done" or (modern and hold.state in _REFUSED):
        return "completed"
    return "failed"


def _words(hold: Hold) -> str:
    match hold.state:
        case "pending":
            return f"It waits for people as `{hold.id}`. Nothing was done."
        case "approved" | "redeemed":
            return "People have agreed; it runs."
        case "done":
            return "It was done."
        case "failed" | "unknown":
            return f"It was begun, and its outcome is: {hold.state}."
    return f"Nothing was done: the hold is {hold.state} ({hold.code})."


def _moment(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).isoformat().replace("+00:00", "Z")


def _unknown(message: Message) -> dict[str, Any]:
    return wire.error_answer(message.id, wire.INVALID_PARAMS, "there is no such task here")


def _undeclared(message: Message) -> dict[str, Any]:
    needed: dict[str, Any] = {"extensions": {EXTENSION: {}}}
    return wire.error_answer(
        message.id,
        MISSING_CAPABILITY,
        "the request does not declare the tasks extension",
        requiredCapabilities=needed,
    )


def _over(message: str) -> InputError:
    return InputError(message, code="mcp.params", help="ask for its result")
