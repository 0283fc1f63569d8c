"""OpenAI Chat Completions, and the many servers that speak it."""

from __future__ import annotations

from collections.abc import Mapping

from gardefou.wires._interceptor import Interceptor
from gardefou.wires._model import Answer, Reply, Request, Ruling
from gardefou.wires._replies import JSON, NO_RETRY, openai_error
from gardefou.wires._wire import check_texts
from gardefou.wires.chat import _answer, _edits, _forms, _request
from gardefou.wires.chat._stream import ChatInterceptor

__all__ = ["ChatWire"]


class ChatWire:
    """The wire ``openai.chat``."""

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
        return ChatInterceptor(request)

    def with_model(self, body: bytes, model: str) -> bytes:
        """As `Wire.with_model`."""
        return _edits.with_model(body, model)

    def with_usage(self, body: bytes) -> bytes:
        """As `Wire.with_usage`."""
        return _edits.with_usage(body)

    def with_system(self, body: bytes, text: str) -> bytes:
        """As `Wire.with_system`."""
        return _edits.with_system(body, text)

    def explain(self, body: bytes, answer: Answer, texts: Mapping[str, str]) -> bytes:
        """As `Wire.explain`."""
        check_texts(answer, texts)
        return _edits.explain(body, answer, texts)

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
        return _forms.said(request, "refusal", text, id=id, at_s=at_s)

    def notice(self, request: Request, text: str, *, id: str, at_s: int) -> Reply:  # noqa: A002 - the wire's word
        """As `Wire.notice`."""
        return _forms.said(request, "content", text, id=id, at_s=at_s)
