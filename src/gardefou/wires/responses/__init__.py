"""OpenAI Responses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gardefou.wires._interceptor import Interceptor
from gardefou.wires._model import Answer, Call, Reply, Request, Ruling
from gardefou.wires._replies import JSON, NO_RETRY, openai_error
from gardefou.wires._wire import check_texts
from gardefou.wires.responses import _answer, _background, _edits, _forms, _request
from gardefou.wires.responses._stream import ResponsesInterceptor

__all__ = ["ResponsesWire"]


class ResponsesWire:
    """The wire ``openai.responses``."""

    name = _request.NAME

    def read_request(self, body: bytes) -> Request:
        """As `Wire.read_request`."""
        return _request.read_request(body)

    def read_answer(self, body: bytes) -> Answer:
        """As `Wire.read_answer`."""
        return _answer.read_answer(body)

    def render_answer(self, body: bytes, answer: Answer, rulings: Mapping[str, Ruling]) -> bytes:
        """As `Wire.render_answer`."""
        return _answer.render_answer(body, answer, rulings)

    def interceptor(self, request: Request) -> Interceptor:
        """As `Wire.interceptor`."""
        return ResponsesInterceptor(request)

    def with_model(self, body: bytes, model: str) -> bytes:
        """As `Wire.with_model`."""
        return _edits.with_model(body, model)

    def with_usage(self, body: bytes) -> bytes:
        """As `Wire.with_usage`: the wire always counts."""
        return body

    def with_system(self, body: bytes, text: str) -> bytes:
        """As `Wire.with_system`."""
        return _edits.with_system(body, text)

    def explain(self, body: bytes, answer: Answer, texts: Mapping[str, str]) -> bytes:
        """As `Wire.explain`."""
        check_texts(answer, texts)
        return _edits.explain(body, answer, texts)

    def with_results(self, body: bytes, texts: Sequence[tuple[Call, str]]) -> bytes:
        """The request with a text as the result of each call that its client never saw."""
        return _edits.with_results(body, texts)

    def in_foreground(self, body: bytes) -> bytes:
        """The request as one whose answer comes in one piece."""
        return _edits.in_foreground(body)

    def begun(self, request: Request, holds: Sequence[str], *, id: str, at_s: int) -> bytes:  # noqa: A002 - the wire's word
        """The answer in the background to a request that waits for people."""
        return _background.begun(request, holds, id=id, at_s=at_s)

    def held(self, answer: bytes, holds: Sequence[str], *, id: str) -> bytes:  # noqa: A002 - as above
        """An answer in the background that is there and waits for people."""
        return _background.held(answer, holds, id=id)

    def ended(self, shell: bytes, status: _background.Ending, text: str) -> bytes:
        """An answer in the background that will not come."""
        return _background.ended(shell, status, text)

    def is_running(self, answer: bytes) -> bool:
        """Whether the vendor is still at work on an answer in the background."""
        return _background.is_running(answer)

    def keep_alive(self) -> bytes:
        """As `Wire.keep_alive`."""
        return b": keep-alive\n\n"

    def error(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """As `Wire.error`."""
        body = openai_error(status, code, message)
        return Reply(status=status, headers={**JSON, **NO_RETRY, **(headers or {})}, body=body)

    def refusal(self, request: Request, text: str, *, id: str, at_s: int) -> Reply:  # noqa: A002 - the wire's word
        """As `Wire.refusal`."""
        return _forms.said(request, "refuse", text, id=id, at_s=at_s)

    def notice(self, request: Request, text: str, *, id: str, at_s: int) -> Reply:  # noqa: A002 - the wire's word
        """As `Wire.notice`."""
        return _forms.said(request, "notice", text, id=id, at_s=at_s)
