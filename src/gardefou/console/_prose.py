"""Sentences and prose as HTML: what stands in backticks is code, and articles are read as Markdown.

Nothing of a text becomes markup of its own: HTML, links and pictures in it stay text, and hidden
characters are shown as their code points before anything is read.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markupsafe import Markup

from gardefou.legible import is_hidden, visible

_CODE = re.compile("`([^`]+)`")
_READER = MarkdownIt("commonmark", {"html": False}).disable(
    ["link", "image", "autolink", "reference", "html_block", "html_inline"]
)


def sentence(text: str) -> Markup:
    """A sentence of the engine, such as ``office will run `pay` ``."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(visible(text))))  # noqa: S704 - escaped before


def prose(text: str, heading: str = "h3") -> Markup:
    """The prose of an article; its headings become ``heading``, or are left out when that is empty."""
    shown = "".join(f"[U+{ord(c):04X}]" if is_hidden(c) else c for c in text)
    tokens = _READER.parse(shown)
    kept = []
    is_inside = False
    for token in tokens:
        is_heading = token.type in ("heading_open", "heading_close")
        is_inside = token.type == "heading_open" or (is_inside and not is_heading)
        if (is_heading or is_inside) and not heading:
            continue
        if is_heading:
            token.tag = heading
        kept.append(token)
    return Markup(_READER.renderer.render(kept, _READER.options, {}))  # noqa: S704 - html is off
