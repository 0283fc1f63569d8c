"""Texts on a page: readable, and never markup of their own."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.console._prose import prose, sentence

MARKS = {"p", "ul", "ol", "li", "code", "pre", "em", "strong", "blockquote", "h3", "hr", "br"}
HOSTILE = st.lists(
    st.sampled_from(
        [
            "<script>x</script>",
            "<b onclick=x>",
            "[a](javascript:x)",
            "![a](http://x.example/p.png)",
            "<http://x.example>",
            "[a]: javascript:x",
            "`",
            "```\n",
            "# ",
            "* ",
            "> ",
            "\n",
            "&lt;",
            '"',
            "'",
            "\u202e",
            "a word",
        ]
    ),
    max_size=12,
).map("".join)


class Marks(HTMLParser):
    """The elements of a text, and the words between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_sentence_shows_what_it_quotes_as_code() -> None:
    found = sentence("`office` will run `pay` with amount `1 < 2`.")
    assert found == (
        "<code>office</code> will run <code>pay</code> with amount <code>1 &lt; 2</code>."
    )


def test_an_article_is_read_as_markdown() -> None:
    text = "## Article 4. Money\n\nPayments *wait*.\n\n* one\n* two\n"
    assert prose(text) == (
        "<h3>Article 4. Money</h3>\n<p>Payments <em>wait</em>.</p>\n"
        "<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
    )
    assert prose(text, "").startswith("<p>Payments")


@given(text=st.one_of(HOSTILE, st.text()))
def test_prose_holds_no_markup_but_its_own(text: str) -> None:
    for tag, attributes in Marks(prose(text)).found:
        assert tag in MARKS
        assert all(name == "class" or (tag, name) == ("ol", "start") for name, _ in attributes)
    assert "\u202e" not in prose(text)


@given(text=st.one_of(HOSTILE, st.text()))
def test_a_sentence_holds_no_markup_but_its_own(text: str) -> None:
    for tag, attributes in Marks(sentence(text)).found:
        assert (tag, attributes) in [("code", []), ("span", [("class", "hidden-character")])]


@pytest.mark.parametrize("text", ["plain", "a < b & c", "two\nlines", ""])
def test_no_word_of_a_sentence_is_lost(text: str) -> None:
    assert Marks(sentence(text)).words == text
