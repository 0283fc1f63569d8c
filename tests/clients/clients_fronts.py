"""What the clients talk to: the simulated vendor itself, or the gateway before it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, get_args

import msgspec
from typer.testing import CliRunner

from gardefou.cli._main import app
from gardefou.doors.simulate import (
    Answer,
    Called,
    Failure,
    Fault,
    FaultKind,
    Script,
    Simulated,
    Visit,
    When,
)

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
GARDEFOU = [sys.executable, "-c", "from gardefou.cli import main; main()"]
SETTINGS = """
[server]
listen = "127.0.0.1:0"
wait_s = 0.2
stream_wait_s = 0.2
answer_limit_bytes = 1_000_000

[store]
ledger = "ledger.db"
key = "ledger.db.key"

[constitution]
layers = ["ministry.md"]
catalogue = "{examples}/catalogue.yaml"

[upstreams.openai]
kind = "compatible"
url = "{vendor}/v1"
secret = {{env = "VENDOR_KEY"}}
models = ["gpt-*"]
read_s = 2.0
vendor = "openai"

[upstreams.anthropic]
kind = "anthropic"
url = "{vendor}/v1"
secret = {{env = "VENDOR_KEY"}}
models = ["claude-*"]
read_s = 2.0

[tenants.explained]
on_deny = "explain"
"""

MINUTES = Called(tool="read_file", arguments={"path": "minutes/monday.md"})
BUDGET = Called(tool="read_file", arguments={"path": "minutes/budget.md"})
EVERYBODY = Called(tool="register_search", arguments={"pattern": "*", "limit": 100_000})
COPIERS = Called(tool="pay", arguments={"iban": "DE89370400440532013000", "amount": 4800.0})

READ = "What was decided, says minutes/monday.md?"
COMPARE = "Compare minutes/monday.md with minutes/budget.md."
SEARCH = "List everybody in the population register."
MIXED = "Read minutes/monday.md and list everybody in the register."
PAY = "Pay 4800 EUR to DE89370400440532013000 for the copiers."
TASKS = (READ, COMPARE, SEARCH, MIXED, PAY)
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
        Answer(when=When(user="slowly"), say="one two three four five", pace_ms=300),
        *(
            Answer(
                when=When(user=f"break {kind}"),
                say="one two",
                call=(MINUTES,),
                breaks=Fault(kind=kind, after=4, size_bytes=3_000_000),
            )
            for kind in get_args(FaultKind)
        ),
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
    """Where a client goes, and what the vendor behind it has seen."""

    def __init__(self, name: str, base_url: str, key: str, vendor: Simulated) -> None:
        self.name = name
        self.base_url = base_url
        self.key = key
        self._vendor = vendor

    def seen(self, text: str) -> list[Visit]:
        """The requests that reached the vendor with these last words of the user."""
        asked = [(visit, visit.served and visit.served.asked) for visit in self._vendor.visits]
        return [visit for visit, found in asked if found and found.user == text]


class Gateway:
    """`gardefou serve` as a process of its own, with a ledger, before a vendor."""

    def __init__(self, folder: Path, vendor: Simulated, settings: str = SETTINGS) -> None:
        self._folder = folder
        law = (EXAMPLES / "ministry.md").read_text(encoding="utf-8")
        # The tests' people vote in a terminal.
        law = law.replace("\nroles:", "\nterminal_roles: [treasurer]\nroles:", 1)
        (folder / "ministry.md").write_text(law, encoding="utf-8")
        settings = settings.format(examples=EXAMPLES, vendor=vendor.base_url)
        (folder / "gardefou.toml").write_text(settings, encoding="utf-8")
        _run(folder, "ledger", "init", "ledger.db", "--origin", "ledger.example/clients")
        self.key = _run(folder, "key", "create", "--tenant", "ministry").strip()
        self.explained_key = _run(folder, "key", "create", "--tenant", "explained").strip()
        self._log = (folder / "log").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [*GARDEFOU, "serve"],
            cwd=folder,
            env={**os.environ, "VENDOR_KEY": "vendor-key"},
            stderr=self._log,
        )
        self.base_url = f"http://{self.place('ready')}"

    def events(self) -> list[dict[str, Any]]:
        """What it has logged."""
        text = (self._folder / "log").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def place(self, ready: str) -> str:
        """Where it listens, as the event that tells it says."""
        for _ in range(600):
            for event in self.events():
                if event.get("event") == ready:
                    return str(event["listen"])
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError((self._folder / "log").read_text(encoding="utf-8"))

    def approve(self, notice: str) -> None:
        """A treasurer agrees to what an answer says is held."""
        hold = re.search(r"hold-[0-9a-f]{32}", notice)
        assert hold, notice
        ledger = str(self._folder / "ledger.db")
        shown = _command("hold", "show", ledger, hold[0], "--json")
        digest = json.loads(shown)["hold"]["digest"]
        vote = ("--by", "dora", "--reason", "ordered", "--seen", digest)
        assert "approved" in _command("hold", "approve", ledger, hold[0], *vote)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait(timeout=60)
        self._log.close()

    def stop(self) -> None:
        """End it in order; it must end well."""
        self._process.terminate()
        code = self._process.wait(timeout=60)
        self._log.close()
        assert code == 0, (self._folder / "log").read_text(encoding="utf-8")


def _command(*arguments: str) -> str:
    """A command in this process, which is quicker than one of its own."""
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def _run(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [*GARDEFOU, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
