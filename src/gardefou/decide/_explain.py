"""Says which values forced the result of a condition, in words for people and as data for programs.

1. A conjunction that is true is explained by all its parts, one that is false by its first false
   part; a disjunction the other way round. ``exists`` is explained by its first witness.
2. Text from outside is shown on one line, bounded, without characters that nobody sees.
3. Values of the role ``secrets`` are never shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec

from gardefou.constitution.catalogue.types import DIGITS, Money
from gardefou.constitution.conditions import Node, Type
from gardefou.decide._evaluate import UNKNOWN, Environment, evaluate
from gardefou.decide._primitives import civil

MAX_SHOWN = 80
MAX_ITEMS = 3


class Atom(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact that forced a result: ``text`` for people, the rest for programs.

    ``operator`` is the tree's (``over``, ``eq``, ``has``); ``holds`` is None when the comparison
    could not be made.
    """

    text: str
    path: str
    value: str = ""
    operator: str = ""
    operand: str = ""
    holds: bool | None = True


def explain(node: Node | None, env: Environment) -> tuple[Atom, ...]:
    """The atoms that forced the result of a condition; none without a condition. Never raises."""
    if node is None:
        return ()
    try:
        atoms = _Explainer(env).force(node, _Scope({}, {}))
    except Exception:  # noqa: BLE001 - a decision must not fail because its words cannot be found
        return (Atom(text="a value has another type than declared", path="", holds=None),)
    return tuple(dict.fromkeys(atoms))


class _Scope(msgspec.Struct, frozen=True):
    """The quantifiers' variables: their values, the paths they stand for, which are secrets."""

    values: Mapping[str, Any]
    paths: Mapping[str, str]
    secrets: frozenset[str] = frozenset()


class _Explainer:
    def __init__(self, env: Environment) -> None:
        self._env = env

    def force(self, node: Node, scope: _Scope) -> list[Atom]:
        match node.op:
            case "not":
                return self.force(node.args[0], scope)
            case "and" | "or":
                return self._chain(node, scope)
            case "cond":
                test = self._value(node.args[0], scope)
                atoms = self.force(node.args[0], scope)
                if test is UNKNOWN:
                    return atoms
                return atoms + self.force(node.args[1] if test else node.args[2], scope)
            case "exists" | "all" | "exists_one":
                return self._quantifier(node, scope)
            case "literal":
                return []
        return [self._atom(node, scope)]

    def _value(self, node: Node, scope: _Scope) -> Any:
        return evaluate(node, self._env, scope.values)

    def _chain(self, node: Node, scope: _Scope) -> list[Atom]:
        decisive = node.op == "or"
        unknown: list[Node] = []
        for arg in node.args:
            value = self._value(arg, scope)
            if value is decisive:
                return self.force(arg, scope)
            if value is UNKNOWN:
                unknown.append(arg)
        return [atom for arg in unknown or node.args for atom in self.force(arg, scope)]

    def _quantifier(self, node: Node, scope: _Scope) -> list[Atom]:
        values = self._value(node.args[0], scope)
        path = self._name(node.args[0], scope)
        result = self._value(node, scope)
        if values is UNKNOWN:
            return [_absent(path, node.op)]
        secret = {node.value} if _is_secret(node.args[0], scope) else set()
        inner = [
            _Scope(
                {**scope.values, node.value: value},
                {**scope.paths, node.value: f"{path}[{index}]"},
                scope.secrets | secret,
            )
            for index, value in enumerate(values)
        ]
        found = [self._value(node.args[1], item) for item in inner]
        if result is UNKNOWN and UNKNOWN not in found:
            return [_not_whole(path, node.op)]
        if not inner:
            return [Atom(text=f"{path} is empty", path=path, value="0", operator="size")]
        decisive: Any = UNKNOWN if result is UNKNOWN else node.op != "all"
        if result is UNKNOWN or result is decisive:
            chosen = [item for item, value in zip(inner, found, strict=True) if value is decisive]
            return self.force(node.args[1], chosen[0])
        if len(inner) <= MAX_ITEMS:
            return [atom for item in inner for atom in self.force(node.args[1], item)]
        # Many items that all went one way: say so, and show the first as an example.
        count = found.count(True)
        passed = f"{count} of" if count else "none of"
        text = f"{passed} the {len(inner)} items of {path} meet the test on each"
        summary = Atom(
            text=text, path=path, value=str(count), operator=node.op, holds=result is True
        )
        return [summary, *self.force(node.args[1], inner[0])]

    def _atom(self, node: Node, scope: _Scope) -> Atom:
        result = self._value(node, scope)
        if not node.args or node.op == "field":
            path = self._name(node, scope)
            if result is UNKNOWN:
                return _absent(path, "is")
            word = "true" if result else "false"
            return Atom(
                text=f"{path} is {word}", path=path, value=word, operator="is", holds=bool(result)
            )
        if node.op in ("has", "surely"):
            path = f"{self._name(node.args[0], scope)}.{node.value}"
            word = "present" if result is True else "absent"
            holds = None if result is UNKNOWN else bool(result)
            return Atom(text=f"{path} is {word}", path=path, operator="has", holds=holds)
        return self._comparison(node, scope, result)

    def _comparison(self, node: Node, scope: _Scope, result: Any) -> Atom:
        subject, *operands = node.args
        operator = node.op
        if subject.op == "literal" and operator == "in":
            return self._holding(subject, operands[0], scope, result)
        if subject.op == "literal" and operands and operator in _MIRRORED:
            subject, operands = operands[0], [subject]
            operator = _MIRRORED[operator]
        path = self._name(subject, scope)
        value = self._shown(subject, scope)
        operand = self._operand(operator, operands, scope)
        if value is None or operand is None:
            return _absent(path if value is None else self._name(operands[0], scope), operator)
        lead = self._lead(subject, scope, path, value)
        holds = None if result is UNKNOWN else bool(result)
        if holds is None:
            tail = _UNCLEAR.get(operator, _UNCLEAR[""]).format(operand)
        elif operator in ("eq", "ne"):
            same = holds == (operator == "eq")
            tail = "" if same and operands[0].op == "literal" else _SAME[same].format(operand)
        else:
            yes, no = _words(operator, subject.type)
            tail = (yes if holds else no).format(operand)
        text = f"{lead}, {tail}" if tail else lead
        return Atom(
            text=text, path=path, value=value, operator=operator, operand=operand, holds=holds
        )

    def _holding(self, item: Node, values: Node, scope: _Scope, result: Any) -> Atom:
        path, literal = self._name(values, scope), show(item.value, item.type)
        value = self._shown(values, scope)
        if value is None or result is UNKNOWN:
            return _absent(path, "in") if value is None else _not_whole(path, "in")
        word = "holds" if result else "does not hold"
        return Atom(
            text=f"{path} {word} {literal}",
            path=path,
            value=value,
            operator="in",
            operand=literal,
            holds=bool(result),
        )

    def _lead(self, subject: Node, scope: _Scope, path: str, value: str) -> str:
        if subject.op != "size":
            return f"{path} is {value}"
        inner = subject.args[0]
        unit = "characters" if inner.type.kind == "string" else "items"
        noun = unit.removesuffix("s") if value == "1" else unit
        return f"{self._name(inner, scope)} has {value} {noun}"

    def _operand(self, operator: str, operands: list[Node], scope: _Scope) -> str | None:
        if operator in ("over", "at_least"):
            return _amount(operands[0].value, operands[1].value)
        first = operands[0]
        if first.op == "set":
            return f"sets.{first.value}"
        if first.op in ("literal", "list"):
            return self._shown(first, scope)
        shown = self._shown(first, scope)
        return None if shown is None else f"{self._name(first, scope)} ({shown})"

    def _shown(self, node: Node, scope: _Scope) -> str | None:
        value = self._value(node, scope)
        if value is UNKNOWN:
            return None
        if _is_secret(node, scope):
            return "a secret"
        return show(value, node.type)

    def _name(self, node: Node, scope: _Scope) -> str:
        match node.op:
            case "root":
                return str(node.value)
            case "bound":
                return scope.paths.get(str(node.value), str(node.value))
            case "field":
                return f"{self._name(node.args[0], scope)}.{node.value}"
            case "set":
                return f"sets.{node.value}"
            case "literal":
                return show(node.value, node.type)
            case "list":
                return "the list"
        parts = [self._name(arg, scope) for arg in node.args]
        sign = _SIGNS.get(node.op)
        if sign is not None:
            return f" {sign} ".join(parts)
        return f"{node.op} of {parts[0]}"


def show(value: Any, of: Type) -> str:
    """A value on one line for people; text in backticks, bounded and made visible."""
    if of.kind == "list":
        items = [show(item, of.item or of) for item in list(value)[:MAX_ITEMS]]
        more = len(value) - len(items)
        return "[" + ", ".join(items) + (f" and {more} more" if more > 0 else "") + "]"
    match of.kind:
        case "bool":
            return "true" if value else "false"
        case "timestamp":
            return _moment(value)
        case "duration":
            return _span(value)
        case "string":
            return quoted(value)
        case "domain" if of.name == "money":
            return str(value)
        case "domain":
            text = getattr(value, "value", None) or getattr(value, "ref", None)
            return quoted(text) if isinstance(text, str) else f"a {of.name}"
        case "record" | "struct":
            return f"a {of.name}"
    return str(value)


def quoted(text: str) -> str:
    """Text from outside in backticks: one line, bounded, invisible characters made visible."""
    if not text:
        return "empty"
    shown = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    if not shown.isprintable() or "`" in shown:
        shown = "".join(_visible(character) for character in shown)
    return f"`{shown}`"


def _visible(character: str) -> str:
    if character == "`":
        return "'"
    if character == " " or (character.isprintable() and unicodedata.category(character) != "Cf"):
        return character
    return {"\n": "⏎", "\t": "⇥"}.get(character, f"\\u{{{ord(character):x}}}")


_MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "concat": "+"}
_SAME = {True: "the same as {0}", False: "not {0}"}
_UNCLEAR = {
    "": "which cannot be compared with {0}",
    "matches": "which cannot be matched with {0}",
    "within": "whose place is not known, so that it may lie within {0}",
}
_WORDS = {
    "lt": ("less than {0}", "not less than {0}"),
    "le": ("at most {0}", "more than {0}"),
    "gt": ("more than {0}", "not more than {0}"),
    "ge": ("at least {0}", "less than {0}"),
    "over": ("over {0}", "not over {0}"),
    "at_least": ("at least {0}", "less than {0}"),
    "in": ("which is in {0}", "which is not in {0}"),
    "startsWith": ("which starts with {0}", "which does not start with {0}"),
    "endsWith": ("which ends with {0}", "which does not end with {0}"),
    "contains": ("which contains {0}", "which does not contain {0}"),
    "matches": ("which matches {0}", "which does not match {0}"),
    "within": ("which lies within {0}", "which lies outside {0}"),
}
_TIME_WORDS = {
    "lt": ("before {0}", "not before {0}"),
    "le": ("not after {0}", "after {0}"),
    "gt": ("after {0}", "not after {0}"),
    "ge": ("not before {0}", "before {0}"),
}


def _words(operator: str, of: Type) -> tuple[str, str]:
    return (_TIME_WORDS if of.kind == "timestamp" else {}).get(operator) or _WORDS[operator]


def _absent(path: str, operator: str) -> Atom:
    return Atom(text=f"{path} is absent", path=path, operator=operator, holds=None)


def _not_whole(path: str, operator: str) -> Atom:
    text = f"{path} may hold more than could be read"
    return Atom(text=text, path=path, operator=operator, holds=None)


def _is_secret(node: Node, scope: _Scope) -> bool:
    """Whether a value is read from the role ``secrets``, through any field or list item."""
    if node.op == "bound":
        return node.value in scope.secrets
    if node.op == "field" and node.value == "secrets" and node.args[0].type.name == "roles":
        return True
    return any(_is_secret(arg, scope) for arg in node.args)


def _amount(minor: int, currency: str) -> str:
    return str(Money(minor=minor, currency=currency, exponent=DIGITS[currency]))


def _moment(at_us: int) -> str:
    year, month, day = civil(at_us)
    seconds = at_us // 1_000_000 % 86_400
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{year:04}-{month:02}-{day:02}T{clock}Z"


def _span(us: int) -> str:
    sign, rest = ("-", -us) if us < 0 else ("", us)
    parts = []
    for unit, size in (("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("us", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return sign + ("".join(parts) or "0s")
