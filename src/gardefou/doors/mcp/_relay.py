"""The relay between one client and one server: every message is read, and what acts is decided.

1. Nothing is passed on that was not read; what cannot be read is answered with an error.
2. ``tools/call``, ``resources/read``, ``prompts/get`` and subscriptions of the client, sampling and
   elicitation of the server are decided before they are passed on; what is passed on is the action
   that was decided, not the bytes that came.
3. A request whose id is in use, an answer that nobody waits for, a call without an id, and a method
   that the protocol does not have are not passed on.
4. Tools are known before they are called: the relay asks for the list itself where the client has
   not, and again after the server said that it changed.
5. What came back is noted with its origin before the client has it.
6. A held call waits for people, with progress where the client asked for it; after that it is
   ``input_required`` with a sealed state (2026-07-28) or an error of the tool (before). The same call
   again finds its hold. Where the client can have a task, it is one at once (`_tasks`).
7. An error of ours, such as a ledger that cannot write, is an error for the client: nothing runs, and
   a result that could not be noted is not handed on.

It has more than 400 lines because both directions share what is under way.

INVARIANT: only `Link.to_server` and `Link.ask` reach the server; a call is with them after the ruling,
never before.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Mapping
from typing import Any

from gardefou.contact import Register
from gardefou.doors._rulings import Ruling
from gardefou.doors.mcp import _messages as wire
from gardefou.doors.mcp import _methods as methods
from gardefou.doors.mcp._answers import as_decided, params_error, progress, refusal, told, unread
from gardefou.doors.mcp._desk import Desk
from gardefou.doors.mcp._link import Link
from gardefou.doors.mcp._messages import Id, Message
from gardefou.doors.mcp._peer import Peer, Pending
from gardefou.doors.mcp._seal import PREFIX, Seal
from gardefou.doors.mcp._shelf import OWN_ID, is_modern
from gardefou.doors.mcp._tasks import offered, wants
from gardefou.errors import GardefouError, InputError
from gardefou.verdict import Verdict

PROGRESS_S = 5.0
MOST_PENDING = 1024


class Relay:
    """One connection of a client with a server."""

    def __init__(
        self,
        desk: Desk,
        register: Register,
        seal: Seal,
        *,
        note: Callable[[str], None],
        peer: Peer | None = None,
    ) -> None:
        """``note`` tells the operator what was left out, and why.

        ``peer`` goes on from an earlier relay: where the protocol has no sessions, each request has
        a relay of its own.
        """
        self.desk = desk
        self.register = register
        self._seal = seal
        self._note = note
        self.peer = peer or Peer(desk, register, note)
        self._pending: dict[Id, Pending] = {}
        self._deciding: dict[Id, asyncio.Task[Any] | None] = {}
        self._asked: dict[Id, str] = {}

    # From the client

    async def client_says(self, data: bytes, link: Link) -> None:
        """Take one message of the client; a defect refuses it (rule 7)."""
        try:
            message = wire.read_message(data)
        except InputError as error:
            await link.to_client(wire.encode(unread(error)))
            return
        try:
            await self._client_says(message, data, link)
        except Exception as error:  # noqa: BLE001 - rule 7: a defect refuses, and the relay goes on
            await self._defect(message, error, link)

    async def _client_says(self, message: Message, data: bytes, link: Link) -> None:
        if message.sort == "request":
            await self._request(message, data, link)
        elif message.sort == "notification":
            await self._notification(message, data, link)
        elif message.id in self._asked:
            del self._asked[message.id]
            await link.to_server(data)
        else:
            self._note("an answer of the client that nobody waits for was left out")

    async def _request(self, message: Message, data: bytes, link: Link) -> None:
        id_, method = message.id, message.method
        if id_ is None:
            return  # `read_message` gives no request without one
        if (refusal := self._unfit(message)) is not None:
            code, text = refusal
            # The id of a request that is under way belongs to that request's answer.
            answer = wire.error_answer(None if code == wire.INVALID_REQUEST else id_, code, text)
            await link.to_client(wire.encode(answer))
            return
        if method in methods.DECIDED:
            self._deciding[id_] = asyncio.current_task()
            try:
                await self._decided(message, link)
            finally:
                self._deciding.pop(id_, None)
            return
        modern = is_modern(message)
        ruling = None
        if method in methods.TASKS:
            if modern:
                self._meet_client(message.meta.get(methods.CLIENT_KEY))
            who = self.desk.who(self.peer.agent)
            own = await self.peer.tasks.answer(message, link, who, modern=modern)
            if own is not None:
                await link.to_client(wire.encode(own))
                return
            ruling = self.peer.tasks.theirs(message)
        if method == "initialize":
            self._meet_client(message.params.get("clientInfo"))
        first = method == "tools/list" and "cursor" not in message.params
        self._pending[id_] = Pending(
            method=method, is_modern=modern, is_first_page=first, ruling=ruling
        )
        await link.to_server(data)

    def _unfit(self, message: Message) -> tuple[int, str] | None:
        """Why a request cannot be passed on (rule 3)."""
        id_, method = message.id, message.method
        if id_ in self._pending or id_ in self._deciding:
            return wire.INVALID_REQUEST, f"the id {id_!r} is in use by a request that is under way"
        if len(self._pending) + len(self._deciding) >= MOST_PENDING:
            return wire.INTERNAL_ERROR, f"more than {MOST_PENDING} requests are under way"
        if isinstance(id_, str) and id_.startswith(OWN_ID):
            return wire.INVALID_PARAMS, f"ids that begin with {OWN_ID!r} are the proxy's own"
        if method not in methods.PASSED | methods.TASKS and method not in methods.DECIDED:
            return wire.METHOD_NOT_FOUND, f"the method `{method[:80]}` is not passed on"
        return None

    async def _notification(self, message: Message, data: bytes, link: Link) -> None:
        if message.method not in methods.NOTIFIED:
            self._note(f"`{message.method[:80]}` without an id was left out")
            return
        target = message.params.get("requestId")
        if message.method == "notifications/cancelled" and isinstance(target, (str, int)):
            task = self._deciding.get(target)
            if task is not None:
                task.cancel()  # it was never passed on, so the server has nothing to cancel
                return
        await link.to_server(data)

    async def _decided(self, message: Message, link: Link) -> None:
        """Rules 2, 4 and 6."""
        modern = is_modern(message)
        if modern:
            self._meet_client(message.meta.get(methods.CLIENT_KEY))
        try:
            tool, arguments, state = self._call_of(message)
            if message.method == methods.CALL:
                await self.peer.shelf.know(message, link)
            ruling = await self._ruled(tool, arguments, message, link)
        except GardefouError as error:
            await link.to_client(wire.encode(refusal(message, told(error), modern=modern)))
            return
        if not ruling.goes_ahead:
            await link.to_client(wire.encode(self._not_now(message, ruling, state, modern=modern)))
            return
        if message.id is not None:
            self._pending[message.id] = Pending(
                method=message.method, is_modern=modern, ruling=ruling
            )
        await link.to_server(wire.encode(as_decided(message, ruling)))

    def _call_of(self, message: Message) -> tuple[str, dict[str, Any], str]:
        """Tool, arguments and the state that we sealed, of what is decided.

        Raises:
            InputError: ``mcp.params`` when the protocol's own fields are not as they should be.
        """
        params = message.params
        state = params.get("requestState", "")
        state = state if isinstance(state, str) and state.startswith(PREFIX) else ""
        if message.method == methods.CALL:
            name, arguments = params.get("name"), params.get("arguments", {})
            if not isinstance(name, str) or not name:
                raise params_error("`name` is no text")
            if arguments is None:
                arguments = {}
            if not isinstance(arguments, dict):
                raise params_error("`arguments` is no object")
            return self.register.name(name), arguments, state
        rest = {k: v for k, v in params.items() if k not in {"_meta", "requestState"}}
        return self.register.name(methods.DECIDED[message.method]), rest, state

    async def _ruled(
        self, tool: str, arguments: Mapping[str, Any], message: Message, link: Link
    ) -> Ruling:
        """The ruling on a call, after waiting for people up to the desk's budget (rule 6)."""
        ruling = await self._rule(tool, arguments)
        if ruling.verdict is not Verdict.HOLD or ruling.hold is None:
            return ruling
        if message.method == methods.CALL and wants(message, modern=is_modern(message)):
            return ruling
        token = message.meta.get("progressToken")
        end = time.monotonic() + self.desk.wait_s
        try:
            for step in itertools.count(1):
                left = end - time.monotonic()
                if left <= 0:
                    break
                if isinstance(token, (str, int)) and not isinstance(token, bool):
                    await link.to_client(wire.encode(progress(token, step, ruling)))
                if await self.desk.is_decided(ruling.hold.id, min(PROGRESS_S, left)):
                    return await self._rule(tool, arguments)
        except asyncio.CancelledError:
            self.desk.withdraw(ruling)  # the client does not want it any more
            raise
        return ruling

    async def _rule(self, tool: str, arguments: Mapping[str, Any]) -> Ruling:
        return await self.desk.rule(
            tool,
            arguments,
            self.peer.session,
            agent=self.peer.agent,
            connection=self.peer.connection,
        )

    def _not_now(
        self, message: Message, ruling: Ruling, state: str, *, modern: bool
    ) -> dict[str, Any]:
        """The answer to a call that may not run now."""
        hold = ruling.hold
        if state and not self._seal.is_valid(state, ruling):
            text = "the requestState is not one that this proxy gave for this call"
            return wire.error_answer(message.id, wire.INVALID_PARAMS, text, reason="mcp.state")
        if ruling.verdict is not Verdict.HOLD or hold is None:
            return refusal(message, ruling.reason, modern=modern)
        if message.method == methods.CALL and wants(message, modern=modern):
            return wire.result_answer(message.id, self.peer.tasks.begun(hold, modern=modern))
        if modern:
            result = {
                "resultType": "input_required",
                "requestState": self._seal.sealed(ruling),
                "_meta": {"gardefou/hold": hold.id},
            }
            return wire.result_answer(message.id, result)
        text = (
            f"{ruling.reason} Nothing was done. It waits as `{hold.id}`; call again with identical"
            " arguments once people have agreed."
        )
        return refusal(message, text, modern=modern, hold=hold.id)

    # From the server

    async def server_says(self, data: bytes, link: Link) -> None:
        """Take one message of the server."""
        try:
            message = wire.read_message(data)
        except InputError as error:
            self._note(f"a message of the server was left out: {told(error)}")
            if error.code == "json.size":
                await self.fail("the server's answer is too large to be read", link)
            return
        try:
            await self._server_says(message, data, link)
        except Exception as error:  # noqa: BLE001 - rule 7: what could not be noted is not handed on
            await self._defect(message, error, link)

    async def _server_says(self, message: Message, data: bytes, link: Link) -> None:
        if message.sort == "answer":
            await self._answer(message, data, link)
        elif message.sort == "request":
            await self._server_request(message, data, link)
        elif message.method in methods.FROM_SERVER_NOTIFIED:
            if message.method == "notifications/tools/list_changed":
                self.peer.shelf.is_known = False
            await link.to_client(data)
        else:
            self._note(f"`{message.method[:80]}` of the server was left out")

    async def _answer(self, message: Message, data: bytes, link: Link) -> None:
        pending = None if message.id is None else self._pending.pop(message.id, None)
        if pending is None:
            self._note("an answer of the server that nobody waits for was left out")
            return
        result = message.value.get("result")
        if not isinstance(result, dict):
            if pending.ruling is not None:
                self.desk.rulings.fail(pending.ruling)
            await link.to_client(data)
            return
        if (shown := await self._shown(pending, result)) is not None:
            await link.to_client(wire.encode({**message.value, "result": shown}))
            return
        if pending.ruling is None:
            await link.to_client(data)
            return
        if pending.method in methods.TASKS:
            await self._task_answer(message, result, pending, data, link)
            return
        if self.peer.tasks.note(result, pending.ruling):
            await link.to_client(data)
            return
        if result.get("resultType") == "input_required":
            refused = await self._inputs(result, pending)
            if refused is not None:
                answer = wire.error_answer(message.id, wire.REFUSED, refused)
                await link.to_client(wire.encode(answer))
                return
        content = result.get("structuredContent", result.get("content", result))
        await self._noted(pending.ruling, content)
        await link.to_client(data)

    async def _shown(self, pending: Pending, result: dict[str, Any]) -> dict[str, Any] | None:
        """What the client sees of a list, or of what the server can; None where it is not touched."""
        if pending.method == "tools/list":
            if pending.is_first_page:
                self.peer.shelf.begin()
            return self.peer.shelf.take(result)
        if pending.method == "server/discover" and self.desk.rulings.holds is not None:
            return offered(result)
        if pending.method == "tasks/list":
            tasks = await asyncio.to_thread(self.peer.tasks.listed, result.get("tasks"))
            return {**result, "tasks": tasks}
        return None

    async def _task_answer(
        self,
        message: Message,
        result: Mapping[str, Any],
        pending: Pending,
        data: bytes,
        link: Link,
    ) -> None:
        """What the server says of a task of its own: a result in it is noted first (rule 5)."""
        if (refused := await self._inputs(result, pending)) is not None:
            answer = wire.error_answer(message.id, wire.REFUSED, refused)
            await link.to_client(wire.encode(answer))
            return
        inner = result if pending.method == "tasks/result" else result.get("result")
        if isinstance(inner, dict) and pending.ruling is not None:
            content = inner.get("structuredContent", inner.get("content", inner))
            await self._noted(pending.ruling, content)
        await link.to_client(data)

    async def _noted(self, ruling: Ruling, content: Any) -> None:
        """Note a result before the client has it (rule 5); a redeemed hold ends off the loop."""
        if ruling.grant is None:
            self.desk.rulings.finish(ruling, self.peer.session, content)
        else:
            await asyncio.to_thread(self.desk.rulings.finish, ruling, self.peer.session, content)

    async def _inputs(self, result: Mapping[str, Any], pending: Pending) -> str | None:
        """Decide what a server asks of the client inside a result (2026-07-28)."""
        del pending
        requests = result.get("inputRequests")
        if requests is None:
            return None
        if not isinstance(requests, dict):
            return "the server's requests for input are no object"
        for request in requests.values():
            method = request.get("method") if isinstance(request, dict) else None
            if method in methods.FROM_SERVER_PASSED:
                continue
            if not isinstance(method, str) or method not in methods.FROM_SERVER_DECIDED:
                return "the server asks for something that is not passed on"
            ruling = await self._rule(
                self.register.name(methods.FROM_SERVER_DECIDED[method]),
                request.get("params") or {},
            )
            if not ruling.goes_ahead:
                return ruling.reason
        return None

    async def _server_request(self, message: Message, data: bytes, link: Link) -> None:
        id_, method = message.id, message.method
        if id_ is None or id_ in self._asked or len(self._asked) >= MOST_PENDING:
            self._note("a request of the server whose id is in use was left out")
            return
        if method in methods.FROM_SERVER_DECIDED:
            tool = self.register.name(methods.FROM_SERVER_DECIDED[method])
            arguments = {k: v for k, v in message.params.items() if k != "_meta"}
            try:
                ruling = await self._rule(tool, arguments)
                reason = "" if ruling.goes_ahead else ruling.reason
            except GardefouError as error:
                reason = told(error)
            if reason:
                answer = wire.error_answer(id_, wire.REFUSED, reason)
                await link.to_server(wire.encode(answer))
                return
        elif method not in methods.FROM_SERVER_PASSED:
            text = f"the method `{method[:80]}` is not passed on"
            answer = wire.error_answer(id_, wire.METHOD_NOT_FOUND, text)
            await link.to_server(wire.encode(answer))
            return
        self._asked[id_] = method
        await link.to_client(data)

    async def _defect(self, message: Message, error: Exception, link: Link) -> None:
        """Answer what ended in an error of ours."""
        reason = told(error) if isinstance(error, GardefouError) else type(error).__name__
        self._note(f"a message was refused: {reason}")
        if message.sort != "notification" and message.id is not None:
            self.forget(message.id)
            answer = wire.error_answer(message.id, wire.INTERNAL_ERROR, f"refused: {reason}")
            await link.to_client(wire.encode(answer))

    def forget(self, id_: Id | None) -> None:
        """A request got an answer that is no message: nothing ran, nobody waits."""
        waiting = None if id_ is None else self._pending.pop(id_, None)
        if waiting is not None and waiting.ruling is not None:
            self.desk.rulings.fail(waiting.ruling)

    async def fail(self, reason: str, link: Link, id_: Id | None = None) -> None:
        """Answer what was passed on and gets no answer: one request, or all of them."""
        for waiting in [id_] if id_ is not None else list(self._pending):
            if waiting in self._pending:
                self.forget(waiting)
                answer = wire.error_answer(
                    waiting, wire.INTERNAL_ERROR, reason, reason="mcp.server"
                )
                await link.to_client(wire.encode(answer))

    def _meet_client(self, info: Any) -> None:
        name = info.get("name") if isinstance(info, dict) else None
        if isinstance(name, str) and name:
            self.peer.agent = name[:200]
