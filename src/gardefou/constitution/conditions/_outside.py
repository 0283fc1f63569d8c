"""What lies outside the condition language, and what to write instead."""

from __future__ import annotations

from gardefou.constitution.conditions._wire import Syntax

OUTSIDE = {
    "_[_]": "an index can miss; use `exists` or `all` over the list",
    "_/_": "only sums and products with a literal can be analysed; compare with a multiple instead",
    "_%_": "only sums and products with a literal can be analysed",
    "dyn": "every value has a type here; compare values of the same type",
    "type": "every value has a type here; there is nothing to ask at run time",
    "map": "write the test on the items: `list.exists(x, …)` or `list.all(x, …)`",
    "filter": "write the test on the items: `list.exists(x, …)` or `list.all(x, …)`",
    "double": "write a number with a decimal point where a double is compared",
    "int": "conversions can fail; compare values of the same type",
    "uint": "there are no unsigned integers; write the number without `u`",
    "string": "conversions can fail; compare values of the same type",
    "bytes": "there are no bytes; compare texts",
    "bool": "conversions can fail; compare values of the same type",
}


def spelling(name: str) -> str:
    """An operator as it is written: ``_/_`` is ``/``."""
    if name == "_[_]":
        return "[…]"
    return name.strip("_@") if not name[0].isalpha() else name


def literal_help(syntax: Syntax) -> str:
    """The way out for a literal of a type that is left out."""
    return {
        "null": "use `has(…)` to ask whether a field is there",
        "uint": "write the number without `u`",
        "bytes": "write a text, without `b`",
    }.get(syntax.name, "write a bool, a number or a text")
