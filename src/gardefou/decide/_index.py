"""The rule index: from an action to the few rules that can matter, by hash look-ups.

1. Rules are grouped by *shape*: kind of action, tool, vendor, effects of the call. Two actions of one shape meet the
   same articles; a shape is worked out once.
2. Inside a shape, a rule whose condition is a conjunction with ``value == "literal"`` stands in a
   bucket under that literal: actions with another value never look at it.
3. The rules left are one generated function (a *cell*) per combination of buckets.

INVARIANT: leaving a rule out by its bucket never loosens: its condition is a conjunction, one part
of which is false, so it is false whatever the rest is (CEL's ``&&`` is commutative).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gardefou.constitution import Article, Rule
from gardefou.constitution.catalogue import EFFECTS, Tool
from gardefou.constitution.conditions import Node, path_of
from gardefou.decide._evaluate import root_key
from gardefou.decide._generate import generate

# A cell answers with the rules that fired and those that could not be evaluated.
Cell = Callable[[Mapping[str, Any]], tuple[Sequence[int], Sequence[int]]]

# More shapes or cells than this are forgotten and worked out again: memory stays flat.
MAX_SHAPES = 8192
MAX_CELLS = 1024

_KEY_ROOTS = frozenset({"action", "args", "principal", "roles"})


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in the index, with its article."""

    article: Article
    rule: Rule

    @property
    def red_line(self) -> bool:
        """The rule belongs to a red line."""
        return self.article.kind == "red_line"


class Key(msgspec.Struct, frozen=True):
    """A value of the action that rules are bucketed by: its root, how to read it, the literals."""

    root: str
    read: Callable[[Any], str | None]
    literals: frozenset[str]


class Shape(msgspec.Struct, kw_only=True):
    """What all actions of one kind, tool, vendor and list of effects have in common.

    ``rules`` are all rules with the bucket they stand in (number of the key, literal), or None;
    ``cells`` the generated functions by the combination of buckets.
    """

    rules: tuple[tuple[int, Node | None, tuple[int, str] | None], ...]
    keys: tuple[Key, ...]
    articles: tuple[str, ...]
    unlisted: tuple[str, ...]
    in_red_line: bool
    reads_facts: bool
    consequential: bool
    cells: dict[tuple[str | None, ...], Cell]

    def cell(self, env: Mapping[str, Any]) -> Cell:
        """The generated function for the buckets that an action falls into."""
        key = tuple(
            [
                value if (value := key.read(env[key.root])) in key.literals else None
                for key in self.keys
            ]
        )
        found = self.cells.get(key)
        if found is None:
            if len(self.cells) >= MAX_CELLS:
                self.cells.clear()
            found = self.cells[key] = generate(
                [
                    (index, condition)
                    for index, condition, bucket in self.rules
                    if bucket is None or key[bucket[0]] == bucket[1]
                ]
            )
        return found


class Index:
    """All rules of a constitution, by what they are on."""

    def __init__(self, articles: Sequence[Article]) -> None:
        """Take the rules in document order; guidelines have none."""
        self.entries = tuple(
            Entry(article=article, rule=rule) for article in articles for rule in article.rules
        )
        self._articles = [a for a in articles if a.kind != "guideline"]
        self._exact: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._prefixes: list[tuple[str, int]] = []
        self._anything: list[int] = []
        for index, entry in enumerate(self.entries):
            for selector in entry.rule.on:
                if selector.by == "anything":
                    self._anything.append(index)
                elif selector.value.endswith("*"):
                    self._prefixes.append((selector.value[:-1], index))
                else:
                    self._exact[selector.by, selector.value].append(index)

    def shape(self, *, kind: str, vendor: str, tool: Tool) -> Shape:
        """Work out a shape; costs the number of articles, so the caller keeps the result."""
        name, effects = tool.name, tool.effects
        found = set(self._anything)
        for by, value in (("kind", kind), ("vendor", vendor), ("tool", name)):
            found.update(self._exact.get((by, value), ()) if value else ())
        for effect in effects:
            found.update(self._exact.get(("effect", effect), ()))
        found.update(index for prefix, index in self._prefixes if name.startswith(prefix) and name)
        rules, keys = _bucketed((i, self.entries[i].rule.condition) for i in sorted(found))
        speaking = [
            article
            for article in self._articles
            if any(
                selector.matches(kind=kind, tool=name, vendor=vendor, effects=frozenset(effects))
                for selector in article.on
            )
        ]
        return Shape(
            rules=rules,
            keys=keys,
            articles=tuple(article.id for article in speaking),
            unlisted=_unlisted(speaking, kind, name, effects),
            in_red_line=any(article.kind == "red_line" for article in speaking),
            reads_facts=any(_reads(node, "facts") for _, node, _ in rules if node is not None),
            consequential=kind == "tool.call" and not _harmless(effects),
            cells={},
        )


def _harmless(effects: Sequence[str]) -> bool:
    return bool(effects) and not any(EFFECTS[effect].consequential for effect in effects)


def _unlisted(
    speaking: Sequence[Article], kind: str, tool: str, effects: Sequence[str]
) -> tuple[str, ...]:
    """What no article addresses: the missing effects, or the kind or tool itself."""
    selectors = [selector for article in speaking for selector in article.addresses]
    if any(s.by == "kind" or (s.by == "tool" and s.covers_tool(tool)) for s in selectors):
        return ()
    if kind != "tool.call":
        return (f"kind {kind}",)
    if not effects:
        return (f"tool {tool}",)
    addressed = {selector.value for selector in selectors if selector.by == "effect"}
    return tuple(f"effect {effect}" for effect in effects if effect not in addressed)


def _bucketed(
    rules: Iterable[tuple[int, Node | None]],
) -> tuple[tuple[tuple[int, Node | None, tuple[int, str] | None], ...], tuple[Key, ...]]:
    numbers: dict[tuple[str, ...], int] = {}
    literals: list[set[str]] = []
    placed: list[tuple[int, Node | None, tuple[int, str] | None]] = []
    for index, condition in rules:
        equal = _equality(condition)
        if equal is None:
            placed.append((index, condition, None))
            continue
        path, literal = equal
        number = numbers.setdefault(path, len(numbers))
        if number == len(literals):
            literals.append(set())
        literals[number].add(literal)
        placed.append((index, condition, (number, literal)))
    keys = tuple(
        Key(path[0], _reader(path[1:]), frozenset(literals[n])) for path, n in numbers.items()
    )
    return tuple(placed), keys


def _reader(path: tuple[str, ...]) -> Callable[[Any], str | None]:
    """Read a text below a root; None when it is absent."""

    def read(value: Any) -> str | None:
        for part in path:
            value = value.get(part) if type(value) is dict else getattr(value, part, None)
        return value if type(value) is str else None

    return read


def _equality(condition: Node | None) -> tuple[tuple[str, ...], str] | None:
    """The first ``value == "literal"`` among a condition's conjuncts: the path and the literal."""
    for part in _conjuncts(condition):
        if part.op != "eq":
            continue
        for value, literal in (part.args, part.args[::-1]):
            path = path_of(value)
            if path is None or literal.op != "literal" or type(literal.value) is not str:
                continue
            root = value
            while root.args:
                root = root.args[0]
            if root.op == "root" and root_key(root) in _KEY_ROOTS:
                return (root_key(root), *path.split(".")[1:]), literal.value
    return None


def _conjuncts(condition: Node | None) -> Iterator[Node]:
    if condition is None:
        return
    if condition.op == "and":
        for part in condition.args:
            yield from _conjuncts(part)
    else:
        yield condition


def _reads(node: Node, root: str) -> bool:
    return (node.op == "root" and node.value == root) or any(_reads(a, root) for a in node.args)
