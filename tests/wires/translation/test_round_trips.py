"""A request that goes to another wire and comes back means what it meant."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from conversations import (
    CHAT,
    MESSAGES,
    RESPONSES,
    chat_bodies,
    meaning,
    message_bodies,
)
from hypothesis import given, settings

from gardefou.wires.translation import translation

DEFAULT = 4_096


def there_and_back(caller: str, served: str, body: dict[str, Any]) -> None:
    before = json.dumps(body).encode()
    there = translation(caller, served).request(before, model="m", max_tokens_default=DEFAULT)
    back = translation(served, caller).request(there.body, model="m", max_tokens_default=DEFAULT)
    expected, actual = meaning(caller, before), meaning(caller, back.body)
    if expected.max_tokens is None:
        expected = msgspec.structs.replace(expected, max_tokens=actual.max_tokens)
        assert actual.max_tokens in {None, DEFAULT}
    if expected.parallel is not None and not expected.tools:
        expected = msgspec.structs.replace(expected, parallel=actual.parallel)
    actual = _as_said(expected, actual)
    assert expected == actual


def _as_said(expected: Any, actual: Any) -> Any:
    """The two liberties of the wires: a strictness that is not said, a choice that is not said."""
    tools = tuple(
        msgspec.structs.replace(tool, strict=said.strict)
        if said.strict is None and tool.strict is False
        else tool
        for said, tool in zip(expected.tools, actual.tools, strict=True)
    )
    choice, parallel = actual.choice, actual.parallel
    if expected.choice is None and choice is not None and choice.mode == "auto":
        choice = None
    if expected.choice is not None and expected.choice.mode == "none":
        parallel = expected.parallel
    if expected.parallel is True and choice is None:
        parallel = True
    return msgspec.structs.replace(actual, tools=tools, choice=choice, parallel=parallel)


@pytest.mark.parametrize("served", [MESSAGES, RESPONSES])
def test_a_chat_request_keeps_its_meaning(served: str) -> None:
    @settings(max_examples=150, deadline=None)
    @given(chat_bodies())
    def check(body: dict[str, Any]) -> None:
        there_and_back(CHAT, served, body)

    check()


@pytest.mark.parametrize("served", [CHAT, RESPONSES])
def test_a_messages_request_keeps_its_meaning(served: str) -> None:
    @settings(max_examples=150, deadline=None)
    @given(message_bodies())
    def check(body: dict[str, Any]) -> None:
        there_and_back(MESSAGES, served, body)

    check()


@pytest.mark.parametrize("served", [CHAT, MESSAGES])
def test_a_responses_request_keeps_its_meaning(served: str) -> None:
    @settings(max_examples=150, deadline=None)
    @given(chat_bodies())
    def check(body: dict[str, Any]) -> None:
        first = translation(CHAT, RESPONSES).request(
            json.dumps(body).encode(), model="m", max_tokens_default=DEFAULT
        )
        there_and_back(RESPONSES, served, json.loads(first.body))

    check()
