"""Reading properties: what an author says must hold of every decision, to be proved, never executed.

A ``property`` block stands anywhere in a document. It decides nothing: it says what the rules
together must do, and ``gardefou check --prove`` proves it or shows the action that breaks it.
"""

from __future__ import annotations

from collections.abc import Iterable

from gardefou.constitution._articles import Layer
from gardefou.constitution._compiler import Compiler
from gardefou.constitution._fields import Fields
from gardefou.constitution._problems import Place, Problems, shown
from gardefou.constitution._property import Property, Trigger
from gardefou.constitution._quorums import quorum_of
from gardefou.constitution._scope import Scope
from gardefou.constitution._selectors import Selectors
from gardefou.constitution._yaml import Table
from gardefou.verdict import Verdict

PROPERTY_KEYS = ("name", "on", "when", "must", "quorum", "after")


class PropertyReader:
    """Reads the ``property`` blocks of all layers; mistakes go to ``problems``."""

    def __init__(self, scope: Scope, selectors: Selectors, problems: Problems) -> None:
        """Read against the declarations of the scope, as they are by then."""
        self.found: list[Property] = []
        self._scope = scope
        self._selectors = selectors
        self._problems = problems

    def read(
        self, tables: Iterable[tuple[Place, Table | None]], layer: Layer, compiler: Compiler
    ) -> None:
        """Take in the properties of one layer, each at the place of its block."""
        for place, table in tables:
            stated = None if table is None else self._one(table, layer, compiler)
            if stated is None:
                continue
            if any(other.name == stated.name for other in self.found):
                self._problems.error(
                    "property.duplicate",
                    place,
                    f"the property {shown(stated.name)} is stated twice",
                    found=shown(stated.name),
                    expected="each name once",
                    help="give one of them another name",
                )
            self.found.append(stated)

    def _one(self, table: Table, layer: Layer, compiler: Compiler) -> Property | None:
        """The property of one block, or None when it has mistakes."""
        before = len(self._problems.errors)
        fields = Fields(table, PROPERTY_KEYS, self._problems, what="a property")
        fields.required("name", "two treasurers for large sums")
        fields.required("must", "deny")
        name = fields.text("name", "", example="two treasurers for large sums")
        word = fields.word("must", ("hold", "deny"), "property.must")
        actions = self._trigger(fields, "the property", compiler)
        after = None
        inner = fields.table_of("after")
        if inner is not None:
            below = Fields(inner, ("on", "when"), self._problems, what="`after`")
            after = self._trigger(below, "`after`", compiler, with_facts=False)
        quorum = self._quorum(fields, word or "hold")
        if len(self._problems.errors) > before or word is None:
            return None
        return Property(
            name=name,
            actions=actions,
            must=Verdict.parse(word),
            quorum=quorum,
            after=after,
            layer=layer,
            file=table.place.file,
            line=table.place.line,
        )

    def _trigger(
        self, fields: Fields, what: str, compiler: Compiler, *, with_facts: bool = True
    ) -> Trigger:
        values = fields.table.values
        on = self._selectors.read(values.get("on"), fields.table.place, what)
        when, condition = "", None
        if "when" in values:
            when, condition = compiler.condition(values["when"], on, with_facts=with_facts)
        on_tools = any(selector.by == "tool" for selector in on)
        return Trigger(on=on, on_tools=on_tools, when=when, condition=condition)

    def _quorum(self, fields: Fields, must: str) -> dict[str, int]:
        table = fields.table_of("quorum")
        if table is None:
            return {}
        if must == "deny":
            self._problems.error(
                "property.quorum",
                fields.place("quorum"),
                "what must be denied waits for nobody",
                found="`quorum`",
                expected="`must: hold` beside it",
                help="delete the key, or write `must: hold`",
            )
            return {}
        return quorum_of(table, "quorum", self._scope, self._problems)
