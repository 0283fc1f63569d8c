"""What a request has said so far, in one shape for the three wires.

1. Words of the user, answers of the model and results of tools, in order; the rest is no matter.
2. Answers that follow each other are one turn of the model.
3. As the vendors do: a result needs its call, and a call needs its result before the next turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gardefou.doors.simulate._script import Wire


class Heard(msgspec.Struct, frozen=True):
    """Words of the user."""

    text: str


class Answered(msgspec.Struct, frozen=True):
    """An answer of the model, or a part of one, with the ids of its calls."""

    calls: tuple[str, ...] = ()


class Returned(msgspec.Struct, frozen=True):
    """The result of a tool."""

    id: str
    text: str


Item = Heard | Answered | Returned


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request that the script can be asked about.

    ``turn`` counts the model's turns since the user's last words, this one included;
    ``answered`` counts all that came before. ``body`` is the request as it was sent.
    """

    wire: Wire
    model: str
    stream: bool
    users: tuple[str, ...]
    result: str
    turn: int
    answered: int
    input_tokens: int
    body: dict[str, Any]

    @property
    def user(self) -> str:
        """The user's last words."""
        return self.users[-1] if self.users else ""


class BadRequest(Exception):  # noqa: N818 - what the vendors call it; never leaves this room
    """The request is one that a vendor refuses."""

    def __init__(self, message: str, *, status: int = 400, code: str = "", param: str = "") -> None:
        """Keep what the vendor's error form has fields for."""
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.param = param


def asked(wire: Wire, body: dict[str, Any], items: Sequence[Item]) -> Asked:
    """Count turns and find the last words.

    Raises:
        BadRequest: when a call has no result or a result has no call.
    """
    users: list[str] = []
    result, turn, answered = "", 1, 0
    open_calls: set[str] = set()
    known: set[str] = set()
    before: Item | None = None
    for item in items:
        if isinstance(item, Returned):
            _close(item, open_calls, known)
            result = item.text
        elif isinstance(item, Answered):
            if not isinstance(before, Answered):
                # Responses lists a call and its result in any order; the end is what counts there.
                if wire != "responses":
                    _all_closed(open_calls)
                turn, answered = turn + 1, answered + 1
            open_calls |= set(item.calls)
            known |= open_calls
        else:
            if wire != "responses":
                _all_closed(open_calls)
            users.append(item.text)
            result, turn = "", 1
        before = item
    _all_closed(open_calls)
    return Asked(
        wire=wire,
        model=str(body["model"]),
        stream=body.get("stream") is True,
        users=tuple(users),
        result=result,
        turn=turn,
        answered=answered,
        input_tokens=_tokens(items),
        body=body,
    )


def _close(item: Returned, open_calls: set[str], known: set[str]) -> None:
    if item.id not in open_calls:
        seen = "has a result already" if item.id in known else "is not in the conversation"
        raise BadRequest(f"a tool result answers the call '{item.id}', which {seen}")
    open_calls.remove(item.id)


def _all_closed(open_calls: set[str]) -> None:
    if open_calls:
        raise BadRequest(
            f"no tool result was found for the calls {', '.join(sorted(open_calls))}: "
            "each call must be followed by its result"
        )


def _tokens(items: Sequence[Item]) -> int:
    return sum(count(item.text) for item in items if not isinstance(item, Answered))


def count(text: str) -> int:
    """How many tokens a text has: a quarter of its bytes, rounded up, for want of a model."""
    return (len(text.encode("utf-8", "surrogatepass")) + 3) // 4


def text_of(content: Any) -> str:
    """The text of a message's content: text, or the text parts of a list, joined by lines."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = [part.get("text") for part in content if isinstance(part, dict)]
    return "\n".join(part for part in parts if isinstance(part, str))


def messages_of(body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The list of messages or items.

    Raises:
        BadRequest: when it is none, or is empty.
    """
    found = body.get(key)
    if not isinstance(found, list) or not found or not all(isinstance(m, dict) for m in found):
        raise BadRequest(f"'{key}' must be a list of objects that is not empty", param=key)
    return found
