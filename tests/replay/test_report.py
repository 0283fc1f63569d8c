"""The report is safe to open, complete, and says the same in both languages."""

from __future__ import annotations

import re
import tomllib
from html.parser import HTMLParser
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from replay_samples import Write, step, suite_run
from simulated_guard import SimulatedGuard

from gardefou.errors import UsageError
from gardefou.legible import visible
from gardefou.replay import LANGUAGES, Options, Summary, html, replay
from gardefou.replay._report import _view as view
from gardefou.replay._report._attacks import attack_groups
from gardefou.replay._report._bars import bar
from gardefou.replay._report._words import Words

HOSTILE = "</td><script>alert(1)</script>\u202egnp.exe\u200b\x1b[31m"
VOID = {"meta", "rect", "br", "hr", "img", "input", "link"}


class Reader(HTMLParser):
    """Collects elements and checks that each closes in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert not reader.open
    return reader


@pytest.fixture
def summary(write: Write, options: Options) -> Summary:
    injected = step("read", result=HOSTILE, result_injected=True, args={HOSTILE: HOSTILE})
    runs = [
        suite_run(
            injected,
            step(f"pay{HOSTILE}", args={"to": HOSTILE}),
            attack=HOSTILE,
            harm_call=1,
            trace_id=f"a{n}{HOSTILE}",
            suite=HOSTILE,
            user_prompt=HOSTILE,
        )
        for n in range(30)
    ]
    other = suite_run(
        injected, step("pay"), attack="other", harm_call=1, trace_id="o", suite=HOSTILE
    )
    honest = [suite_run(step("hold_a"), step("deny_b"), trace_id=f"h{n}") for n in range(3)]
    inert = suite_run(injected, attack="plain", harm_call=None, trace_id="i")
    return replay([write("a.jsonl", *runs, other, *honest, inert)], SimulatedGuard, options)


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_of_attackers_is_only_text(summary: Summary, language: str) -> None:
    page = html(summary, language)
    reader = read(page)
    tags = {tag for tag, _ in reader.tags}
    assert "script" not in tags
    assert not tags & {"img", "iframe", "object", "link", "form", "base"}
    for _, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on")]
        href = attributes.get("href")
        assert href is None or href.startswith("#")
    assert not set(page) & {"\u202e", "\u200b", "\x1b"}
    assert "U+202E" in page
    assert "U+001B" in page


def test_nothing_is_loaded_from_elsewhere(summary: Summary) -> None:
    page = html(summary)
    assert "default-src 'none'" in page
    assert "url(" not in page
    assert "@import" not in page
    assert not re.search(r"\bsrc=", page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_can_be_read_by_everybody(summary: Summary, language: str) -> None:
    page = html(summary, language)
    reader = read(page)
    assert ("html", {"lang": language}) in reader.tags
    assert page.count("<table") == page.count("<caption")
    svgs = [attributes for tag, attributes in reader.tags if tag == "svg"]
    assert svgs
    assert all(a.get("role") == "img" and a.get("aria-label") for a in svgs)
    ids = [a["id"] for _, a in reader.tags if "id" in a]
    assert len(ids) == len(set(ids))
    targets = {(a["href"] or "")[1:] for tag, a in reader.tags if tag == "a"}
    assert targets <= set(ids)


def test_runs_that_are_not_shown_are_counted(summary: Summary) -> None:
    page = html(summary)
    shown = page.count("<details>")
    assert shown == view.CASES_PER_ROW + 1 + 3
    assert f"{30 - view.CASES_PER_ROW} more in the JSON summary" in page


def test_the_page_stays_small_however_many_sets_fail(summary: Summary) -> None:
    base = summary.cases[0]
    cases = tuple(
        msgspec.structs.replace(base, set=f"s{n // 20}", id=f"c{n}") for n in range(20 * 100)
    )
    groups = view.case_groups(msgspec.structs.replace(summary, cases=cases), base.outcome)
    assert sum(len(group.cases) for group in groups) <= view.CASES_IN_ALL
    assert sum(group.more + len(group.cases) for group in groups) == len(cases)


def test_many_rows_become_two_tables_with_the_same_sum(summary: Summary) -> None:
    row = next(row for row in summary.sets if row.attacks.runs)
    rows = tuple(
        msgspec.structs.replace(row, name=f"s{n % 8}", template=f"t{n % 5}", missed_ids=[])
        for n in range(40)
    )
    (group,) = attack_groups(msgspec.structs.replace(summary, sets=rows), Words("en"))
    assert [len(table.lines) for table in group.tables] == [8, 5]
    sums = {sum(line.counts.runs for line in table.lines) for table in group.tables}
    assert sums == {40 * row.attacks.runs}


def test_the_figures_of_the_head_come_from_the_totals(summary: Summary) -> None:
    words = Words("en")
    stopped, held, denied, _ = view.tiles(summary, words)
    assert (stopped.figure, held.figure, denied.figure) == ("0.0%", "50.0%", "100.0%")
    assert "0 of 31" in stopped.notes


def test_an_empty_measurement_shows_no_share(options: Options, write: Write) -> None:
    nothing = replay([write("a.jsonl", suite_run())], SimulatedGuard, options)
    stopped, held, _, _ = view.tiles(nothing, Words("en"))
    assert (stopped.figure, held.figure) == ("–", "–")
    read(html(nothing))


def catalogue(language: str) -> dict[str, Any]:
    text = resources("gardefou.replay._report").joinpath(f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_the_same_things(language: str) -> None:
    """Same keys, same placeholders: no figure is told in one language only."""
    english, other = catalogue("en"), catalogue(language)
    assert list(other) == list(english)
    for key, value in english.items():
        holes = re.compile(r"\{(\w+)\}")
        here, there = str(value), str(other[key])
        assert sorted(holes.findall(there)) == sorted(holes.findall(here)), key


def test_every_word_is_used(summary: Summary) -> None:
    folder = resources("gardefou.replay._report")
    sources = "".join(
        Path(str(folder.joinpath(name))).read_text("utf-8")
        for name in (
            "report.html.j2",
            "_view.py",
            "_attacks.py",
            "_bars.py",
            "_page.py",
            "_words.py",
        )
    )
    made = ("kind_", "speaker_", "verdict_", "grants_", "nothing_")
    unused = [
        key
        for key in catalogue("en")
        if f'"{key}"' not in sources and f"'{key}'" not in sources and not key.startswith(made)
    ]
    assert unused == []


def test_an_unknown_language_is_the_callers_mistake(summary: Summary) -> None:
    with pytest.raises(UsageError) as caught:
        html(summary, "tlh")
    assert caught.value.code == "report.language"


@given(part=st.integers(0, 3000), whole=st.integers(1, 3000))
def test_rounding_never_flatters(part: int, whole: int) -> None:
    """100 % stopped means all, 0 % disturbed means none."""
    words = Words("en")
    part = min(part, whole)
    assert (words.good(part, whole) == "100.0%") == (part == whole)
    assert (words.bad(part, whole) == "0.0%") == (part == 0)


@given(counts=st.lists(st.integers(0, 5000), min_size=1, max_size=4))
def test_bars_fill_their_width_and_hide_nothing(counts: list[int]) -> None:
    drawn = bar(Words("en"), [(f"s{n}", "w", count) for n, count in enumerate(counts)])
    assert len(drawn.parts) == sum(1 for count in counts if count)
    if drawn.parts:
        assert abs(sum(part.width for part in drawn.parts) - 100) < 0.1
        assert min(part.width for part in drawn.parts) > 0.6


@given(text=st.text())
def test_no_hidden_character_survives(text: str) -> None:
    shown = str(visible(text))
    assert "<script" not in shown
    assert not [
        c for c in shown if c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\u200e\x00\x1b\r"
    ]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def themes() -> list[dict[str, str]]:
    css = resources("gardefou.replay._report").joinpath("report.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    found = [
        {
            k: v if len(v) == 7 else "#" + "".join(c * 2 for c in v[1:])
            for k, v in re.findall(r"--([\w-]+): (#[0-9a-f]+);", block)
        }
        for block in blocks
    ]
    assert len(found) == 3
    return found


@pytest.mark.parametrize("theme", themes(), ids=["light", "dark", "print"])
@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        ("ink", "paper", 7.0),
        ("ink", "card", 7.0),
        ("soft", "paper", 4.5),
        ("soft", "card", 4.5),
        ("soft", "tag", 4.5),
        ("link", "paper", 4.5),
        ("deny-ink", "card", 4.5),
        ("hold-ink", "card", 4.5),
        ("missed-ink", "card", 4.5),
        ("missed-ink", "alert", 4.5),
        ("allow-ink", "card", 4.5),
        ("ink", "alert", 4.5),
        ("soft", "alert", 4.5),
        ("deny", "paper", 3.0),
        ("missed", "paper", 3.0),
        ("hold", "missed", 1.5),
        ("deny", "hold", 1.5),
    ],
)
def test_colours_have_the_contrast_of_wcag_aa(
    theme: dict[str, str], front: str, back: str, least: float
) -> None:
    assert contrast(theme[front], theme[back]) >= least
