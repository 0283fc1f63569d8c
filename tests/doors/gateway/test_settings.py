"""Settings: every mistake at once, secrets outside, every setting on its page."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gardefou.doors.gateway._load import load_settings, parse_settings, secret_of
from gardefou.doors.gateway._settings import Secret, Settings
from gardefou.errors import FileError, LoadError, UsageError

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "settings.md"
GOOD = """
[store]
ledger = "ledger.db"
key = "k"

[upstreams.a]
kind = "openai"
secret = {env = "A"}
"""


def codes(text: str) -> list[str]:
    with pytest.raises(LoadError) as caught:
        parse_settings(text.encode())
    return sorted(problem.code for problem in caught.value.problems)


def test_the_example_on_the_page_loads() -> None:
    text = PAGE.read_text(encoding="utf-8").split("```toml\n", 1)[1].split("```", 1)[0]
    settings = parse_settings(text.encode())
    assert sorted(settings.upstreams) == ["claude", "openai"]
    assert settings.mode("ministry", "any") == "observe"
    assert settings.mode("other", "any") == "enforce"


def tables(kind: type, path: str = "") -> list[tuple[str, str]]:
    """Every setting of a struct with the table it stands in."""
    found = []
    for field in msgspec.structs.fields(kind):
        inner = [field.type, *getattr(field.type, "__args__", ())]
        structs = [k for k in inner if isinstance(k, type) and issubclass(k, msgspec.Struct)]
        if structs and structs[0] is not Secret and kind is Settings:
            found += tables(structs[0], field.name)
        elif kind is not Settings:
            found.append((path, field.name))
    return found


@pytest.mark.parametrize(("table", "name"), tables(Settings))
def test_every_setting_is_on_the_page(table: str, name: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    parts = [part for part in page.split("\n## ") if part.lstrip("`[").startswith(table)]
    assert any(f"`{name}" in part or f"[{table}.{name}]" in part for part in parts)


def test_every_mistake_is_named_at_once() -> None:
    text = """
    [server]
    listen = "nowhere"
    processes = 4
    [log]
    colour = "blue"
    [store]
    ledger = "ledger.db"
    [upstreams.a]
    kind = "other"
    [upstreams.b]
    kind = "vertex"
    url = "ftp://x"
    [[budgets]]
    tenant = "t"
    window = "week"
    """
    found = codes(text)
    # The key; the region and the project of b; colour; listen, kind, url and window.
    assert found == [
        *["settings.missing"] * 1,
        "settings.unknown",
        *["settings.value"] * 4,
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('kind = "openai"', 'kind = "open ai"'), "settings.value"),
        (('kind = "openai"', 'kind = "openai"\nurl = "http://u:p@h/"'), "settings.value"),
        (('kind = "openai"', 'kind = "openai"\nurl = "h"'), "settings.value"),
        (('kind = "openai"', 'kind = "vertex"'), "settings.missing"),
        (('kind = "openai"', 'kind = "openai"\nwires = ["anthropic.messages"]'), "settings.value"),
        (('kind = "openai"', 'kind = "openai"\nwires = ["openai.images"]'), "settings.value"),
        (('{env = "A"}', '"sk-123"'), "settings.value"),
        (('{env = "A"}', '{env = "A", file = "B"}'), "settings.secret"),
        (('{env = "A"}', '{name = "A"}'), "settings.unknown"),
        (('"ledger.db"', '"postgresql://u:pw@h/db"'), "settings.inline_secret"),
        (("[store]", "[server]\nprocesses = 2\n[store]"), "settings.processes"),
        (("[store]", "[server]\nprocesses = 0\n[store]"), "settings.value"),
        (("[store]", '[server]\nlisten = ":x"\n[store]'), "settings.value"),
        (("[upstreams.a]", '[upstreams."a\\nb"]'), "settings.value"),
        (("[store]", "[store"), "settings.syntax"),
        (("[store]", "[[budgets]]\ntenant='t'\nwindow='day'\n[store]"), "settings.missing"),
        (
            ("[store]", "[[budgets]]\ntenant='t'\nwindow='day'\nmoney=1.0\n[store]"),
            "settings.missing",
        ),
        (("[store]", "[tenants.t]\nmode = 'watch'\n[store]"), "settings.value"),
        (('kind = "openai"', 'kind = "openai"\nheaders = {Cookie = "x"}'), "settings.value"),
    ],
)
def test_a_mistake_has_its_code(change: tuple[str, str], code: str) -> None:
    assert code in codes(GOOD.replace(*change))


def test_a_secret_in_the_wrong_place_is_not_repeated() -> None:
    with pytest.raises(LoadError) as caught:
        parse_settings(GOOD.replace('{env = "A"}', '"sk-very-secret"').encode())
    assert "sk-very-secret" not in str(caught.value)
    with pytest.raises(LoadError) as caught:
        parse_settings(b'key = "sk-very-secret')
    assert "sk-very-secret" not in str(caught.value)


def test_a_file_that_is_missing_or_no_text_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        load_settings(tmp_path / "no.toml")
    with pytest.raises(LoadError):
        parse_settings(b"\xff\xfe")


def test_secrets_come_from_their_places(tmp_path: Path) -> None:
    place = tmp_path / "secret"
    place.write_text("sk-1\n", encoding="utf-8")
    assert secret_of(Secret(file=str(place))) == "sk-1"
    assert secret_of(Secret(env="X"), {"X": "sk-2"}) == "sk-2"
    for environment in ({}, {"X": ""}, {"X": "a b"}, {"X": "a\nb"}, {"X": "\u00e9"}):
        with pytest.raises(UsageError):
            secret_of(Secret(env="X"), environment)


def test_relative_paths_start_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "g.toml").write_text(GOOD, encoding="utf-8")
    settings = load_settings(tmp_path / "g.toml")
    assert settings.store.ledger == str(tmp_path / "ledger.db")
    assert settings.store.state == f"{tmp_path / 'ledger.db'}-gateway"
    console = '\n[console]\norigin = "https://g.example"\ntools = "mcp"\n'
    (tmp_path / "g.toml").write_text(GOOD + console, encoding="utf-8")
    found = load_settings(tmp_path / "g.toml").console
    assert found is not None
    assert found.tools == str(tmp_path / "mcp")
