"""Endpoints: read, fetched, passed through or unknown; never guessed."""

from __future__ import annotations

import pytest

from gardefou.wires import WIRES, endpoint_for, wire_for


@pytest.mark.parametrize(
    ("method", "path", "name", "reading", "wire"),
    [
        ("POST", "/v1/chat/completions", "chat", "conversation", "openai.chat"),
        ("POST", "/chat/completions", "chat", "conversation", "openai.chat"),
        ("POST", "/openai/v1/chat/completions?x=1", "chat", "conversation", "openai.chat"),
        ("POST", "/v1/responses", "responses", "conversation", "openai.responses"),
        ("POST", "/v1/messages", "messages", "conversation", "anthropic.messages"),
        ("POST", "/anthropic/v1/messages", "messages", "conversation", "anthropic.messages"),
        ("GET", "/v1/responses/resp_1", "responses.stored", "answer", "openai.responses"),
        ("POST", "/v1/responses/resp_1/cancel", "responses.cancel", "answer", "openai.responses"),
        ("GET", "/v1/chat/completions/chatcmpl-1", "chat.stored", "answer", "openai.chat"),
        ("POST", "/v1/responses/input_tokens", "responses.count_tokens", "opaque", ""),
        ("POST", "/v1/messages/count_tokens", "messages.count_tokens", "opaque", ""),
        ("POST", "/v1/messages/batches", "messages.batches", "opaque", ""),
        ("GET", "/v1/messages/batches/b_1/results", "messages.batches", "opaque", ""),
        ("POST", "/v1/embeddings", "embeddings", "opaque", ""),
        ("GET", "/v1/models", "models", "opaque", ""),
        ("GET", "/v1/models/m-1", "models", "opaque", ""),
        ("GET", "/v1/models/org/m:1", "models", "opaque", ""),
        ("DELETE", "/v1/files/file-1", "files", "opaque", ""),
        ("POST", "/v1/files", "files", "opaque", ""),
        ("POST", "/v1/batches", "batches", "opaque", ""),
        ("POST", "/v1/images/generations", "images", "opaque", ""),
        ("POST", "/v1/audio/speech", "audio", "opaque", ""),
    ],
)  # fmt: skip
def test_known_endpoints(method: str, path: str, name: str, reading: str, wire: str) -> None:
    found = endpoint_for(method, path)
    assert (found.name, found.reading, found.wire) == (name, reading, wire)
    assert wire_for(method, path) is WIRES.get(wire)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/chat/completions/a/../../files"),
        ("GET", "/v1/responses/.."),
        ("POST", "//v1/chat/completions"),
        ("POST", "/v1//chat/completions"),
        ("POST", "/v1/./chat/completions"),
        ("POST", "/v1/chat/completions/"),
        ("POST", "/v1/chat%2Fcompletions"),
        ("POST", "/V1/chat/completions"),
        ("POST", "/v1/Chat/completions"),
        ("post", "/v1/chat/completions"),
        ("PUT", "/v1/chat/completions"),
        ("GET", "/v1/chat/completions\n"),
        ("GET", "/v1/models/"),
        ("GET", "/v1/models/a b"),
        ("POST", "/v1/threads"),
        ("POST", "/v1/assistants"),
        ("GET", "/v1/realtime"),
        ("POST", "/v1/fine_tuning/jobs"),
        ("GET", "/v1"),
        ("GET", "/"),
        ("GET", ""),
        ("OPTIONS", "*"),
    ],
)
def test_what_no_row_names_is_unknown(method: str, path: str) -> None:
    """Law 2: another spelling is no free pass."""
    assert endpoint_for(method, path).reading == "unknown"
    assert wire_for(method, path) is None
