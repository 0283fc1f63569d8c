"""A request of one wire served by another: its body, its answer, its errors and its stream.

1. What cannot be carried is an `InputError` that names the field; nothing is dropped in silence.
2. What is left out and changes no meaning is a note that names the field.
3. Arguments and schemas keep their text: no number and no order of keys changes.
4. A stream is the same for every way of cutting it (law 7), and one that ends early ends with an
   error in the caller's form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import msgspec

from gardefou.errors import InputError, UsageError
from gardefou.wires._model import Reply
from gardefou.wires._sse import Event as Sse
from gardefou.wires._sse import Splitter
from gardefou.wires.translation import chat, messages, responses
from gardefou.wires.translation._core import (
    NO_EXCHANGE,
    Answer,
    Done,
    Event,
    Exchange,
    Failure,
    Note,
    Request,
)
from gardefou.wires.translation._faults import anthropic_reply, openai_reply, read_failure
from gardefou.wires.translation._reading import Notes

_LAST = (Done, Failure)


class _Reader(Protocol):
    def read(self, event: Sse) -> Iterator[Event]: ...


class _Writer(Protocol):
    def write(self, said: Event) -> bytes: ...


class Translated(msgspec.Struct, frozen=True, kw_only=True):
    """A body in the other wire, what was left out of it, and what its answer needs to know."""

    body: bytes
    notes: tuple[Note, ...] = ()
    exchange: Exchange = NO_EXCHANGE
    is_stream: bool = False


class StreamTranslator:
    """A vendor's stream in, the caller's stream out, event by event."""

    def __init__(self, reader: Callable[[Notes], _Reader], writer: _Writer) -> None:
        """Begin at the start of a stream."""
        self._notes: Notes = []
        self._reader = reader(self._notes)
        self._writer = writer
        self._splitter = Splitter()
        self._is_over = False
        self._is_broken = False

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was left out so far."""
        return tuple(self._notes)

    @property
    def is_broken(self) -> bool:
        """Whether the stream ended with an error, the vendor's or one of its form."""
        return self._is_broken

    def feed(self, data: bytes) -> bytes:
        """Take in bytes of the vendor's stream and give back bytes of the caller's."""
        if self._is_over:
            return b""
        out: list[bytes] = []
        try:
            for event in self._splitter.feed(data):
                self._take(event, out)
                if self._is_over:
                    break
        except InputError as error:
            out.append(self._fail(error.message))
        return b"".join(out)

    def close(self) -> bytes:
        """The end of the vendor's stream: an error event, unless it ended as its wire says."""
        if self._is_over:
            return b""
        out: list[bytes] = []
        try:
            for event in self._splitter.close()[0]:
                if not self._is_over:
                    self._take(event, out)
        except InputError as error:
            out.append(self._fail(error.message))
        if not self._is_over:
            out.append(self._fail("the vendor's stream ended before its answer did"))
        return b"".join(out)

    def _take(self, event: Sse, out: list[bytes]) -> None:
        for said in self._reader.read(event):
            out.append(self._writer.write(said))
            if isinstance(said, _LAST):
                self._is_over = True
                self._is_broken = isinstance(said, Failure)
                return

    def _fail(self, message: str) -> bytes:
        self._is_over = self._is_broken = True
        return self._writer.write(Failure(fault="server", message=message))


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one wire."""

    read_request: Callable[[bytes, Notes], Request]
    write_request: Callable[[Request, str, Notes, int], bytes]
    read_answer: Callable[[bytes, Notes], Answer]
    write_answer: Callable[[Answer, Exchange, int], bytes]
    reader: Callable[[Notes], _Reader]
    writer: Callable[[Exchange, int], _Writer]
    write_failure: Callable[[Failure], Reply]
    echo: Callable[[bytes], dict[str, msgspec.Raw]] = lambda _: {}


_FORMS = {
    "openai.chat": _Form(
        read_request=chat.read_request,
        write_request=lambda request, model, notes, _: chat.write_request(request, model, notes),
        read_answer=chat.read_answer,
        write_answer=chat.write_answer,
        reader=chat.Reader,
        writer=chat.Writer,
        write_failure=openai_reply,
    ),
    "openai.responses": _Form(
        read_request=responses.read_request,
        write_request=lambda request, model, notes, _: responses.write_request(
            request, model, notes
        ),
        read_answer=responses.read_answer,
        write_answer=responses.write_answer,
        reader=responses.Reader,
        writer=responses.Writer,
        write_failure=openai_reply,
        echo=responses.echo,
    ),
    "anthropic.messages": _Form(
        read_request=messages.read_request,
        write_request=messages.write_request,
        read_answer=messages.read_answer,
        write_answer=messages.write_answer,
        reader=messages.Reader,
        writer=messages.Writer,
        write_failure=anthropic_reply,
    ),
}
TRANSLATED = tuple(sorted(_FORMS))


class Translation:
    """From a caller's wire to the wire that serves it, and back; pure, and used for any number."""

    def __init__(self, caller: str, served: str) -> None:
        """Name the two wires."""
        self.caller = caller
        self.served = served
        self._caller = _FORMS[caller]
        self._served = _FORMS[served]

    def request(self, body: bytes, *, model: str, max_tokens_default: int) -> Translated:
        """A caller's request for the vendor that serves it.

        ``model`` is the served vendor's name; ``max_tokens_default`` is taken where the vendor
        asks for a limit and the caller gave none.

        Raises:
            InputError: ``translate.unsupported`` and ``translate.type`` with the field's path,
                and ``wire.*`` for a body that is no strict JSON.
        """
        notes: Notes = []
        request = self._caller.read_request(body, notes)
        written = self._served.write_request(request, model, notes, max_tokens_default)
        exchange = Exchange(wants_usage=request.wants_usage, echo=self._caller.echo(body))
        return Translated(
            body=written, notes=tuple(notes), exchange=exchange, is_stream=request.stream
        )

    def answer(
        self,
        body: bytes,
        exchange: Exchange = NO_EXCHANGE,
        *,
        now_s: int = 0,
    ) -> Translated:
        """A vendor's whole answer for the caller; ``now_s`` is the time in seconds since 1970.

        Raises:
            InputError: ``translate.answer``.
        """
        notes: Notes = []
        answer = self._served.read_answer(body, notes)
        written = self._caller.write_answer(answer, exchange, now_s)
        return Translated(body=written, notes=tuple(notes), exchange=exchange)

    def error(self, status: int, body: bytes) -> Reply:
        """A vendor's error for the caller, with the same meaning for whoever tries again."""
        return self._caller.write_failure(read_failure(status, body))

    def stream(
        self,
        exchange: Exchange = NO_EXCHANGE,
        *,
        now_s: int = 0,
    ) -> StreamTranslator:
        """A translator for one stream."""
        return StreamTranslator(self._served.reader, self._caller.writer(exchange, now_s))


def translation(caller: str, served: str) -> Translation:
    """The translation between two wires by their names.

    Raises:
        UsageError: ``translate.wire`` when there is none.
    """
    for name in (caller, served):
        if name not in _FORMS:
            raise UsageError(
                f"nothing is translated from or to the wire `{name}`",
                code="translate.wire",
                help=f"the wires are {', '.join(TRANSLATED)}",
            )
    if caller == served:
        raise UsageError(
            f"`{caller}` needs no translation into itself",
            code="translate.wire",
            help="send the request on as it is",
        )
    return Translation(caller, served)
