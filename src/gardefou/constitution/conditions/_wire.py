"""Reads the syntax trees that cel-expr-python serialises.

Source: google/api/expr ``checked.proto`` and ``syntax.proto``; the protobuf wire format. Only the
fields that the lowering needs are read. The bytes come from Google's library in this process, not
from outside.
"""

from __future__ import annotations

import struct
from typing import Any

import msgspec

Fields = dict[int, list[Any]]

_PRIMITIVES = {1: "bool", 2: "int", 3: "uint", 4: "double", 5: "string", 6: "bytes"}
_WELL_KNOWN = {1: "any", 2: "timestamp", 3: "duration"}


class Syntax(msgspec.Struct, frozen=True):
    """One node of CEL's syntax tree; ``kind`` says which of the other fields are set."""

    kind: str
    id: int
    name: str = ""
    value: Any = None
    args: tuple[Syntax, ...] = ()
    is_member: bool = False
    is_test: bool = False


class Tree(msgspec.Struct, frozen=True):
    """A syntax tree, the type names of its nodes (empty when unchecked) and their offsets."""

    root: Syntax
    types: dict[int, str]
    offsets: dict[int, int]


def read_tree(serialized: bytes) -> Tree:
    """Decode a serialised ``ParsedExpr`` or ``CheckedExpr`` (inside a ``google.protobuf.Any``)."""
    outer = _fields(serialized)
    checked = outer[1][0].endswith(b"CheckedExpr")
    top = _fields(outer[2][0])
    types = {}
    if checked:
        for entry in top.get(3, ()):
            pair = _fields(entry)
            types[pair[1][0]] = _type(pair[2][0])
    info = _fields(top[5 if checked else 3][0])
    offsets = {}
    for entry in info.get(4, ()):
        pair = _fields(entry)
        offsets[pair[1][0]] = pair.get(2, [0])[0]
    return Tree(_syntax(top[4 if checked else 2][0]), types, offsets)


def _fields(data: bytes) -> Fields:
    at = 0
    result: Fields = {}

    def varint() -> int:
        nonlocal at
        shift = value = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        wire = key & 7
        value: Any
        if wire == 0:
            value = varint()
        else:
            size = {1: 8, 5: 4}.get(wire) or varint()
            value = data[at : at + size]
            at += size
        result.setdefault(key >> 3, []).append(value)
    return result


def _type(data: bytes) -> str:
    fields = _fields(data)
    if 3 in fields:
        return _PRIMITIVES.get(fields[3][0], "dyn")
    if 5 in fields:
        return _WELL_KNOWN.get(fields[5][0], "dyn")
    if 6 in fields:
        item = _fields(fields[6][0]).get(1)
        return f"list<{_type(item[0]) if item else 'dyn'}>"
    if 7 in fields:
        return "map"
    if 9 in fields:
        return str(fields[9][0].decode())
    return "null" if 2 in fields else "dyn"


def _syntax(data: bytes) -> Syntax:
    fields = _fields(data)
    number = fields.get(2, [0])[0]
    if 3 in fields:
        return _constant(number, _fields(fields[3][0]))
    if 4 in fields:
        return Syntax("ident", number, name=_text(_fields(fields[4][0]), 1))
    if 5 in fields:
        inner = _fields(fields[5][0])
        return Syntax(
            "select",
            number,
            name=_text(inner, 2),
            args=(_syntax(inner[1][0]),),
            is_test=bool(inner.get(3, [0])[0]),
        )
    if 6 in fields:
        inner = _fields(fields[6][0])
        args = [_syntax(item) for item in (*inner.get(1, ()), *inner.get(3, ()))]
        return Syntax("call", number, name=_text(inner, 2), args=tuple(args), is_member=1 in inner)
    if 7 in fields:
        items = _fields(fields[7][0]).get(1, ())
        return Syntax("list", number, args=tuple(_syntax(item) for item in items))
    if 9 in fields:
        inner = _fields(fields[9][0])
        parts = tuple(_syntax(inner[part][0]) for part in (2, 4, 6, 7))
        return Syntax("fold", number, name=_text(inner, 1), args=parts, is_test=8 in inner)
    return Syntax("map", number)


def _constant(number: int, fields: Fields) -> Syntax:
    value: Any
    if 2 in fields:
        kind, value = "bool", bool(fields[2][0])
    elif 3 in fields:
        raw = fields[3][0]
        kind, value = "int", raw - (1 << 64) if raw >= 1 << 63 else raw
    elif 5 in fields:
        kind, value = "double", struct.unpack("<d", fields[5][0])[0]
    elif 6 in fields:
        kind, value = "string", fields[6][0].decode()
    else:
        kind, value = {1: "null", 4: "uint", 7: "bytes"}.get(next(iter(fields), 0), "null"), None
    return Syntax("constant", number, name=kind, value=value)


def _text(fields: Fields, number: int) -> str:
    return str(fields[number][0].decode()) if number in fields else ""
