"""Compile the console's languages: every ``console.po`` to the ``console.mo`` beside it.

usage: python tools/messages.py [--check]   with --check nothing is written; 1 when one is stale
"""

from __future__ import annotations

import gettext
import io
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parents[1] / "src" / "gardefou" / "console" / "locale"


def compiled(source: Path) -> bytes:
    """The bytes of a catalogue."""
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parents[1].name)
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def words(data: bytes) -> dict[object, str]:
    """What a catalogue says; its header changes with the clock and the compiler."""
    found = dict(gettext.GNUTranslations(io.BytesIO(data))._catalog)  # type: ignore[attr-defined] # noqa: SLF001 - no other way to see all
    return {name: text for name, text in found.items() if name != ""}


def main() -> int:
    """Compile, or check."""
    stale = 0
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/console.po")):
        target, data = source.with_suffix(".mo"), compiled(source)
        if target.exists() and words(target.read_bytes()) == words(data):
            continue
        stale += 1
        if "--check" not in sys.argv:
            target.write_bytes(data)
            sys.stdout.write(f"{source.parents[1].name}: compiled\n")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
