"""Fuzz target: no bytes from outside lead the ledger's readers to anything but a value or our error.

Run: ``python fuzz/fuzz_ledger.py -max_total_time=600 corpus/`` (needs ``atheris``).
Read are signed notes, vkeys, checkpoints, proof files, policies, tile names, entry bundles and
entries. What is accepted has one spelling: written again, it gives the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from gardefou.errors import GardefouError
from gardefou.ledger._checkpoint import parse_checkpoint, parse_proof
from gardefou.ledger._entry import decode_entry, encode_entry
from gardefou.ledger._note import parse_note, parse_vkey
from gardefou.ledger._policy import parse_policy
from gardefou.ledger._tiles import ENTRIES, Tile, bundle, parse_tile, unbundle


def same(found: object, text: str) -> None:
    """What was accepted is written as it was read."""
    if str(found) != text:
        raise AssertionError(text)


def policy(text: str) -> None:
    """A policy that loads answers for its own quorum."""
    parse_policy(text)


def entry(data: bytes) -> None:
    """An entry that decodes can be encoded again."""
    found = decode_entry(data, 0)
    encode_entry(found.kind, found.at_us, found.data)


def entries(data: bytes) -> None:
    """A bundle has one spelling for each list of entries."""
    tile = Tile(ENTRIES, 0, data[0] or 1) if data else Tile(ENTRIES, 0, 1)
    if bundle(unbundle(tile, data[1:])) != data[1:]:
        raise AssertionError(data)


TEXTS: tuple[Callable[[str], None], ...] = (
    lambda text: same(parse_note(text), text),
    lambda text: same(parse_vkey(text).vkey, text.strip()),
    lambda text: same(parse_checkpoint(text).text, text),
    lambda text: None if "\nextra " in text else same(parse_proof(text), text),
    lambda text: same(parse_tile(text).path, text),
    policy,
)


def one_input(data: bytes) -> None:
    """The properties, for one input."""
    for reader in (entry, entries):
        try:
            reader(data)
        except GardefouError:
            continue
    text = data.decode("utf-8", "surrogateescape")
    for check in TEXTS:
        try:
            check(text)
        except GardefouError:
            continue


if __name__ == "__main__":
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
