"""The simulated vendor refuses what vendors refuse, breaks as told, and stays the same."""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
import time
from contextlib import closing
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.doors.simulate import MARK, Answer, Called, Failure, Fault, Script, Simulated
from gardefou.doors.simulate._faults import cut
from gardefou.doors.simulate._player import Player
from gardefou.doors.simulate._vendor import Incoming, Vendor
from gardefou.errors import FileError, UsageError

PAY = Called(tool="pay", arguments={"amount": 12.5})
PATHS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
}
HEADERS = {"anthropic-version": "2023-06-01"}


def vendor(*answers: Answer, key: str = "") -> Vendor:
    return Vendor(Player(Script(simulation=1, answers=answers)), at_s=0, key=key)


def incoming(wire: str, body: object, **headers: str) -> Incoming:
    return Incoming(
        method="POST",
        path=PATHS[wire],
        headers={**(HEADERS if wire == "messages" else {}), **headers},
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
    )


def question(wire: str, *, stream: bool = False, text: str = "hello") -> dict[str, object]:
    words = [{"role": "user", "content": text}]
    key = "input" if wire == "responses" else "messages"
    return {"model": "m", "max_tokens": 5, "stream": stream, key: words}


def ask(wire: str, body: object, *answers: Answer, **headers: str) -> tuple[int, dict[str, object]]:
    served = vendor(*(answers or (Answer(say="hi"),))).serve(incoming(wire, body, **headers))
    return served.status, json.loads(b"".join(served.outgoing.pieces))


CALL = {"id": "c1", "type": "function", "function": {"name": "pay", "arguments": "{}"}}
USE = {"type": "tool_use", "id": "c1", "name": "pay", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "c1", "content": "paid"}
FC = {"type": "function_call", "call_id": "c1", "name": "pay", "arguments": "{}"}
FCO = {"type": "function_call_output", "call_id": "c1", "output": "paid"}
USER = {"role": "user", "content": "pay"}


@pytest.mark.parametrize(
    ("wire", "body", "status"),
    [
        ("chat", b"{", 400),
        ("chat", b"\xff", 400),
        ("chat", [], 400),
        ("chat", {"messages": [USER]}, 400),
        ("chat", {"model": "m"}, 400),
        ("chat", {"model": "m", "messages": []}, 400),
        ("chat", {"model": "m", "messages": [USER], "n": 2}, 400),
        ("chat", {"model": "m", "messages": [{"role": "wizard"}]}, 400),
        ("chat", {"model": "m", "messages": [USER, {"role": "assistant", "tool_calls": 3}]}, 400),
        ("chat", {"model": "m", "messages": [USER, {"role": "assistant", "tool_calls": [CALL]}]}, 400),
        ("chat", {"model": "m", "messages": [USER, {"role": "tool", "tool_call_id": "c1", "content": "x"}]}, 400),
        ("chat", {"model": "m", "messages": [USER, {"role": "assistant", "tool_calls": [CALL]}, USER]}, 400),
        ("chat", {"model": "m", "messages": [USER, {"role": "assistant", "tool_calls": [CALL]}, {"role": "tool", "tool_call_id": "c1", "content": "x"}]}, 200),
        ("messages", {"model": "m", "messages": [USER]}, 400),
        ("messages", {"model": "m", "max_tokens": 5, "messages": [{"role": "assistant", "content": "x"}]}, 400),
        ("messages", {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": []}]}, 400),
        ("messages", {"model": "m", "max_tokens": 5, "messages": [USER, {"role": "assistant", "content": [USE]}]}, 400),
        ("messages", {"model": "m", "max_tokens": 5, "messages": [USER, {"role": "assistant", "content": [USE]}, USER]}, 400),
        ("messages", {"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": [RESULT]}]}, 400),
        ("messages", {"model": "m", "max_tokens": 5, "messages": [USER, {"role": "assistant", "content": [USE]}, {"role": "user", "content": [RESULT]}]}, 200),
        ("responses", {"model": "m", "input": []}, 400),
        ("responses", {"model": "m", "input": [{"text": "x"}]}, 400),
        ("responses", {"model": "m", "input": "x", "previous_response_id": "resp_none"}, 400),
        ("responses", {"model": "m", "input": [USER, FC]}, 400),
        ("responses", {"model": "m", "input": [USER, FCO]}, 400),
        ("responses", {"model": "m", "input": [USER, FC, FCO, FCO]}, 400),
        ("responses", {"model": "m", "input": [{"type": "item_reference", "id": "fc_none"}]}, 404),
        ("responses", {"model": "m", "input": [USER, FC, FCO]}, 200),
    ],
)  # fmt: skip
def test_a_request_is_refused_as_vendors_refuse_it(wire: str, body: object, status: int) -> None:
    found, value = ask(wire, body)
    assert found == status
    if status != 200:
        assert value["error"]["message"].startswith(MARK)
        assert ("type" in value) is (wire == "messages")


def test_only_the_right_key_is_let_in() -> None:
    closed = vendor(Answer(say="hi"), key="k")
    assert closed.serve(incoming("chat", question("chat"))).status == 401
    bearer = {"authorization": "Bearer k"}
    assert closed.serve(incoming("chat", question("chat"), **bearer)).status == 200
    api_key = {"x-api-key": "k"}
    assert closed.serve(incoming("messages", question("messages"), **api_key)).status == 200


def test_a_model_that_the_script_does_not_list_is_not_there() -> None:
    script = Script(simulation=1, answers=(Answer(say="hi"),), models=("gpt-5",))
    found = Vendor(Player(script), at_s=0, names=script.models)
    assert found.serve(incoming("chat", question("chat"))).status == 404


def test_without_an_answer_that_fits_the_vendor_says_so() -> None:
    served = vendor().serve(incoming("chat", question("chat")))
    error = json.loads(b"".join(served.outgoing.pieces))["error"]
    assert (served.status, error["code"]) == (400, "simulation_no_answer")


@pytest.mark.parametrize("wire", PATHS)
@pytest.mark.parametrize("stream", [False, True])
def test_the_same_questions_get_the_same_bytes(wire: str, stream: bool) -> None:
    def run() -> bytes:
        played = vendor(Answer(say="hello", think="why", call=(PAY, PAY)))
        asked = incoming(wire, question(wire, stream=stream))
        return b"".join(b"".join(played.serve(asked).outgoing.pieces) for _ in range(3))

    assert run() == run()


@pytest.mark.parametrize("wire", PATHS)
def test_every_answer_says_that_it_is_a_simulation(wire: str) -> None:
    served = vendor(Answer(say="hello", call=(PAY,))).serve(incoming(wire, question(wire)))
    value = json.loads(b"".join(served.outgoing.pieces))
    assert served.headers["x-gardefou-simulation"] == "true"
    assert value["simulation"] is True
    assert f"{MARK}hello" in json.dumps(value)
    assert "sim_000001" in value["id"]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [(429, "json", "application/json"), (529, "json", "application/json"), (502, "html", "text/html"), (500, "text", "text/plain"), (503, "empty", "text/plain")],
)  # fmt: skip
def test_a_failure_has_its_status_and_its_form(status: int, body: str, kind: str) -> None:
    failing = Answer(error=Failure(status=status, retry_after_s=7, body=body))
    served = vendor(failing).serve(incoming("messages", question("messages")))
    assert served.status == status
    assert served.headers["retry-after"] == "7"
    assert served.headers["content-type"] == kind


@given(st.lists(st.binary(max_size=200)), st.integers())
def test_cutting_changes_no_byte(pieces: list[bytes], seed: int) -> None:
    """However a stream is cut, it is the same bytes, and no piece is empty."""
    found = list(cut(pieces, random.Random(seed)))
    assert b"".join(found) == b"".join(pieces)
    assert all(found)


@given(
    st.sampled_from(sorted(PATHS)),
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5) | st.sampled_from(["user", "assistant", "tool", "tool_use", "tool_result", "function_call"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["model", "messages", "input", "role", "content", "type", "id", "tool_calls", "call_id", "max_tokens", "text"]), inner, max_size=5),
        max_leaves=12,
    ),
)  # fmt: skip
def test_no_body_leads_to_anything_but_an_answer(wire: str, value: object) -> None:
    """Whatever is sent, the vendor answers 200 or an error of its own form."""
    body = {"model": "m", "max_tokens": 5, **value} if isinstance(value, dict) else value
    status, found = ask(wire, msgspec.json.encode(body))
    assert status in {200, 400, 404}
    assert found["simulation"] is True


def fetch(address: str, wire: str, *, stream: bool) -> tuple[int, bytes, str]:
    """Status, the bytes that came, and how it ended: ``end`` or the error's name."""
    host = urlsplit(address).netloc
    with closing(http.client.HTTPConnection(host, timeout=3)) as connection:
        try:
            connection.request(
                "POST", PATHS[wire], json.dumps(question(wire, stream=stream)), HEADERS
            )
            response = connection.getresponse()
        except OSError as error:
            return 0, b"", type(error).__name__
        data = b""
        try:
            while piece := response.read1(65536):
                data += piece
        except (OSError, http.client.HTTPException) as error:
            return response.status, data, type(error).__name__
        ended = "end" if not response.length else "IncompleteRead"
        return response.status, data, ended


@pytest.mark.parametrize("wire", PATHS)
@pytest.mark.parametrize(
    ("kind", "streamed", "whole"),
    [
        ("hang", "TimeoutError", "TimeoutError"),
        ("reset", "ConnectionResetError", "ConnectionResetError"),
        ("close", "end", "end"),
        ("half_call", "end", "end"),
        ("bad_sse", "end", "end"),
        ("bad_json", "end", "end"),
        ("bad_utf8", "end", "end"),
        ("short_body", "IncompleteRead", "IncompleteRead"),
        ("error_event", "end", "end"),
        ("html", "end", "end"),
        ("flood", "end", "end"),
    ],
)
def test_an_answer_breaks_as_the_script_says(
    wire: str, kind: str, streamed: str, whole: str
) -> None:
    broken = Answer(
        say="one two", call=(PAY,), breaks=Fault(kind=kind, after=3, size_bytes=300_000)
    )
    with Simulated(Script(simulation=1, answers=(broken,))) as running:
        _, data, ended = fetch(running.base_url, wire, stream=True)
        assert ended == streamed
        if kind not in {"html", "reset"}:
            assert data.count(b"\n\n") >= 3
        finished = any(end in data for end in (b"[DONE]", b"message_stop", b"response.completed"))
        assert finished is (kind in {"bad_sse", "bad_json", "bad_utf8"})
        _, data, ended = fetch(running.base_url, wire, stream=False)
        assert ended == whole
        with pytest.raises(ValueError):  # neither JSON nor, for bad_utf8, text
            json.loads(data.decode())


def test_half_a_call_stops_inside_its_arguments() -> None:
    for wire in PATHS:
        played = vendor(Answer(call=(PAY,), breaks=Fault(kind="half_call")))
        sent = b"".join(played.serve(incoming(wire, question(wire, stream=True))).outgoing.pieces)
        assert b"amo" in sent
        assert b"12.5" not in sent


def test_the_first_words_arrive_while_the_rest_is_still_to_come() -> None:
    slow = Answer(say="one two three four", pace_ms=100)
    with Simulated(Script(simulation=1, answers=(slow,))) as running:
        connection = http.client.HTTPConnection(urlsplit(running.base_url).netloc, timeout=60)
        with closing(connection):
            connection.request("POST", PATHS["chat"], json.dumps(question("chat", stream=True)))
            response = connection.getresponse()
            first = response.read1(65536)
            assert b"four" not in first
            assert not running.visits[0].over
            assert b"four" in response.read()


def test_a_client_that_leaves_is_noticed() -> None:
    hanging = Answer(say="x", breaks=Fault(kind="hang", after=1))
    with Simulated(Script(simulation=1, answers=(hanging,))) as running:
        assert fetch(running.base_url, "chat", stream=True)[2] == "TimeoutError"
        for _ in range(100):
            if running.visits[0].gone:
                break
            time.sleep(0.02)
        assert running.visits[0].gone


def test_an_address_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        before = threading.active_count()
        with pytest.raises(FileError) as caught, Simulated(port=port):
            pass
        assert caught.value.code == "simulate.port"
        assert threading.active_count() == before


def test_before_it_listens_it_has_no_address() -> None:
    with pytest.raises(UsageError) as caught:
        _ = Simulated().base_url
    assert caught.value.code == "simulate.not_started"
