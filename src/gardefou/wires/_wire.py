"""A wire: one vendor protocol, read and spoken; the same shape for each.

Rules:

1. Reading changes nothing: a request or an answer that needs no edit goes on byte for byte.
2. An edit changes the one field it names; every other byte stays.
3. Nothing here does input or output, reads a clock or waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gardefou.errors import UsageError
from gardefou.wires._interceptor import Interceptor
from gardefou.wires._model import Answer, Reply, Request, Ruling


class Wire(Protocol):
    """What the doors need of a vendor protocol."""

    @property
    def name(self) -> str:
        """Such as ``openai.chat``."""
        ...

    def read_request(self, body: bytes) -> Request:
        """Read a request.

        Raises:
            InputError: codes ``wire.*``.
        """
        ...

    def read_answer(self, body: bytes) -> Answer:
        """Read an answer in one piece.

        Raises:
            InputError: codes ``wire.*``.
        """
        ...

    def render_answer(self, body: bytes, answer: Answer, rulings: Mapping[str, Ruling]) -> bytes:
        """The answer after the rulings: the very same bytes when every call is released."""
        ...

    def interceptor(self, request: Request) -> Interceptor:
        """A reader for the streamed answer to a request."""
        ...

    def with_model(self, body: bytes, model: str) -> bytes:
        """The request for another model."""
        ...

    def with_usage(self, body: bytes) -> bytes:
        """The request, asking for the usage of a stream; the interceptor takes it out again."""
        ...

    def with_system(self, body: bytes, text: str) -> bytes:
        """The request with a system instruction, which is never added a second time."""
        ...

    def explain(self, body: bytes, answer: Answer, texts: Mapping[str, str]) -> bytes:
        """The request that asks the model again: its turn, and a text as each call's result.

        Raises:
            UsageError: ``wire.explain`` when a call of the answer has no text.
        """
        ...

    def keep_alive(self) -> bytes:
        """What a client of a stream passes over in silence."""
        ...

    def error(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """An error; no status makes an SDK send a refused request again."""
        ...

    def refusal(self, request: Request, text: str, *, id: str, at_s: int) -> Reply:  # noqa: A002 - the wire's word
        """An answer, streamed if the request asks so, in which the model refuses."""
        ...

    def notice(self, request: Request, text: str, *, id: str, at_s: int) -> Reply:  # noqa: A002 - the wire's word
        """An answer, streamed if the request asks so, in which the model says ``text``."""
        ...


def check_texts(answer: Answer, texts: Mapping[str, str]) -> None:
    """Every call that a client would run needs a result before the model can go on.

    Raises:
        UsageError: ``wire.explain``.
    """
    for call in answer.calls:
        if call.executor == "client" and call.key not in texts:
            raise UsageError(
                f"the call `{call.key}` has no text",
                code="wire.explain",
                help="give each call a text: a model that is asked again needs all results",
            )
