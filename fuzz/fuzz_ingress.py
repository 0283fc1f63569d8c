"""Fuzzes the way in: bytes become a schema, labels and arguments; only InputError may come out.

Run: python fuzz/fuzz_ingress.py -max_total_time=600   (needs `pip install atheris`)
The quick twin, without atheris, is tests/constitution/catalogue/test_fuzz_ingress.py.
"""

from __future__ import annotations

import json
import sys
from typing import get_args

from gardefou.constitution.catalogue import ROLES, DomainType, Parameter, Tool, ingest
from gardefou.errors import InputError

TYPES = get_args(DomainType)
NAMES = tuple(ROLES)
SCHEMAS = (
    {},
    {"type": "object", "properties": {"a": {}, "currency": {}}},
    {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}},
    {"allOf": [{"$ref": "#/$defs/x"}], "$defs": {"x": {"properties": {"a": {"type": "string"}}}}},
)


def one_input(data: bytes) -> None:
    """Two bytes choose the labels, one the schema; the rest is a text, or JSON when it parses."""
    if len(data) < 3:
        return
    label = Parameter(role=NAMES[data[0] % len(NAMES)], type=TYPES[data[1] % len(TYPES)])
    tool = Tool(name="t", schema=SCHEMAS[data[2] % len(SCHEMAS)], parameters={"a": label})
    text = data[3:].decode("utf-8", "surrogateescape")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    for arguments in ({"a": value}, {"a": [value], "currency": text}, value, data[3:]):
        try:
            first = ingest(tool, arguments, organisation_domains=("corp.example",), currency="EUR")
            again = ingest(
                tool, first.arguments, organisation_domains=("corp.example",), currency="EUR"
            )
        except InputError:
            continue
        if first != again:
            raise AssertionError("the same arguments were read differently")


def main() -> None:
    """Hand over to the fuzzer."""
    import atheris  # noqa: PLC0415 - the twin test needs only `one_input`

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
