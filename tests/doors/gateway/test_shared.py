"""Several processes and replicas on PostgreSQL; traces without content."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from gateway_running import LABELS, LAW, Running, Upstream, ask, chat_answer, now_us

from gardefou.doors.gateway import Key, KeyBook, open_state
from gardefou.ledger import create_ledger, make_key, open_store, save_key
from stores import Server

SETTINGS = """
[server]
listen = "127.0.0.1:0"
processes = 2
[store]
ledger = {env = "LEDGER_URL"}
state = {env = "LEDGER_URL"}
key = "ledger.key"
[constitution]
layers = ["law.md"]
catalogue = "labels.yaml"
[upstreams.local]
kind = "compatible"
url = "http://127.0.0.1:PORT/v1"
[[budgets]]
tenant = "acme"
window = "month"
requests = 8
"""
COMMAND = [sys.executable, "-c", "from gardefou.cli import main; main()", "serve"]


def prepare(folder: Path, location: str, port: int) -> str:
    key = make_key("ledger.example/shared", seeds=(b"s" * 32,))
    save_key(key, folder / "ledger.key")
    create_ledger(location, key)
    (folder / "law.md").write_text(LAW, encoding="utf-8")
    (folder / "labels.yaml").write_text(LABELS, encoding="utf-8")
    (folder / "gardefou.toml").write_text(SETTINGS.replace("PORT", str(port)), encoding="utf-8")
    state = open_state(location)
    book = KeyBook(state, clock=now_us, random=os.urandom)
    text = book.create(Key(id="", tenant="acme", application="desk")).text
    state.close()
    return text


def test_two_processes_share_one_ledger_and_one_budget(tmp_path: Path, postgres: Server) -> None:
    (tmp_path / "own").mkdir()
    helper = Running(tmp_path / "own")
    environment = {
        **os.environ,
        "LEDGER_URL": postgres.url,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    try:
        key = prepare(tmp_path, postgres.url, helper.upstream.port)
        process = subprocess.Popen(
            COMMAND,
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        )
        assert process.stderr is not None
        ports = []
        while len(ports) < 2:
            line = process.stderr.readline()
            assert line
            assert "failed" not in line
            if '"ready"' in line:
                ports.append(int(json.loads(line)["listen"].rpartition(":")[2]))
        helper.port = ports[0]
        statuses = [helper.request(ask(max_tokens=5), key=key).status for _ in range(12)]
        assert statuses == [200] * 8 + [403] * 4
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(30) == 0
        process.stderr.close()
        store = open_store(postgres.url, "ledger.example/shared")
        with store.reading() as session:
            kinds = [
                json.loads(body)["kind"] for _, _, body in session.rows(0, session.head().size)
            ]
        store.close()
        assert kinds.count("decision") == 12 + 8
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # only where something went wrong
        helper.stop()


def test_several_processes_on_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "gardefou.toml").write_text(SETTINGS.replace("PORT", "1"), encoding="utf-8")
    environment = {
        **os.environ,
        "LEDGER_URL": str(tmp_path / "ledger.db"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        COMMAND, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 2
    assert "[settings.processes]" in done.stderr
    assert "Traceback" not in done.stderr


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes what an exporter sends."""

    bodies: list[bytes] = []  # noqa: RUF012 - shared by all requests on purpose

    def do_POST(self) -> None:
        self.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the exporter's own
def test_a_trace_has_names_and_no_content(tmp_path: Path) -> None:
    pytest.importorskip("opentelemetry.sdk")
    Collector.bodies.clear()
    server = http.server.HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    place = f"http://127.0.0.1:{server.server_port}/v1/traces"
    running = Running(tmp_path, f'[telemetry]\nendpoint = "{place}"\n')
    trace = "0af7651916cd43dd8448eb211c80319c"
    running.upstream.script = Upstream.answer(chat_answer("quince"))
    running.request(ask("quince"), traceparent=f"00-{trace}-b7ad6b7169203331-01")
    assert {entry["trace_id"] for entry in running.recorded()} == {trace}
    running.gateway.telemetry.close()
    running.stop()
    end = time.monotonic() + 5
    while not Collector.bodies and time.monotonic() < end:
        time.sleep(0.05)
    server.shutdown()
    server.server_close()
    sent = b"".join(Collector.bodies)
    assert bytes.fromhex(trace) in sent
    assert b"gpt-4o" in sent
    assert b"quince" not in sent
