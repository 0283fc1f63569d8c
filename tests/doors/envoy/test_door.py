"""The door behind Envoy, asked as Envoy asks, over loopback."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from doors_envoy import EVENTS, JSON, Behind, Talk
from gateway_running import ask, chat_answer, chat_call, chat_chunk, later, vote
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gardefou.doors.envoy._messages import FULL_DUPLEX_STREAMED, MESSAGES, ProcessingRequest
from gardefou.doors.envoy._transit import PIECE_BYTES, Transit
from gardefou.errors import LedgerUnavailable

DONE = b"data: [DONE]\n\n"
TOOLS = [{"type": "function", "function": {"name": "pay", "parameters": {"type": "object"}}}]


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Behind]:
    made = Behind(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Behind]]:
    """Makes a gateway with further settings of its server."""
    made: list[Behind] = []

    def one(server: str = "", settings: str = "") -> Behind:
        made.append(Behind(tmp_path, settings, server=server))
        return made[-1]

    yield one
    for each in made:
        each.stop()


def event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def stream(*calls: tuple[str, str, Any]) -> bytes:
    """A streamed answer with some words, and calls whose arguments come in pieces."""
    out = event(chat_chunk({"content": "Well, "})) + event(chat_chunk({"content": "let me see."}))
    for index, (identity, name, arguments) in enumerate(calls):
        text = json.dumps(arguments)
        first = {"index": index, **chat_call(identity, name, text[:4])}
        rest = {"index": index, "function": {"arguments": text[4:]}}
        out += event(chat_chunk({"tool_calls": [first]})) + event(
            chat_chunk({"tool_calls": [rest]})
        )
    return out + event(chat_chunk({}, "tool_calls" if calls else "stop")) + DONE


# What passes


def test_a_request_goes_on_with_its_very_bytes_and_without_the_callers_key(behind: Behind) -> None:
    body = ask("Where are the minutes?")
    talk = behind.answered(body)
    assert json.dumps(body).encode() == talk.sent_body
    assert talk.sent["gardefou-upstream"] == "local"
    assert talk.sent[":path"] == "/v1/chat/completions"
    assert talk.sent["accept-encoding"] == "identity"
    assert "authorization" in talk.removed
    assert "x-forwarded-proto" in talk.sent  # Envoy finds no route without it
    assert (talk.status, talk.is_immediate, talk.is_whole) == (200, False, True)
    assert talk.json == chat_answer("Good morning.")
    assert talk.headers["gardefou-decision"] == "allow"
    assert talk.headers["content-length"] == str(len(talk.body))
    assert talk.code is grpc.StatusCode.OK


def test_an_upstream_with_a_secret_gets_it_and_no_answer_gives_it_back(
    make: Callable[..., Behind], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENDOR_KEY", "sk-vendor")
    behind = make(
        settings='\n[upstreams.vendor]\nkind = "openai"\nmodels = ["gpt-4o"]\n'
        'secret = {env = "VENDOR_KEY"}\n'
    )
    talk = behind.answered(ask())
    assert talk.sent["gardefou-upstream"] == "vendor"
    assert talk.sent["authorization"] == "Bearer sk-vendor"
    assert "sk-vendor" not in str(talk.headers)


def test_a_caller_cannot_name_the_upstream(behind: Behind) -> None:
    """What was decided goes where it was decided to go."""
    talk = behind.answered(ask(), headers=JSON)
    asked = behind.ask(ask(), headers=[("gardefou-upstream", "elsewhere")])
    assert asked.forwarded()
    assert asked.sent["gardefou-upstream"] == talk.sent["gardefou-upstream"] == "local"
    asked.leave()


@pytest.mark.parametrize("cut", [1, 7, 65_536])
def test_a_request_may_come_in_any_pieces_and_with_trailers(behind: Behind, cut: int) -> None:
    """Law 7, for the request."""
    body = ask("In pieces.")
    for trailers in (False, True):
        asked = behind.ask(body, cut=cut, trailers=trailers)
        assert asked.forwarded()
        assert asked.sent_body == json.dumps(body).encode()
        assert asked.trailers_removed == (["x-unread"] if trailers else [])
        assert ("content-length" in asked.sent) is not trailers
        asked.leave()


def test_a_large_request_goes_on_whole(behind: Behind) -> None:
    body = ask("x" * 400_000)
    assert behind.answered(body).sent_body == json.dumps(body).encode()


@pytest.mark.parametrize("streams", [True, False])
def test_an_answers_trailers_end_it_and_do_not_cross(behind: Behind, streams: bool) -> None:
    talk = behind.ask(ask(stream=streams))
    assert talk.forwarded()
    talk.answer_head(200, EVENTS if streams else JSON)
    whole = stream() if streams else json.dumps(chat_answer("Good morning.")).encode()
    talk.answer(whole)
    talk.trailers()
    talk.finish()
    assert (talk.body, talk.is_whole) == (whole, True)
    assert talk.trailers_removed == ["x-unread"]
    assert talk.code is grpc.StatusCode.OK


def test_an_upstreams_error_crosses_as_it_is(behind: Behind) -> None:
    told = {"error": {"message": "slow down", "type": "rate_limit"}}
    talk = behind.answered(ask(), told, status=429, headers=[*JSON, ("retry-after", "3")])
    assert (talk.status, talk.json, talk.headers["retry-after"]) == (429, told, "3")


def test_an_answer_without_a_body_passes(behind: Behind) -> None:
    talk = behind.ask(ask())
    assert talk.forwarded()
    talk.answer_head(503, [], is_last=True)
    talk.finish()
    assert (talk.status, talk.body, talk.code) == (503, b"", grpc.StatusCode.OK)


def test_a_request_without_a_body_passes(behind: Behind) -> None:
    talk = behind.ask(b"", "/v1/models", method="GET")
    assert talk.forwarded()
    talk.answer_head(200)
    talk.answer(b'{"data": []}', is_last=True)
    talk.finish()
    assert (talk.status, talk.json) == (200, {"data": []})


# What does not


@pytest.mark.parametrize(
    ("path", "field"), [("/v1/chat/completions", "param"), ("/v1/messages", "type")]
)
def test_a_caller_without_a_key_is_refused_in_the_vendors_form(
    behind: Behind, path: str, field: str
) -> None:
    talk = behind.talk()
    talk.ask(ask(max_tokens=9), path)
    assert not talk.forwarded()
    talk.finish()
    assert (talk.status, talk.is_immediate, talk.code) == (401, True, grpc.StatusCode.OK)
    assert field in (talk.json["error"] if field == "param" else talk.json)
    assert talk.headers["x-should-retry"] == "false"
    assert talk.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/metrics", "/healthz", "/manage/v1/keys"])
def test_the_gateways_own_pages_are_not_served_to_the_callers_of_envoy(
    behind: Behind, path: str
) -> None:
    talk = behind.talk()
    talk.ask(b"", path, method="GET")
    talk.finish()
    assert talk.status == 401
    asked = behind.ask(b"", path, method="GET")
    asked.finish()
    assert (asked.status, asked.is_immediate) == (403, True)  # unlisted, as any unknown endpoint


def test_nothing_passes_when_the_decision_cannot_be_recorded(
    behind: Behind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4: recorded before it happens, or it does not happen."""

    def broken(*_: Any, **__: Any) -> Any:
        raise LedgerUnavailable("the disk is full", code="ledger.write", help="make room")

    monkeypatch.setattr(behind.parts.ledger.writer, "submit", broken)
    talk = behind.ask(ask())
    assert not talk.forwarded()
    talk.finish()
    assert (talk.status, talk.json["error"]["code"]) == (403, "ledger_unavailable")


@pytest.mark.parametrize("is_stated", [True, False])
def test_a_body_over_the_limit_is_refused(make: Callable[..., Behind], is_stated: bool) -> None:
    behind = make("body_limit_bytes = 2048")
    talk = behind.ask(ask("x" * 9_000), cut=1_000, states_length=is_stated)
    assert not talk.forwarded()
    talk.finish()
    assert (talk.status, talk.is_immediate) == (413, True)


def test_an_answer_over_the_limit_is_refused(make: Callable[..., Behind]) -> None:
    behind = make("answer_limit_bytes = 2048")
    talk = behind.answered(ask(), chat_answer("x" * 9_000))
    assert (talk.status, talk.json["error"]["code"]) == (502, "upstream_too_large")
    assert talk.is_whole


def test_a_compressed_answer_cannot_be_read_and_does_not_pass(behind: Behind) -> None:
    packed = gzip.compress(json.dumps(chat_answer("Hidden.")).encode())
    talk = behind.ask(ask())
    assert talk.forwarded()
    talk.answer_head(200, [*JSON, ("content-encoding", "gzip")])
    talk.answer(packed, is_last=True)
    talk.finish()
    assert (talk.status, talk.json["error"]["code"]) == (502, "upstream_coding")


def test_a_compressed_request_cannot_be_read_and_does_not_pass(behind: Behind) -> None:
    packed = gzip.compress(json.dumps(ask()).encode())
    talk = behind.ask(packed, headers=[("content-encoding", "gzip")])
    assert not talk.forwarded()
    assert talk.status == 400
    talk.finish()


@pytest.mark.parametrize("modes", [(2, 4), (4, 1), (0, 0), (4, 2)])
def test_another_processing_mode_lets_nothing_pass_and_says_what_to_change(
    behind: Behind, modes: tuple[int, int]
) -> None:
    talk = behind.ask(ask(), modes=modes)
    talk.finish()
    assert (talk.status, talk.is_immediate) == (500, True)
    assert b"expected FULL_DUPLEX_STREAMED" in talk.body
    assert behind.recorded() == []


def test_an_envoy_that_would_not_wait_for_answers_is_told_so(behind: Behind) -> None:
    talk = behind.ask(ask(), observes=True)
    talk.finish()
    assert b"observability_mode" in talk.body


def test_a_silent_upstream_is_an_error_in_time(behind: Behind) -> None:
    talk = behind.ask(ask())
    assert talk.forwarded()
    talk.finish()  # the harness gives its upstream three seconds
    assert (talk.status, talk.json["error"]["code"]) == (504, "upstream_timeout")


def test_a_body_that_stops_coming_is_refused_in_time(make: Callable[..., Behind]) -> None:
    behind = make("body_timeout_s = 0.3")
    talk = behind.talk()
    talk.ask(ask(), key=behind.key, ends=False)
    talk.finish()
    assert (talk.status, talk.json["error"]["code"]) == (400, "http_body_too_slow")


# Streams


def test_text_does_not_wait_for_what_follows(behind: Behind) -> None:
    talk = behind.ask(ask(stream=True))
    assert talk.forwarded()
    talk.answer_head(200, EVENTS)
    assert talk.hear() == "response_headers"
    for word in ("Good ", "morning"):
        talk.answer(event(chat_chunk({"content": word})))
        assert talk.hear() == "response_body"
        assert word.encode() in talk.body
    talk.answer(DONE, is_last=True)
    talk.finish()
    assert talk.is_whole
    assert "content-length" not in talk.headers


@pytest.mark.parametrize(
    ("tool", "leaves"), [("read_file", True), ("delete_file", False), ("pay", False)]
)
def test_a_call_leaves_only_when_it_may(behind: Behind, tool: str, leaves: bool) -> None:
    """Laws 4 and 7: the decision is in the ledger before a byte of the call leaves."""
    whole = stream(("c1", tool, {"path": "a.txt"}))
    pieces = [whole[start : start + 40] for start in range(0, len(whole), 40)]
    talk = behind.answered(ask(stream=True), pieces=pieces, headers=EVENTS)
    assert (b'"c1"' in talk.body) is (b"a.txt" in talk.body) is leaves
    assert b"let me see." in talk.body
    assert talk.is_whole
    assert behind.recorded()[-1]["tool"] == tool


def shape(body: bytes) -> str:
    """What a client makes of a stream: the words, the calls, the end; ids of decisions left out."""
    text, calls, stop = "", {}, None
    for line in body.decode().splitlines():
        if not line.startswith("data: ") or line == "data: [DONE]":
            continue
        choice = json.loads(line[6:])["choices"][0]
        text += choice["delta"].get("content") or ""
        for call in choice["delta"].get("tool_calls", ()):
            known = calls.setdefault(call["index"], {"id": "", "name": "", "arguments": ""})
            known["id"] += call.get("id", "")
            known["name"] += call.get("function", {}).get("name") or ""
            known["arguments"] += call.get("function", {}).get("arguments") or ""
        stop = choice["finish_reason"] or stop
    words = text.partition(" (decision ")[0]
    return json.dumps([words, calls, stop, body.rstrip().endswith(b"[DONE]")])


WHOLE = stream(("c1", "read_file", {"path": "minutes.txt"}), ("c2", "delete_file", {"path": "b"}))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    made = Behind(tmp_path_factory.mktemp("shared"))
    yield made
    made.stop()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cuts=st.sets(st.integers(1, len(WHOLE) - 1), max_size=40))
def test_however_an_answer_is_cut_the_same_leaves(shared: Behind, cuts: set[int]) -> None:
    """Law 7, through this door: the same verdicts and the same answer for every cutting."""
    ends = [*sorted(cuts), len(WHOLE)]
    pieces = [WHOLE[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    before = len(shared.recorded())
    talk = shared.answered(ask(stream=True), pieces=pieces, headers=EVENTS)
    verdicts = [(each.get("tool"), each["verdict"]) for each in shared.recorded()[before:]]
    assert shape(talk.body) == shape(expected(shared).body)
    assert b'"c2"' not in talk.body
    assert verdicts[-2:] == [("read_file", "allow"), ("delete_file", "deny")]
    assert talk.is_whole


_EXPECTED: dict[int, Talk] = {}


def expected(shared: Behind) -> Talk:
    """The answer in one piece."""
    if id(shared) not in _EXPECTED:
        _EXPECTED[id(shared)] = shared.answered(ask(stream=True), WHOLE, headers=EVENTS)
    return _EXPECTED[id(shared)]


# Holds


def test_a_held_call_waits_and_leaves_when_people_agree(make: Callable[..., Behind]) -> None:
    """Laws 5 and 6."""
    behind = make("")
    pay = ("c1", "pay", {"amount": "10 EUR"})
    thread = later(behind)
    talk = behind.answered(ask(stream=True, tools=TOOLS), stream(pay), headers=EVENTS)
    thread.join()
    assert b'"c1"' in talk.body
    assert talk.is_whole


def test_a_call_that_nobody_decides_in_time_stays_and_is_collected_later(behind: Behind) -> None:
    """Law 6: silence is no. The same request collects what people decide, and Envoy asks nobody."""
    pay = chat_answer("Paying.", ("c1", "pay", {"amount": "10 EUR"}))
    body = ask(tools=TOOLS)
    first = behind.answered(body, pay)
    assert first.headers["gardefou-hold"]
    assert "tool_calls" not in first.json["choices"][0]["message"]
    vote(behind)
    second = behind.ask(body)
    assert not second.forwarded()
    second.finish()
    assert second.headers["gardefou-kept"] == "true"
    assert second.json["choices"][0]["message"]["tool_calls"][0]["id"] == "c1"


def test_a_kept_stream_is_collected_as_a_stream_and_the_model_is_not_asked(behind: Behind) -> None:
    pay = ("c1", "pay", {"amount": "10 EUR"})
    body = ask(stream=True, tools=TOOLS)
    first = behind.answered(body, stream(pay), headers=[*EVENTS])
    assert b'"c1"' not in first.body
    vote(behind)
    second = behind.ask(body)
    assert not second.forwarded()
    second.finish()
    assert second.headers["content-type"].startswith("text/event-stream")
    assert b'"c1"' in second.body
    assert second.body.rstrip().endswith(b"[DONE]")


def test_a_stream_stays_alive_while_people_decide(make: Callable[..., Behind]) -> None:
    behind = make("keep_alive_s = 0.05")
    pay = ("c1", "pay", {"amount": "10 EUR"})
    talk = behind.answered(ask(stream=True, tools=TOOLS), stream(pay), headers=EVENTS)
    assert b": " in talk.body.split(b"see.")[1]  # the comment that keeps a stream alive


class Slow:
    """A stream on which every write takes a while, and on which only one may be under way."""

    def __init__(self) -> None:
        self.said: list[Any] = []
        self._first = [
            head("request_headers", ":path", "/v1/models"),
            head("response_headers", ":status", "200"),
        ]
        self._is_busy = False

    async def read(self) -> Any:
        return self._first.pop(0)

    async def write(self, message: Any) -> None:
        assert not self._is_busy, "two writes at once"
        self._is_busy = True
        await asyncio.sleep(0.001)
        self._is_busy = False
        self.said.append(message)


def head(kind: str, name: str, value: str) -> Any:
    message = ProcessingRequest()
    message.protocol_config.request_body_mode = FULL_DUPLEX_STREAMED
    message.protocol_config.response_body_mode = FULL_DUPLEX_STREAMED
    getattr(message, kind).headers.headers.add(key=name, raw_value=value.encode())
    return message


def test_a_keep_alive_never_stands_in_the_middle_of_an_event() -> None:
    """An event of several pieces leaves whole, whatever the timer of the keep-alive does."""

    async def run() -> bool:
        slow = Slow()
        transit = Transit(slow)
        await transit.open()
        await transit.head(1.0)
        await transit.send({"type": "http.response.start", "status": 200, "headers": []})
        event_bytes = b"data: " + b"x" * 3 * PIECE_BYTES + b"\n\n"
        await asyncio.gather(
            transit.send({"type": "http.response.body", "body": event_bytes, "more_body": True}),
            transit.send({"type": "http.response.body", "body": b": \n\n", "more_body": True}),
        )
        for more in (False, True):
            await transit.send({"type": "http.response.body", "body": b": \n\n", "more_body": more})
        bodies = [each.response_body.response.body_mutation.streamed_response for each in slow.said]
        assert [each.end_of_stream for each in bodies] == [False] * (len(bodies) - 1) + [True]
        return b"".join(each.body for each in bodies) == event_bytes + b": \n\n" * 2

    assert asyncio.run(run())


def test_a_caller_sees_its_hold_through_envoy(behind: Behind) -> None:
    pay = chat_answer("Paying.", ("c1", "pay", {"amount": "10 EUR"}))
    hold = behind.answered(ask(tools=TOOLS), pay).headers["gardefou-hold"]
    talk = behind.ask(b"", f"/v1/holds/{hold}", method="GET")
    talk.finish()
    assert (talk.status, talk.json["state"]) == (200, "pending")


# Ends


def test_a_stream_that_envoy_breaks_off_is_over_here_too(behind: Behind) -> None:
    talk = behind.ask(ask(stream=True))
    assert talk.forwarded()
    talk.answer_head(200, EVENTS)
    assert talk.hear() == "response_headers"
    talk.leave()
    end = time.monotonic() + 20
    while behind.gateway.metrics.active and time.monotonic() < end:
        time.sleep(0.02)
    assert behind.gateway.metrics.active == 0
    assert behind.gateway.metrics.streams == 0


@pytest.mark.parametrize("kind", ["response_headers", "request_body"])
def test_a_message_out_of_turn_ends_in_an_error_and_never_in_a_good_end(
    behind: Behind, kind: str
) -> None:
    """Envoy goes on by itself after a stream that ends well: so none does before the answer has."""
    talk = behind.ask(ask(stream=True))
    assert talk.forwarded()
    talk.answer_head(200, EVENTS)
    assert talk.hear() == "response_headers"
    if kind == "response_headers":
        talk.answer_head(200, EVENTS)
    else:
        talk.body_out_of_turn()
    talk.finish()
    assert not talk.is_whole
    assert talk.code is grpc.StatusCode.ABORTED


def test_closing_lets_an_answer_finish_and_breaks_off_what_does_not(behind: Behind) -> None:
    talk = behind.ask(ask(stream=True))
    assert talk.forwarded()
    talk.answer_head(200, EVENTS)
    assert talk.hear() == "response_headers"
    behind.close_door(0.2)
    talk.finish()
    assert not talk.is_whole
    assert talk.code is not grpc.StatusCode.OK


def test_the_fields_are_the_published_ones() -> None:
    """``published_fields.txt`` was read from the generated code of ``xds-protos`` 1.85.0."""
    published = Path(__file__).with_name("published_fields.txt").read_text(encoding="utf-8")
    ours = [
        f"{message}.{name} = {field.number} {'repeated ' * field.is_list}{field.kind}"
        + (f" in {field.choice}" if field.choice else "")
        for message, fields in MESSAGES.items()
        for name, field in fields.items()
    ]
    assert sorted(ours) == sorted(published.splitlines())
