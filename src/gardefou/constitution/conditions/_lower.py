"""Lowers CEL's checked syntax tree to the typed tree, and refuses what lies outside the language."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Mapping

from gardefou.constitution.conditions._bench import Bench
from gardefou.constitution.conditions._literals import (
    Mistake,
    check_pattern,
    read_duration,
    read_folder,
    read_money,
    read_timestamp,
)
from gardefou.constitution.conditions._node import Node
from gardefou.constitution.conditions._outside import OUTSIDE, literal_help, spelling
from gardefou.constitution.conditions._problems import did_you_mean, shown
from gardefou.constitution.conditions._types import (
    BOOL,
    DURATION,
    INT,
    METHODS,
    SCALARS,
    STRING,
    TIMESTAMP,
    Field,
    Type,
)
from gardefou.constitution.conditions._vocabulary import Vocabulary
from gardefou.constitution.conditions._wire import Syntax

MAX_QUANTIFIERS = 2

_COMPARISONS = {"_==_": "eq", "_!=_": "ne", "_<_": "lt", "_<=_": "le", "_>_": "gt", "_>=_": "ge"}
_ARITHMETIC = {"_+_": "add", "_-_": "sub", "_*_": "mul", "-_": "neg"}
_TEXT_TESTS = ("startsWith", "endsWith", "contains")
TIME_PARTS = (
    "getDate",
    "getDayOfWeek",
    "getFullYear",
    "getHours",
    "getMinutes",
    "getMonth",
)


class Lowering:
    """One text on its way from syntax to typed tree; mistakes go to ``problems``."""

    def __init__(
        self, bench: Bench, vocabulary: Vocabulary, definitions: Mapping[str, Node]
    ) -> None:
        """Prepare; `run` does the work."""
        self._bench = bench
        self._vocabulary = vocabulary
        self._definitions = definitions
        self._bound: list[str] = []

    def run(self) -> Node:
        """The typed tree; it is only meaningful when no mistake was found."""
        return self._lower(self._bench.root)

    def _lower(self, syntax: Syntax) -> Node:
        match syntax.kind:
            case "constant":
                return self._constant(syntax)
            case "ident":
                return self._ident(syntax)
            case "select":
                return self._select(syntax)
            case "call":
                return self._call(syntax)
            case "list":
                items = tuple(self._lower(item) for item in syntax.args)
                of = self._bench.type(syntax) if syntax.args else Type("list", "", STRING)
                if syntax.args and self._bench.is_checked and (of.item or of).kind not in SCALARS:
                    return self._bench.outside(syntax, f"a literal {of}", "list plain values")
                return self._bench.node(syntax, "list", items, of=of)
            case "fold":
                return self._fold(syntax)
        return self._bench.outside(syntax, "a map or message literal", "compare single fields")

    def _constant(self, syntax: Syntax) -> Node:
        if syntax.name not in SCALARS:
            return self._bench.outside(
                syntax, f"a literal of type {syntax.name}", literal_help(syntax)
            )
        if syntax.name == "double" and not math.isfinite(syntax.value):
            return self._bench.outside(syntax, "an infinite number", "write a finite number")
        value = syntax.value
        if isinstance(value, str):
            # The values of a call are in NFC (canonical form, rule 4): so is what they meet.
            value = unicodedata.normalize("NFC", value)
        return self._bench.node(syntax, "literal", value=value, of=SCALARS[syntax.name])

    def _ident(self, syntax: Syntax) -> Node:
        if syntax.name in self._bound:
            return self._bench.node(syntax, "bound", value=syntax.name)
        if self._bench.is_checked and syntax.name not in self._vocabulary.roots:
            return self._bench.outside(syntax, f"the name `{syntax.name}`", "use a field of a root")
        return self._bench.node(syntax, "root", value=syntax.name)

    def _select(self, syntax: Syntax) -> Node:
        base_syntax = syntax.args[0]
        if base_syntax.kind == "ident" and base_syntax.name not in self._bound:
            if base_syntax.name == "defs":
                return self._definition(syntax)
            if base_syntax.name == "sets" and syntax.name in self._vocabulary.sets:
                items = _members(self._vocabulary.sets[syntax.name])
                return self._bench.node(
                    syntax, "set", items, syntax.name, of=Type("list", "", STRING)
                )
        base = self._lower(base_syntax)
        if not self._bench.is_checked:
            return self._bench.node(syntax, "field", (base,), syntax.name)
        field = self._field(base, syntax.name)
        if not syntax.is_test:
            return self._bench.node(syntax, "field", (base,), syntax.name, of=field.type)
        if field.type.kind == "list":
            self._bench.problems.add(
                self._bench.start(syntax),
                "has_on_list",
                f"`has()` says nothing about the list `{syntax.name}`: an absent list is empty",
                help=f"write `{syntax.name}.size() > 0` on the same path",
            )
        op = "has" if field.optional else "surely"
        return self._bench.node(syntax, op, (base,), syntax.name, of=BOOL)

    def _field(self, base: Node, name: str) -> Field:
        record = self._vocabulary.record(base.type)
        found = record.fields.get(name) if record else None
        return found or Field(BOOL)

    def _definition(self, syntax: Syntax) -> Node:
        node = self._definitions.get(syntax.name)
        if node is None:
            # The checker has complained already, unless the definition itself is broken.
            return Node("literal", BOOL, value=False)
        return node

    def _call(self, syntax: Syntax) -> Node:
        name = syntax.name
        if name in ("_&&_", "_||_"):
            op = "and" if name == "_&&_" else "or"
            parts: list[Node] = []
            for arg in syntax.args:
                part = self._lower(arg)
                parts.extend(part.args if part.op == op else (part,))
            return self._bench.node(syntax, op, tuple(parts), of=BOOL)
        if name in ("timestamp", "duration"):
            return self._time_literal(syntax)
        if name in ("matches", "over", "at_least", "within"):
            return self._with_literal(syntax)
        if name in OUTSIDE or (self._bench.is_checked and name not in _KNOWN):
            way_out = OUTSIDE.get(name, "see the reference of conditions for what can be called")
            for arg in syntax.args:
                self._lower(arg)
            return self._bench.outside(
                syntax, f"`{spelling(name)}`", way_out, self._bench.offset(syntax)
            )
        args = tuple(self._lower(arg) for arg in syntax.args)
        if not self._bench.is_checked:
            return self._bench.node(syntax, "list", args)
        return self._known_call(syntax, args)

    def _known_call(self, syntax: Syntax, args: tuple[Node, ...]) -> Node:
        name = syntax.name
        if name == "!_":
            return self._bench.node(syntax, "not", args, of=BOOL)
        if name == "_?_:_":
            return self._bench.node(syntax, "cond", args)
        if name in _COMPARISONS:
            return self._comparison(syntax, _COMPARISONS[name], args)
        if name == "@in":
            self._check_values(syntax, args[0], args[1])
            if args[0].type.kind not in SCALARS:
                return self._opaque_comparison(syntax, args[0].type)
            return self._bench.node(syntax, "in", args, of=BOOL)
        if name in _ARITHMETIC:
            return self._arithmetic(syntax, _ARITHMETIC[name], args)
        if name in TIME_PARTS:
            if args[0].type != TIMESTAMP or len(args) != 1:
                way_out = "write it on a timestamp, without argument: the hour is that of UTC"
                return self._bench.outside(syntax, f"this form of `{name}`", way_out)
            return self._bench.node(syntax, name, args, of=INT)
        return self._bench.node(syntax, name, args)

    def _comparison(self, syntax: Syntax, op: str, args: tuple[Node, ...]) -> Node:
        for arg in args:
            if arg.type.kind not in SCALARS:
                return self._opaque_comparison(syntax, arg.type)
        self._check_values(syntax, args[0], args[1])
        self._check_values(syntax, args[1], args[0])
        return self._bench.node(syntax, op, args, of=BOOL)

    def _opaque_comparison(self, syntax: Syntax, of: Type) -> Node:
        record = self._vocabulary.record(of)
        methods = METHODS.get(of.name, {})
        if of.kind == "list":
            way_out = "compare the items with `exists`, `all` or `in`"
        elif methods:
            calls = [f'`.{name}("{method.example}")`' for name, method in methods.items()]
            way_out = f"use {' or '.join(calls)}, or compare a field"
        elif record is not None and record.fields:
            way_out = f"compare a field: {', '.join(f'`.{n}`' for n in record.fields)}"
        else:
            way_out = "give the parameter a type in the catalogue"
        offset = self._bench.offset(syntax)
        return self._bench.outside(syntax, f"comparing whole values of type {of}", way_out, offset)

    def _check_values(self, syntax: Syntax, read: Node, against: Node) -> None:
        """A comparison with a text that a closed list of values does not hold is a slip."""
        if read.op != "field":
            return
        values = self._field(read.args[0], str(read.value)).values
        literals = against.args if against.op == "list" else (against,)
        for literal in literals:
            if values and literal.op == "literal" and literal.value not in values:
                self._bench.problems.add(
                    self._bench.offset(syntax),
                    "value",
                    f"`{read.value}` is never {shown(str(literal.value))}",
                    found=shown(str(literal.value)),
                    expected="one of " + ", ".join(f"`{value}`" for value in values),
                    help=did_you_mean(str(literal.value), values, ""),
                )

    def _arithmetic(self, syntax: Syntax, op: str, args: tuple[Node, ...]) -> Node:
        of = self._bench.type(syntax)
        offset = self._bench.offset(syntax)
        if op == "add" and of == STRING:
            return self._bench.node(syntax, "concat", args)
        if op == "neg" and of.kind == "double" and args[0].op == "literal":
            return self._bench.node(syntax, "literal", value=-args[0].value)
        if of not in (INT, TIMESTAMP, DURATION):
            way_out = "compare doubles, do not calculate with them; count money in minor units"
            return self._bench.outside(
                syntax, f"`{spelling(syntax.name)}` on {of}", way_out, offset
            )
        if op == "mul" and not any(arg.op == "literal" for arg in args):
            way_out = "multiply by a literal number"
            return self._bench.outside(syntax, "a product of two values", way_out, offset)
        return self._bench.node(syntax, op, args)

    def _time_literal(self, syntax: Syntax) -> Node:
        if len(syntax.args) != 1:
            return Node("literal", BOOL, value=False)  # the checker has complained
        argument = syntax.args[0]
        of = TIMESTAMP if syntax.name == "timestamp" else DURATION
        text = _literal_text(argument)
        if text is None:
            self._lower(argument)
            way_out = f"write a literal, such as `{_EXAMPLES[syntax.name]}`"
            return self._bench.outside(syntax, f"`{syntax.name}` of a computed value", way_out)
        value = (read_timestamp if of is TIMESTAMP else read_duration)(text)
        if isinstance(value, Mistake):
            self._bench.mistake(argument, value, text)
            value = 0
        return self._bench.node(syntax, "literal", value=value, of=of)

    def _with_literal(self, syntax: Syntax) -> Node:
        name = syntax.name
        if len(syntax.args) != 2:
            return Node("literal", BOOL, value=False)  # the checker has complained
        subject, argument = (self._lower(syntax.args[0]), syntax.args[1])
        text = _literal_text(argument)
        if text is None:
            way_out = f"write a literal, such as `{_EXAMPLES[name]}`"
            return self._bench.outside(argument, f"a computed argument of `{name}`", way_out)
        literals: tuple[Node, ...] = ()
        mistake: Mistake | None = None
        if name == "matches":
            mistake = check_pattern(text)
            literals = (self._bench.node(argument, "literal", value=text, of=STRING),)
        elif name == "within":
            folder = read_folder(text)
            if isinstance(folder, Mistake):
                mistake = folder
            else:
                literals = (self._bench.node(argument, "literal", value=folder, of=STRING),)
        else:
            amount = read_money(text)
            if isinstance(amount, Mistake):
                mistake = amount
            else:
                literals = (
                    self._bench.node(argument, "literal", value=amount.minor, of=INT),
                    self._bench.node(argument, "literal", value=amount.currency, of=STRING),
                )
        if mistake is not None:
            self._bench.mistake(argument, mistake, text)
        return self._bench.node(syntax, name, (subject, *literals), of=BOOL)

    def _fold(self, syntax: Syntax) -> Node:
        values, start, step, _ = syntax.args
        name = syntax.name
        if start.kind == "list":
            macro = self._macro(syntax)
            self._lower(values)
            at = self._bench.offset(syntax)
            return self._bench.outside(syntax, f"`{macro}`", OUTSIDE["map"], at)
        if name in self._bound or name in self._vocabulary.roots or name == "defs":
            self._bench.problems.add(
                self._bench.offset(syntax),
                "shadowed",
                f"the variable `{name}` hides another value of that name",
                found=f"`{name}`",
                help="give the variable of `exists` or `all` a name of its own",
            )
        if len(self._bound) >= MAX_QUANTIFIERS:
            self._bench.problems.add(
                self._bench.offset(syntax),
                "quantifiers",
                f"`exists` and `all` stand more than {MAX_QUANTIFIERS} deep",
                expected=f"at most {MAX_QUANTIFIERS} inside each other",
                help="split the rule, or test one list at a time",
            )
        op, body = _quantifier(start, step)
        range_node = self._lower(values)
        self._bound.append(name)
        try:
            body_node = self._lower(body)
        finally:
            self._bound.pop()
        if self._bench.is_checked and range_node.type.kind != "list":
            way_out = "`exists` and `all` go over a list"
            return self._bench.outside(values, f"a loop over {range_node.type}", way_out)
        return self._bench.node(syntax, op, (range_node, body_node), name, of=BOOL)

    def _macro(self, syntax: Syntax) -> str:
        """The word in the text before the offset, which is that of the opening parenthesis."""
        end = self._bench.offset(syntax)
        start = end
        text = self._bench.problems.text
        while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        return text[start:end] or "map"


_EXAMPLES = {
    "timestamp": 'timestamp("2026-01-31T12:00:00Z")',
    "duration": 'duration("1h30m")',
    "matches": 'matches("^INV-[0-9]+$")',
    "over": 'over("1000.00 EUR")',
    "at_least": 'at_least("1000.00 EUR")',
    "within": 'within("/srv/reports")',
}
_KNOWN = frozenset(
    (
        *(*_COMPARISONS, *_ARITHMETIC, *_TEXT_TESTS, *TIME_PARTS),
        *("!_", "_?_:_", "@in", "size", "lowerAscii"),
    )
)


@functools.lru_cache(maxsize=256)
def _members(texts: tuple[str, ...]) -> tuple[Node, ...]:
    """The members of a named set as literals, made once: sets can be long and used often."""
    return tuple(Node("literal", STRING, value=text) for text in texts)


def _literal_text(syntax: Syntax) -> str | None:
    is_text = syntax.kind == "constant" and syntax.name == "string"
    return unicodedata.normalize("NFC", str(syntax.value)) if is_text else None


def _quantifier(start: Syntax, step: Syntax) -> tuple[str, Syntax]:
    """Which macro made a loop, and its predicate (source: CEL specification, "Macros")."""
    if start.name == "int":
        # exists_one: predicate ? accumulator + 1 : accumulator
        return "exists_one", step.args[0]
    return ("all" if start.value else "exists"), step.args[1]
