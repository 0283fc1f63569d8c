"""The path of one request, from the caller's bytes to the answer's.

Rules:

1. Read, build the actions, decide and record them; only then reserve and forward the very bytes
   that were read (law 4).
2. The answer and its calls are decided and recorded; only then does it leave, with what was refused
   or held replaced.
3. Where an order refuses a model and a plan names another one, that one is decided from the start.
4. An upstream's error crosses as it is: status and body.
5. An answer that waits for people is kept: the same request gets it without the model being asked.
   In the background its caller polls (`_background`).
6. Whatever fails before the answer has begun ends in the wire's own error form.

It has more than 400 lines because the path of a request is read in one place, from top to bottom.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from functools import cached_property

import msgspec

from gardefou.doors.gateway._actions import frame_of, request_actions, response_action
from gardefou.doors.gateway._budgets import Exceeded, Reservation, Unpriced, Usage
from gardefou.doors.gateway._endpoints import Endpoint
from gardefou.doors.gateway._gateway import Gateway
from gardefou.doors.gateway._headers import Headers
from gardefou.doors.gateway._holds import wait_of
from gardefou.doors.gateway._http import Caller
from gardefou.doors.gateway._jobs import Job
from gardefou.doors.gateway._judging import Judging, Ruled, Stop
from gardefou.doors.gateway._keys import Key
from gardefou.doors.gateway._passage import refusal_of_budget
from gardefou.doors.gateway._pending import MOST_BYTES, Kept, name_of
from gardefou.doors.gateway._polled import Polled
from gardefou.doors.gateway._previous import Step, Unseen, said, unseen_of, with_names
from gardefou.doors.gateway._relay import Relay, usage_of
from gardefou.doors.gateway._replies import (
    NO_RETRY,
    Refused,
    accepted,
    decision_headers,
    hold_headers,
    reply_headers,
    strictest_of,
)
from gardefou.doors.gateway._route import Route, family_of
from gardefou.doors.gateway._upstream import Upstreamed, Upstreams
from gardefou.errors import InputError, UpstreamError
from gardefou.orders import Fallback, fallback_for
from gardefou.service import Judgement
from gardefou.wires import (
    RELEASE,
    Answer,
    Call,
    Item,
    Request,
    ResponsesWire,
    Result,
    Ruling,
    Wire,
)

JSON: Headers = [(b"content-type", b"application/json")]
EVENT_STREAM: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
]
_MOST_OUTPUT = 128_000  # what a model may answer at most when a request does not say


class Exchange:
    """One request to a model, whole or streamed."""

    def __init__(
        self, gateway: Gateway, caller: Caller, wire: Wire, key: Key, *, upstreams: Upstreams
    ) -> None:
        """Begin with an authenticated caller."""
        self.gateway = gateway
        self.upstreams = upstreams
        self.caller = caller
        self.wire = wire
        self.key = key
        self.request: Request
        self.judging: Judging
        self._endpoint: Endpoint
        self._route: Route
        self._fallback: Fallback | None = None
        self._own_items: tuple[Item, ...] = ()
        self._unseen: tuple[Unseen, ...] = ()
        self._began = time.perf_counter()
        self._verdict = ""
        self._ended: tuple[Judgement, int] | None = None  # a stream, and the tokens that it took
        self._body = b""
        self._polled: Polled

    async def run(self) -> None:
        """Answer the caller.

        Raises:
            Refused: to be told in the wire's form; and the errors of the parts.
        """
        gateway, caller = self.gateway, self.caller
        server = gateway.settings.server
        body = await caller.body(server.body_limit_bytes, server.body_timeout_s)
        self._body = body
        self.request = request = self.wire.read_request(body)
        if not self.key.may_use(self.wire.name, request.model):
            raise Refused(403, "key_scope", "this key is not for this model on this wire")
        job = Job(
            stage="request",
            at_us=gateway.clock(),
            request=body,
            user=caller.text(b"gardefou-user"),
            session=caller.text(b"gardefou-session"),
        )
        self._polled = Polled(gateway, caller, job)
        await self._begin()
        with gateway.telemetry.request(self.wire.name, caller.header(b"traceparent")) as span:
            self.judging.trace_id = span.trace_id
            span.note("gen_ai.operation.name", "chat")
            span.note("gen_ai.request.model", request.model[:200])
            await self._decided(body)
            span.note("http.response.status_code", caller.status)
            span.note("gardefou.decision", self._verdict)

    async def collect(self, identity: str, job: Job) -> None:
        """Go on with what waited in the background, now that people have decided.

        Raises:
            Refused: to be told in the wire's form; and the errors of the parts.
        """
        self._polled = Polled(self.gateway, self.caller, job, identity)
        self.request = self.wire.read_request(job.request)
        await self._begin()
        try:
            if job.stage == "answer":
                await self._through(200, JSON, job.body, b"", explains=False)
            elif (judged := await self._admit(job.request)) is not None:
                self.request = msgspec.structs.replace(self.request, background=False)
                body = ResponsesWire().in_foreground(job.request)
                await self._rounds(body, judged)
        finally:
            self.judging.close()

    async def _decided(self, body: bytes) -> None:
        """Decide, and ask the upstream where that is allowed."""
        gateway, request = self.gateway, self.request
        if request.tools:
            known = gateway.service.service.policies.of(self.key.tenant).catalogue
            await gateway.offered.note(self.key.tenant, request.tools, known)
        try:
            judged = await self._admit(body)
            if judged is not None and not await self._again():
                await self._rounds(body, judged)
        finally:
            self.judging.close()

    async def _begin(self) -> None:
        """Put together what decides: the frame, and the conversation with what it continues."""
        gateway, caller, request = self.gateway, self.caller, self.request
        self._endpoint = self._endpoint_of(request.model)
        self._own_items = request.items
        user, session = self._polled.job.user, self._polled.job.session
        items = request.items
        principal = self.key.principal(user or request.user)
        if request.previous:
            earlier = await gateway.continued.load(principal, request.previous)
            self._unseen = earlier.unseen
            items = with_names((*earlier.items, *items))
            session = session or earlier.session
            self.request = request = msgspec.structs.replace(request, items=items)
        resolved = gateway.resolved(self._endpoint, request.model)
        frame = frame_of(
            request,
            principal,
            resolved,
            session=session,
            attributes=gateway.settings.attributes(self.key.tenant, self.key.application),
        )
        wait_s = gateway.settings.server.wait_s
        if request.stream:
            wait_s = gateway.settings.server.stream_wait_s
        self.judging = Judging(
            gateway,
            frame,
            items,
            mode=gateway.mode(self.key),
            wait_s=0.0 if self._in_background else wait_of(caller.header(b"prefer"), wait_s),
            together=self._in_background,
        )

    def _endpoint_of(self, model: str, channel: str = "") -> Endpoint:
        """The upstream that serves a model.

        Raises:
            Refused: ``model_not_found``.
        """
        found = self.gateway.endpoints.for_model(
            model, family_of(self.wire), channel, wire=self.wire.name
        )
        if found is None:
            raise Refused(404, "model_not_found", "no upstream is set up for this model")
        return found

    async def _admit(self, body: bytes) -> Judgement | None:
        """Decide the request; None when it stops here and the caller has been answered."""
        judging = self.judging
        actions = request_actions(judging.frame, self.request, body)
        await judging.reserve(actions[0])
        judged = await judging.decide(actions)
        if not all(judgement.goes_ahead for judgement in judged):
            first = judged
            judged = await self._instead(body, judged)
            stop = await judging.stop(judged)
            if stop is not None or judged is not first:
                await judging.give_back()
            if stop is not None:
                await self._stopped(stop)
                return None
        judging.admitted(judged)
        return judged[0] if len(judged) == 1 else strictest_of(judged)

    async def _instead(self, body: bytes, judged: list[Judgement]) -> list[Judgement]:
        """Another model where orders refuse this one and a plan names it (rule 3)."""
        judgement = judged[0]
        register = judgement.guard.orders
        if register is None or not any(ground.order for ground in judgement.decision.grounds):
            return judged
        action = judgement.labelled.action
        found = fallback_for(
            action,
            self.gateway.clock(),
            register,
            emergency=judgement.guard.has_emergency_rule,
        )
        if found is None:
            return judged
        try:
            endpoint = self._endpoint_of(found.target.model, found.target.channel)
        except Refused:
            return judged  # the plan names a model that no upstream serves here
        instead = found.action
        frame = msgspec.structs.replace(
            self.judging.frame, vendor=instead.vendor, model=instead.model, channel=instead.channel
        )
        self.judging.frame = frame
        self._endpoint, self._fallback = endpoint, found
        return await self.judging.decide(request_actions(frame, self.request, body))

    async def _rounds(self, body: bytes, judgement: Judgement) -> None:
        """Ask the upstream; again where refusals are explained to the model, within bounds."""
        tenant = self.gateway.settings.tenant(self.key.tenant)
        model = self._fallback.target.model if self._fallback else self.request.model
        sent = self._in_context(self._continued(body))
        may_explain = tenant.on_deny == "explain" and self.upstreams.asks_again
        for left in range(tenant.explain_limit, -1, -1):
            explains = left > 0 and may_explain and not self.request.stream
            reservation = await self._reserve(sent, model)
            used: Usage | None = None
            try:
                self._route = self._with_body(sent, model)
                used, again = await self._forward(sent, judgement, explains=explains)
            finally:
                if used is not None:
                    self.gateway.metrics.tokens["input"] += used.input
                    self.gateway.metrics.tokens["output"] += used.output
                if reservation is not None:
                    await self.gateway.budgets.settle(reservation, used)
                if self._ended is not None:
                    await self.judging.used(*self._ended)
            if again is None:
                return
            sent = again
            judged = await self.judging.decide(
                request_actions(self.judging.frame, self.request, sent)[:1]
            )
            if (stop := await self.judging.stop(judged)) is not None:
                await self._stopped(stop)
                return

    async def _again(self) -> bool:
        """Answer with what was kept for this very request (rule 5); False when nothing was."""
        pending, now_us = self.gateway.pending, self.gateway.clock()
        if not self.request.tools or self._in_background or await pending.is_empty(now_us):
            return False
        kept = await pending.find(self.judging.frame.principal, self._waits_as, now_us)
        if kept is None:
            return False
        headers: Headers = [(b"gardefou-kept", b"true")]
        if self.request.stream:
            await self._stream(kept.status, [*headers, *EVENT_STREAM], _once(kept.body))
        else:
            await self._through(kept.status, [*headers, *JSON], kept.body, b"", explains=False)
        return True

    async def _keep_waiting(self, status: int, body: bytes) -> None:
        """Keep the answer while something of it waits; forget it when nothing does."""
        if not self.request.tools or not self.judging.holds:
            return
        pending, principal = self.gateway.pending, self.judging.frame.principal
        if any(held.ending == "pending" for held in self.judging.holds):
            kept = Kept(self.gateway.clock(), status, body)
            await pending.keep(principal, self._waits_as, kept)
        else:
            await pending.forget(principal, self._waits_as)

    @cached_property
    def _waits_as(self) -> str:
        """The name of this request, should its answer wait for people."""
        return name_of(self.caller.method, self.caller.path, self._body)

    def _with_body(self, body: bytes, model: str) -> Route:
        counts = self._is_metered or self._has_orders
        if self.request.stream and not self.request.wants_usage and counts:
            body = self.wire.with_usage(body)
        return Route(self._endpoint, self.wire, self.request, body, model=model, now_s=self._now_s)

    def _continued(self, body: bytes) -> bytes:
        """The request with the results that the client cannot give: of calls that it never saw."""
        if not self._unseen or not isinstance(self.wire, ResponsesWire):
            return body
        given = {item.id for item in self._own_items if isinstance(item, Result)}
        left = [(u.call, u.text) for u in self._unseen if u.call.id not in given]
        return self.wire.with_results(body, left)

    def _in_context(self, body: bytes) -> bytes:
        gateway = self.gateway
        tenant = gateway.settings.tenant(self.key.tenant)
        if tenant.context != "articles":
            return body
        service = gateway.service.service
        text = gateway.context.text(
            service.policies.of(self.key.tenant).guard,
            service.session(self.key.tenant),
            self.request.tools,
            tenant.context_tokens,
            gateway.clock(),
        )
        return self.wire.with_system(body, text) if text else body

    async def _reserve(self, body: bytes, model: str) -> Reservation | None:
        budgets, key = self.gateway.budgets, self.key
        if not self._is_metered:
            return None
        # A token has at least one byte, so the body's bytes bound what the vendor will count.
        most = Usage(input=len(body), output=self.request.max_output_tokens or _MOST_OUTPUT)
        found = await budgets.reserve(
            key.tenant, key.application, model, most, self.gateway.clock()
        )
        if isinstance(found, (Exceeded, Unpriced)):
            raise refusal_of_budget(found)
        return found

    async def _forward(
        self, sent: bytes, judgement: Judgement, *, explains: bool
    ) -> tuple[Usage | None, bytes | None]:
        """Send the request on and answer with what comes back.

        Gives the tokens used, and the request that explains refusals where one is to follow.
        """
        route, caller = self._route, self.caller
        metrics = self.gateway.metrics
        metrics.before_upstream.add(time.perf_counter() - self._began)
        try:
            sending = await route.send(self.upstreams.sender(route.endpoint), caller)
        except UpstreamError as error:
            metrics.upstream_errors[(route.endpoint.name, error.code)] += 1
            raise
        with sending as answer:
            limit = self.gateway.settings.server.answer_limit_bytes
            if not 200 <= answer.status < 300:
                status, headers, data = route.failure(answer, await answer.read(limit))
                await self._polled.give(
                    self.judging.frame.principal,
                    status,
                    [*headers, *self._headers(judgement)],
                    data,
                )
                return None, None
            if self.request.stream:
                return await self._streamed(answer), None
            return await self._whole(answer, await answer.read(limit), sent, explains=explains)

    async def _whole(
        self, upstreamed: Upstreamed, data: bytes, sent: bytes, *, explains: bool
    ) -> tuple[Usage | None, bytes | None]:
        """A whole answer of the upstream, in the caller's form."""
        body, notes = self._in_callers_form(data)
        headers = [*self._route.headers(upstreamed), *notes]
        return await self._through(upstreamed.status, headers, body, sent, explains=explains)

    async def _through(
        self, status: int, headers: Headers, body: bytes, sent: bytes, *, explains: bool
    ) -> tuple[Usage | None, bytes | None]:
        """Decide a whole answer, and let through what may go (rule 2)."""
        answer = self._read_answer(body)
        used = usage_of(answer)
        judging = self.judging
        action = response_action(judging.frame, streams=False, body=body)
        was_counted = bool(self._polled.job.holds)  # an answer that waited was, when it came
        tokens = 0 if used is None or was_counted else used.input + used.output
        self._polled.answered_as = answer.id
        judged = await judging.decide([action], tokens=tokens)
        if not judged[0].goes_ahead and (stop := await judging.stop(judged)) is not None:
            if stop.pending and self._in_background:
                await self._put_off(body, {"": stop.pending}, {})
            else:
                await self._stopped(stop)
            return used, None
        out = body
        if answer.calls:
            known = self._polled.job.rulings
            ruled = await judging.rule([c for c in answer.calls if c.key not in known])
            ruled = msgspec.structs.replace(ruled, rulings={**known, **ruled.rulings})
            if explains and (again := self._explained(sent, answer, ruled)) is not None:
                return used, again
            if ruled.waiting and self._in_background:
                left = {k: r for k, r in ruled.rulings.items() if k not in ruled.waiting}
                await self._put_off(body, ruled.waiting, left)
                return used, None
            judged += ruled.judged
            out = self.wire.render_answer(body, answer, ruled.rulings)
            released = [call for call in answer.calls if ruled.rulings[call.key] == RELEASE]
            await self._keep(answer, released, unseen_of(answer.calls, ruled.rulings))
            await self._keep_waiting(status, body)
        else:
            await self._keep(answer, (), ())
            if self._in_background:
                await self._polled.note_running(self.judging.frame.principal, body)
        strictest = judged[0] if len(judged) == 1 else strictest_of(judged)
        full = [*headers, *self._headers(strictest)]
        if not strictest.goes_ahead:
            full.append(NO_RETRY)
        await self._polled.give(self.judging.frame.principal, status, full, out)
        return used, None

    @property
    def _in_background(self) -> bool:
        """Whether the caller polls: nothing waits for people in this connection."""
        request = self.request
        is_asked = self.wire.name == "openai.responses" and request.background
        return bool(self._polled.identity) or (is_asked and not request.stream)

    async def _put_off(
        self, body: bytes, holds: dict[str, str], rulings: dict[str, Ruling]
    ) -> None:
        """Keep a whole answer that waits for people; its caller polls."""
        principal = self.judging.frame.principal
        await self._polled.put_off(principal, body, holds, rulings)

    def _explained(self, sent: bytes, answer: Answer, ruled: Ruled) -> bytes | None:
        """The request that tells the model why; only when every call of its turn was refused."""
        if not all(ruling.action == "refuse" for ruling in ruled.rulings.values()):
            return None
        texts = {key: ruling.text for key, ruling in ruled.rulings.items()}
        return self.wire.explain(sent, answer, texts)

    def _in_callers_form(self, data: bytes) -> tuple[bytes, Headers]:
        try:
            return self._route.whole(data)
        except InputError as error:
            raise _malformed(error) from None

    def _read_answer(self, body: bytes) -> Answer:
        try:
            return self.wire.read_answer(body)
        except InputError as error:
            raise _malformed(error) from None

    async def _streamed(self, upstreamed: Upstreamed) -> Usage | None:
        """A streamed answer of the upstream; its bytes are kept in case something of it waits."""
        seen: list[bytes] = []
        chunks = self._route.chunks(upstreamed)
        if self.request.tools:
            chunks = _noted(chunks, seen)
        used = await self._stream(upstreamed.status, self._route.headers(upstreamed), chunks)
        if seen:
            await self._keep_waiting(upstreamed.status, b"".join(seen))
        return used

    async def _stream(
        self, status: int, headers: Headers, chunks: AsyncIterator[bytes]
    ) -> Usage | None:
        """Let a streamed answer through, call by call."""
        judging = self.judging
        judged = await judging.decide([response_action(judging.frame, streams=True)])
        if not judged[0].goes_ahead and (stop := await judging.stop(judged)) is not None:
            await self._stopped(stop)
            return None
        await self.caller.begin(status, [*headers, *self._headers(judged[0])])
        relay = Relay(self.gateway, self.caller, self.wire, self.request, judging)
        answer = await relay.run(chunks)
        if answer is not None:
            await self._keep(answer, relay.released, relay.unseen)
        used = usage_of(answer)
        if used is not None:
            self._ended = (judged[0], used.input + used.output)
        return used

    async def _keep(
        self, answer: Answer, released: Sequence[Call], unseen: tuple[Unseen, ...]
    ) -> None:
        """Keep the turn where a later request may continue it by its id."""
        if self.wire.name != "openai.responses" or not answer.id:
            return
        frame = self.judging.frame
        step = Step(
            previous=self.request.previous,
            session=frame.session,
            items=(*self._own_items, *said(answer)),
            unseen=unseen,
        )
        await self.gateway.continued.keep(
            frame.principal, answer.id, step, released, self.gateway.clock()
        )

    async def _stopped(self, stop: Stop) -> None:
        """Answer instead of the vendor: nothing was sent, or nothing of it leaves."""
        wire, request = self.wire, self.request
        if stop.pending and self._in_background:
            identity = self._polled.identity or f"gardefou-{stop.judgement.id}"
            shell = ResponsesWire().begun(request, [stop.pending], id=identity, at_s=self._now_s)
            principal, held = self.judging.frame.principal, {"": stop.pending}
            await self._polled.wait(principal, identity, held, shell=shell)
            return
        if self._polled.identity:
            body = ResponsesWire().ended(self._polled.job.shell, "failed", stop.text)
            await self._polled.give(
                self.judging.frame.principal, 200, [*JSON, *self._headers(stop.judgement)], body
            )
            return
        if not stop.pending:
            reply = wire.error(403, "guardrail_denied", stop.text)
        elif b"respond-async" in self.caller.header(b"prefer").lower() and not request.stream:
            reply = accepted(stop.pending, stop.text)
        else:
            identity = f"gardefou-{stop.judgement.id}"
            reply = wire.notice(request, stop.text, id=identity, at_s=self._now_s)
        headers: Headers = [*reply_headers(reply), *self._headers(stop.judgement)]
        if NO_RETRY not in headers:
            headers.append(NO_RETRY)
        await self.caller.reply(reply.status, headers, reply.body)

    def _headers(self, judgement: Judgement) -> Headers:
        self._verdict = judgement.verdict.word
        headers = [*decision_headers(judgement), *hold_headers(self.judging.holds)]
        if self._fallback is not None:
            headers.append((b"gardefou-fallback", self._fallback.header.encode("ascii", "replace")))
        return headers

    @property
    def _is_metered(self) -> bool:
        return bool(self.gateway.budgets.of(self.key.tenant, self.key.application))

    @property
    def _has_orders(self) -> bool:
        """Orders are known here: the tokens that still go to a vendor are part of their evidence."""
        register = self.gateway.service.service.guard(self.key.tenant).orders
        return register is not None and bool(register.orders)

    @property
    def _now_s(self) -> int:
        return self.gateway.clock() // 1_000_000


def _malformed(error: InputError) -> Refused:
    return Refused(
        502, "upstream_malformed", f"the upstream's answer cannot be read: {error.message}"
    )


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _noted(chunks: AsyncIterator[bytes], seen: list[bytes]) -> AsyncIterator[bytes]:
    """The chunks, noted as they pass; not more of them than are kept."""
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size <= MOST_BYTES:
            seen.append(chunk)
        else:
            seen.clear()
        yield chunk
