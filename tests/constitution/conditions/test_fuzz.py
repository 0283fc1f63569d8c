"""The fuzz target's entry point, on texts that look like conditions."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from hypothesis import given, settings
from hypothesis import strategies as st

_TARGET = Path(__file__).parents[3] / "fuzz" / "fuzz_condition.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_condition", _TARGET)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TARGET = _load()

WORDS = (
    *("args", "facts", "sets", "defs", "origin", "now", "tool", "amount", "recipients", "case"),
    *(".", ".", ".", "(", ")", "[", "]", "{", "}", ",", ":", "?", "!", "-", "+", "*", "/", "%"),
    *("&&", "||", "==", "!=", "<", ">=", "in", "has", "exists", "all", "map", "filter", "x"),
    *("over", "at_least", "within", "matches", "size", "true", "false", "null", "0", "1u", "2.5"),
    *('"1 EUR"', "'a'", "b'a'", 'r"\\d"', '"""', "'", '"', "`", "\\", "//", "\n", "9" * 20, "é"),
    *("has(args.case) &&", "args.recipients.exists(x,", "timestamp(", "duration(", "dyn(", "known"),
    *("calls", "large", "loop", "paid", "x.value", "\ud800", "\x00", "\u202e", "1e999", "@in", "_"),
)


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
def test_word_salad_leads_to_a_tree_or_a_load_error(text: str) -> None:
    """Law 2: nothing an author writes leads to another exception, at load or at run time."""
    TARGET.one_text(text)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_bytes_lead_to_a_tree_or_a_load_error(data: bytes) -> None:
    """Law 2: as above, for bytes that are no text."""
    TARGET.one_input(data)
