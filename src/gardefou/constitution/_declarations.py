"""Reading sets, definitions and facts, from their blocks or from the front matter."""

from __future__ import annotations

import re

from gardefou.constitution._articles import Layer, Selector
from gardefou.constitution._compiler import Compiler, definition_of, references
from gardefou.constitution._fields import Fields, integer_of, is_name, texts_of, wrong_type
from gardefou.constitution._problems import Place, Problems, did_you_mean, shown
from gardefou.constitution._scope import Declared, Scope, refuse_again
from gardefou.constitution._selectors import Selectors
from gardefou.constitution._yaml import Items, Scalar, Table, Value
from gardefou.constitution.conditions import INT, Field, Node, Type
from gardefou.constitution.facts import (
    EXACT_UP_TO,
    FACT_KINDS,
    SCOPES,
    UNCOUNTED,
    FactDeclaration,
    Reset,
)

MAX_EXACT = 10_000
FACT_KEYS = ("kind", "on", "when", "of", "window", "scope", "reset", "exact_up_to")

_PATH = re.compile(r"(?:args|roles)(?:\.[A-Za-z_][A-Za-z0-9_]*)+\Z")
_PLAIN = frozenset({"int", "string", "bool", "timestamp"})


def declare_sets(table: Table, layer: Layer, scope: Scope, problems: Problems) -> None:
    """Take named lists of texts into the scope."""
    for name, value in table.values.items():
        place = table.keys[name]
        if not is_name(name, place, problems, "set"):
            continue
        if not isinstance(value, Items):
            wrong_type(value, problems, f"the set `{name}`", "a list of texts")
            continue
        members = tuple(text for text, _ in texts_of(value, problems, f"the set `{name}`", "item"))
        new = Declared(members, layer, place)
        if name in scope.sets:
            refuse_again("set", name, scope.sets[name], new, problems)
        else:
            scope.sets[name] = new


def declare_definitions(table: Table, layer: Layer, scope: Scope, problems: Problems) -> None:
    """Take named conditions into the scope."""
    for name, value in table.values.items():
        place = table.keys[name]
        if not is_name(name, place, problems, "definition"):
            continue
        definition = definition_of(value, problems, f"the definition `{name}`")
        if definition is None:
            continue
        new = Declared(definition, layer, place)
        if name in scope.definitions:
            refuse_again("definition", name, scope.definitions[name], new, problems)
        else:
            scope.definitions[name] = new


def check_definitions(scope: Scope, problems: Problems) -> None:
    """Note definitions that are made of themselves or name what does not exist."""
    graph = {name: references(d.value.text) for name, d in scope.definitions.items()}
    for name, parts in graph.items():
        place = scope.definitions[name].place
        for part in parts:
            if part not in graph:
                problems.error(
                    "definition.unknown",
                    place,
                    f"the definition `{name}` names {shown(part)}, which is not defined",
                    found=shown(f"defs.{part}"),
                    expected="a name of a `definitions` block",
                    help=did_you_mean(part, graph, kind="definition"),
                )
        if name in _reachable(name, graph):
            problems.error(
                "definition.cycle",
                place,
                f"the definition `{name}` is made of itself",
                found=" → ".join(f"`{step}`" for step in (name, *parts[:1])),
                expected="definitions that end in conditions",
                help="write out one of the definitions of the circle",
            )


def _reachable(start: str, graph: dict[str, list[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(graph[start])
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += graph.get(name, ())
    return seen


class FactReader:
    """Reads ``facts`` blocks; conditions of facts read no facts."""

    def __init__(self, compiler: Compiler, selectors: Selectors, problems: Problems) -> None:
        """Compile with the names of the layer."""
        self._compiler = compiler
        self._selectors = selectors
        self._problems = problems

    def declare(self, table: Table, layer: Layer, scope: Scope) -> None:
        """Take facts into the scope."""
        for name, value in table.values.items():
            place = table.keys[name]
            if not is_name(name, place, self._problems, "fact"):
                continue
            if not isinstance(value, Table):
                wrong_type(value, self._problems, f"the fact `{name}`", "a mapping")
                continue
            fact = self._fact(name, value, place, layer, scope)
            if fact is None:
                continue
            new = Declared(fact, layer, place)
            if name in scope.facts:
                refuse_again("fact", name, scope.facts[name], new, self._problems)
            else:
                scope.facts[name] = new

    def _fact(
        self, name: str, table: Table, place: Place, layer: Layer, scope: Scope
    ) -> FactDeclaration | None:
        fields = Fields(table, FACT_KEYS, self._problems, what="a fact")
        fields.required("kind", "count")
        word = fields.word("kind", FACT_KINDS, "fact.kind")
        kind = next((known for known in FACT_KINDS if known == word), None)
        on = self._selectors.read(table.values.get("on"), place, f"the fact `{name}`")
        self._deeds(table, on)
        when, condition = self._when(table, on)
        window = fields.duration("window")
        word = fields.word("scope", SCOPES, "fact.scope")
        reset = self._reset(fields, name)
        exact = EXACT_UP_TO
        if (value := table.values.get("exact_up_to")) is not None:
            exact = integer_of(value, self._problems, "`exact_up_to`", 1, MAX_EXACT) or exact
        if kind is None:
            return None
        self._shape(fields, kind)
        of, currency = self._of(fields, kind, on, scope)
        return FactDeclaration(
            name=name,
            kind=kind,
            on=on,
            on_tools=any(selector.by == "tool" for selector in on),
            scope=next((known for known in SCOPES if known == word), "session"),
            when=when,
            condition=condition,
            of=of,
            currency=currency,
            window_s=window,
            exact_up_to=exact,
            reset=reset,
            layer=layer,
            file=place.file,
            line=place.line,
        )

    def _when(self, table: Table, on: tuple[Selector, ...]) -> tuple[str, Node | None]:
        value = table.values.get("when")
        if value is None:
            return "", None
        return self._compiler.condition(value, on, with_facts=False)

    def _shape(self, fields: Fields, kind: str) -> None:
        """Which keys go with which kind of fact."""
        allowed = {
            "once": ("window",),
            "since": ("reset",),
            "last": ("reset",),
            "count": ("window", "reset"),
            "sum": ("window", "reset", "of"),
            "distinct": ("window", "reset", "of", "exact_up_to"),
        }[kind]
        for key in ("window", "reset", "of", "exact_up_to"):
            if fields.has(key) and key not in allowed:
                self._problems.error(
                    "fact.key",
                    fields.table.keys[key],
                    f"a fact of the kind `{kind}` has no `{key}`",
                    found=f"`{key}`",
                    expected=", ".join(f"`{name}`" for name in allowed),
                    help="delete the key, or choose another kind",
                )
        needed = {"since": "reset", "sum": "of", "distinct": "of"}.get(kind)
        if needed is not None and not fields.has(needed):
            self._problems.error(
                "fact.needs",
                fields.table.place,
                f"a fact of the kind `{kind}` lacks the key `{needed}`",
                expected=f"`{needed}:`",
                help="say `of:` which value, such as `args.amount`"
                if needed == "of"
                else "say what ends it: `reset: {on: …}`, or use the kind `once`",
            )

    def _reset(self, fields: Fields, name: str) -> Reset | None:
        table = fields.table_of("reset")
        if table is None:
            return None
        inner = Fields(table, ("on", "when"), self._problems, what="`reset`")
        on = self._selectors.read(
            inner.table.values.get("on"), table.place, f"the reset of the fact `{name}`"
        )
        self._deeds(inner.table, on)
        when, condition = self._when(table, on)
        on_tools = any(selector.by == "tool" for selector in on)
        return Reset(on=on, on_tools=on_tools, when=when, condition=condition)

    def _deeds(self, table: Table, on: tuple[Selector, ...]) -> None:
        """A fact counts what was done; what was said in answer would be looked for in vain."""
        for selector in on:
            if selector.by == "kind" and selector.value in UNCOUNTED:
                self._problems.error(
                    "fact.on",
                    table.values["on"].place,
                    f"no fact counts a `{selector.value}`",
                    found=f"`{selector}`",
                    expected="`kind model.request`, `kind tool.call`, an effect or a tool",
                    help="count the request or the call that it answers",
                )

    def _of(
        self, fields: Fields, kind: str, on: tuple[Selector, ...], scope: Scope
    ) -> tuple[str, str]:
        """The path of the value and, for a sum of money, the currency."""
        value = fields.table.values.get("of")
        if value is None or kind not in ("sum", "distinct") or not on:
            return "", ""
        text = value.text.strip() if isinstance(value, Scalar) else ""
        if not _PATH.match(text):
            self._bad_of(value, "this is not the name of a value", text or "no text")
            return "", ""
        field = self._field(text, on)
        if field is None:
            self._bad_of(value, f"there is no value {shown(text)} here", shown(text))
            return "", ""
        found = field.type
        if kind == "distinct":
            item = found.item if found.item is not None else found
            if item.kind in _PLAIN or (item.kind == "domain" and item.name != "json"):
                return text, ""
            self._bad_of(value, f"values of type {found} cannot be told apart", str(found))
            return "", ""
        if found == INT:
            return text, ""
        if found == Type("domain", "money"):
            if scope.currency is not None:
                return text, scope.currency.value
            self._problems.error(
                "fact.currency",
                value.place,
                "a sum of money needs the currency of the document",
                expected="`currency: EUR` in the front matter",
                help="add the key `currency` to the front matter",
            )
            return "", ""
        self._bad_of(value, f"values of type {found} cannot be summed", str(found))
        return "", ""

    def _field(self, path: str, on: tuple[Selector, ...]) -> Field | None:
        names = self._compiler.vocabulary(on, with_facts=False)
        root, *parts = path.split(".")
        here = names.roots.get(root)
        field = None
        for part in parts:
            record = names.record(here) if here is not None else None
            field = record.fields.get(part) if record is not None else None
            here = field.type if field is not None else None
        return field

    def _bad_of(self, value: Value, message: str, found: str) -> None:
        self._problems.error(
            "fact.of",
            value.place,
            message,
            found=found,
            expected="the path of an argument: `args.amount` for a sum, `args.persons` for distinct values",
            help="name a role of the effects that the fact is on, or a parameter of its tools",
        )
