"""Fuzz target: the regular engine and RE2 accept the same patterns and find the same.

Run: ``python fuzz/fuzz_pattern.py -max_total_time=600 corpus/`` (needs ``atheris``).
"""

from __future__ import annotations

import sys

import re2

from gardefou.analysis.regular import Unreadable, has, searching


def one_pattern(pattern: str, text: str) -> None:
    """The property, for one pattern and one text."""
    options = re2.Options()
    options.log_errors = False
    try:
        theirs = re2.compile(pattern, options)
    except re2.error:
        theirs = None
    try:
        ours = searching(pattern)
    except Unreadable:
        return
    if theirs is None:
        raise AssertionError(f"read what RE2 refuses: {pattern!r}")
    if has(text, ours) != (theirs.search(text) is not None):
        raise AssertionError(f"found otherwise: {pattern!r} in {text!r}")


def main() -> None:
    """Give the fuzzer one entry point."""
    import atheris  # noqa: PLC0415 - only the fuzzer has it

    def run(data: bytes) -> None:
        given = atheris.FuzzedDataProvider(data)
        pattern = given.ConsumeUnicodeNoSurrogates(40)
        one_pattern(pattern, given.ConsumeUnicodeNoSurrogates(20))

    atheris.Setup(sys.argv, run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
