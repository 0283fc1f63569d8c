"""Checks that every optional field is read only where `has()` has said that it is there.

Facts flow as the evaluation does: the right side of ``&&`` knows what the left side's truth says,
the right side of ``||`` and the branches of ``?:`` likewise. A quantifier teaches nothing to what
follows it. Source: capability checking of Cedar's validator.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from gardefou.constitution.conditions._node import Node, path_of
from gardefou.constitution.conditions._vocabulary import Vocabulary

Report = Callable[[Node, str], None]
Paths = frozenset[str]

_NOTHING: Paths = frozenset()


class _Known(msgspec.Struct, frozen=True):
    """Which paths are surely there when the node is true, and when it is false."""

    if_true: Paths = _NOTHING
    if_false: Paths = _NOTHING


def check_guards(node: Node, vocabulary: Vocabulary, report: Report) -> None:
    """Report every read of an optional field that nothing guards, once for each place."""
    _Guards(vocabulary, report).check(node, _NOTHING)


class _Guards:
    def __init__(self, vocabulary: Vocabulary, report: Report) -> None:
        self._vocabulary = vocabulary
        self._report = report

    def check(self, node: Node, known: Paths) -> _Known:
        match node.op:
            case "field":
                self._read(node, known)
            case "has":
                self.check(node.args[0], known)
                path = path_of(node.args[0])
                if path is not None:
                    return _Known(if_true=frozenset((f"{path}.{node.value}",)))
            case "not":
                inner = self.check(node.args[0], known)
                return _Known(if_true=inner.if_false, if_false=inner.if_true)
            case "and" | "or":
                return self._chain(node, known)
            case "cond":
                test = self.check(node.args[0], known)
                self.check(node.args[1], known | test.if_true)
                self.check(node.args[2], known | test.if_false)
            case _:
                for arg in node.args:
                    self.check(arg, known)
        return _Known()

    def _chain(self, node: Node, known: Paths) -> _Known:
        parts = []
        for arg in node.args:
            part = self.check(arg, known)
            parts.append(part)
            known |= part.if_true if node.op == "and" else part.if_false
        if node.op == "and":
            return _Known(
                if_true=frozenset().union(*(part.if_true for part in parts)),
                if_false=frozenset.intersection(*(part.if_false for part in parts)),
            )
        return _Known(
            if_true=frozenset.intersection(*(part.if_true for part in parts)),
            if_false=frozenset().union(*(part.if_false for part in parts)),
        )

    def _read(self, node: Node, known: Paths) -> None:
        base = node.args[0]
        self.check(base, known)
        record = self._vocabulary.record(base.type)
        field = record.fields.get(str(node.value)) if record else None
        path = path_of(node)
        if field is not None and field.optional and (path is None or path not in known):
            self._report(node, path or str(node.value))
