"""What the clients talk to: the simulated vendor itself, or the gateway before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gardefou.doors.simulate import Answer, Called, Failure, Script, Simulated, Visit, When

MINUTES = Called(tool="read_file", arguments={"path": "minutes/monday.md"})
BUDGET = Called(tool="read_file", arguments={"path": "minutes/budget.md"})
EVERYBODY = Called(tool="register_search", arguments={"pattern": "*", "limit": 100_000})
COPIERS = Called(tool="pay", arguments={"iban": "DE89370400440532013000", "amount": 4800.0})

READ = "What was decided, says minutes/monday.md?"
COMPARE = "Compare minutes/monday.md with minutes/budget.md."
SEARCH = "List everybody in the population register."
MIXED = "Read minutes/monday.md and list everybody in the register."
PAY = "Pay 4800 EUR to DE89370400440532013000 for the copiers."
STORM = "Ask in a storm."
SLOW = "Speak slowly."

WORLD = Script(
    simulation=1,
    answers=(
        Answer(when=When(user="What was decided", turn=1), say="I read the minutes.", call=(MINUTES,)),
        Answer(when=When(user="What was decided"), say="The archive moves in May."),
        Answer(when=When(user="Compare", turn=1), call=(MINUTES, BUDGET)),
        Answer(when=When(user="Compare"), say="The second is longer."),
        Answer(when=When(user="List everybody", turn=1), call=(EVERYBODY,)),
        Answer(when=When(user="Read .* and list", turn=1), call=(MINUTES, EVERYBODY)),
        Answer(when=When(user="Pay", turn=1), call=(COPIERS,)),
        Answer(when=When(user="storm"), error=Failure(status=429, retry_after_s=0)),
        Answer(when=When(user="slowly"), say="one two three four five", pace_ms=60),
        Answer(say="That is all."),
    ),
)  # fmt: skip

TOOLS: list[dict[str, Any]] = [
    {
        "name": "read_file",
        "description": "Read a file from the shared drive.",
        "parameters": {
            "type": "object",
            "properties": {"path": {"type": "string", "description": "Path"}},
            "required": ["path"],
        },
    },
    {
        "name": "register_search",
        "description": "Search the population register by pattern.",
        "parameters": {
            "type": "object",
            "properties": {
                "pattern": {"type": "string", "description": "Name pattern"},
                "limit": {"type": "integer", "description": "Maximum number of records"},
            },
            "required": ["pattern"],
        },
    },
    {
        "name": "pay",
        "description": "Transfer money from the office account.",
        "parameters": {
            "type": "object",
            "properties": {
                "iban": {"type": "string", "description": "Account of the payee"},
                "amount": {"type": "number", "description": "Amount in EUR"},
            },
            "required": ["iban", "amount"],
        },
    },
]
RESULTS = {
    "read_file": "Decided: the archive moves in May.",
    "register_search": "all",
    "pay": "paid",
}


class Ran(msgspec.Struct):
    """What a client's tool loop came to: the words it was given, the calls it ran, its error."""

    words: list[str] = []
    calls: list[tuple[str, dict[str, Any]]] = []
    error: str | None = None

    def tool(self, name: str, arguments: dict[str, Any]) -> str:
        """Run a tool: note the call, and give the result."""
        self.calls.append((name, arguments))
        return RESULTS[name]

    @property
    def text(self) -> str:
        """All words."""
        return "\n".join(word for word in self.words if word)


class Front:
    """Where a client goes, and what the vendor behind it has seen since the last `mark`."""

    def __init__(self, name: str, base_url: str, key: str, vendor: Simulated) -> None:
        self.name = name
        self.base_url = base_url
        self.key = key
        self._vendor = vendor
        self._before = 0

    def mark(self) -> None:
        """Forget what was seen."""
        self._before = len(self._vendor.visits)

    @property
    def seen(self) -> Sequence[Visit]:
        """The requests that reached the vendor since the last mark."""
        return list(self._vendor.visits)[self._before :]
