"""The walk of the documentation, and the commands' mistakes: one clear message, the right code."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gardefou.cli._main import app

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "stop-using-a-vendor.md"
Run = Callable[..., Any]


def call(line: str, code: int = 0) -> str:
    """Run a command as the shell would, here."""
    words: list[str] = []
    for word in shlex.split(line):
        found = sorted(str(path) for path in Path().glob(word)) if "*" in word else []
        words += found or [word]
    result = CliRunner().invoke(app, words)
    assert "Traceback" not in result.output
    assert result.exit_code == code, f"{line}\n{result.output}"
    return result.stdout if "--json" in line else result.output


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands in a folder with the examples."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    return call


@pytest.fixture(scope="session")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with the instruments of the examples, made once."""
    folder = tmp_path_factory.mktemp("signed")
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / "out").mkdir()
    with contextlib.chdir(folder):
        call("ledger init out/l.db --origin ledger.example/council")
        for name in ("ada", "ben", "dora"):
            call(f"order key {name} out/{name}.key")
        files = ["party-*.yaml", "fallback.yaml", "order.yaml"]
        names = " ".join(f"examples/orders/{name}" for name in files)
        call(f"order issue out/l.db {names} --key out/ada.key")
    return folder


@pytest.fixture
def council(signed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands in a folder with a copy of that ledger."""
    shutil.copytree(signed, tmp_path / "council")
    monkeypatch.chdir(tmp_path / "council")
    return call


def steps() -> list[str]:
    """The commands of the page, in order."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return [line for block in blocks for line in block.splitlines()]


# What each answer of the page has to say, by a part of its command; and whether it is a no.
TOLD: list[tuple[str, int, str]] = [
    ("check examples/council.md examples/ultimatum.md", 1, "layer.replaced"),
    ("--at 2025-03-01T10:59:59", 0, "Allowed"),
    ("--at 2025-03-01T11:00:00", 1, "is in force (on bases act-7, clause-12)"),
    ("out/harbour.json --constitution examples/council.md --ledger out/council.db --at 2025-05-20", 0, "ends this use by its date"),
    ("out/new.json", 1, "lets only use go on that existed on its first day"),
    ("order status", 1, "phase out ends"),
    ("--at 2025-06-02", 1, "hold point that nobody has signed"),
    ("decide out/contoso.json", 0, "Allowed"),
    ("decide out/emergency.json", 0, "the waiver `rare-languages` lets it pass"),
    ("--at 2025-04-02", 1, "on basis clause-12; basis act-7 not in force here"),
    ("--at 2025-04-06", 0, "Allowed"),
    ("supplier list", 1, "unknown"),
    ("--form 3bd", 1, "vendor_uei: MISSING"),
    ("--form html", 1, ""),
    ("order report out/council.db cease-northwind --since 2025-03-01T00:00:00Z --until 2025-07-01T00:00:00Z", 1, "4 calls went ahead"),
    ("--form restore", 1, "restore access: northwind"),
    ("order attest out/september.json --check", 0, "verifies: no_use, signed by dora"),
    ("ledger replay", 0, "9 of 9 decisions reproduced"),
]  # fmt: skip


def test_the_whole_walk_says_at_each_step_what_the_page_says(run: Run) -> None:
    told = []
    for line in steps():
        text = line.removeprefix("gardefou ")
        if line.startswith("sed "):
            pattern, source, target = re.fullmatch(r"sed 's/(.*)' (\S+) > (\S+)", line).groups()  # type: ignore[union-attr] # - each has this form
            old, new = pattern.removesuffix("g").rstrip("/").split("/")
            Path(target).write_text(Path(source).read_text().replace(old, new))
            continue
        command, _, target = text.partition(" | tee ")
        added = target.startswith("-a ")
        expected = next(((code, words) for part, code, words in TOLD if part in line), (0, ""))
        output = run(command, expected[0])
        assert expected[1] in output, f"{line}\n{output}"
        if expected[1]:
            told.append(line)
        if target:
            path = Path(target.removeprefix("-a "))
            before = path.read_text() if added else ""
            keys = [x for x in output.splitlines() if re.fullmatch(r"\S+\+[0-9a-f]{8}\+\S+", x)]
            path.write_text(before + "\n".join(keys) + "\n")
    assert len(told) == sum(1 for _, _, words in TOLD if words)
    assert "<svg" in Path("out/burn-down.html").read_text()
    assert json.loads(Path("out/september.cdx.json").read_text())["specVersion"] == "1.6"


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("order check out/nothing.yaml", 1, "order.file"),
        ("order check examples/ministry.md", 1, "yaml"),
        ("order issue out/l.db examples/orders/order.yaml --key out/ada.key", 2, "order.version"),
        ("order issue out/l.db examples/orders/milestone.yaml --key out/no.key", 3, "ledger.key_missing"),
        ("order issue out/no.db examples/orders/order.yaml --key out/ada.key", 3, ""),
        ("order verify out/l.db cease-northwind --key out/ada.key", 2, "order.same_person"),
        ("order verify out/l.db nothing --key out/ben.key", 2, "order.unknown"),
        ("order sign out/l.db nothing --key out/ben.key", 2, "order.unknown"),
        ("order stay out/l.db cease-northwind --basis x --by court --key out/ada.key", 2, "order.basis"),
        (
            "order stay out/l.db cease-northwind --from 2025-04-01T00:00:00 --by court --key out/ada.key",
            2,
            "order.time_zone",
        ),
        ("order lift out/l.db cease-northwind --from yesterday --by it --key out/ada.key", 2, "order.time"),
        ("order status out/l.db --at tomorrow", 2, "order.time"),
        ("order report out/l.db nothing", 2, "order.unknown"),
        ("order report out/l.db cease-northwind --form pie", 2, "order.form"),
        ("order report out/l.db cease-northwind --form 3bd --field x", 2, "order.field"),
        ("order attest out/l.db", 2, "attest.call"),
        ("order attest examples/action.json --check", 2, "attest.call"),
        ("order attest out/l.db examples/orders/order.yaml --key out/ada.key", 2, "attest.call"),
        ("waiver grant out/l.db examples/orders/order.yaml --key out/ada.key", 2, "waiver.call"),
        ("waiver grant out/l.db examples/orders/waiver.yaml --key out/ada.key", 2, "order.signer"),
        ("waiver revoke out/l.db nothing --key out/ada.key", 2, "order.unknown"),
        ("supplier add out/l.db examples/orders/order.yaml --key out/ada.key", 2, "supplier.call"),
        (
            "supplier answer out/l.db letterworks --order cease-northwind --reply yes --key out/ada.key",
            2,
            "supplier.reply",
        ),
        (
            "supplier answer out/l.db letterworks --order cease-northwind --reply in_use --key out/ada.key",
            2,
            "party.not_asked",
        ),
        (
            "supplier notify out/l.db cease-northwind --us nobody --due 2035-01-01T00:00:00Z --key out/ada.key",
            2,
            "party.unknown",
        ),
        ("decide examples/request.json --orders examples/orders --ledger out/l.db", 2, "decide.orders"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_call_has_one_message(council: Run, line: str, code: int, told: str) -> None:
    assert told in council(line, code)


def test_what_programs_read_is_json(council: Run) -> None:
    def read(line: str, code: int = 0) -> Any:
        return json.loads(council(f"{line} --json", code))

    assert read("order check examples/orders")["instruments"]["party"] == 4
    assert (
        read("order status out/l.db --at 2025-03-02T00:00:00Z")["orders"][0]["state"] == "in force"
    )
    assert (
        read("order status out/l.db --at 2025-03-01T00:00:00Z")["orders"][0]["state"] == "announced"
    )
    assert (
        read("waiver grant out/l.db examples/orders/waiver.yaml --key out/ben.key")[0]["op"]
        == "issue"
    )
    assert read("waiver list out/l.db --at 2025-03-03T00:00:00Z")[0]["state"] == "granted"
    assert read("waiver revoke out/l.db rare-languages --key out/ada.key")[0]["version"] == 2
    assert read("waiver list out/l.db")[0]["state"] == "revoked"
    assert read("supplier list out/l.db --us harbour-office")[0]["party"] == "letterworks"
    assert read("order report out/l.db cease-northwind")["calls"] == 0
    assert read("order dry-run out/l.db examples/orders/milestone.yaml")["stopped"] == 0
    stay = "order stay out/l.db cease-northwind --by court --from 2025-04-01T00:00:00Z --key out/ada.key"
    assert read(f"{stay} --tenant library")[0]["op"] == "stay"
    at = "order status out/l.db --at 2025-04-02T00:00:00Z"
    assert read(at)["orders"][0]["state"] == "partly stayed"
    assert read(stay)[0]["version"] == 3
    assert read(at)["orders"][0]["state"] == "not in force"


def test_a_dry_run_names_whom_a_draft_would_stop(council: Run) -> None:
    council("ledger init out/new.db --origin ledger.example/new")
    council("decide examples/request.json --constitution examples/council.md --ledger out/new.db")
    parties = "examples/orders/party-*.yaml examples/orders/fallback.yaml"
    council(f"order issue out/new.db {parties} --key out/ada.key")
    told = council("order dry-run out/new.db examples/orders/order.yaml", 1)
    assert "1 actions, 1 would be stopped at 2025-03-01T11:00:00Z" in told
    assert "to-contoso; contoso/contoso-large" in told


def test_orders_in_files_decide_without_a_ledger(run: Run) -> None:
    line = (
        "decide examples/request.json --constitution examples/council.md --orders examples/orders"
    )
    assert "is in force" in run(f"{line} --at 2025-03-02T00:00:00", 1)
    assert "Allowed" in run(f"{line} --at 2025-02-02T00:00:00")
