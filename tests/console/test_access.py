"""Everybody can use the console: WCAG 2.2 AA as axe checks it, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .browser import CHROMIUM, WHY_NOT, Installation, browser, installed
from .test_browser import Asking, enrol, open_first
from .test_glass import alone

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason=WHY_NOT),
    pytest.mark.xdist_group("browser"),
]
PAGES = (
    "",
    "decisions",
    "constitution",
    "amendments",
    "orders",
    "ledger",
    "people",
    "tools",
    "figures",
    "glass",
    "stops",
)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("access")) as running:
        yield running


def faults(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - slow to load

    found = Axe().run(page, options=RULES)
    return [
        f"{page.url}: {fault['id']}: {fault['nodes'][0]['html'][:120]}"
        for fault in found.response["violations"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_that_axe_can_find(installation: Installation, scheme: str) -> None:
    # axe is injected as a script of its own, which the console's policy would refuse.
    with browser(color_scheme=scheme, bypass_csp=True) as page:
        page.goto(f"{installation.url}/console/sign-in")
        found = faults(page)
        enrol(page, installation, "dora")
        asking = Asking(installation, f"Pay 4800 EUR for the copiers, {scheme}.")
        open_first(page, installation)
        for size in ((1200, 900), (390, 844)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            for name in PAGES:
                page.goto(f"{installation.url}/console/{name}")
                found += faults(page)
                narrow = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert narrow, f"{name} scrolls sideways at {size[0]}"
            open_first(page, installation)
            found += faults(page)
        page.get_by_label("Why").fill("enough was seen")
        page.get_by_role("button", name="Deny", exact=True).click()
        asking.join(timeout=30)
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_break_glass_has_a_fault_that_axe_can_find(
    installation: Installation, scheme: str
) -> None:
    found: list[str] = []
    asking = Asking(installation, f"Pay 4800 EUR for pumps, {scheme}.")
    with browser(color_scheme=scheme, bypass_csp=True) as page:
        enrol(page, installation, {"light": "alice", "dark": "bob"}[scheme])
        page.set_viewport_size({"width": 390, "height": 844})
        alone(page, installation, before=lambda: found.extend(faults(page)))
        found += faults(page)
        for address in ("glass", ""):
            page.goto(f"{installation.url}/console/{address}")
            found += faults(page)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    asking.join(timeout=30)
    with browser(color_scheme=scheme, bypass_csp=True) as page:
        enrol(page, installation, {"light": "carol", "dark": "frida"}[scheme])
        page.goto(f"{installation.url}/console/glass")
        page.locator(".hold a").first.click()
        page.wait_for_selector("text=What you found")
        found += faults(page)
    assert found == []


def test_a_hold_is_decided_with_the_keyboard_alone(installation: Installation) -> None:
    with browser() as page:
        enrol(page, installation, "erik")
        asking = Asking(installation, "Pay 4800 EUR by keyboard.")
        open_first(page, installation)
        page.goto(f"{installation.url}/console/")
        page.locator("#keys").focus()
        page.keyboard.press("Space")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Your word")
        page.keyboard.press("n")
        page.keyboard.type("read it, word for word")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=read it, word for word")
        assert page.locator(".state").inner_text().startswith("denied")
        asking.join(timeout=30)
