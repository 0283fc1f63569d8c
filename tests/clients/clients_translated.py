"""Between a client and the simulated vendor: nothing but the translation to another wire."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gardefou.errors import InputError
from gardefou.wires import endpoint_for
from gardefou.wires.translation import Translated, Translation, translation

PATHS = {
    "openai.chat": "/v1/chat/completions",
    "openai.responses": "/v1/responses",
    "anthropic.messages": "/v1/messages",
}
MODELS = {"openai.chat": "gpt-5", "openai.responses": "gpt-5", "anthropic.messages": "claude-x"}


class Translating:
    """A server whose vendor speaks one wire, whatever its clients speak."""

    def __init__(self, served: str, vendor_url: str, key: str) -> None:
        self.served = served
        self.notes: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                server.serve(self, body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._vendor_url, self._key = vendor_url, key
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base_url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def serve(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        caller = endpoint_for("POST", handler.path).wire
        between = translation(caller, self.served)
        try:
            there = between.request(body, model=MODELS[self.served], max_tokens_default=4_096)
        except InputError as error:
            said = json.dumps({"error": {"type": "invalid_request_error", "message": str(error)}})
            _reply(handler, 400, said.encode(), "application/json")
            return
        self.notes += [note.path for note in there.notes]
        request = urllib.request.Request(
            self._vendor_url + PATHS[self.served],
            data=there.body,
            headers={
                "content-type": "application/json",
                "authorization": f"Bearer {self._key}",
                "x-api-key": self._key,
                "anthropic-version": "2023-06-01",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                self._relay(handler, between, there, answer)
        except urllib.error.HTTPError as error:
            reply = between.error(error.code, error.read())
            _reply(handler, reply.status, reply.body, "application/json")

    def _relay(
        self,
        handler: BaseHTTPRequestHandler,
        between: Translation,
        there: Translated,
        answer: Any,
    ) -> None:
        now_s = int(time.time())
        if not there.is_stream:
            back = between.answer(answer.read(), there.exchange, now_s=now_s)
            _reply(handler, 200, back.body, "application/json")
            return
        stream = between.stream(there.exchange, now_s=now_s)
        parts = []
        while chunk := answer.read1(97):
            parts.append(stream.feed(chunk))
        _reply(handler, 200, b"".join([*parts, stream.close()]), "text/event-stream")
        if stream.is_broken:
            self.notes.append("broken")


def _reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, kind: str) -> None:
    handler.send_response(status)
    handler.send_header("content-type", kind)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
