"""The vendors' SDKs through the real Envoy, with the configuration that is shipped."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, get_args

import anthropic
import httpx
import httpx2
import openai
import pytest
from clients_fronts import MIXED, PAY, READ, SEARCH, SETTINGS, SLOW, STORM, TOOLS, WORLD, Gateway
from envoy_real import SHIPPED, Envoy, binary, shipped
from gateway_running import Response, ask, chat_answer, read_all

from gardefou.doors.simulate import MARK, Answer, FaultKind, Script, Simulated, When

pytestmark = pytest.mark.xdist_group("envoy")

BEHIND = SETTINGS.replace("1_000_000", "8_000_000") + '\n[envoy]\nlisten = "127.0.0.1:0"\n'
FUNCTIONS = [{"type": "function", "function": tool} for tool in TOOLS]
CLAUDE_TOOLS = [
    {"name": t["name"], "description": t["description"], "input_schema": t["parameters"]}
    for t in TOOLS
]


LONG = "At length, please."
SCRIPT = Script(
    simulation=1,
    answers=(Answer(when=When(user="At length"), say="word " * 600_000), *WORLD.answers),
)


class House:
    """A vendor, a gateway that an Envoy asks, and that Envoy."""

    def __init__(self, folder: Path) -> None:
        binary()
        self.vendor = Simulated(SCRIPT, key="vendor-key")
        self.vendor.__enter__()
        self.gateway = Gateway(folder, self.vendor, BEHIND)
        port = int(self.vendor.base_url.rpartition(":")[2])
        self.envoy = Envoy(folder, shipped(self.gateway.place("envoy_ready"), port))
        self.openai = openai.OpenAI(
            base_url=f"{self.envoy.base_url}/v1", api_key=self.gateway.key, max_retries=2
        )
        self.anthropic = anthropic.Anthropic(
            base_url=self.envoy.base_url, api_key=self.gateway.key, max_retries=2
        )

    def chat(self, text: str, **options: Any) -> Any:
        messages: Any = [{"role": "user", "content": text}]
        return self.openai.chat.completions.create(
            model="gpt-4o", messages=messages, tools=FUNCTIONS, **options
        )

    def message(self, text: str, **options: Any) -> Any:
        messages: Any = [{"role": "user", "content": text}]
        return self.anthropic.messages.create(
            model="claude-4-sonnet",
            max_tokens=500,
            messages=messages,
            tools=CLAUDE_TOOLS,
            **options,
        )

    def close(self) -> None:
        self.envoy.stop()
        self.vendor.__exit__(None, None, None)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.gateway.stop()
    made.close()


def streamed_chat(chunks: Any) -> tuple[str, list[str], str]:
    text, names, stop = "", [], ""
    for chunk in chunks:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            names += [c.function.name for c in choice.delta.tool_calls or () if c.function.name]
            stop = choice.finish_reason or stop
    return text, names, stop


def streamed_message(events: Any) -> tuple[str, list[str], str]:
    text, names, stop = "", [], ""
    for each in events:
        if each.type == "content_block_start" and each.content_block.type == "tool_use":
            names.append(each.content_block.name)
        elif each.type == "content_block_delta" and each.delta.type == "text_delta":
            text += each.delta.text
        elif each.type == "message_delta":
            stop = each.delta.stop_reason
    return text, names, stop


def test_the_shipped_configuration_is_one_for_envoy() -> None:
    command = [binary(), "--mode", "validate", "-c", str(SHIPPED), "--use-dynamic-base-id"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "failure_mode_allow: false" in SHIPPED.read_text(encoding="utf-8")


def test_what_is_allowed_passes_whole_and_streamed(house: House) -> None:
    answer = house.chat(READ)
    assert answer.choices[0].message.tool_calls[0].function.name == "read_file"
    assert streamed_chat(house.chat(READ, stream=True)) == (
        f"{MARK}I read the minutes.",
        ["read_file"],
        "tool_calls",
    )
    message = house.message(READ)
    assert [block.type for block in message.content] == ["text", "tool_use"]
    assert streamed_message(house.message(READ, stream=True)) == (
        f"{MARK}I read the minutes.",
        ["read_file"],
        "tool_use",
    )


def test_a_call_that_a_red_line_refuses_does_not_pass(house: House) -> None:
    answer = house.chat(SEARCH).choices[0]
    assert not answer.message.tool_calls
    assert "decision" in str(answer.message.refusal or answer.message.content)
    message = house.message(SEARCH)
    assert [block.type for block in message.content] == ["text"]


def test_in_a_stream_the_refused_call_is_missing_and_the_other_is_there(house: House) -> None:
    """Law 7: no byte of the refused call passes, and the answer still has an end."""
    text, names, stop = streamed_chat(house.chat(MIXED, stream=True))
    assert (names, stop) == (["read_file"], "tool_calls")
    assert "decision" in text
    text, names, stop = streamed_message(house.message(MIXED, stream=True))
    assert (names, stop) == (["read_file"], "tool_use")
    assert "decision" in text


def test_a_call_that_is_held_is_collected_when_people_agreed(house: House) -> None:
    """Laws 5 and 6, through Envoy."""
    first = house.chat(PAY, user="first").choices[0].message
    assert not first.tool_calls
    house.gateway.approve(first.content)
    second = house.chat(PAY, user="first").choices[0].message
    assert second.tool_calls[0].function.name == "pay"


def test_a_refusal_is_the_vendors_error_and_is_not_asked_again(house: House) -> None:
    before = len(house.vendor.visits)
    with pytest.raises(openai.PermissionDeniedError) as refused:
        house.openai.files.list()
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert refused.value.body["code"] == "stored_not_allowed"  # type: ignore[index] - an object
    with pytest.raises(openai.AuthenticationError):
        house.openai.with_options(api_key="gfk_wrong").models.list()
    with pytest.raises(anthropic.AuthenticationError) as unknown:
        house.anthropic.with_options(api_key="gfk_wrong").models.list()
    assert unknown.value.body["type"] == "error"  # type: ignore[index] - an object
    assert len(house.vendor.visits) == before


def test_the_vendors_own_errors_cross(house: House) -> None:
    with pytest.raises(openai.RateLimitError):
        house.chat(STORM)
    with pytest.raises(anthropic.RateLimitError):
        house.message(STORM)


def test_words_do_not_wait_for_those_behind_them(house: House) -> None:
    began = time.monotonic()
    times = [time.monotonic() - began for _ in house.chat(SLOW, stream=True)]
    assert times[-1] - times[0] > 0.5  # the vendor needs 300 ms for each word


@pytest.mark.parametrize("kind", get_args(FaultKind))
def test_a_vendor_that_breaks_never_makes_a_good_answer_or_a_call(house: House, kind: str) -> None:
    patient = house.openai.with_options(max_retries=0, timeout=20)
    asked: Any = [{"role": "user", "content": f"break {kind}"}]
    with contextlib.suppress(openai.APIError, httpx.HTTPError, httpx2.HTTPError, ValueError):
        chunks = patient.chat.completions.create(
            model="gpt-4o", messages=asked, tools=FUNCTIONS, stream=True
        )
        text, names, stop = streamed_chat(chunks)
        # It came to an end: then whoever reads it must be able to tell, or it was whole.
        assert set(names) <= {"read_file"}
        assert stop in ("", "tool_calls"), (kind, text)


@pytest.mark.parametrize("kind", ["reset", "close", "half_call", "short_body"])
def test_an_answer_that_broke_off_never_looks_complete(house: House, kind: str) -> None:
    body = json.dumps(ask(f"break {kind}", stream=True, tools=FUNCTIONS)).encode()
    with socket.create_connection(house.envoy.base_url[7:].split(":"), timeout=20) as client:
        client.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
            b"authorization: Bearer %b\r\ncontent-length: %d\r\n\r\n%b"
            % (house.gateway.key.encode(), len(body), body)
        )
        answer = Response(read_all(client))
    assert b"[DONE]" not in answer.body
    assert b"tool_calls" not in answer.body
    assert answer.status >= 500 or not answer.is_whole or b'"error"' in answer.body


def test_bodies_larger_than_envoys_buffers_pass(house: House) -> None:
    assert len(house.chat(LONG).choices[0].message.content) > 3_000_000
    assert house.chat("x" * 3_000_000).choices[0].message.content == f"{MARK}That is all."


def test_many_at_the_same_time_are_each_their_own(house: House) -> None:
    texts = [READ if number % 2 else SEARCH for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(house.chat, texts))
    for text, answer in zip(texts, answers, strict=True):
        assert bool(answer.choices[0].message.tool_calls) is (text == READ)


class WithTrailers(BaseHTTPRequestHandler):
    """A vendor whose answer has trailers."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        data = json.dumps(chat_answer("Good morning.")).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%b\r\n0\r\nx-unread: 1\r\n\r\n" % (len(data), data))

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_trailers_are_read_by_nobody_and_do_not_cross(house: House, tmp_path: Path) -> None:
    vendor = ThreadingHTTPServer(("127.0.0.1", 0), WithTrailers)
    threading.Thread(target=vendor.serve_forever, daemon=True).start()
    config = shipped(house.gateway.place("envoy_ready"), vendor.server_address[1])
    resources = config["static_resources"]
    options = {"enable_trailers": True}
    manager = resources["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_protocol_options"] = options
    protocol = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    for cluster in resources["clusters"][1:]:
        cluster["typed_extension_protocol_options"] = {
            protocol: {
                "@type": f"type.googleapis.com/{protocol}",
                "explicit_http_config": {"http_protocol_options": options},
            }
        }
    other = Envoy(tmp_path, config)
    try:
        with socket.create_connection(other.base_url[7:].split(":"), timeout=20) as client:
            body = json.dumps(ask()).encode()
            client.sendall(
                b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nte: trailers\r\n"
                b"connection: close\r\nauthorization: Bearer %b\r\ncontent-length: %d\r\n\r\n%b"
                % (house.gateway.key.encode(), len(body), body)
            )
            answer = read_all(client)
    finally:
        other.stop()
        vendor.shutdown()
        vendor.server_close()
    assert answer.startswith(b"HTTP/1.1 200")
    assert Response(answer).json == chat_answer("Good morning.")
    assert b"x-unread" not in answer


def test_what_is_under_way_may_finish_when_the_guard_is_told_to_end(tmp_path: Path) -> None:
    house = House(tmp_path)
    try:
        chunks = iter(house.chat(SLOW, stream=True))
        next(chunks)
        ended = threading.Thread(target=house.gateway.stop)
        ended.start()
        assert streamed_chat(chunks)[2] == "stop"
        ended.join(60)
        assert not ended.is_alive()
    finally:
        house.close()


def test_without_a_guard_nothing_passes(tmp_path: Path) -> None:
    """Fail closed: before, in the middle of an answer, and after."""
    house = House(tmp_path)
    try:
        assert house.chat(READ).choices[0].message.tool_calls
        chunks = iter(house.chat(SLOW, stream=True))
        next(chunks)
        house.gateway.kill()
        with pytest.raises(Exception) as broken:
            list(chunks)
        assert not isinstance(broken.value, StopIteration)
        before = len(house.vendor.visits)
        quick = house.openai.with_options(max_retries=0)
        for _ in range(3):
            with pytest.raises(openai.InternalServerError):
                quick.models.list()
        assert len(house.vendor.visits) == before
    finally:
        house.close()


@pytest.mark.parametrize(("where", "mode"), [("filter", "BUFFERED"), ("route", "NONE")])
def test_an_envoy_set_up_otherwise_lets_nothing_pass_and_says_why(
    house: House, tmp_path: Path, where: str, mode: str
) -> None:
    """Also where only a route says so: without the answer's body nothing of it could be decided."""
    port = int(house.vendor.base_url.rpartition(":")[2])
    config = shipped(house.gateway.place("envoy_ready"), port)
    network = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
    manager = network["typed_config"]
    modes = manager["http_filters"][0]["typed_config"]["processing_mode"]
    if where == "filter":
        modes["response_body_mode"] = mode
    else:
        manager["route_config"]["virtual_hosts"][0]["typed_per_filter_config"] = {
            "envoy.filters.http.ext_proc": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute",
                "overrides": {"processing_mode": {**modes, "response_body_mode": mode}},
            }
        }
    other = Envoy(tmp_path, config)
    before = len(house.vendor.visits)
    try:
        request = urllib.request.Request(
            f"{other.base_url}/v1/chat/completions",
            data=b"{}",
            headers={"authorization": f"Bearer {house.gateway.key}"},
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        told = refused.value.read().decode()
    finally:
        other.stop()
    assert refused.value.code == 500
    assert f"response_body_mode is {mode}, expected FULL_DUPLEX_STREAMED" in told
    assert len(house.vendor.visits) == before
