"""The characters of a document: what is refused before anything is parsed.

1. UTF-8 without a byte order mark, at most `MAX_DOCUMENT` bytes.
2. No control characters but line feed and tab; ``CR LF`` counts as a line feed.
3. No character that separates lines for some readers and not for others.
4. No invisible character in rules; in prose none that hides text or turns its direction by force.

People sign what they see. Source: Unicode TR 36 and TR 55 (source code handling), CVE-2021-42574.
"""

from __future__ import annotations

import re
import unicodedata

from gardefou.constitution._problems import Place, Problems

MAX_DOCUMENT = 16 * 1024 * 1024

# Joiners are part of ordinary spelling in several scripts, marks and isolates of right-to-left text.
_PROSE_MAY_HOLD = frozenset("\u00ad\u061c\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069")
_LINE_BREAKS = frozenset("\x0b\x0c\x85\u2028\u2029")
_SUSPECT = re.compile(r"[^\n\t -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0377]")


def decode(source: str | bytes, file: str, problems: Problems) -> str:
    """The text of a document, or an empty text and a problem."""
    size = len(source) if isinstance(source, bytes) else len(source.encode("utf-8", "replace"))
    if size > MAX_DOCUMENT:
        problems.error(
            "text.size",
            Place(file),
            f"the document has {size} bytes",
            expected=f"at most {MAX_DOCUMENT} bytes",
            help="split it into layers, or move long prose elsewhere",
        )
        return ""
    if isinstance(source, bytes):
        try:
            text = source.decode("utf-8")
        except UnicodeDecodeError as error:
            line = source.count(b"\n", 0, error.start) + 1
            column = error.start - (source.rfind(b"\n", 0, error.start) + 1) + 1
            problems.error(
                "text.encoding",
                Place(file, line, column),
                f"the byte 0x{source[error.start]:02x} is not UTF-8",
                expected="UTF-8",
                help="save the document as UTF-8",
            )
            return ""
    else:
        text = source
    if text.startswith("\ufeff"):
        problems.error(
            "text.bom",
            Place(file, 1, 1),
            "the document begins with a byte order mark",
            expected="UTF-8 without a byte order mark",
            help="save the document as UTF-8 without a byte order mark",
        )
        text = text[1:]
    text = text.replace("\r\n", "\n")
    return text if _clean(text, file, problems) else ""


def _clean(text: str, file: str, problems: Problems) -> bool:
    count = len(problems.errors)
    for match in _SUSPECT.finditer(text):
        code, what = _objection(match.group())
        if code:
            _report(code, _at(text, match.start(), file, 1), match.group(), what, problems)
    return len(problems.errors) == count


def is_open(text: str) -> bool:
    """Whether nothing in a piece of prose hides text or turns its direction by force."""
    return not any(_objection(match.group())[0] for match in _SUSPECT.finditer(text))


def _objection(char: str) -> tuple[str, str]:
    category = unicodedata.category(char)
    if category == "Cs":
        return "text.control", "half a surrogate pair"
    if category == "Cc" or char in _LINE_BREAKS:
        return "text.control", "a control character"
    if category == "Cf" and char not in _PROSE_MAY_HOLD:
        return "text.hidden", "an invisible character"
    return "", ""


def check_rules(text: str, file: str, first_line: int, problems: Problems) -> bool:
    """Refuse every invisible character in a block of rules, whose first line is given."""
    count = len(problems.errors)
    for match in _SUSPECT.finditer(text):
        if unicodedata.category(match.group()) == "Cf":
            place = _at(text, match.start(), file, first_line)
            _report("text.hidden", place, match.group(), "an invisible character", problems)
    return len(problems.errors) == count


def _at(text: str, at: int, file: str, first_line: int) -> Place:
    line = text.count("\n", 0, at) + first_line
    return Place(file, line, at - (text.rfind("\n", 0, at) + 1) + 1)


def _report(code: str, place: Place, char: str, what: str, problems: Problems) -> None:
    name = unicodedata.name(char, "")
    problems.error(
        code,
        place,
        f"{what} stands in the document",
        found=f"U+{ord(char):04X}" + (f" {name.lower()}" if name else ""),
        expected="text that every reader sees in the same way",
        help="delete the character",
    )
