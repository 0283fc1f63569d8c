"""Reading pages of markup as lines of text; tags are dropped, what they hold is kept."""

from __future__ import annotations

import re

from gardefou._late import late

_TAG = late(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]*)?/?>")
_MARKUP = late(
    r"<(?:html|body|div|ul|ol|li|dl|dt|table|tr|td|p|br|span|h[1-6]|article|section)\b",
    re.IGNORECASE,
)
_RECORD_TAGS = frozenset({"li", "tr", "article", "section"})
_BREAK_TAGS = frozenset({"p", "br", "div", "dt", "h1", "h2", "h3", "h4", "ul", "ol", "dl", "table"})


def plain_of(text: str) -> str:
    """Return a page of markup as lines, records as list items; other text comes back as it is."""
    if "<" not in text or len(_MARKUP.findall(text[:4_000])) < 2:
        return text

    def line(match: re.Match[str]) -> str:
        closing, name = match.group(1), match.group(2).lower()
        if name in _RECORD_TAGS and not closing:
            return "\n- "
        if name in ("dt", "th") and closing:
            return ": "
        if name in _BREAK_TAGS or name in ("td", "dd"):
            return "\n" if name != "dd" or closing else ""
        if name in ("input", "a", "img", "form", "button", "label"):
            return match.group(0)
        return ""

    import html  # noqa: PLC0415 - its table of names, only for a page

    plain = html.unescape(_TAG.sub(line, text))
    plain = (
        re.sub(r":\s*\n+(?=[^\n:]+(?:\n|$))", ": ", plain)
        if "<dt" in text or "<th" in text
        else plain
    )
    return re.sub(r"- \s*\n+\s*", "- ", re.sub(r"\n{2,}", "\n", plain)).strip()
