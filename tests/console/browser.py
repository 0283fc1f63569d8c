"""A browser with a virtual authenticator, and the whole installation before it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gardefou.contact import Register
from gardefou.doors.simulate import Answer, Called, Script, Simulated, When

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WHY_NOT = "no Chromium here: apt-get install chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
GARDEFOU = [sys.executable, "-c", "from gardefou.cli import main; main()"]
SETTINGS = """
[server]
listen = "127.0.0.1:{port}"
wait_s = 60

[store]
ledger = "ledger.db"
key = "ledger.db.key"

[constitution]
layers = ["{law}"]
catalogue = "{examples}/catalogue.yaml"

[upstreams.openai]
kind = "compatible"
url = "{vendor}/v1"
secret = {{env = "VENDOR_KEY"}}
models = ["gpt-*"]
vendor = "openai"

[console]
origin = "http://localhost:{port}"
tenant = "ministry"
tools = "tools"
"""
PAY = Called(tool="pay", arguments={"iban": "DE89370400440532013000", "amount": 4800.0})
WORLD = Script(
    simulation=1,
    answers=(Answer(when=When(user="Pay", turn=1), call=(PAY,)), Answer(say="That is all.")),
)


def ministry() -> str:
    """The example's constitution, where the watch may break the glass."""
    text = (EXAMPLES / "ministry.md").read_text(encoding="utf-8")
    return text.replace("\nroles:", "\nbreak_glass_roles: [watch]\nroles:", 1)


class Installation:
    """A gateway with its console, as its own process."""

    def __init__(self, folder: Path, vendor: Simulated) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        self.folder = folder
        self.url = f"http://localhost:{port}"
        self.constitution = folder / "ministry.md"
        self.catalogue = EXAMPLES / "catalogue.yaml"
        self.environment = {**os.environ, "VENDOR_KEY": "vendor-key"}
        places = {"law": self.constitution, "examples": EXAMPLES, "vendor": vendor.base_url}
        text = SETTINGS.format(port=port, **places)
        (folder / "gardefou.toml").write_text(text, encoding="utf-8")
        self.constitution.write_text(ministry(), encoding="utf-8")
        self.run("ledger", "init", "ledger.db", "--origin", "ledger.example/console")
        owner = ("--tenant", "ministry", "--application", "office")
        self.key = self.run("key", "create", *owner).strip()
        self.start()

    def start(self) -> None:
        """Serve, and return when it is ready."""
        log = self.folder / "log"
        with log.open("wb") as stream:
            self._process = subprocess.Popen(
                [*GARDEFOU, "serve"],
                cwd=self.folder,
                env=self.environment,
                stdout=stream,
                stderr=stream,
            )
        end = time.monotonic() + 60
        while b'"ready"' not in log.read_bytes():
            if time.monotonic() > end or self._process.poll() is not None:
                raise AssertionError(log.read_text())
            time.sleep(0.05)

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*GARDEFOU, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    def meet(self, server: str, *definitions: dict[str, Any]) -> None:
        """What an MCP proxy does that a server lists these tools to."""
        Register(self.folder / "tools", server).meet(definitions)

    def enrolment(self, person: str) -> str:
        """A link, as the operator makes it."""
        return str(json.loads(self.run("console", "enrol", person, "--json"))["url"])

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=60)


@contextmanager
def installed(folder: Path) -> Iterator[Installation]:
    with Simulated(WORLD, key="vendor-key") as vendor:
        running = Installation(folder, vendor)
        try:
            yield running
        finally:
            running.stop()


@contextmanager
def browser(**settings: Any) -> Iterator[Any]:
    """A page of headless Chromium, whose device makes and uses passkeys as its owner would."""
    with browsers(1, **settings) as pages:
        yield pages[0]


@contextmanager
def browsers(count: int, **settings: Any) -> Iterator[list[Any]]:
    """As `browser`, for several persons at once who share nothing."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - slow to load

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield [_page(chromium, **settings) for _ in range(count)]
        chromium.close()


def _page(chromium: Any, **settings: Any) -> Any:
    page = chromium.new_context(locale="en-GB", **settings).new_page()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return page
