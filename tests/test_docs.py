"""The documentation runs: commands, options, error codes and links (house style, rule 26)."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from gardefou.cli._main import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [ROOT / "README.md", ROOT / "examples" / "README.md", *(ROOT / "docs").rglob("*.md")]
)
REFERENCE = "\n".join(
    page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs" / "reference").glob("*.md"))
)
GARDEFOU = Path(sys.executable).parent / "gardefou"


def shell_blocks(page: Path) -> list[str]:
    """The commands of a page, those of make left out: they are what runs this test."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    return [line for line in lines if not line.startswith("make ")]


def commands() -> dict[str, list[str]]:
    """Every command with its options, from the program itself."""
    found: dict[str, list[str]] = {}

    def walk(command: object, name: str) -> None:
        for child, below in getattr(command, "commands", {}).items():
            walk(below, f"{name} {child}")
        if not hasattr(command, "commands"):
            found[name] = [
                option
                for parameter in command.params  # type: ignore[attr-defined]
                for option in parameter.opts
                if option.startswith("--") and option != "--help"
            ]

    walk(typer.main.get_command(app), "gardefou")
    return found


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if shell_blocks(page)],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_every_command_on_a_page_runs_in_order(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    standard = Path("src/gardefou/constitution/standard/standard.md")
    (tmp_path / standard.parent).mkdir(parents=True)
    shutil.copy(ROOT / standard, tmp_path / standard)
    (tmp_path / "out").mkdir()
    for line in shell_blocks(page):
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=tmp_path,
            env={"PATH": f"{GARDEFOU.parent}:/usr/bin:/bin", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        # 0 and 1 are answers; 2 and 3 mean that the page is wrong.
        assert done.returncode in {0, 1}, f"{line}\n{done.stderr}"
        assert "Traceback" not in done.stderr, f"{line}\n{done.stderr}"
        assert done.stdout or done.stderr or line.startswith("sed "), line


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_and_option_is_documented(name: str) -> None:
    text = (ROOT / "docs" / "reference").joinpath("commands.md").read_text(encoding="utf-8")
    pages = text + REFERENCE
    assert f"## {name}\n" in pages
    section = pages.split(f"## {name}\n", 1)[1].split("\n## ", 1)[0]
    for option in commands()[name]:
        assert f"`{option}" in section, f"{name} {option}"


def codes() -> list[str]:
    """Every error code that the source can give: the literals of ``code=`` and of ``refuse``."""
    found = set()
    for module in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                        found.add(str(keyword.value.value))
    return sorted(code for code in found if code)


@pytest.mark.parametrize("code", codes())
def test_every_error_code_is_documented(code: str) -> None:
    assert f"`{code}`" in REFERENCE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_records_of_decisions_are_numbered_one_by_one_and_say_their_number() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    for number, record in enumerate(records, 1):
        assert record.name.startswith(f"{number:04d}-")
        assert record.read_text(encoding="utf-8").startswith(f"# {number:04d}. ")
