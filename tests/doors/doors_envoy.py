"""Envoy's side of the ext_proc protocol, and a running gateway with the door that it asks at."""

from __future__ import annotations

import asyncio
import json
import queue
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import grpc
from gateway_running import Running, chat_answer

from gardefou.doors.envoy import EnvoyDoor
from gardefou.doors.envoy._messages import (
    FULL_DUPLEX_STREAMED,
    OVERWRITE,
    ProcessingRequest,
    ProcessingResponse,
)
from gardefou.doors.gateway import EnvoySettings

METHOD = "/envoy.service.ext_proc.v3.ExternalProcessor/Process"
JSON = [("content-type", "application/json")]
EVENTS = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")]


class Behind(Running):
    """A gateway that an Envoy asks; `talk` begins what Envoy does for one request."""

    def __init__(self, folder: Path, settings: str = "", **options: Any) -> None:
        super().__init__(folder, settings, **options)
        self.door = EnvoyDoor(EnvoySettings(listen="127.0.0.1:0"))
        self._in_loop(self.door.open(self.gateway))
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self.door.port}")

    def _in_loop(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def close_door(self, drain_s: float) -> None:
        self._in_loop(self.door.close(drain_s))

    def talk(self) -> Talk:
        return Talk(self._channel)

    def stop(self) -> None:
        self._channel.close()
        self._in_loop(self.door.close(0))
        super().stop()

    def ask(self, body: Any, path: str = "/v1/chat/completions", **options: Any) -> Talk:
        """A talk that has asked, with the key of the gateway."""
        talk = self.talk()
        talk.ask(body, path, key=self.key, **options)
        return talk

    def answered(
        self,
        body: Any,
        answer: Any = None,
        *,
        pieces: Sequence[bytes] | None = None,
        status: int = 200,
        headers: Sequence[tuple[str, str]] = JSON,
        **options: Any,
    ) -> Talk:
        """A whole talk: the request, and where it goes on, what the upstream says."""
        talk = self.ask(body, **options)
        if talk.forwarded():
            data = answer if answer is not None else chat_answer("Good morning.")
            whole = data if isinstance(data, bytes) else json.dumps(data).encode()
            talk.answer_head(status, headers)
            for piece in [whole] if pieces is None else pieces:
                talk.answer(piece)
            talk.answer(b"", is_last=True)
        talk.finish()
        return talk


class Talk:
    """One stream, as Envoy keeps it: what it would send on, and what it would answer with."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._out: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._call = channel.stream_stream(
            METHOD,
            request_serializer=ProcessingRequest.SerializeToString,
            response_deserializer=ProcessingResponse.FromString,
        )(iter(self._out.get, None), timeout=30)
        self.sent: dict[str, str] = {}
        self.sent_body = b""
        self.removed: set[str] = set()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.trailers_removed: list[str] = []
        self.is_immediate = False
        self.is_whole = False
        self.code = grpc.StatusCode.OK

    # What Envoy says

    def ask(
        self,
        body: Any,
        path: str = "/v1/chat/completions",
        *,
        key: str = "",
        method: str = "POST",
        headers: Sequence[tuple[str, str]] = (),
        cut: int = 65_536,
        trailers: bool = False,
        modes: tuple[int, int] = (FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED),
        observes: bool = False,
        ends: bool = True,
        states_length: bool = True,
    ) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._asked = {
            ":method": method,
            ":path": path,
            ":authority": "models.example",
            ":scheme": "http",
            "x-forwarded-proto": "http",
            "x-request-id": "r-1",
            **({"authorization": f"Bearer {key}"} if key else {}),
            **({"content-length": str(len(data))} if states_length and data else {}),
        }
        first = ProcessingRequest(observability_mode=observes)
        first.protocol_config.request_body_mode, first.protocol_config.response_body_mode = modes
        for name, value in (*self._asked.items(), *headers):
            first.request_headers.headers.headers.add(key=name, raw_value=value.encode())
        first.request_headers.end_of_stream = method == "GET"
        self._out.put(first)
        if method == "GET":
            return
        for start in range(0, len(data), cut):
            self._body("request_body", data[start : start + cut])
        if not ends:
            return
        if trailers:
            self._trailers("request_trailers")
        else:
            self._body("request_body", b"", is_last=True)

    def answer_head(
        self, status: int, headers: Sequence[tuple[str, str]] = JSON, **ends: bool
    ) -> None:
        head = ProcessingRequest()
        for name, value in ((":status", str(status)), *headers):
            head.response_headers.headers.headers.add(key=name, raw_value=value.encode())
        head.response_headers.end_of_stream = ends.get("is_last", False)
        self._answer_headers = dict(headers)
        self._out.put(head)

    def answer(self, piece: bytes, *, is_last: bool = False) -> None:
        self._body("response_body", piece, is_last=is_last)

    def trailers(self) -> None:
        self._trailers("response_trailers")

    def _trailers(self, kind: str) -> None:
        last = ProcessingRequest()
        getattr(last, kind).trailers.headers.add(key="x-unread", raw_value=b"1")
        self._out.put(last)

    def _body(self, kind: str, data: bytes, *, is_last: bool = False) -> None:
        message = ProcessingRequest()
        getattr(message, kind).body = data
        getattr(message, kind).end_of_stream = is_last
        self._out.put(message)

    def body_out_of_turn(self) -> None:
        self._body("request_body", b"more")

    # What it hears

    def hear(self) -> str:
        """Take in one message; gives its kind, or nothing at the end of the stream."""
        try:
            message = next(self._call)
        except StopIteration:
            return ""
        except grpc.RpcError as error:
            self.code = error.code()
            return ""
        kind = message.WhichOneof("response")
        held = getattr(message, kind)
        if kind == "request_headers":
            assert held.response.clear_route_cache
            self.sent = self._mutated(self._asked, held.response.header_mutation)
            self.removed = set(held.response.header_mutation.remove_headers)
        elif kind == "request_body":
            self.sent_body += held.response.body_mutation.streamed_response.body
        elif kind == "response_headers":
            mutated = self._mutated(self._answer_headers, held.response.header_mutation)
            self.status, self.headers = int(mutated.pop(":status")), mutated
        elif kind == "response_body":
            streamed = held.response.body_mutation.streamed_response
            self.body += streamed.body
            self.is_whole = streamed.end_of_stream
            assert self.trailers_removed == [], "a body behind its trailers"
            assert len(streamed.body) <= 65_536
        elif kind.endswith("_trailers"):
            self.trailers_removed += held.header_mutation.remove_headers
            self.is_whole = kind == "response_trailers"
        elif kind == "immediate_response":
            self.status, self.body = held.status.code, held.body
            self.headers = self._mutated({}, held.headers)
            self.is_immediate = self.is_whole = True
        self._last = held
        return str(kind)

    def forwarded(self) -> bool:
        """Whether the request goes on, once all of it is there."""
        while kind := self.hear():
            if kind == "immediate_response":
                return False
            if kind == "request_trailers":
                return True
            if kind == "request_headers" and self._asked[":method"] == "GET":
                return True
            if (
                kind == "request_body"
                and self._last.response.body_mutation.streamed_response.end_of_stream
            ):
                return True
        return False

    def finish(self) -> None:
        """Hear everything until the stream ends."""
        while self.hear():
            pass
        self._out.put(None)

    def leave(self) -> None:
        self._call.cancel()
        self._out.put(None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @staticmethod
    def _mutated(headers: dict[str, str], mutation: Any) -> dict[str, str]:
        """As Envoy applies a mutation."""
        out = {k: v for k, v in headers.items() if k not in set(mutation.remove_headers)}
        for option in mutation.set_headers:
            name, value = option.header.key, option.header.raw_value.decode()
            again = name in out and option.append_action != OVERWRITE
            out[name] = f"{out[name]},{value}" if again else value
        return out
