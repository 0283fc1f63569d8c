"""The Markdown of a constitution: front matter, headings, prose and blocks of rules.

1. The document begins with front matter between two lines ``---``.
2. An article is a second-level heading ``## Article 7. Title {#anchor}`` and what follows, up to
   the next heading of the first or second level.
3. A fenced block says what it is: ``article``, ``facts``, ``sets``, ``definitions``, ``property`` or
   ``text``.
   Anything else is refused, so that a misspelt block of rules is never read as prose.
4. Blocks of rules stand at the left margin's level, in no list and no quotation, and are closed.
5. No HTML, no definitions of links, no hidden characters as entities: a reader of the rendered
   page sees what the model and the engine read.

Source: CommonMark 0.31.2, read with markdown-it.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
from markdown_it import MarkdownIt
from markdown_it.token import Token

from gardefou.constitution._problems import Place, Problems, did_you_mean, shown
from gardefou.constitution._text import is_open

BLOCKS = ("article", "definitions", "facts", "property", "sets", "text")
MAX_LINES = 500_000

_HEADING = re.compile(
    r"Article (?P<number>[1-9][0-9]{0,4}[a-z]?)\. (?P<title>\S.*?) \{#(?P<id>[a-z][a-z0-9-]{0,63})\}\Z"
)
_LOOKS_LIKE_ARTICLE = re.compile(r"\W*articles?\b", re.IGNORECASE)
_FENCE_LINE = re.compile(r"\s*(`{3,}|~{3,})")


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A fenced block of rules: its kind, its text, and where the text begins."""

    kind: str
    text: str
    place: Place
    first_line: int


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """An article as it stands in the document."""

    number: str
    id: str
    title: str
    place: Place
    prose: str
    blocks: tuple[Block, ...]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A document taken apart; ``front`` is None when there is no front matter.

    ``preamble`` is the prose that stands in no article, wherever it is.
    """

    front: Block | None
    preamble: str
    sections: tuple[Section, ...]
    loose: tuple[Block, ...]

    def blocks(self, *kinds: str) -> list[Block]:
        """The blocks of some kinds, wherever they stand."""
        inside = (block for section in self.sections for block in section.blocks)
        return [block for block in (*self.loose, *inside) if block.kind in kinds]


class _Open(msgspec.Struct):
    number: str = ""
    id: str = ""
    title: str = ""
    line: int = 0
    end: int = 0
    blocks: list[Block] = []
    cut: list[tuple[int, int]] = []


def split(text: str, file: str, problems: Problems) -> Page:
    """Take a document apart; what is wrong goes to ``problems``."""
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        problems.error(
            "text.size",
            Place(file),
            f"the document has {len(lines)} lines",
            expected=f"at most {MAX_LINES} lines",
            help="split it into layers, or move long prose elsewhere",
        )
        return Page(front=None, preamble="", sections=(), loose=())
    return _Splitter(lines, file, problems).split()


class _Splitter:
    def __init__(self, lines: list[str], file: str, problems: Problems) -> None:
        self._lines = lines
        self._file = file
        self._problems = problems
        self._articles: list[_Open] = []
        self._here = _Open()
        self._plain = [self._here]
        self._loose: list[Block] = []

    def split(self) -> Page:
        front, body = self._front()
        blank = [""] * body + self._lines[body:]
        self._here.line = body
        seen: dict[str, Any] = {}
        tokens = MarkdownIt("commonmark").parse("\n".join(blank), seen)
        for index, token in enumerate(tokens):
            self._token(token, tokens[index + 1] if index + 1 < len(tokens) else token)
        self._here.end = len(self._lines)
        for found in (*seen.get("references", {}).values(), *seen.get("duplicate_refs", ())):
            self._reference(found["map"][0])
        return Page(
            front=front,
            preamble="\n\n".join(filter(None, map(self._prose, self._plain))),
            sections=tuple(self._section(open_) for open_ in self._articles),
            loose=tuple(self._loose),
        )

    def _front(self) -> tuple[Block | None, int]:
        if self._lines[0].rstrip() != "---":
            self._problems.error(
                "front.missing",
                self._at(0),
                "the document has no front matter",
                found=shown(self._lines[0]),
                expected="a first line `---`",
                help="begin with `---`, `constitution: NAME`, `version: 1`, `language: 1`, `---`",
            )
            return None, 0
        for number, line in enumerate(self._lines[1:], 1):
            if line.rstrip() == "---":
                text = "\n".join(self._lines[1:number])
                place = self._at(0)
                block = Block(kind="front", text=text, place=place, first_line=2)
                return block, number + 1
        self._problems.error(
            "front.open",
            self._at(0),
            "the front matter has no end",
            expected="a line `---` after it",
            help="add a line `---` before the first heading",
        )
        return None, len(self._lines)

    def _token(self, token: Token, following: Token) -> None:
        if token.type == "heading_open":
            self._heading(token, following)
        elif token.type == "fence":
            self._fence(token)
        elif token.type == "html_block":
            self._html(token.map[0] if token.map else 0)
        elif token.type == "code_block":
            self._hidden_fence(token, "an indented block")
        elif token.type == "inline":
            line = token.map[0] if token.map else 0
            if any(child.type == "html_inline" for child in token.children or ()):
                self._html(line)
            if "&" in token.content and not is_open(
                "".join(c.content for c in token.children or ())
            ):
                self._entity(line)
            self._hidden_fence(token, "a paragraph")

    def _heading(self, token: Token, inline: Token) -> None:
        line = token.map[0] if token.map else 0
        title = inline.content.strip()
        if token.level == 0 and token.markup.startswith("#"):
            match = _HEADING.match(title) if token.tag == "h2" else None
            if match:
                self._begin(line, match)
                return
            if not _LOOKS_LIKE_ARTICLE.match(title):
                if token.tag in ("h1", "h2"):
                    self._close(line)
                    self._here = _Open(line=line)
                    self._plain.append(self._here)
                return
        self._problems.error(
            "markdown.heading",
            self._at(line),
            "this heading is not written as the language asks",
            found=shown(title),
            expected="`## Article 7. Title {#anchor}`, or a heading with `#` that is no article",
            help="the anchor has small letters, digits and hyphens; no heading stands in a list or quotation, or is underlined",
        )
        if token.level == 0:
            self._close(line)
            self._here = _Open(line=line, id="?")

    def _begin(self, line: int, match: re.Match[str]) -> None:
        self._close(line)
        self._here = _Open(number=match["number"], id=match["id"], title=match["title"], line=line)
        self._articles.append(self._here)

    def _close(self, line: int) -> None:
        self._here.end = line

    def _fence(self, token: Token) -> None:
        start, end = token.map or (0, 0)
        kind = token.info.strip()
        if kind not in BLOCKS:
            self._problems.error(
                "markdown.block",
                self._at(start),
                f"{shown(kind)} is no kind of block" if kind else "the block does not say its kind",
                expected=", ".join(f"`{name}`" for name in BLOCKS),
                help=did_you_mean(kind, BLOCKS, kind="block")
                if kind
                else "write ```text for a block that is only prose",
            )
            return
        if kind == "text":
            return
        if token.level:
            self._nested(start, "a list or quotation")
            return
        if not self._is_closed(token, end):
            self._problems.error(
                "markdown.unterminated",
                self._at(start),
                f"the block {shown(kind)} is not closed",
                expected=f"a line {token.markup}",
                help="close the block; all that follows it was swallowed",
            )
            return
        # The lines as they stand, also when the fence is indented: then places are exact.
        text = "\n".join(self._lines[start + 1 : end - 1])
        block = Block(kind=kind, text=text, place=self._at(start), first_line=start + 2)
        self._here.cut.append((start, end))
        if self._here.number:
            self._here.blocks.append(block)
        elif kind == "article":
            self._outside(start)
        else:
            self._loose.append(block)

    def _outside(self, start: int) -> None:
        # Below a heading that was refused already, a second message would only mislead.
        if self._here.id != "?":
            self._problems.error(
                "markdown.outside",
                self._at(start),
                "rules stand outside any article",
                expected="a heading `## Article 7. Title {#anchor}` above",
                help="move the block below the heading of its article",
            )

    def _is_closed(self, token: Token, end: int) -> bool:
        start = token.map[0] if token.map else 0
        last = self._lines[end - 1].strip() if 0 < end <= len(self._lines) else ""
        mark = token.markup
        return end - 1 > start and last.startswith(mark) and not last.strip(mark[0])

    def _hidden_fence(self, token: Token, where: str) -> None:
        """A fence that Markdown does not take for one would turn rules into prose."""
        start = token.map[0] if token.map else 0
        for offset, line in enumerate(token.content.split("\n")):
            if _FENCE_LINE.match(line):
                self._nested(start + offset, where)

    def _nested(self, line: int, where: str) -> None:
        self._problems.error(
            "markdown.nested",
            self._at(line),
            f"a fence stands inside {where}",
            found=shown(self._lines[line].strip() if line < len(self._lines) else ""),
            expected="blocks of rules at the left margin, after an empty line",
            help="move the block to the left margin",
        )

    def _html(self, line: int) -> None:
        self._problems.error(
            "markdown.html",
            self._at(line),
            "HTML stands in the document",
            expected="Markdown only",
            help="delete it, or put `\\` before `<`; HTML could hide text from one of the readers",
        )

    def _reference(self, line: int) -> None:
        self._problems.error(
            "markdown.reference",
            self._at(line),
            "the definition of a link can be read by the model and is not shown on the page",
            found=shown(self._lines[line]),
            expected="links written out: `[text](address)`",
            help="write the address where the link stands, and delete the definition",
        )

    def _entity(self, line: int) -> None:
        self._problems.error(
            "text.hidden",
            self._at(line),
            "an entity stands for a character that hides or turns text",
            found=shown(self._lines[line]),
            expected="text that every reader sees in the same way",
            help="delete the entity",
        )

    def _section(self, open_: _Open) -> Section:
        return Section(
            number=open_.number,
            id=open_.id,
            title=open_.title,
            place=self._at(open_.line),
            prose=self._prose(open_, skip=1),
            blocks=tuple(open_.blocks),
        )

    def _prose(self, open_: _Open, skip: int = 0) -> str:
        cut = {line for start, end in open_.cut for line in range(start, end)}
        kept = [
            self._lines[number].rstrip()
            for number in range(open_.line + skip, open_.end)
            if number not in cut
        ]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()

    def _at(self, line: int) -> Place:
        return Place(self._file, line + 1, 1)
