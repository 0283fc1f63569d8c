"""Requests whose bodies are not conversations: decided as a whole and passed through.

Rules:

1. An endpoint that is known is a ``model.request``: embeddings, models, files, batches and others.
2. An endpoint that nobody knows is a call of a tool named after it, such as
   ``POST /v1/something``: without a label it gets the constitution's ``unlisted`` verdict.
3. An answer that is fetched later may hold tool calls: it is read, and they are decided.
4. Everything else of an answer passes unread; budgets count the request.
5. Files, batches and stored answers belong to the vendor's account, which tenants may share: they are
   refused unless the tenant's settings allow them. A stored response is given to whom it was made.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable

from gardefou.action import Action
from gardefou.decide import Session
from gardefou.doors.gateway._actions import Frame, call_action
from gardefou.doors.gateway._budgets import Exceeded, Reservation, Unpriced, Usage
from gardefou.doors.gateway._endpoints import Endpoint, Family
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._headers import downward, upward
from gardefou.doors.gateway._http import Caller
from gardefou.doors.gateway._keys import Key
from gardefou.doors.gateway._replies import (
    NO_RETRY,
    Refused,
    decision_headers,
    reply_headers,
    ruling_of,
    sentence,
    strictest_of,
)
from gardefou.doors.gateway._settings import Mode
from gardefou.doors.gateway._upstream import Limits, Upstreamed, Upstreams
from gardefou.errors import InputError
from gardefou.service import Judgement
from gardefou.vendors import Resolved
from gardefou.verdict import Verdict
from gardefou.wires import WIRES, Wire, model_in
from gardefou.wires import Endpoint as Asked

STORED = {
    "batches",
    "chat.delete",
    "chat.list",
    "chat.messages",
    "chat.stored",
    "files",
    "messages.batches",
    "responses.cancel",
    "responses.delete",
    "responses.items",
    "responses.stored",
    "uploads",
    "videos",
}
"""Endpoints that give what the vendor keeps for the account that the gateway's key belongs to."""
Instead = Callable[[bytes], Awaitable[bool]]
_RESPONSE = re.compile(r"/responses/([^/?]+)")


class Passage:
    """One request that passes through unread."""

    def __init__(
        self,
        gateway: Gateway,
        caller: Caller,
        asked: Asked,
        wire: Wire,
        key: Key,
        *,
        upstreams: Upstreams,
    ) -> None:
        """Begin with an authenticated caller; ``wire`` is how errors are told."""
        self.gateway = gateway
        self.upstreams = upstreams
        self.caller = caller
        self.asked = asked
        self.wire = wire
        self.key = key
        self.principal = key.principal(caller.text(b"gardefou-user"))
        self.mode: Mode = gateway.mode(key)
        self.session: Session = gateway.service.service.session(key.tenant)
        self.judged: list[Judgement] = []
        self._instead: Instead | None = None

    async def run(self, instead: Instead | None = None) -> None:
        """Answer the caller, or let ``instead`` do so with an answer that was fetched.

        Raises:
            Refused: to be told in the wire's form; and the errors of the parts.
        """
        self._instead = instead
        gateway, caller = self.gateway, self.caller
        server = gateway.settings.server
        body = await caller.body(server.body_limit_bytes, server.body_timeout_s)
        model = model_in(body, caller.header(b"content-type").decode("latin-1"))
        if self.key.wires or (self.key.models and not self.key.may_use("", model)):
            raise Refused(403, "key_scope", "this key is not for this endpoint")
        await self._check_stored()
        family: Family = "anthropic" if self.wire.name.startswith("anthropic.") else "openai"
        endpoint = gateway.endpoints.for_model(model, family)
        if endpoint is None or endpoint.family != family:
            raise Refused(404, "model_not_found", "no upstream is set up for this endpoint")
        frame = self._frame(endpoint, model)
        judgement = await self._judge(self._action(frame, body))
        if not judgement.goes_ahead:
            await self._stop(judgement)
            return
        gateway.service.service.executed(judgement, self.session)
        reservation = await self._reserve(model, body)
        try:
            await self._forward(endpoint, frame, model, body)
        finally:
            if reservation is not None:
                await gateway.budgets.settle(reservation, None)

    async def _check_stored(self) -> None:
        """Rule 5: what a vendor keeps for an account is everybody's who shares the account.

        Raises:
            Refused: ``stored_not_allowed``.
        """
        tenant = self.gateway.settings.tenant(self.key.tenant)
        if self.asked.name not in STORED or tenant.stored:
            return
        match = _RESPONSE.search(self.caller.path)
        if match and await self.gateway.continued.owns(self.principal, match[1]):
            return
        raise Refused(
            403,
            "stored_not_allowed",
            "what the vendor keeps is shared by all tenants of this gateway; the tenant's setting"
            " `stored` allows it",
        )

    def _frame(self, endpoint: Endpoint, model: str) -> Frame:
        resolved = self.gateway.resolved(endpoint, model) if model else Resolved()
        return Frame(
            principal=self.principal,
            session=f"e-{self.asked.name}",
            vendor=resolved.developer,
            model=model,
            channel=resolved.channel,
            attributes=self.gateway.settings.attributes(self.key.tenant, self.key.application),
        )

    def _action(self, frame: Frame, body: bytes) -> Action:
        if self.asked.reading == "unknown":
            return frame.action(
                kind="tool.call",
                tool=f"{self.caller.method} {self.caller.path}"[:256],
                arguments={"body_sha256": hashlib.sha256(body).hexdigest()},
            )
        content = {"sha256": hashlib.sha256(body).hexdigest(), "endpoint": self.asked.name}
        return frame.action(kind="model.request", content=content)

    async def _judge(self, action: Action) -> Judgement:
        mode = "observe" if self.mode == "observe" else ""
        judgement = await self.gateway.service.decide(action, self.session, mode=mode)
        self.judged.append(judgement)
        counted = (action.kind, judgement.verdict.word, self.mode)
        self.gateway.metrics.decisions[counted] += 1
        return judgement

    async def _reserve(self, model: str, body: bytes) -> Reservation | None:
        found = await self.gateway.budgets.reserve(
            self.key.tenant,
            self.key.application,
            model,
            Usage(input=len(body)),
            self.gateway.clock(),
        )
        if isinstance(found, (Exceeded, Unpriced)):
            raise refusal_of_budget(found)
        return found

    async def _forward(self, endpoint: Endpoint, frame: Frame, model: str, body: bytes) -> None:
        caller, upstream = self.caller, endpoint.settings
        answer = await self.upstreams.sender(endpoint).send(
            caller.method,
            endpoint.url(caller.path, caller.query, model=model, streams=False),
            [*upward(caller.headers), *endpoint.authentication()],
            body,
            Limits(upstream.connect_s, upstream.read_s, upstream.connections),
        )
        with answer:
            if self.asked.reading == "answer" and answer.status == 200:
                await self._fetched(answer, frame)
                return
            headers = [*downward(answer.headers), *decision_headers(self.judged[0])]
            await caller.begin(answer.status, headers)
            async for chunk in answer.chunks():
                await caller.write(chunk)
            await caller.end()

    async def _fetched(self, upstreamed: Upstreamed, frame: Frame) -> None:
        """Decide the calls of an answer that was made earlier (rule 3)."""
        body = await upstreamed.read(self.gateway.settings.server.answer_limit_bytes)
        if body.lstrip()[:1] != b"{":
            # A stored answer can be fetched as a stream, too: calls in it would not be read.
            raise Refused(403, "guardrail_denied", "a stored answer is only given as a whole")
        if self._instead is not None and await self._instead(body):
            return
        try:
            answer = self.wire.read_answer(body)
        except InputError as error:
            raise Refused(502, "upstream_malformed", error.message) from None
        rulings = {}
        for call in answer.calls:
            action, unreadable = call_action(frame, call)
            judgement = await self._judge(action)
            rulings[call.key] = ruling_of(judgement, is_unreadable=unreadable is not None)
        out = self.wire.render_answer(body, answer, rulings) if answer.calls else body
        strictest = strictest_of(self.judged)
        headers = [*downward(upstreamed.headers), *decision_headers(strictest)]
        await self.caller.reply(upstreamed.status, headers, out)

    async def _stop(self, judgement: Judgement) -> None:
        """There is no answer that could hold a notice, so a hold is an error, too."""
        code = "guardrail_denied" if judgement.verdict is Verdict.DENY else "guardrail_held"
        reply = self.wire.error(403, code, sentence(judgement))
        headers = [*reply_headers(reply), *decision_headers(judgement)]
        if NO_RETRY not in headers:
            headers.append(NO_RETRY)
        await self.caller.reply(reply.status, headers, reply.body)


def refusal_of_budget(found: Exceeded | Unpriced) -> Refused:
    """What a caller is told when a budget does not let a call through."""
    if isinstance(found, Unpriced):
        return Refused(
            403, "model_unpriced", "money is limited and this model has no price in the settings"
        )
    ends = found.ends.isoformat().replace("+00:00", "Z")
    message = f"the budget of {found.unit} for this {found.window} is used up; it ends at {ends}"
    return Refused(403, "budget_exceeded", message)


def wire_of(asked: Asked, caller: Caller) -> Wire:
    """The wire in whose form errors are told."""
    if asked.wire in WIRES:
        return WIRES[asked.wire]
    names = {name for name, _ in caller.headers}
    anthropic = asked.name.startswith("messages") or b"anthropic-version" in names
    return WIRES["anthropic.messages" if anthropic else "openai.chat"]
