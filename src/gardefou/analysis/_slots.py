"""How many items of each list a question has to look at, so that more would change nothing.

1. Each quantifier, and each ``in``, needs one witness; ``exists_one`` needs two.
2. A list that is quantified over inside a loop over another list needs its witnesses once for each
   slot of the other list, unless it belongs to the item at hand.
3. The same condition on the same list, wherever it stands, needs its witnesses once.
4. Loops over each other's lists in both orders have no such bound: then the question is *bounded*.

So a list with these slots has a counterexample whenever a longer one has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from gardefou.analysis._pool import Pool, static
from gardefou.constitution.conditions import Node, path_of

MOST_SLOTS = 64
_ROUNDS = 6

Shape = tuple[object, ...]


class Shapes:
    """The meaning of trees without their places, each worked out once."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._names: dict[int, bool] = {}
        self._known: dict[int, tuple[Node, int]] = {}
        self._numbers: dict[Shape, int] = {}

    def number(self, node: Node) -> int:
        """The same number for equal trees, wherever they stand."""
        found = self._known.get(id(node))
        if found is not None:
            return found[1]
        args = tuple(self.number(arg) for arg in node.args)
        value = node.value if node.op != "set" else ""
        shape = (node.op, node.type, args, type(value).__name__, value)
        number = self._numbers.setdefault(shape, len(self._numbers))
        self._known[id(node)] = (node, number)  # the node is kept, so its id stays its own
        return number

    def reads_names(self, node: Node) -> bool:
        """Whether a tree reads the name of the tool."""
        number = self.number(node)
        if number not in self._names:
            self._names[number] = _reads_name(node)
        return self._names[number]


def _reads_name(node: Node) -> bool:
    if node.op == "field" and path_of(node) in ("action.tool", "tool.name"):
        return True
    return any(map(_reads_name, node.args))


SHAPES = Shapes()


class _Scan:
    def __init__(self) -> None:
        self.found: set[tuple[str, int, int, tuple[str, ...]]] = set()

    def walk(
        self,
        node: Node,
        key: Callable[[str], str],
        bound: Mapping[str, str],
        around: tuple[str, ...],
    ) -> None:
        if node.op in ("exists", "all", "exists_one"):
            for name in _lists(node.args[0], key, bound):
                weight = 2 if node.op == "exists_one" else 1
                self.found.add((name, SHAPES.number(node), weight, around))
                inner = {**bound, str(node.value): f"{name}[]"}
                self.walk(node.args[1], key, inner, (*around, name))
            self.walk(node.args[0], key, bound, around)
            if node.args[0].op in ("list", "set"):
                self.walk(node.args[1], key, {**bound, str(node.value): "literal"}, around)
            return
        if node.op == "in":
            for name in _lists(node.args[1], key, bound):
                self.found.add((name, SHAPES.number(node), 1, around))
        if node.op != "set":
            for arg in node.args:
                self.walk(arg, key, bound, around)


def _lists(node: Node, key: Callable[[str], str], bound: Mapping[str, str]) -> list[str]:
    """The keys of the lists that a list node reads, without the numbers of items."""
    if node.op == "cond":
        return [name for arg in node.args[1:] for name in _lists(arg, key, bound)]
    path = _path(node, bound)
    return [] if path is None else [static(key(path))]


def _path(node: Node, bound: Mapping[str, str]) -> str | None:
    if node.op == "root":
        return "roles" if node.type.name == "roles" else str(node.value)
    if node.op == "bound":
        return bound.get(str(node.value))
    if node.op == "field":
        base = _path(node.args[0], bound)
        return None if base is None else f"{base}.{node.value}"
    return None


def reserve(pool: Pool, conditions: Iterable[tuple[Node, Callable[[str], str]]]) -> None:
    """Reserve the slots for some conditions, each with its version's keys."""
    scan = _Scan()
    for node, key in conditions:
        scan.walk(node, key, {}, ())
    counts = dict.fromkeys((name for name, *_ in scan.found), 0)
    for _ in range(_ROUNDS):
        fresh = dict.fromkeys(counts, 0)
        for name, _number, weight, around in scan.found:
            for outer in around:
                if not name.startswith(f"{outer}[]"):
                    weight *= max(1, counts.get(outer, 1))  # noqa: PLW2901 - a running product
            fresh[name] += weight
        if fresh == counts:
            break
        counts = fresh
    else:
        pool.is_bounded = True
    if any(count > MOST_SLOTS for count in counts.values()):
        pool.is_bounded = True
    pool.wanted_slots = {name: min(count, MOST_SLOTS) for name, count in counts.items()}
