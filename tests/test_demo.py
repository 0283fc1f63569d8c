"""The demo runs to its end by itself, shows what it promises, and leaves nothing running."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

DEMO = Path(__file__).resolve().parents[1] / "examples" / "demo" / "demo.py"
SHOWN = (
    r"ALLOW: ",
    r"asks for  pay\(iban=BE68539007547034, amount=84\.2, reference=2026-881\)",
    r"answer    \[simulation\] The water bill is paid\.",
    r"decided   allow pay +articles: payments",
    r"HOLD: ",
    r"held      the agent waits",
    r"needs        1 of treasurer: nobody yet; may still vote: dora, erik",
    r"dora      denies it",
    r"answer    People did not agree",
    r"decided   hold  pay +articles: payments",
    r"DENY: ",
    r"answer    Denied: `register_search`, red line 1 \(No mass surveillance\)",
    r"decided   deny  register_search  articles: no-mass-surveillance",
    r"RECEIPTS: ",
    r"verified  allow pay",
    r"verified  hold  pay",
    r"verified  deny  register_search",
    r"verified  the whole ledger",
    r"24 calls decided",
    r"OPEN NEXT",
)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    (folder / "out").mkdir()
    done = subprocess.run(
        [sys.executable, str(DEMO)],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_it_shows_an_allow_a_hold_and_a_deny_with_their_receipts(shown: tuple[Path, str]) -> None:
    text = shown[1]
    for pattern in SHOWN:
        found = re.search(pattern, text)
        assert found, pattern
        text = text[found.end() :]


def test_its_lines_fit_a_terminal(shown: tuple[Path, str]) -> None:
    assert max(map(len, shown[1].splitlines())) <= 100


def test_it_leaves_a_report_and_proofs_and_nothing_that_listens(shown: tuple[Path, str]) -> None:
    folder, text = shown
    assert (folder / "out" / "demo.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert len(list((folder / "out" / "demo").glob("*.tlog-proof"))) == 5
    ports = {int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)", text)}
    assert len(ports) == 2
    for port in ports:
        with socket.socket() as client, pytest.raises(ConnectionRefusedError):
            client.connect(("127.0.0.1", port))


AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
@pytest.mark.xdist_group("browser")
def test_a_person_decides_in_the_browser(tmp_path: Path) -> None:
    """What was held runs once a treasurer has agreed, in the connection that waited."""
    (tmp_path / "out").mkdir()
    with subprocess.Popen(
        [sys.executable, "-u", str(DEMO), "--console"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        lines = iter(demo.stdout.readline, "")
        link = next(line.strip() for line in lines if "/console/enrol/" in line)
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
            )
            page = chromium.new_context(locale="en-GB").new_page()
            device = page.context.new_cdp_session(page)
            device.send("WebAuthn.enable")
            device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
            page.goto(link)
            page.get_by_role("button", name="Make a passkey").click()
            page.wait_for_url("**/console/")
            page.locator(".hold a").first.click()
            page.get_by_label("Why").fill("I have asked the waterworks")
            page.get_by_role("button", name="Approve", exact=True).click()
            page.wait_for_selector("text=I have asked the waterworks")
            chromium.close()
        rest, _ = demo.communicate(timeout=120)
    assert demo.returncode == 0, rest
    assert "asks for  pay(iban=LT821000011101001777, amount=1960, reference=2026-881)" in rest
    assert re.search(r"decided   hold  pay +articles: payments", rest)
    assert "verified  the whole ledger" in rest
