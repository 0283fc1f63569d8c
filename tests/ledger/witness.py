"""A small C2SP witness for tests: it speaks ``add-checkpoint`` and keeps what it signed."""

from __future__ import annotations

import http.server
import threading
import time
from typing import Any

from gardefou.errors import VerificationError
from gardefou.ledger._checkpoint import decimal, parse_checkpoint
from gardefou.ledger._keys import Signer
from gardefou.ledger._note import COSIGNATURE, Verifier, decode64, open_note, parse_note
from gardefou.ledger._tree import check_consistency


class RefusalError(Exception):
    def __init__(self, status: int, body: str = "", kind: str = "text/plain") -> None:
        super().__init__(status)
        self.status, self.body, self.kind = status, body, kind


class Witness:
    """The rules of c2sp.org/tlog-witness, "add-checkpoint", in their order."""

    def __init__(self, logs: dict[str, tuple[Verifier, ...]], seed: bytes = b"w" * 32) -> None:
        self.logs = logs
        self.signer = Signer("witness.example/w1", COSIGNATURE, seed)
        self.latest: dict[str, tuple[int, bytes]] = {}
        self.requests = 0
        self._lock = threading.Lock()

    def add_checkpoint(self, body: str) -> str:
        self.requests += 1
        head, gap, note_text = body.partition("\n\n")
        lines = head.split("\n")
        try:
            if not gap or not lines[0].startswith("old ") or len(lines) > 64:
                raise RefusalError(400)
            old = decimal(lines[0].removeprefix("old "))
            path = [decode64(line, "a hash") for line in lines[1:]]
            note = parse_note(note_text)
            checkpoint = parse_checkpoint(note.text)
        except VerificationError:
            raise RefusalError(400) from None
        if checkpoint.origin not in self.logs:
            raise RefusalError(404)
        try:
            open_note(note, self.logs[checkpoint.origin])
        except VerificationError:
            raise RefusalError(403) from None
        if old > checkpoint.size:
            raise RefusalError(400)
        with self._lock:
            size, root = self.latest.get(checkpoint.origin, (0, b""))
            if old != size:
                raise RefusalError(409, f"{size}\n", "text/x.tlog.size")
            if old == checkpoint.size and size and root != checkpoint.root:
                raise RefusalError(409)
            try:
                if old:
                    check_consistency(old, checkpoint.size, path, root, checkpoint.root)
                elif path:
                    raise RefusalError(422)
            except VerificationError:
                raise RefusalError(422) from None
            self.latest[checkpoint.origin] = (checkpoint.size, checkpoint.root)
        return self.signer.sign(note.text, at_s=int(time.time())).line


class Endpoint:
    """An HTTP server on a free port of this machine; ``received`` are the bodies posted to /."""

    def __init__(self, witness: Witness | None = None, status: int = 204) -> None:
        self.received: list[bytes] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if witness is not None and self.path == "/add-checkpoint":
                    try:
                        self._answer(200, witness.add_checkpoint(body.decode()), "text/plain")
                    except RefusalError as refusal:
                        self._answer(refusal.status, refusal.body, refusal.kind)
                    return
                outer.received.append(body)
                self._answer(status, "", "text/plain")

            def _answer(self, code: int, text: str, kind: str) -> None:
                data = text.encode()
                self.send_response(code)
                if code == 302:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
