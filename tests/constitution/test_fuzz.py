"""Whatever is loaded, the answer is a whole constitution or a list of mistakes."""

from __future__ import annotations

import importlib.util
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from constitution_mistakes import MISTAKES
from constitution_texts import FRONT, RED, article, document
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gardefou.constitution import load, load_layers
from gardefou.errors import LoadError

SEEDS = [
    document(),
    document(article("kind: default\non: effect pays\nhold:\n  - quorum: {watch: 1}")),
    *(text.replace("«", "") for text in MISTAKES.values()),
]
PIECES = [
    *("---\n", "```\n", "```article\n", "```facts\n", "~~~\n", "## Article 2. B {#b}\n", "# x\n"),
    *(
        "kind: ",
        "red_line",
        "on: ",
        "effect pays",
        "anything",
        "deny: ",
        "- when: ",
        "hold:\n",
        "  ",
    ),
    *("{", "}", "[", "]", "&a ", "*a", "!x ", "? ", ": ", "|\n", ">\n", "'", '"', "\\", "#", "\t"),
    *("args.amount", "facts.f", "defs.d", "sets.s", "&&", "!", "true", "null", "~", "1e9", "0x1"),
    *(
        "\u202e",
        "\ufeff",
        "\x00",
        "\r",
        "é",
        "\u0301",
        "𝒳",
        "<b>",
        "\n\n",
        "    ",
        "> ",
        "* ",
        "1. ",
    ),
]


TARGET = Path(__file__).parents[2] / "fuzz" / "fuzz_constitution.py"


def _target() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_constitution", TARGET)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = _target().one_document

quick = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@given(st.text(max_size=300) | st.binary(max_size=300))
@quick
@example("---\n---")
@example("---\n? \n---\n")
@example("---\n\n---\n## Article 1. A {#a}\n```article\n```")
def test_anything_at_all_is_loaded_or_refused(source: str | bytes) -> None:
    check(source)


@given(
    st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0), st.sampled_from(PIECES)), max_size=6)
)
@quick
def test_a_document_with_pieces_put_in_is_loaded_or_refused(
    seed: str, pieces: list[tuple[int, str]]
) -> None:
    for at, piece in pieces:
        at %= len(seed) + 1  # noqa: PLW2901 - the place in this text
        seed = seed[:at] + piece + seed[at:]
    check(seed)


@given(st.sampled_from(SEEDS), st.integers(0), st.integers(1, 40))
@quick
def test_a_document_with_a_part_cut_out_is_loaded_or_refused(seed: str, at: int, size: int) -> None:
    at %= len(seed)
    check(seed[:at] + seed[at + size :])


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@quick
def test_any_block_of_rules_is_loaded_or_refused(block: str) -> None:
    check(document(article("kind: default\non: effect pays\n" + block)))
    check(document(RED, FRONT + block + "\n"))


def test_deep_and_repetitive_texts_are_loaded_or_refused() -> None:
    for piece in ("[", "{a: ", "- ", "> ", "(", "!", "`", "*a*", "![", "<", "{#", "\t", "? "):
        check(document(RED + piece * 3000))
        check(document(article("kind: default\non: effect pays\ndeny:\n  - when: " + piece * 3000)))
        check(document(RED, FRONT + "roles: " + piece * 3000 + "\n"))


def test_a_mistake_in_any_layer_loads_nothing() -> None:
    """All or nothing: the first layer is right, and is not used without the second."""
    for text in SEEDS:
        with suppress(LoadError):
            load(text)
            continue
        for layers in (
            [document(), text],
            [text, document(article("kind: guideline", anchor="z"))],
        ):
            loaded = None
            with suppress(LoadError):
                loaded = load_layers(layers)
            assert loaded is None
