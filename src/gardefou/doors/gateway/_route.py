"""The way of one request to an upstream and back, in the upstream's own form.

1. On the caller's own wire the very bytes go on, but for the model where another one takes over.
2. On another wire the request is translated; so are the answer, its errors and its stream. What
   cannot be translated is an error that names the field.
3. A translated request takes none of the caller's headers along: they belong to another vendor.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from gardefou.doors.gateway._endpoints import Endpoint, Family
from gardefou.doors.gateway._headers import Headers, downward, upward
from gardefou.doors.gateway._http import Caller
from gardefou.doors.gateway._replies import reply_headers
from gardefou.doors.gateway._upstream import Limits, Sender, Upstreamed
from gardefou.errors import InputError
from gardefou.wires import Request, Wire
from gardefou.wires.translation import Note, Translated, Translation, translation

DEFAULT_MAX_TOKENS = 4_096  # where a vendor wants a limit and the caller gave none
_PATHS = {
    "openai.chat": "/v1/chat/completions",
    "openai.responses": "/v1/responses",
    "anthropic.messages": "/v1/messages",
}
_MAX_NOTES = 20
_JSON: Headers = [(b"content-type", b"application/json"), (b"accept", b"*/*")]


def family_of(wire: Wire) -> Family:
    """Which vendor's wire it is."""
    return "anthropic" if wire.name.startswith("anthropic.") else "openai"


class Route:
    """One request's way to one model at one upstream."""

    def __init__(
        self,
        endpoint: Endpoint,
        wire: Wire,
        request: Request,
        body: bytes,
        *,
        model: str,
        now_s: int,
    ) -> None:
        """Prepare the request.

        Raises:
            InputError: ``translate.*`` when it cannot be put in the upstream's form.
        """
        self.endpoint = endpoint
        self.model = model
        self._wire = wire
        self._now_s = now_s
        self._is_stream = request.stream
        self._translation: Translation | None = None
        self._translated: Translated | None = None
        self.body = body
        if wire.name not in endpoint.wires:
            self._translation = translation(wire.name, endpoint.wires[0])
            self._translated = self._translation.request(
                body, model=model, max_tokens_default=DEFAULT_MAX_TOKENS
            )
            self.body = self._translated.body
        elif model != request.model:
            self.body = wire.with_model(body, model)

    @property
    def is_translated(self) -> bool:
        """Whether the upstream speaks another wire."""
        return self._translation is not None

    async def send(self, sender: Sender, caller: Caller) -> Upstreamed:
        """Send the request.

        Raises:
            UpstreamError: when there is no answer.
            InputError: when headers or address cannot be forwarded.
        """
        endpoint, path, query = self.endpoint, caller.path, caller.query
        headers = upward(caller.headers)
        if self._translation is not None:
            path, query, headers = _PATHS[self._translation.served], "", list(_JSON)
        headers, body = endpoint.prepared(headers, self.body)
        upstream = endpoint.settings
        return await sender.send(
            caller.method,
            endpoint.url(path, query, model=self.model, streams=self._is_stream),
            [*headers, *endpoint.authentication()],
            body,
            Limits(upstream.connect_s, upstream.read_s, upstream.connections),
        )

    def headers(self, answer: Upstreamed) -> Headers:
        """The headers of an answer that the caller may see."""
        if self._translation is None:
            return downward(answer.headers)
        kept = (b"retry-after", b"retry-after-ms", b"request-id", b"x-request-id", b"content-type")
        found = [header for header in downward(answer.headers) if header[0] in kept]
        if self._translated is not None and self._translated.notes:
            found.append((b"gardefou-translation-notes", _paths(self._translated.notes)))
        return found

    def whole(self, body: bytes) -> tuple[bytes, Headers]:
        """An answer in the caller's form, and the header about what was left out of it.

        Raises:
            InputError: ``translate.answer`` when it cannot be put in that form.
        """
        if self._translation is None or self._translated is None:
            return body, []
        made = self._translation.answer(body, self._translated.exchange, now_s=self._now_s)
        return made.body, [(b"gardefou-answer-notes", _paths(made.notes))] if made.notes else []

    def failure(self, answer: Upstreamed, body: bytes) -> tuple[int, Headers, bytes]:
        """An upstream's error: as it is, or in the caller's form."""
        headers = self.headers(answer)
        if self._translation is None:
            return answer.status, headers, body
        reply = self._translation.error(answer.status, body)
        own = reply_headers(reply)
        names = {name for name, _ in own}
        return reply.status, [*own, *(h for h in headers if h[0] not in names)], reply.body

    async def chunks(self, answer: Upstreamed) -> AsyncIterator[bytes]:
        """A streamed answer in the caller's form, as it comes.

        Raises:
            UpstreamError: when it breaks off.
        """
        if self._translation is None or self._translated is None:
            async for chunk in answer.chunks():
                yield chunk
            return
        stream = self._translation.stream(self._translated.exchange, now_s=self._now_s)
        async for chunk in answer.chunks():
            if out := stream.feed(chunk):
                yield out
        if out := stream.close():
            yield out


def _paths(notes: Sequence[Note]) -> bytes:
    """The fields that the translation left out or filled in, as a header says them."""
    paths = [note.path for note in notes]
    shown = ", ".join(paths[:_MAX_NOTES]).encode("ascii", "replace")
    more = len(paths) - _MAX_NOTES
    return shown + b", and %d more" % more if more > 0 else shown


def unsupported(error: InputError) -> bool:
    """Whether an error says that a request cannot be put in another vendor's form."""
    return error.code.startswith("translate.")
