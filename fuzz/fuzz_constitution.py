"""Fuzz target: whatever is loaded, the answer is a whole constitution or a list of mistakes.

Run with atheris, which is no dependency of the project:

    pip install atheris
    python fuzz/fuzz_constitution.py -max_total_time=600 CORPUS

`tests/constitution/test_fuzz.py` runs the same entry point with Hypothesis.
"""

from __future__ import annotations

import sys

from gardefou.constitution import Constitution, load
from gardefou.errors import LoadError, Problem


def one_document(source: str | bytes) -> None:
    """Load it: the same frozen constitution twice, or problems that say what to do."""
    loaded, problems = _load(source)
    if loaded is None:
        assert problems, "refused without a problem"
        for problem in problems:
            assert problem.code, problem
            assert problem.help or problem.expected, problem
            assert "\n" not in problem.message + problem.help, problem
        return
    assert loaded.digest.startswith("sha256:"), "no digest"
    assert loaded.articles, "no article"
    assert _load(source) == (loaded, ()), "the same text loads differently"


def one_input(data: bytes) -> None:
    """Treat the bytes as a document, and as the block of rules in one."""
    one_document(data)
    text = data.decode("utf-8", "surrogateescape")
    one_document(f"---\nconstitution: x\nversion: 1\nlanguage: 1\n---\n{text}")
    head = "---\nconstitution: x\nversion: 1\nlanguage: 1\n---\n## Article 1. A {#a}\nP.\n\n"
    one_document(f"{head}```article\nkind: default\non: effect pays\n{text}\n```\n")


def _load(source: str | bytes) -> tuple[Constitution | None, tuple[Problem, ...]]:
    try:
        return load(source), ()
    except LoadError as error:
        return None, error.problems


def main() -> None:
    """Hand over to the fuzzer."""
    import atheris  # noqa: PLC0415 - only this entry point needs it

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
