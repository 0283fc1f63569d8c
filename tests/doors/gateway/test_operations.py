"""Operations: health, figures, modes, reports, reload, keys by the API, and silence about payloads."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from gateway_running import LAW, Running, Upstream, ask, chat_answer, chat_chunk, read_all
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import ignored_auth

from gardefou.doors.gateway._keeping import keep_books
from gardefou.doors.gateway._notes import ask_for_reload, reload_number
from gardefou.doors.gateway._openapi import DOCUMENT
from gardefou.doors.gateway.serving import note_modes, reload

DOCS = Path(__file__).resolve().parents[3] / "docs" / "reference"
DELETE = ("c1", "delete_file", {"path": "a"})
PAY = ("c2", "pay", {"amount": "1 EUR"})
ODD = ("c3", "zq_flux", {"k": "v"})
OBSERVE = '[tenants.acme]\nmode = "observe"\n'


@pytest.fixture
def observed(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path, OBSERVE)
    yield running
    running.stop()


def manage(running: Running, tenant: str = "*") -> str:
    key = running.make_key(tenant=tenant, application="", role="manage")
    running.refresh()
    return key


def calls(answer: Any) -> list[str]:
    message = answer.json["choices"][0]["message"]
    return [call["id"] for call in message.get("tool_calls") or ()]


def test_observing_changes_no_answer_but_what_a_red_line_refuses(observed: Running) -> None:
    """Law 1: no mode lifts a red line."""
    observed.upstream.script = Upstream.answer(chat_answer(None, DELETE, PAY, ODD))
    answer = observed.request(ask())
    assert calls(answer) == ["c2", "c3"]
    assert answer.headers["gardefou-mode"] == "observe"
    entries = {entry["tool"]: entry for entry in observed.recorded()}
    assert {entries[tool]["verdict"] for tool in ("pay", "zq_flux")} == {"hold"}
    assert {entry["mode"] for entry in observed.recorded()} == {"observe"}


def test_an_application_and_a_key_can_have_a_mode_of_their_own(tmp_path: Path) -> None:
    running = Running(tmp_path, OBSERVE + '[tenants.acme.applications.mail]\nmode = "enforce"\n')
    try:
        running.upstream.script = Upstream.answer(chat_answer(None, PAY))
        mail = running.make_key(application="mail")
        strict = running.make_key(mode="enforce")
        running.refresh()
        assert calls(running.request(ask())) == ["c2"]
        assert calls(running.request(ask(), key=mail)) == []
        assert calls(running.request(ask(), key=strict)) == []
    finally:
        running.stop()


def test_the_report_shows_what_enforcing_would_change(observed: Running) -> None:
    tool = {"type": "function", "function": {"name": "zq_flux", "description": "Read a file.",
            "parameters": {"type": "object", "properties": {"path": {"type": "string"}}}}}  # fmt: skip
    observed.upstream.script = Upstream.answer(chat_answer(None, DELETE, PAY, ODD))
    observed.request(ask(tools=[tool]))
    answer = observed.request(b"", "/manage/v1/report", "GET", manage(observed))
    (traffic,) = answer.json["traffic"]
    assert (traffic["would_hold"], traffic["would_stop"], traffic["decisions"]) == (2, 1, 5)
    assert answer.json["unlabelled"] == ["zq_flux"]
    assert "zq_flux" in answer.json["proposed"]
    other = observed.request(b"", "/manage/v1/report", "GET", manage(observed, "zeta"))
    assert other.json["decisions"] == 0
    done = gardefou(observed.folder, "report", "--config", "gardefou.toml")
    assert "acme/desk: 5 decisions; observed: 1 would be stopped, 2 would be held" in done


def gardefou(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-c", "from gardefou.cli import main; main()", *arguments]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_change_of_mode_is_in_the_ledger(observed: Running) -> None:
    def modes() -> list[tuple[str, str]]:
        found = [e["data"] for e in observed.entries() if e["kind"] == "policy.activated"]
        return [(e["who"], e["mode"]) for e in found if e["document"] == "mode"]

    gateway = observed.gateway
    for _ in range(2):
        note_modes(gateway, gateway.settings, gateway.keys.all())
    assert modes() == [("tenant acme", "observe")]
    text = (observed.folder / "gardefou.toml").read_text(encoding="utf-8")
    (observed.folder / "gardefou.toml").write_text(
        text.replace('mode = "observe"', 'mode = "enforce"'), encoding="utf-8"
    )
    assert reload(observed.folder / "gardefou.toml", gateway) == ""
    assert modes() == [("tenant acme", "observe"), ("tenant acme", "enforce")]
    observed.upstream.script = Upstream.answer(chat_answer(None, PAY))
    assert calls(observed.request(ask())) == []


def test_a_bad_document_is_refused_and_the_old_one_stays(running: Running) -> None:
    path = running.folder / "gardefou.toml"
    before = running.request(ask()).headers["gardefou-constitution"]
    law = running.folder / "law.md"
    law.write_text(LAW.replace("unlisted: hold", "unlisted: perhaps"), encoding="utf-8")
    assert "refused" in reload(path, running.gateway)
    assert running.request(ask()).headers["gardefou-constitution"] == before
    ready = running.request(b"", "/readyz", "GET")
    assert (ready.status, "refused" in ready.json["trouble"]) == (200, True)
    law.write_text(LAW.replace("version: 1", "version: 2"), encoding="utf-8")
    assert reload(path, running.gateway) == ""
    assert running.request(ask()).headers["gardefou-constitution"] != before
    assert running.request(b"", "/readyz", "GET").json["trouble"] == ""


def test_upstreams_budgets_prices_and_bounds_change_with_a_reload(running: Running) -> None:
    """The next request meets them; what only a start can change is named and stays."""
    path = running.folder / "gardefou.toml"
    text = path.read_text(encoding="utf-8")
    assert running.request(ask()).status == 200
    other = Upstream()
    other.script = Upstream.answer(chat_answer("From the other one."))
    serving = asyncio.run_coroutine_threadsafe(other.start(), running.loop).result(5)
    budget = '[[budgets]]\ntenant = "acme"\nwindow = "month"\nrequests = 2\n'
    settings = text.replace(f":{running.upstream.port}/", f":{other.port}/") + budget
    path.write_text(settings, encoding="utf-8")
    try:
        assert on_loop(running, path) == ""
        answer = running.request(ask())
        assert answer.json["choices"][0]["message"]["content"] == "From the other one."
        assert running.request(ask()).status == 200
        refused = running.request(ask())
        assert (refused.status, refused.json["error"]["code"]) == (403, "budget_exceeded")
        head = '[server]\nlisten = "127.0.0.1:1"\nbody_limit_bytes = 1024'
        small = settings.replace("[server]", head).replace("requests = 2", "requests = 9")
        path.write_text(small, encoding="utf-8")
        assert on_loop(running, path) == ""
        assert running.request(ask("x" * 2_000)).status == 413
        assert running.request(ask()).status == 200
        trouble = running.request(b"", "/readyz", "GET").json["trouble"]
        assert trouble == "needs a restart: server.listen"
        path.write_text(small.replace("requests = 9", "requests = -1"), encoding="utf-8")
        assert "refused" in on_loop(running, path)
        assert running.request(ask()).status == 200
    finally:
        running.loop.call_soon_threadsafe(serving.close)


def on_loop(running: Running, path: Path) -> str:
    """Reload as the gateway does it: on its own loop."""

    async def work() -> str:
        return reload(path, running.gateway)

    return asyncio.run_coroutine_threadsafe(work(), running.loop).result(20)


def test_a_reload_can_be_asked_for_through_the_state(running: Running) -> None:
    ask_for_reload(running.parts.state)
    done = asyncio.run_coroutine_threadsafe(reload_number(running.parts.state), running.loop)
    assert done.result(5) == 1
    answer = running.request(b"", "/manage/v1/reload", "POST", manage(running))
    assert answer.status == 202
    again = asyncio.run_coroutine_threadsafe(reload_number(running.parts.state), running.loop)
    assert again.result(5) == 2
    assert running.request(b"", "/manage/v1/reload", "POST", manage(running, "a")).status == 403


def test_the_books_are_caught_up_and_kept_while_the_gateway_runs(running: Running) -> None:
    """What is remembered of requests does not grow with their number, and a kill forgets nothing."""
    books = running.parts.service.books
    for _ in range(5):
        running.request(ask())
    assert books.claimed == 5
    keeping = keep_books(running.gateway, every_s=0.01, save_s=0.0)
    task = asyncio.run_coroutine_threadsafe(keeping, running.loop)
    store = running.parts.ledger.store

    def kept() -> int:
        with store.reading() as session:
            row = session.run("SELECT body FROM memory", ()).fetchone()
        return int(json.loads(row[0])["scanned"]) if row else 0

    try:
        end = time.monotonic() + 30
        while kept() < running.parts.ledger.head().size and time.monotonic() < end:
            time.sleep(0.01)
        assert (books.claimed, books.scanned) == (0, running.parts.ledger.head().size)
        assert kept() == books.scanned
    finally:
        task.cancel()


def test_readiness_follows_the_ledger_and_the_drain(running: Running) -> None:
    assert running.request(b"", "/healthz", "GET", "").json == {"status": "ok"}
    assert running.request(b"", "/readyz", "GET", "").status == 200
    running.gateway.is_draining = True
    assert running.request(b"", "/readyz", "GET", "").json["reasons"] == ["draining"]


def test_every_figure_is_on_the_page(running: Running) -> None:
    running.request(ask())
    text = running.request(b"", "/metrics", "GET", "").body.decode()
    page = (DOCS / "metrics.md").read_text(encoding="utf-8")
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    assert len(names) > 8
    for name in names:
        assert f"`{name.removesuffix('_total')}`" in page
    assert 'gardefou_decisions_total{kind="model.request"' in text


def test_the_management_api_manages_keys(running: Running) -> None:
    key = manage(running)
    made = running.request({"tenant": "acme", "application": "x"}, "/manage/v1/keys", "POST", key)
    assert made.status == 201
    assert running.request(ask(), key=made.json["key"]).status == 200
    place = f"/manage/v1/keys/{made.json['id']}"
    rotated = running.request({"grace_hours": 0}, f"{place}/rotate", "POST", key)
    assert running.request(ask(), key=made.json["key"]).status == 401
    assert running.request(ask(), key=rotated.json["key"]).status == 200
    place = f"/manage/v1/keys/{rotated.json['id']}"
    assert running.request(b"", place, "DELETE", manage(running, "zeta")).status == 404
    assert running.request(b"", place, "DELETE", key).status == 200
    assert running.request(ask(), key=rotated.json["key"]).status == 401
    listed = running.request(b"", "/manage/v1/keys", "GET", key)
    assert made.json["key"] not in listed.body.decode()


def test_a_calling_key_manages_nothing_and_a_managing_key_calls_nothing(running: Running) -> None:
    assert running.request(b"", "/manage/v1/keys", "GET").status == 401
    assert running.request(ask(), key=manage(running)).status == 401


def test_the_api_keeps_to_its_own_description(running: Running) -> None:
    """Schemathesis, bounded, against the served document."""
    key = manage(running)
    served = running.request(b"", "/manage/openapi.json", "GET", "").json
    assert served == DOCUMENT
    schema = schemathesis.openapi.from_dict(served)
    seen = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=15,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=operation.as_strategy())
        def attack(case: Any) -> None:
            response = case.call(
                base_url=f"http://127.0.0.1:{running.port}",
                headers={"authorization": f"Bearer {key}"},
            )
            assert response.status_code < 500
            case.validate_response(response, excluded_checks=[ignored_auth])

        attack()
        seen += 1
    assert seen == 7


def test_no_secret_and_no_payload_reaches_logs_figures_or_entries(
    tmp_path: Path, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    running = Running(tmp_path)
    secret = "s3cr3t-0f-alice"
    try:
        running.upstream.script = Upstream.answer(
            chat_answer(f"{secret}", ("c1", "delete_file", {"path": secret}), (secret, "pay", {}))
        )
        tool = {"type": "function", "function": {"name": "read_file", "parameters": {"x": secret}}}
        running.request(ask(secret, tools=[tool]), x_secret=secret)
        running.request(f"{{{secret}".encode())
        running.request(ask(secret), key=f"gfk_{secret}")
        running.request(b"", f"/v1/{secret}", "POST", key="")
        running.upstream.script = Upstream.raw(f"HTTP/1.1 200 {secret}\r\n\r\n{secret}".encode())
        running.request(ask(secret))
        figures = running.request(b"", "/metrics", "GET", "").body.decode()
        entries = json.dumps(running.entries())
    finally:
        running.stop()
    logged = "\n".join(
        f"{record.getMessage()} {getattr(record, 'fields', '')}"
        for record in caplog.records
        if record.name.startswith(("gardefou", "uvicorn"))
    )
    for text in (logged, figures, entries):
        assert secret not in text
        assert running.key not in text


def test_the_process_drains_on_sigterm_and_reloads_on_sighup(tmp_path: Path) -> None:
    prepared = Running(tmp_path)
    prepared.stop()
    upstream = Running(tmp_path / "other" if (tmp_path / "other").mkdir() is None else tmp_path)
    try:
        text = (tmp_path / "gardefou.toml").read_text(encoding="utf-8")
        text = re.sub(
            r'url = "[^"]*"', f'url = "http://127.0.0.1:{upstream.upstream.port}/v1"', text
        )
        text = text.replace("[server]", '[server]\nlisten = "127.0.0.1:0"')
        (tmp_path / "gardefou.toml").write_text(text, encoding="utf-8")
        chunks = [chat_chunk({"content": str(number)}) for number in range(20)]
        upstream.upstream.script = Upstream.events(
            *chunks, chat_chunk({}, "stop"), "[DONE]", pause_s=0.05
        )
        process = subprocess.Popen(
            [sys.executable, "-c", "from gardefou.cli import main; main()", "serve"],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert process.stderr is not None
        port = int(until(process.stderr, "ready")["listen"].rpartition(":")[2])
        process.send_signal(signal.SIGHUP)
        until(process.stderr, "reloaded")
        prepared.port = port
        with prepared.connect() as client:
            client.sendall(prepared.message(ask(stream=True)))
            data = b""
            while b'"content"' not in data:
                data += client.recv(4096)
            process.send_signal(signal.SIGTERM)
            data += read_all(client)
        assert b"[DONE]" in data
        until(process.stderr, "stopped")
        assert process.wait(20) == 0
        process.stderr.close()
    finally:
        upstream.stop()


def until(lines: Any, event: str) -> dict[str, Any]:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        line = lines.readline()
        if line.startswith("{") and json.loads(line)["event"] == event:
            return dict(json.loads(line))
    raise AssertionError(event)
