"""Every word of the console is there in every language, and what is compiled is what was written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gardefou.console import _pages
from gardefou.console._words import languages, translations

from .conftest import Office

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "src" / "gardefou" / "console" / "templates").glob("*.html"))
OTHERS = [language for language in languages() if language != "en"]


def messages() -> set[str]:
    environment = _pages._environment("en")
    found: set[str] = set()
    for template in TEMPLATES:
        for _, _, message in environment.extract_translations(template.read_text("utf-8")):  # type: ignore[attr-defined]
            found |= {text for text in ([message] if isinstance(message, str) else message) if text}
    return found


def test_there_is_more_than_english() -> None:
    assert "fr" in languages()


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_with_the_same_places(language: str) -> None:
    catalogue = translations(language)._catalog  # type: ignore[attr-defined]
    for message in messages():
        assert catalogue.get(message), message
        for place in ("%(time)s", "%(count)s", "%(name)s", "%(done)s", "%(label)s", "%d"):
            assert (place in message) == (place in catalogue[message]), message


def test_what_is_compiled_is_what_was_written() -> None:
    done = subprocess.run([sys.executable, "tools/messages.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run make messages"


def test_a_reader_gets_their_language_and_may_choose_another(office: Office) -> None:
    dora = office.person("dora")
    french = dora.get("/console/", headers={"accept-language": "fr-CA, en;q=0.5"}).text
    assert '<html lang="fr">' in french
    assert "Rien n’attend." in french
    chosen = dora.post("/console/language", data={"language": "fr", "then": "/console/"})
    assert "Rien n’attend." in chosen.text
    assert (
        "Nothing waits."
        in dora.post("/console/language", data={"language": "en", "then": "/console/"}).text
    )
    assert (
        dora.post("/console/language", data={"language": "../..", "then": "//evil"}).status_code
        == 200
    )
