"""The part of a stream's interception that every wire shares.

Rules:

1. Text flows on at once; a tool call is withheld until it is complete and ruled on (law 7).
2. Events behind a withheld one wait too, except keep-alives: comments, and what a wire calls ping.
3. Bytes released and calls proposed are the same for every way of cutting the stream (law 7).
4. A stream that breaks its wire ends with an error event; what was withheld is dropped.
5. At most `MAX_HELD_BYTES` wait and at most `MAX_CALLS` calls are proposed; more breaks the stream.
"""

from __future__ import annotations

from gardefou.errors import InputError, UsageError
from gardefou.wires._model import Answer, Broken, Call, Finished, Proposed, Release, Ruling, Step
from gardefou.wires._sse import Event, Splitter

MAX_HELD_BYTES = 16 * 1024 * 1024
MAX_CALLS = 1024


class Interceptor:
    """Reads one streamed answer: chunks and rulings go in, steps come out; nothing is awaited."""

    def __init__(self) -> None:
        """Begin at the start of a stream."""
        self._splitter = Splitter()
        self._out: list[bytes] = []
        self._steps: list[Step] = []
        self._held_bytes = 0
        self._undecided: dict[str, Call] = {}
        self._rulings: dict[str, Ruling] = {}
        self._fault: tuple[str, str, bytes] | None = None
        self._result: Answer | None = None
        self._has_ended = False
        self._is_over = False

    def feed(self, chunk: bytes) -> list[Step]:
        """Take in the next bytes from upstream, cut anywhere."""
        if self._is_over:
            return []
        try:
            for event in self._splitter.feed(chunk):
                self._next(event)
        except InputError as error:
            self._break(error.code, error.message)
        return self._settle()

    def rule(self, key: str, ruling: Ruling) -> list[Step]:
        """Rule on a proposed call; what waited for it alone is released.

        Raises:
            UsageError: ``wire.ruling`` when no such call waits.
        """
        if self._undecided.pop(key, None) is None:
            raise UsageError(
                f"no call `{key[:80]}` waits for a ruling",
                code="wire.ruling",
                help="rule once on each proposed call, by its key",
            )
        self._rulings[key] = ruling
        try:
            self._drain()
        except InputError as error:
            self._break(error.code, error.message)
        return self._settle()

    def close(self) -> list[Step]:
        """Note that upstream sends no more; calls that wait can still be ruled on."""
        if self._is_over:
            return []
        try:
            events, rest = self._splitter.close()
            for event in events:
                self._next(event)
            if not self._is_over:
                self._end(rest)
        except InputError as error:
            self._break(error.code, error.message)
        return self._settle()

    def fail(self, code: str, message: str) -> list[Step]:
        """End the stream with an error event, as when upstream fails or a decision cannot be had."""
        if not self._is_over:
            self._undecided.clear()
            self._break(code, message)
        return self._settle()

    # What each wire fills in.

    def _take(self, event: Event) -> None:
        """Read one event that has data."""
        raise NotImplementedError

    def _drain(self) -> None:
        """Release what no undecided call is in front of."""
        raise NotImplementedError

    def _complete(self) -> bool:
        """Whether the answer was whole although its last event never came."""
        raise NotImplementedError

    def _answer(self) -> Answer:
        raise NotImplementedError

    def _error(self, code: str, message: str) -> bytes:
        """The events that tell the client of an error."""
        raise NotImplementedError

    # What all share.

    def _next(self, event: Event) -> None:
        if self._is_over or self._has_ended:
            return
        if event.data is None:
            self._out.append(event.raw)  # rule 2
        else:
            self._take(event)

    def _end(self, rest: bytes) -> None:
        if not self._has_ended:
            if rest.strip() or not self._complete():
                raise InputError(
                    "the upstream's stream ended in the middle of an answer",
                    code="wire.truncated",
                    help="ask again",
                )
            self._conclude()

    def _conclude(self) -> None:
        """Note that the answer is whole, before its last event leaves: it must be readable."""
        self._result = self._answer()
        self._has_ended = True

    def _hold(self, event: Event) -> None:
        """Rule 5: count what waits."""
        self._held_bytes += len(event.raw)
        if self._held_bytes > MAX_HELD_BYTES:
            raise InputError(
                f"more than {MAX_HELD_BYTES} bytes of the stream wait behind a tool call",
                code="wire.held_size",
                expected=f"at most {MAX_HELD_BYTES} bytes",
                help="ask for a shorter answer",
            )

    def _propose(self, call: Call) -> None:
        if len(self._undecided) + len(self._rulings) >= MAX_CALLS:
            raise InputError(
                f"the answer has more than {MAX_CALLS} tool calls",
                code="wire.call_count",
                expected=f"at most {MAX_CALLS} calls",
                help="ask again",
            )
        self._undecided[call.key] = call
        self._flush_bytes()
        self._steps.append(Proposed(call))

    def _break(self, code: str, message: str, raw: bytes = b"") -> None:
        """Read no further; ``raw`` is the upstream's own error event where it sent one."""
        self._has_ended = True
        self._fault = self._fault or (code, message, raw)

    def _settle(self) -> list[Step]:
        """End the stream once nothing waits for a ruling: what came before has left by then."""
        if self._has_ended and not self._is_over and not self._undecided:
            self._is_over = True
            if self._fault is None:
                self._flush_bytes()
                self._steps.append(Finished(self._result or Answer()))
            else:
                code, message, raw = self._fault
                self._out.append(raw or self._error(code, message))
                self._flush_bytes()
                self._steps.append(Broken(code, message))
        self._flush_bytes()
        steps, self._steps = self._steps, []
        return steps

    def _flush_bytes(self) -> None:
        if self._out:
            self._steps.append(Release(b"".join(self._out)))
            self._out.clear()
