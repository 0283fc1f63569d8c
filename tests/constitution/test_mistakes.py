"""Every mistake is reported where it stands, with what was expected and a way out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from constitution_mistakes import MISTAKES
from constitution_texts import FRONT, RED, article, document

from gardefou.constitution import load, load_layers
from gardefou.constitution._markdown import MAX_LINES
from gardefou.constitution._text import MAX_DOCUMENT
from gardefou.constitution.catalogue import Catalogue, Tool
from gardefou.errors import LoadError, Problem

SOURCE = Path(__file__).parents[2] / "src" / "gardefou" / "constitution"
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "constitution.md"


def problems(*texts: str | bytes, catalogue: Catalogue | None = None) -> tuple[Problem, ...]:
    with pytest.raises(LoadError) as caught:
        load_layers(texts, catalogue=catalogue)
    return caught.value.problems


def codes(*texts: str | bytes, catalogue: Catalogue | None = None) -> list[str]:
    return [problem.code for problem in problems(*texts, catalogue=catalogue)]


@pytest.mark.parametrize(("code", "text"), MISTAKES.items(), ids=MISTAKES)
def test_a_mistake_is_reported_alone_and_where_it_stands(code: str, text: str) -> None:
    assert text.count("«") == 1
    before = text[: text.index("«")]
    place = (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    found = problems(text.replace("«", ""))
    assert [(p.code, (p.line, p.column)) for p in found] == [(code, place)]
    assert found[0].help
    assert found[0].expected
    assert "\n" not in found[0].message + found[0].help + found[0].expected


def test_the_documents_of_the_mistakes_are_right_without_them() -> None:
    """So that each is refused for its one mistake."""
    load(document())
    load(document(article("kind: guideline")))
    load(document(article("kind: default\non: effect pays\nhold:\n  - quorum: {watch: 1}")))


def test_all_mistakes_are_reported_at_once_in_their_order() -> None:
    text = document(
        article("kind: defalt\non: effect payz\ndeny:\n  - wen: intent.asked")
        + "\n"
        + article("kind: default\non: effect pays\ndeny:\n  - when: intent.askd", number="1"),
        FRONT + "surprise: 1\nunlisted: never\n",
    )
    assert codes(text) == [
        "key.unknown",
        "front.unlisted",
        "article.kind",
        "on.unknown_effect",
        "key.unknown",
        "article.number",
        "article.anchor",
    ]


def test_the_mistakes_of_all_layers_are_reported_at_once() -> None:
    first = document(RED.replace("red_line", "red_lin"), FRONT + "layer: issuer\n")
    second = document(RED.replace("args.amount", "args.amont").replace("#p", "#o"))
    found = problems(first, second)
    assert {p.file for p in found} == {"document 1", "document 2"}
    assert {"article.kind", "conditions.unknown_field", "layer.redefined"} == {
        p.code for p in found
    }


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("effect payz", "`pays`"),
        ("pays", "`effect pays`"),
        ("kind tool.cal", "`tool.call`"),
        ("tool mail.sendd", "`mail.send`"),
    ],
)
def test_an_unknown_word_is_answered_with_the_nearest_known_one(wrong: str, right: str) -> None:
    catalogue = Catalogue(tools={"mail.send": Tool(name="mail.send", effects=("sends_outside",))})
    found = problems(document(article(f"kind: default\non: {wrong}")), catalogue=catalogue)
    assert f"did you mean {right}?" in found[0].help


def test_a_tool_that_is_not_in_the_catalogue_is_a_dead_reference() -> None:
    catalogue = Catalogue(tools={"mail.send": Tool(name="mail.send", effects=("sends_outside",))})
    for name, known in (("mail.*", True), ("mail.send", True), ("mail", False), ("post.*", False)):
        text = document(article(f"kind: default\non: tool {name}"))
        if known:
            load(text, catalogue=catalogue)
        else:
            assert codes(text, catalogue=catalogue) == ["on.unknown_tool"]


@pytest.mark.parametrize("line", range(4))
def test_a_condition_of_several_lines_has_exact_places(line: int) -> None:
    """In a literal, a folded, a plain and a quoted text, at any indentation."""
    parts = ["intent.asked", "intent.asked", "intent.asked", "intent.asked"]
    parts[line] = "intent.wrong"
    layouts = (
        "|\n      {0} &&\n        {1} &&\n      {2} && {3}",
        ">-\n      {0} &&\n       {1} && {2} &&\n      {3}",
        "{0} &&\n      {1} &&\n        {2} && {3}",
        "'{0} &&\n      {1} && {2} &&\n        {3}'",
        '"{0} && {1} &&\n\n      {2} &&\n      {3}"',
    )
    for layout in layouts:
        when = layout.format(*parts)
        text = document(article(f"kind: default\non: effect pays\ndeny:\n  - when: {when}"))
        before = text[: text.index("intent.wrong") + len("intent.")]
        place = (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        assert [(p.line, p.column) for p in problems(text)] == [place], layout


def test_bytes_that_are_not_utf8_are_refused_with_their_place() -> None:
    found = problems(document().encode() + b"ab\xff")
    assert (found[0].code, found[0].column) == ("text.encoding", 3)


def test_a_document_beyond_the_limits_is_refused() -> None:
    assert codes("x" * (MAX_DOCUMENT + 1)) == ["text.size"]
    assert codes("\n" * MAX_LINES) == ["text.size"]
    big = "s: [" + ", ".join(f"item{n}" for n in range(15_000)) + "]"
    assert codes(document(f"```sets\n{big}\n```\n\n{RED}")) == ["yaml.size"]
    many = "s: [" + ", ".join("a" for _ in range(30_000)) + "]"
    assert codes(document(f"```sets\n{many}\n```\n\n{RED}")) == ["yaml.limit"]


def test_a_file_that_cannot_be_read_is_a_problem_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(LoadError) as caught:
        load_layers([tmp_path / "absent.md"])
    assert [p.code for p in caught.value.problems] == ["text.file"]


def test_nothing_to_load_is_a_problem() -> None:
    with pytest.raises(LoadError) as caught:
        load_layers([])
    assert [p.code for p in caught.value.problems] == ["layer.none"]
    assert codes("") == ["article.none"]


@pytest.mark.parametrize(
    "char",
    ["\x00", "\x1b", "\r", "\x85", "\u2028", "\u202e", "\u2066", "\ufeff", "\U000e0041", "\ud800"],
)
def test_a_character_that_readers_see_differently_is_refused_in_rules(char: str) -> None:
    text = document(article(f"kind: default\non: effect pays # {char} x\n"))
    assert codes(text) in (["text.control"], ["text.hidden"])


@pytest.mark.parametrize("char", ["\u202e", "\u202a", "\U000e0041", "\u200b", "\u2060"])
def test_prose_hides_nothing_and_turns_no_text_by_force(char: str) -> None:
    assert codes(document(RED.replace("with care", f"with{char} care"))) == ["text.hidden"]


@pytest.mark.parametrize("entity", ["&#x202e;", "&#8238;", "&zwj;&ZeroWidthSpace;", "&#xe0041;"])
def test_an_entity_hides_nothing_either(entity: str) -> None:
    assert codes(document(RED.replace("care", f"care {entity}"))) == ["text.hidden"]
    assert load(document(RED.replace("care", "care &amp; &lt;b&gt; &eacute;")))


@pytest.mark.parametrize("word", ["à", "soin\u00ad", "नि\u200dज", "«", "“quoted”", "👨‍👩‍👧", "ﷺ"])
def test_ordinary_prose_of_any_script_is_accepted(word: str) -> None:
    assert word in load(document(RED.replace("care", word))).articles[0].prose


def test_an_organisation_cannot_own_what_others_register_below() -> None:
    for domain in ("com", "co.uk", "github.io", "*.x.org", "@x.org", "x", "https://x.org"):
        assert codes(document(front=FRONT + f"organisation: {{domains: ['{domain}']}}\n")) == [
            "front.domain"
        ]


def literal_codes() -> set[str]:
    """Every literal in the loader's source that has the form of a code."""
    words = "article definition fact facts front hold key layer markdown on property quorum role rule set text value yaml"
    found = set()
    for module in (*SOURCE.glob("_*.py"), *(SOURCE / "facts").glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                head, dot, tail = node.value.partition(".")
                if dot and head in words.split() and tail.replace("_", "").isalpha():
                    found.add(node.value)
    return found


def test_every_code_has_a_small_document_that_shows_it() -> None:
    elsewhere = {
        "facts.snapshot",  # test_book.py
        "layer.none",
        "layer.order",  # test_layers.py, as the next three
        "layer.redefined",
        "layer.replaced",
        "layer.unlisted",
        "on.unknown_tool",
        "text.encoding",
        "text.file",
        "text.size",
        "yaml.size",
        "rule.not_analysed",  # test_subset.py of the analysis
        "fact.unused",  # warnings, as the next three
        "set.unused",
        "definition.unused",
        "quorum.open",
    }
    shown = {code for code in MISTAKES if not code.startswith("conditions.")}
    assert literal_codes() == shown | elsewhere


def test_the_reference_names_every_code_and_no_other() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+\.\w+)` \|", text, re.MULTILINE)) == literal_codes()


OTHER = [
    # (codes, front matter beyond the usual, article)
    (["value.type"], "sets: 3\n", ""),
    (["value.type"], "sets: {s: {a: b}}\n", ""),
    (["value.type"], "sets: {s: [[a]]}\n", ""),
    (["value.text"], "sets: {s: ['']}\n", ""),
    (["value.text"], f"sets: {{s: [{'x' * 500}]}}\n", ""),
    (["value.name"], "definitions: {in: intent.asked}\n", ""),
    (["value.name"], "definitions: {'9 a': intent.asked}\n", ""),
    (["value.condition"], "definitions: {d: }\n", ""),
    (["value.condition"], "definitions: {d: ''}\n", ""),
    (["value.name"], "facts: {F: {kind: once, on: effect pays}}\n", ""),
    (["value.type"], "facts: {f: once}\n", ""),
    (["value.integer"], "facts: {f: {kind: distinct, on: anything, of: args.persons, exact_up_to: 0}}\n", ""),
    (["fact.of"], "facts: {f: {kind: sum, on: anything, of: args.nothing}}\n", ""),
    (["fact.of"], "facts: {f: {kind: sum, on: anything, of: args.persons.size()}}\n", ""),
    (["fact.of"], "facts: {f: {kind: sum, on: anything, of: [args.amount]}}\n", ""),
    (["fact.of"], "facts: {f: {kind: sum, on: anything, of: args.case}}\n", ""),
    (["fact.of"], "facts: {f: {kind: distinct, on: anything, of: args.other}}\n", ""),
    (["fact.needs"], "facts: {f: {kind: since, on: anything}}\n", ""),
    (["on.missing"], "facts: {f: {kind: since, on: anything, reset: {when: intent.asked}}}\n", ""),
    (["conditions.unknown_field"], "facts: {f: {kind: once, on: anything, when: facts.f}}\n", ""),
    (["value.name"], "roles: {A b: [x]}\n", ""),
    (["value.type"], "roles: {a: {b: c}}\n", ""),
    (["value.type"], "organisation: x\n", ""),
    (["key.unknown"], "organisation: {domain: [a.example]}\n", ""),
    (["value.type"], "currency: [EUR]\n", ""),
    (["front.unlisted"], "unlisted: [hold]\n", ""),
    (["on.form"], "", "on: []"),
    (["on.form"], "", "on: [[effect pays]]"),
    (["on.form"], "", "on: effect"),
    (["on.form"], "", "on: anything else"),
    (["on.form"], "", "on: tool *.send"),
    (["on.form"], "", "on: tool.call"),
    (["value.type"], "", "on: effect pays\ndeny: 3"),
    (["value.type"], "", "on: effect pays\ndeny: []"),
    (["value.type"], "", "on: effect pays\nhold: [sometimes]"),
    (["value.type", "hold.who"], "", "on: effect pays\nhold: [{consent: maybe}]"),
    (["value.type"], "", "on: effect pays\nhold: [{quorum: 2}]"),
    (["value.type"], "", "on: effect pays\nhold: [{quorum: {}}]"),
    (["value.type"], "", "on: effect pays\nhold: [{quorum: }]"),
    (["key.unknown"], "", "on: effect pays\ndeny: [{quorum: {watch: 1}}]"),
    (["value.type"], "", "on: effect pays\nhold: [{quorum: {watch: 1}, lifted_by_grant: 1}]"),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "front", "rules"), OTHER)
def test_a_value_of_another_kind_is_a_mistake(expected: list[str], front: str, rules: str) -> None:
    head = "constitution: x\nversion: 1\nlanguage: 1\n" + (
        ""
        if front.startswith(("currency", "roles"))
        else "currency: EUR\nroles: {watch: [alice]}\n"
    )
    body = article(f"kind: default\n{rules or 'on: effect writes'}")
    assert sorted(codes(document(body, head + front))) == sorted(expected)


def test_more_mistakes_than_anybody_reads_are_cut_off() -> None:
    many = "".join(f"wrong{n}: 1\n" for n in range(300))
    assert len(codes(document(front=FRONT + many))) == 200
