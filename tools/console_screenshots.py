"""Photograph every page of the console: wide and narrow, light and dark.

usage: python tools/console_screenshots.py FOLDER
Starts a gateway with its console and a simulated vendor of its own; needs Chromium.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.console.browser import CHROMIUM, WHY_NOT, browser, installed  # noqa: E402 - see above
from tests.console.test_amendments import drafted_in  # noqa: E402 - as above
from tests.console.test_browser import Asking, enrol, open_first  # noqa: E402 - as above
from tests.console.test_glass import alone  # noqa: E402 - as above
from tests.console.test_tools_browser import show  # noqa: E402 - as above

PAGES = (
    "decisions",
    "constitution",
    "amendments",
    "orders",
    "ledger",
    "people",
    "figures",
    "stops",
    "tools",
)
LOOKS = {
    "wide": {"viewport": {"width": 1100, "height": 760}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 390, "height": 780}, "color_scheme": "dark"},
}


def main(folder: Path) -> int:
    """Write the pictures."""
    if CHROMIUM is None:
        sys.stderr.write(f"{WHY_NOT}\n")
        return 2
    folder.mkdir(parents=True, exist_ok=True)

    def shoot_at(page: Any, name: str, look: str) -> None:
        page.screenshot(path=folder / f"{name}-{look}.png")

    with tempfile.TemporaryDirectory() as place, installed(Path(place)) as running:
        show(running, "handbook")
        waiting = [Asking(running, f"Pay 4800 EUR for the copiers of floor {n}.") for n in (1, 2)]
        for look, settings in LOOKS.items():
            with browser(**settings) as page:

                def shoot(name: str, look: str = look, page=page) -> None:  # noqa: ANN001 - Playwright's page
                    shoot_at(page, name, look)

                page.goto(f"{running.url}/console/sign-in")
                shoot("sign-in")
                enrol(page, running, "dora" if look == "wide" else "erik")
                open_first(page, running)
                page.goto(f"{running.url}/console/")
                shoot("inbox")
                open_first(page, running)
                page.screenshot(path=folder / f"hold-{look}.png", full_page=True)
                page.get_by_label("Why").fill("I have the bill before me")
                page.get_by_role("button", name="Approve", exact=True).click()
                page.wait_for_selector("text=I have the bill before me")
                if look == "wide":
                    drafted_in(page, running)  # with her passkey in the charter
                for name in PAGES:
                    page.goto(f"{running.url}/console/{name}")
                    shoot(name)
            waiting.append(Asking(running, f"Pay 4800 EUR for pumps, {look}."))
            with browser(**settings) as page:
                enrol(page, running, "alice" if look == "wide" else "bob")
                alone(page, running, before=lambda at=page, to=look: shoot_at(at, "glass-new", to))
            with browser(**settings) as page:
                enrol(page, running, "carol" if look == "wide" else "frida")
                page.goto(f"{running.url}/console/glass")
                page.locator(".hold a").first.click()
                page.get_by_label("What you found").fill("the cellar was flooded")
                shoot_at(page, "glass", look)
                page.get_by_role("button", name="Close it").click()
                page.wait_for_selector("text=Looked at")
                page.goto(f"{running.url}/console/glass")
                shoot_at(page, "glasses", look)
        for asking in waiting:
            asking.join(60)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
