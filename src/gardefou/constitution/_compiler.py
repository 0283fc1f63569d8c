"""Compiling the conditions of a document with the names that its layer may use."""

from __future__ import annotations

import re
import textwrap

from gardefou.constitution._articles import Selector
from gardefou.constitution._problems import Problems
from gardefou.constitution._scope import Scope
from gardefou.constitution._yaml import Scalar, Value, describe
from gardefou.constitution.catalogue import Catalogue, Tool
from gardefou.constitution.conditions import (
    BOOL,
    DURATION,
    INT,
    Definition,
    Field,
    Node,
    Type,
    Vocabulary,
    compile_condition,
    domain_type,
    path_of,
    vocabulary,
)
from gardefou.constitution.facts import FactDeclaration
from gardefou.errors import LoadError

_REFERENCE = re.compile(r"\bdefs\s*\.\s*([A-Za-z_][A-Za-z0-9_]*)")
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'")


class Compiler:
    """Compiles conditions against the declarations of a scope, and notes which are used."""

    def __init__(self, scope: Scope, catalogue: Catalogue | None, problems: Problems) -> None:
        """Make one for a layer, when all its declarations are in the scope."""
        self._scope = scope
        self._catalogue = catalogue
        self._problems = problems
        self._facts = {name: Field(type_of(fact.value)) for name, fact in scope.facts.items()}
        self._sets = {name: declared.value for name, declared in scope.sets.items()}
        self._definitions = {name: d.value for name, d in scope.definitions.items()}
        self._vocabularies: dict[tuple[tuple[Selector, ...], bool], Vocabulary] = {}

    def vocabulary(self, on: tuple[Selector, ...], *, with_facts: bool = True) -> Vocabulary:
        """The names that a condition on these selectors may use."""
        key = (on, with_facts)
        if key not in self._vocabularies:
            effects = [selector.value for selector in on if selector.by == "effect"]
            self._vocabularies[key] = vocabulary(
                # Beside an effect, another selector guarantees no role at all.
                effects=effects if len(effects) == len(on) else (),
                tools=self._tools(on),
                facts=self._facts if with_facts else {},
                sets=self._sets,
                definitions=self._definitions,
            )
        return self._vocabularies[key]

    def _tools(self, on: tuple[Selector, ...]) -> list[Tool]:
        selectors = [selector for selector in on if selector.by == "tool"]
        if not selectors:
            return []
        known = self._catalogue.tools.values() if self._catalogue is not None else ()
        tools = [tool for tool in known if any(s.covers_tool(tool.name) for s in selectors)]
        return tools or [Tool(name=selector.value) for selector in selectors]

    def condition(
        self, value: Value, on: tuple[Selector, ...], *, with_facts: bool = True
    ) -> tuple[str, Node | None]:
        """The text and the tree of a condition; the tree is None when there is a mistake."""
        definition = definition_of(value, self._problems, "`when`")
        if definition is None or not on:
            return "", None
        text = definition.text
        try:
            node = compile_condition(
                text,
                self.vocabulary(on, with_facts=with_facts),
                file=definition.file,
                line=definition.line,
                column=definition.column,
            )
        except LoadError as error:
            if self._catalogue is None and any(selector.by == "tool" for selector in on):
                self._needs_catalogue(value, error)
            else:
                self._problems.take(error)
            self._note_definitions(text)
            return "", None
        self._note_definitions(text)
        self._note(node)
        return textwrap.dedent(text).strip(), node

    def _needs_catalogue(self, value: Value, error: LoadError) -> None:
        first = error.problems[0]
        self._problems.error(
            "on.needs_catalogue",
            value.place,
            f"a condition on a tool cannot be checked without the catalogue: {first.message}",
            found=first.found,
            expected="a catalogue with the tool's parameters",
            help="load the document together with its catalogue, or write the rule on an effect",
        )

    def _note(self, node: Node) -> None:
        todo = [node]
        while todo:
            part = todo.pop()
            if part.op == "set":
                self._scope.used.add(f"sets.{part.value}")
                continue
            path = path_of(part)
            if path is not None and path.startswith("facts."):
                self._scope.used.add(".".join(path.split(".")[:2]))
            todo += part.args

    def _note_definitions(self, text: str) -> None:
        for name in references(text):
            if f"defs.{name}" not in self._scope.used:
                self._scope.used.add(f"defs.{name}")
                if name in self._definitions:
                    self._note_definitions(self._definitions[name].text)


def type_of(fact: FactDeclaration) -> Type:
    """The type that conditions see a fact with."""
    if fact.kind in ("once", "since"):
        return BOOL
    if fact.kind == "last":
        return DURATION
    return domain_type("money") if fact.currency else INT


def references(text: str) -> list[str]:
    """The definitions that a condition names, outside its literal texts."""
    return _REFERENCE.findall(_STRING.sub('""', text))


def definition_of(value: Value, problems: Problems, what: str) -> Definition | None:
    """The text of a condition with its place, or None and a problem."""
    if isinstance(value, Scalar) and value.value is not None:
        text = value.lines or value.text
        if text.strip():
            place = value.source
            return Definition(text, place.file, place.line, place.column)
    problems.error(
        "value.condition",
        value.place,
        f"{what} is no condition",
        found=describe(value),
        expected="a condition in CEL, such as `args.persons.size() > 20`",
        help="quote a condition that holds `{`, `[`, `: ` or ` #`, or begins with `!`",
    )
    return None
