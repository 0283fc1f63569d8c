"""The path of one request, from the caller's bytes to the answer's.

Rules:

1. Authenticate, read, build the actions, decide and record them; only then reserve and forward the
   very bytes that were read (law 4).
2. The answer is read, its calls and the answer itself are decided and recorded; only then does it
   leave, with what was refused or held replaced.
3. An upstream's error crosses as it is: status and body.
4. Whatever fails before the answer has begun ends in the wire's own error form.
"""

from __future__ import annotations

from collections.abc import Sequence

from gardefou.decide import Session
from gardefou.doors.gateway._actions import (
    Frame,
    call_action,
    frame_of,
    request_actions,
    response_action,
)
from gardefou.doors.gateway._budgets import Exceeded, Reservation, Unpriced, Usage
from gardefou.doors.gateway._client import Answer as Upstreamed
from gardefou.doors.gateway._client import Limits
from gardefou.doors.gateway._conversation import Known
from gardefou.doors.gateway._endpoints import Endpoint, Family
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._headers import Headers, downward, upward
from gardefou.doors.gateway._holds import Desk, Held, wait_of
from gardefou.doors.gateway._http import Caller
from gardefou.doors.gateway._keys import Key
from gardefou.doors.gateway._passage import refusal_of_budget
from gardefou.doors.gateway._relay import Relay, usage_of
from gardefou.doors.gateway._replies import (
    NO_RETRY,
    Refused,
    accepted,
    decision_headers,
    hold_headers,
    reply_headers,
    sentence,
    strictest_of,
)
from gardefou.doors.gateway._settings import Mode
from gardefou.errors import InputError
from gardefou.service import Judgement
from gardefou.verdict import Verdict
from gardefou.wires import RELEASE, Answer, Call, Reply, Request, Ruling, Wire


class Exchange:
    """One request to a model, whole or streamed."""

    def __init__(self, gateway: Gateway, caller: Caller, wire: Wire, key: Key) -> None:
        """Begin with an authenticated caller."""
        self.gateway = gateway
        self.caller = caller
        self.wire = wire
        self.key = key
        self.mode: Mode = gateway.mode(key)
        self.request: Request
        self.frame: Frame
        self.endpoint: Endpoint
        self.session: Session = gateway.service.service.session(key.tenant)
        self._known: Known | None = None
        self.desk: Desk
        self.holds: list[Held] = []

    async def run(self) -> None:
        """Answer the caller.

        Raises:
            Refused: to be told in the wire's form; and the errors of the parts.
        """
        gateway, caller = self.gateway, self.caller
        server = gateway.settings.server
        body = await caller.body(server.body_limit_bytes, server.body_timeout_s)
        self.request = request = self.wire.read_request(body)
        if not self.key.may_use(self.wire.name, request.model):
            raise Refused(403, "key_scope", "this key is not for this model on this wire")
        endpoint = self.endpoint = self._endpoint()
        resolved = gateway.resolved(endpoint, request.model)
        self.frame = frame_of(
            request,
            self.key.principal,
            resolved,
            session=_text(caller.header(b"gardefou-session")),
            user=_text(caller.header(b"gardefou-user")),
        )
        wait_s = server.stream_wait_s if request.stream else server.wait_s
        self.desk = Desk(gateway.service, wait_of(caller.header(b"prefer"), wait_s))
        judgement = await self._judge_request(body)
        if not await self._passes(judgement):
            return
        reservation = await self._reserve(body)
        used: Usage | None = None
        try:
            used = await self._forward(body, judgement)
        finally:
            if reservation is not None:
                await gateway.budgets.settle(reservation, used)
            if self._known is not None:
                gateway.conversations.give_back(self._known)

    def _endpoint(self) -> Endpoint:
        family = family_of(self.wire)
        found = self.gateway.endpoints.for_model(self.request.model, family)
        if found is None or found.family != family:
            raise Refused(404, "model_not_found", "no upstream is set up for this model")
        return found

    async def _judge_request(self, body: bytes) -> Judgement:
        """Decide everything that the request asks for; the strictest judgement speaks for all."""
        judged = []
        waiting = []
        for action in request_actions(self.frame, self.request, body):
            judgement, durable = self.gateway.service.submit(
                action, self.session, mode=self._mode_word
            )
            judged.append(judgement)
            if durable is not None:
                waiting.append(durable)
        for durable in waiting:
            await durable
        self._count(judged)
        return judged[0] if len(judged) == 1 else strictest_of(judged)

    async def _reserve(self, body: bytes) -> Reservation | None:
        budgets = self.gateway.budgets
        key, request = self.key, self.request
        if not budgets.of(key.tenant, key.application):
            return None
        # A token has at least one byte, so the body's bytes bound what the vendor will count.
        most = Usage(input=len(body), output=request.max_output_tokens or _MOST_OUTPUT)
        found = await budgets.reserve(
            key.tenant, key.application, request.model, most, self.gateway.clock()
        )
        if isinstance(found, (Exceeded, Unpriced)):
            raise refusal_of_budget(found)
        return found

    async def _forward(self, body: bytes, judgement: Judgement) -> Usage | None:
        """Send the request on and answer with what comes back; gives the tokens used."""
        endpoint, request, caller = self.endpoint, self.request, self.caller
        if request.stream and not request.wants_usage and self._is_metered:
            body = self.wire.with_usage(body)
        headers, body = endpoint.prepared(upward(caller.headers), body)
        upstream = endpoint.settings
        answer = await self.gateway.client.send(
            caller.method,
            endpoint.url(caller.path, caller.query, model=request.model, streams=request.stream),
            [*headers, *endpoint.authentication()],
            body,
            Limits(upstream.connect_s, upstream.read_s, upstream.connections),
        )
        with answer:
            limit = self.gateway.settings.server.answer_limit_bytes
            if not 200 <= answer.status < 300:
                data = await answer.read(limit)
                headers = [*downward(answer.headers), *decision_headers(judgement)]
                await caller.reply(answer.status, headers, data)
                return None
            if request.stream:
                return await self._streamed(answer)
            return await self._whole(answer, await answer.read(limit))

    async def _whole(self, upstreamed: Upstreamed, body: bytes) -> Usage | None:
        """Decide a whole answer, and let through what may go (rule 2)."""
        answer = self._read_answer(body)
        action = response_action(self.frame, streams=False, body=body)
        said, durable = self.gateway.service.submit(action, self.session, mode=self._mode_word)
        rulings: dict[str, Ruling] = {}
        judged = [said]
        if answer.calls:
            rulings, called = await self.rule(answer.calls)
            judged += called
        if durable is not None:
            await durable
        self._count([said])
        used = usage_of(answer)
        if not await self._passes(said):
            return used
        strictest = said if len(judged) == 1 else strictest_of(judged)
        out = self.wire.render_answer(body, answer, rulings) if answer.calls else body
        headers = [
            *downward(upstreamed.headers),
            *decision_headers(strictest),
            *hold_headers(self.holds),
        ]
        if not strictest.goes_ahead:
            headers.append(NO_RETRY)
        await self.caller.reply(upstreamed.status, headers, out)
        return used

    def _read_answer(self, body: bytes) -> Answer:
        try:
            return self.wire.read_answer(body)
        except InputError as error:
            raise Refused(
                502, "upstream_malformed", f"the upstream's answer cannot be read: {error.message}"
            ) from None

    async def rule(self, calls: Sequence[Call]) -> tuple[dict[str, Ruling], list[Judgement]]:
        """Decide the calls of an answer, one after the other, and what happens to each.

        Raises:
            LedgerUnavailable: when they cannot be recorded; none may go.
        """
        known = self.known()
        rulings: dict[str, Ruling] = {}
        judged: list[Judgement] = []
        held: list[tuple[Call, Judgement]] = []
        for call in calls:
            action, unreadable = call_action(self.frame, call)
            judgement = await self.gateway.service.decide(
                action, known.session, mode=self._mode_word
            )
            judged.append(judgement)
            if unreadable is None and judgement.goes_ahead:
                # The next call of the same answer is decided after this one.
                self.gateway.service.service.executed(judgement, known.session)
                known.release(call, judgement.labelled)
                rulings[call.key] = RELEASE
            elif unreadable is None and judgement.verdict is Verdict.HOLD:
                held.append((call, judgement))
            else:
                rulings[call.key] = Ruling(action="refuse", text=sentence(judgement))
        if held:
            endings = await self.desk.settle([judgement for _, judgement in held])
            for (call, judgement), ending in zip(held, endings, strict=True):
                self.holds.append(ending)
                rulings[call.key] = _ruling_of(ending)
                if ending.ending == "approved":
                    judgement.guard.mention(judgement.labelled, known.session)
                    known.release(call, judgement.labelled)
        self._count(judged)
        return rulings, judged

    def known(self) -> Known:
        """The session after the conversation in the request; built when the first call needs it."""
        if self._known is None:
            guard = self.gateway.service.service.policies.of(self.key.tenant).guard
            self._known = self.gateway.conversations.take(
                guard,
                self.gateway.service.service.session(self.key.tenant),
                self.frame.principal,
                self.request.items,
                self.gateway.clock(),
            )
        return self._known

    async def _streamed(self, upstreamed: Upstreamed) -> Usage | None:
        """Let a streamed answer through, call by call."""
        action = response_action(self.frame, streams=True)
        said, durable = self.gateway.service.submit(action, self.session, mode=self._mode_word)
        if durable is not None:
            await durable
        self._count([said])
        if not await self._passes(said):
            return None
        headers = [*downward(upstreamed.headers), *decision_headers(said)]
        await self.caller.begin(upstreamed.status, headers)
        interceptor = self.wire.interceptor(self.request)
        return await Relay(self.gateway, self.caller, self.wire, interceptor, self.rule).run(
            upstreamed
        )

    async def _passes(self, judgement: Judgement) -> bool:
        """Whether something as a whole may go on; if not, the caller has been answered."""
        if judgement.goes_ahead:
            return True
        if judgement.verdict is Verdict.DENY:
            reply = self.wire.error(403, "guardrail_denied", sentence(judgement))
            await self._reply(reply, judgement)
            return False
        (ending,) = await self.desk.settle([judgement])
        self.holds.append(ending)
        if ending.ending == "approved":
            return True
        if ending.ending == "refused":
            reply = self.wire.error(403, "guardrail_denied", ending.text)
        else:
            reply = self._pending_reply(ending.text, judgement)
        await self._reply(reply, judgement)
        return False

    def _pending_reply(self, text: str, judgement: Judgement) -> Reply:
        """The notice as the model's words, or 202 for a caller that knows holds."""
        if b"respond-async" in self.caller.header(b"prefer").lower() and not self.request.stream:
            return accepted(self.holds[-1].hold, text)
        identity = f"gardefou-{judgement.id}"
        return self.wire.notice(self.request, text, id=identity, at_s=self._now_s)

    async def _reply(self, reply: Reply, judgement: Judgement) -> None:
        headers: Headers = [
            *reply_headers(reply),
            *decision_headers(judgement),
            *hold_headers(self.holds),
        ]
        if NO_RETRY not in headers:
            headers.append(NO_RETRY)
        await self.caller.reply(reply.status, headers, reply.body)

    def _count(self, judged: Sequence[Judgement]) -> None:
        decisions = self.gateway.metrics.decisions
        for judgement in judged:
            action = judgement.labelled.action
            decisions[(action.kind, judgement.verdict.word, self.mode)] += 1

    @property
    def _is_metered(self) -> bool:
        return bool(self.gateway.budgets.of(self.key.tenant, self.key.application))

    @property
    def _mode_word(self) -> str:
        return "observe" if self.mode == "observe" else ""

    @property
    def _now_s(self) -> int:
        return self.gateway.clock() // 1_000_000


_MOST_OUTPUT = 128_000  # what a model may answer at most when a request does not say


def family_of(wire: Wire) -> Family:
    """Which vendor's wire it is."""
    return "anthropic" if wire.name.startswith("anthropic.") else "openai"


def _ruling_of(ending: Held) -> Ruling:
    if ending.ending == "approved":
        return RELEASE
    return Ruling(action="notice" if ending.ending == "pending" else "refuse", text=ending.text)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
