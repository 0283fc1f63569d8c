"""The typed tree that a condition becomes: small, total, serialisable.

1. Every node carries its type and its place in the document.
2. No node can raise for a value of its type; a value of another type makes the rule unevaluable.
3. Integers are unbounded (ADR 0003); doubles are only compared.

| op | args | value | type |
| --- | --- | --- | --- |
| ``literal`` | | the value | a scalar |
| ``root`` | | name of the root | any |
| ``bound`` | | name of the quantifier's variable | any |
| ``field`` | the record | name of the field | the field's |
| ``has`` | the record | name of the field | bool |
| ``surely`` | the record | name of a field that is always present | bool |
| ``list`` | the items | | list |
| ``set`` | the members, literals | name of the set | list of string |
| ``and`` ``or`` | two or more | | bool |
| ``not`` | one | | bool |
| ``cond`` | condition, then, else | | the branches' |
| ``eq`` ``ne`` ``lt`` ``le`` ``gt`` ``ge`` | two of one type | | bool |
| ``in`` | the item, the list | | bool |
| ``add`` ``sub`` ``mul`` ``neg`` | ints, times; ``mul`` has a literal | | the same |
| ``concat`` | two strings | | string |
| ``startsWith`` ``endsWith`` ``contains`` ``matches`` | text, text | | bool |
| ``lowerAscii`` | text | | string |
| ``size`` | text or list | | int |
| ``getFullYear`` ... ``getMinutes`` | timestamp | | int |
| ``exists`` ``all`` ``exists_one`` | the list, the body | the variable | bool |
| ``over`` ``at_least`` | money, literal minor units, literal currency | | bool |
| ``within`` | path, literal folder | | bool |
"""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.constitution.conditions._types import Type


class Node(msgspec.Struct, frozen=True, array_like=True):
    """One node of the typed tree; ``line`` and ``column`` are places in the document."""

    op: str
    type: Type
    args: tuple[Node, ...] = ()
    value: Any = None
    line: int = 0
    column: int = 0


def path_of(node: Node) -> str | None:
    """The dotted name of a value that is read directly (``args.amount``), None for all else."""
    if node.op in ("root", "bound"):
        return str(node.value)
    if node.op == "field":
        base = path_of(node.args[0])
        return None if base is None else f"{base}.{node.value}"
    return None


def to_json(node: Node) -> bytes:
    """The tree as JSON; equal trees give equal bytes, so that a compiled artefact can be cached."""
    return msgspec.json.encode(node)


def from_json(data: bytes) -> Node:
    """Read a tree that `to_json` wrote.

    Raises:
        msgspec.DecodeError: when the bytes are no such tree.
    """
    return msgspec.json.decode(data, type=Node)
