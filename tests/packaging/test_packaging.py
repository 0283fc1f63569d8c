"""The unit and the container file name commands, options and files that exist."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path

import typer.main

from gardefou.cli._main import app

ROOT = Path(__file__).resolve().parents[2]
SERVE = typer.main.get_command(app).commands["serve"]  # type: ignore[attr-defined]
OPTIONS = {option for parameter in SERVE.params for option in parameter.opts}


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign] - systemd's names have capitals
    parser.read(ROOT / "packaging" / "gardefou.service", encoding="utf-8")
    return parser


def check_command(words: list[str]) -> None:
    assert words[1] == "serve"
    assert {word for word in words if word.startswith("--")} <= OPTIONS


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "packaging" / "Containerfile").read_text(encoding="utf-8")
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*$", "", text, flags=re.MULTILINE))
    pairs = [line.partition(" ")[::2] for line in text.splitlines() if line.strip()]
    return [(name, value.strip()) for name, value in pairs]


def test_the_unit_starts_and_reloads_the_gateway() -> None:
    service = unit()["Service"]
    check_command(shlex.split(service["ExecStart"]))
    assert "HUP" in service["ExecReload"]
    assert int(service["TimeoutStopSec"]) > 30  # longer than the drain
    assert int(service["LimitNOFILE"]) >= 65_536


def test_the_unit_gives_the_process_little() -> None:
    service = unit()["Service"]
    assert service["User"] != "root"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""


def test_the_container_copies_what_exists_and_runs_as_nobody() -> None:
    found = instructions()
    names = {name for name, _ in found}
    assert names <= {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL",
                     "HEALTHCHECK", "ENTRYPOINT", "CMD"}  # fmt: skip
    for name, value in found:
        if name == "COPY" and not value.startswith("--from"):
            for source in value.split()[:-1]:
                assert (ROOT / source).exists(), source
    assert dict(found)["USER"] == "10001"
    command = [dict(found)["ENTRYPOINT"], dict(found)["CMD"]]
    words = [word for text in command for word in re.findall(r'"([^"]*)"', text)]
    check_command(words)
