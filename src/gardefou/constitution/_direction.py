"""Whether a fact that counts too many could loosen a rule.

A windowed ``count`` or ``sum`` and every ``distinct`` may say more than happened, never less. A rule
that fires when such a fact is *large* is safe. One that fires when it is *small* could stay silent
because of what happened just outside the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gardefou.constitution.conditions import Node, path_of
from gardefou.constitution.facts import FactDeclaration

_LARGE_LEFT = frozenset({"gt", "ge"})
_LARGE_RIGHT = frozenset({"lt", "le"})


def read_as_small(node: Node, facts: Mapping[str, FactDeclaration]) -> tuple[str, ...]:
    """The names of facts that may over-count and that the condition wants to be small."""
    found = {name for name, large in _reads(node, large=True) if not large}
    return tuple(sorted(n for n in found if n in facts and _over_counts(facts[n])))


def _over_counts(fact: FactDeclaration) -> bool:
    return fact.kind == "distinct" or (fact.kind in ("count", "sum") and fact.window_s is not None)


def _reads(node: Node, *, large: bool) -> Iterator[tuple[str, bool]]:
    """Every fact that is read, with whether a larger value makes the condition truer."""
    path = path_of(node)
    if path is not None:
        names = path.split(".")
        if names[0] == "facts" and len(names) > 1:
            yield names[1], large
        return
    args = node.args
    if node.op in ("not", "neg"):
        yield from _reads(args[0], large=not large)
    elif node.op in _LARGE_LEFT or node.op in _LARGE_RIGHT:
        left = node.op in _LARGE_LEFT
        yield from _reads(args[0], large=large == left)
        yield from _reads(args[1], large=large != left)
    elif node.op == "sub":
        yield from _reads(args[0], large=large)
        yield from _reads(args[1], large=not large)
    elif node.op in ("and", "or", "add", "over", "at_least", "exists"):
        for arg in args:
            yield from _reads(arg, large=large)
    else:
        # Equality, products, conditionals and the rest can go either way.
        for arg in args:
            yield from _reads(arg, large=large)
            yield from _reads(arg, large=not large)
