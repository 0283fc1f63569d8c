"""A script: what a simulated vendor answers to whom.

1. The first answer whose `When` fits is given; one with ``times`` is spent after that many.
2. An answer says, calls, refuses, fails or breaks; nothing in it is guessed.
3. Nothing fits: the vendor says so with an error, never with an invented answer.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Wire = Literal["chat", "responses", "messages"]
Finish = Literal["", "length", "filter", "pause"]
FaultKind = Literal[
    "hang",
    "reset",
    "close",
    "half_call",
    "bad_sse",
    "bad_json",
    "bad_utf8",
    "short_body",
    "error_event",
    "html",
    "flood",
]

MAX_WAIT_MS = 600_000
MAX_TIMES = 1_000_000
MAX_FLOOD_BYTES = 256 * 1024 * 1024


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a request must be for an answer to fit; what is left out fits everything.

    ``model`` is a pattern with ``*``. ``user`` is a regular expression that is looked for in the
    last words of the user, ``result`` one for the last tool result since then (empty text if there
    is none). ``turn`` counts the model's answers since the user's last words, from 1.
    """

    wire: Wire | tuple[Wire, ...] | None = None
    model: str | None = None
    user: str | None = None
    result: str | None = None
    turn: int | None = None
    stream: bool | None = None


class Called(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tool call; ``arguments`` as text are sent as they are, well formed or not."""

    tool: str
    arguments: dict[str, Any] | str = {}
    id: str = ""


class Failure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer with an error status, in the vendor's own form unless ``body`` says otherwise."""

    status: int
    message: str = "the simulated vendor fails, as its script says"
    type: str = ""
    retry_after_s: int | None = None
    body: Literal["json", "html", "text", "empty"] = "json"


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an answer breaks, and after how many events of a stream."""

    kind: FaultKind
    after: int = 0
    size_bytes: int = 32 * 1024 * 1024


class Tokens(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the answer says that it used; what is left out is counted from the texts."""

    input: int | None = None
    output: int | None = None


class Answer(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"breaks": "break"},
):
    """One answer of the script.

    ``delay_ms`` passes before the first byte, ``pace_ms`` before each further event of a stream.
    ``interleave`` sends the arguments of parallel calls in turns (Chat Completions only).
    """

    when: When = When()
    say: str = ""
    think: str = ""
    call: tuple[Called, ...] = ()
    refuse: str = ""
    finish: Finish = ""
    error: Failure | None = None
    breaks: Fault | None = None
    usage: Tokens = Tokens()
    times: int = 0
    delay_ms: int = 0
    pace_ms: int = 0
    interleave: bool = False


class Script(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole script. ``models`` are those that the vendor has; without them it takes any name."""

    simulation: Literal[1]
    answers: tuple[Answer, ...]
    models: tuple[str, ...] = ()


ECHO = Script(
    simulation=1, answers=(Answer(say="no script was given, so this is all there is to say"),)
)
"""What is answered without a script."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded session as a vendor sees it: what the user said, what the model answered in turn."""

    name: str
    users: tuple[str, ...]
    answers: tuple[Answer, ...]
