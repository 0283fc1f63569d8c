"""Turns typed trees into one Python function for each shape of action.

1. Source text comes from the fixed templates of this module. What an author wrote enters it only
   as ``repr`` of a bool, int, float or string, or as the key of a constant.
2. A record is read by key; attributes are read only from the closed lists of
   `gardefou.constitution.conditions`, and their names are checked again here.
3. The function never raises. A rule that raises is evaluated again by the slow evaluator: true and
   false count when they do not depend on what failed, else the rule is unevaluable.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from gardefou.constitution.conditions import DOMAINS, PARTIAL_WHEN_OPAQUE, STRUCTS, Node, path_of
from gardefou.decide._evaluate import UNKNOWN, Environment, evaluate, root_key
from gardefou.decide._primitives import (
    civil,
    compiled,
    few,
    is_at_least,
    is_over,
    lower_ascii,
    other_currency,
    whole,
)
from gardefou.errors import UsageError

Outcome = tuple[list[int], list[int]]
"""The indices of the rules that fired, and of those that could not be evaluated."""

_INFIX = {
    "eq": "==",
    "ne": "!=",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "concat": "+",
}
_ROOTS = frozenset(
    {"action", "args", "facts", "intent", "now", "origin", "principal", "roles", "tool"}
)
_ATTRIBUTES = frozenset(
    (kind, name, field)
    for kind, table in (("domain", DOMAINS), ("struct", STRUCTS))
    for name, record in table.items()
    for field in record.fields
)
_HELPERS: dict[str, object] = {
    "_civil": civil,
    "_few": few,
    "_is_at_least": is_at_least,
    "_is_over": is_over,
    "_lower": lower_ascii,
    "_other_currency": other_currency,
    "_whole": whole,
}


def generate(rules: Sequence[tuple[int, Node | None]]) -> Callable[[Environment], Outcome]:
    """One function for all rules that apply to a shape; None as condition always fires.

    The environment maps ``action``, ``principal``, ``intent`` (structs), ``roles`` (role to typed
    value or list), ``args`` (the tool's typed arguments), ``origin`` (role to `Origin`), ``facts``,
    ``tool`` (dicts) and ``now`` (microseconds) to their values; only roots that a rule reads are
    looked at.

    Raises:
        UsageError: when a tree did not come from the loader.
    """
    writer = _Writer()
    conditions = [(index, "True" if node is None else writer.write(node)) for index, node in rules]
    lines = ["def decide_shape(env):"]
    lines += [f" {name} = env.get({key!r})" for key, name in writer.roots.items()]
    lines += [" fired = []", " unevaluable = []"]
    for place, (index, condition) in enumerate(conditions):
        if condition == "True":
            lines.append(f" fired.append({int(index)})")
            continue
        lines += [
            " try:",
            f"  if {condition}: fired.append({int(index)})",
            " except Exception:",
            f"  _again({place}, env, fired, unevaluable)",
        ]
    lines.append(" return fired, unevaluable")

    def again(place: int, env: Environment, fired: list[int], unevaluable: list[int]) -> None:
        index, node = rules[place]
        result = True if node is None else evaluate(node, env)
        if result is UNKNOWN:
            unevaluable.append(index)
        elif result:
            fired.append(index)

    rules = tuple(rules)
    scope: dict[str, Any] = {**_HELPERS, **writer.constants, "_again": again}
    code = compile("\n".join(lines), "<gardefou rules>", "exec")
    exec(code, scope)  # noqa: S102 - rule 1 of this module: our templates and literals by repr
    function: Callable[[Environment], Outcome] = scope["decide_shape"]
    return function


class _Writer:
    """Writes expressions; constants and roots are collected for the head of the function."""

    def __init__(self) -> None:
        self.constants: dict[str, object] = {}
        self.roots: dict[str, str] = {}
        self._names: dict[tuple[str, object], str] = {}
        self._bound: dict[str, str] = {}
        self._count = 0

    def write(self, node: Node) -> str:
        method = _TEMPLATES.get(node.op)
        if method is not None:
            return method(self, node)
        if node.op in _INFIX:
            left, right = (self.write(arg) for arg in node.args)
            return f"({left} {_INFIX[node.op]} {right})"
        raise UsageError(f"`{node.op}` is no operator of a condition", code="decide.tree")

    def _constant(self, kind: str, key: object, value: object) -> str:
        name = self._names.setdefault((kind, key), f"_k{len(self._names)}")
        self.constants[name] = value
        return name

    def literal(self, node: Node) -> str:
        value = node.value
        if type(value) not in (bool, int, float, str):
            raise UsageError("a literal of a condition has no value", code="decide.tree")
        if isinstance(value, float) and not math.isfinite(value):
            raise UsageError("a literal of a condition is not finite", code="decide.tree")
        return repr(value)

    def root(self, node: Node) -> str:
        key = root_key(node)
        if key not in _ROOTS:
            raise UsageError(f"`{key}` is no root of a condition", code="decide.tree")
        return self.roots.setdefault(key, f"r_{key}")

    def bound(self, node: Node) -> str:
        name = self._bound.get(str(node.value))
        if name is None:
            raise UsageError(f"`{node.value}` is bound by no quantifier", code="decide.tree")
        return name

    def field(self, node: Node) -> str:
        base = self.write(node.args[0])
        of = node.args[0].type
        name = str(node.value)
        if of.kind != "record":
            if (of.kind, of.name, name) not in _ATTRIBUTES:
                raise UsageError(f"`{name}` is no field of {of}", code="decide.tree")
            if of.kind == "domain" and name in PARTIAL_WHEN_OPAQUE.get(of.name, ()):
                return f"_whole({base}, {name!r})"
            return f"{base}.{name}"
        # An absent list is an empty list (catalogue, `Role`).
        return f"{base}.get({name!r}, ())" if node.type.kind == "list" else f"{base}[{name!r}]"

    def has(self, node: Node) -> str:
        return f"({str(node.value)!r} in {self.write(node.args[0])})"

    def surely(self, node: Node) -> str:
        if node.args[0].type.kind != "record":
            return "True"
        # A guaranteed field that is absent must make the rule unevaluable, not false.
        return f"({self.write(node.args[0])}[{str(node.value)!r}] is not None or True)"

    def items(self, node: Node) -> str:
        if all(arg.op == "literal" for arg in node.args):
            values = tuple(arg.value for arg in node.args)
            return self._constant("tuple", (node.type, values), values)
        return "(" + "".join(f"{self.write(arg)}, " for arg in node.args) + ")"

    def member(self, node: Node) -> str:
        item, values = node.args
        left = self.write(item)
        if values.op in ("list", "set") and all(arg.op == "literal" for arg in values.args):
            members = frozenset(arg.value for arg in values.args)
            name = self._constant("set", (values.type, members), members)
            return f"({left} in {name})"
        return f"({left} in {self.write(values)})"

    def chain(self, node: Node) -> str:
        return "(" + f" {node.op} ".join(self.write(arg) for arg in node.args) + ")"

    def choice(self, node: Node) -> str:
        test, then, otherwise = (self.write(arg) for arg in node.args)
        return f"({then} if {test} else {otherwise})"

    def quantifier(self, node: Node) -> str:
        values = self.write(node.args[0])
        if node.args[0].op not in ("list", "set") and (self._bound or _has_loop(node.args[1])):
            values = f"_few({values})"
        name = str(node.value)
        self._count += 1
        variable = f"v{self._count}"
        outer = self._bound.get(name)
        self._bound[name] = variable
        body = self.write(node.args[1])
        if outer is None:
            del self._bound[name]
        else:
            self._bound[name] = outer
        # A list is built: for the few items of a call this beats a generator.
        found = f"[{body} for {variable} in {values}]"
        if node.op == "exists_one":
            return f"({found}.count(True) == 1)"
        return f"(True in {found})" if node.op == "exists" else f"(False not in {found})"

    def matches(self, node: Node) -> str:
        pattern = str(node.args[1].value)
        search = self._constant("regex", pattern, compiled(pattern))
        return f"{search}({self.write(node.args[0])})"

    def money(self, node: Node) -> str:
        amount, minor, currency = (self.write(arg) for arg in node.args)
        if path_of(node.args[0]) is None:
            return f"_is_{node.op}({amount}, {minor}, {currency})"
        sign = ">" if node.op == "over" else ">="
        return (
            f"({amount}.minor {sign} {minor} if {amount}.currency == {currency}"
            f" else _other_currency({amount}.currency, {currency}))"
        )

    def within(self, node: Node) -> str:
        path, folder = (self.write(arg) for arg in node.args)
        return f"{path}.within({folder})"

    def call(self, node: Node) -> str:
        args = [self.write(arg) for arg in node.args]
        return _CALLS[node.op].format(*args)


def _has_loop(node: Node) -> bool:
    return node.op in ("exists", "all", "exists_one") or any(map(_has_loop, node.args))


_CALLS = {
    "not": "(not {0})",
    "neg": "(-{0})",
    "startsWith": "{0}.startswith({1})",
    "endsWith": "{0}.endswith({1})",
    "contains": "({1} in {0})",
    "lowerAscii": "_lower({0})",
    "size": "len({0})",
    "getFullYear": "_civil({0})[0]",
    "getMonth": "(_civil({0})[1] - 1)",
    "getDate": "_civil({0})[2]",
    "getDayOfWeek": "(({0} // 86400000000 + 4) % 7)",
    "getHours": "({0} // 3600000000 % 24)",
    "getMinutes": "({0} // 60000000 % 60)",
}
_TEMPLATES: dict[str, Callable[[_Writer, Node], str]] = {
    "literal": _Writer.literal,
    "root": _Writer.root,
    "bound": _Writer.bound,
    "field": _Writer.field,
    "has": _Writer.has,
    "surely": _Writer.surely,
    "list": _Writer.items,
    "set": _Writer.items,
    "in": _Writer.member,
    "and": _Writer.chain,
    "or": _Writer.chain,
    "cond": _Writer.choice,
    "exists": _Writer.quantifier,
    "all": _Writer.quantifier,
    "exists_one": _Writer.quantifier,
    "matches": _Writer.matches,
    "over": _Writer.money,
    "at_least": _Writer.money,
    "within": _Writer.within,
    **dict.fromkeys(_CALLS, _Writer.call),
}
