"""What the lowering of a text works with: its tree, places, types, and the list of mistakes."""

from __future__ import annotations

from gardefou.constitution.conditions._checker import Checker
from gardefou.constitution.conditions._literals import Mistake
from gardefou.constitution.conditions._node import Node
from gardefou.constitution.conditions._problems import Problems, shown
from gardefou.constitution.conditions._types import BOOL, Type
from gardefou.constitution.conditions._wire import Syntax, Tree


class Bench:
    """Makes nodes with their type and place; notes mistakes with theirs.

    An unchecked tree has no types (``is_checked`` is false): only mistakes that need none are
    looked for in it.
    """

    def __init__(self, tree: Tree, checker: Checker, problems: Problems) -> None:
        """Take one text's tree."""
        self.root = tree.root
        self.problems = problems
        self.is_checked = bool(tree.types)
        self._types = tree.types
        self._offsets = tree.offsets
        self._checker = checker

    def offset(self, syntax: Syntax) -> int:
        """The offset that CEL gives: an operator's, a dot's, a call's parenthesis."""
        return self._offsets.get(syntax.id, 0)

    def start(self, syntax: Syntax) -> int:
        """The offset where an expression begins (CEL gives an operator's or a dot's offset)."""
        if syntax.is_test and syntax.kind == "select":
            return self.start(syntax.args[0])  # the offset of `has` is that of its parenthesis
        own = self.offset(syntax)
        return min([own, *(self.start(arg) for arg in syntax.args if arg.kind != "fold")])

    def node(
        self,
        syntax: Syntax,
        op: str,
        args: tuple[Node, ...] = (),
        value: object = None,
        of: Type | None = None,
    ) -> Node:
        """A node at the place of a syntax node, of its checked type unless one is given."""
        offset = self.start(syntax)
        return Node(
            op,
            of or self.type(syntax),
            args,
            value,
            self.problems.line_of(offset),
            self.problems.column_of(offset),
        )

    def type(self, syntax: Syntax) -> Type:
        """The checked type; one that is not of the language is a mistake."""
        name = self._types.get(syntax.id, "dyn")
        found = self._checker.type(name)
        if found is None and self.is_checked:
            self.outside(syntax, f"a value of type {name}", "compare values of declared types")
        return found or BOOL

    def outside(self, syntax: Syntax, what: str, way_out: str, offset: int | None = None) -> Node:
        """Note that something is not part of the language; the node only stands in for it."""
        self.problems.add(
            self.start(syntax) if offset is None else offset,
            "outside",
            f"{what} is not part of the condition language",
            help=way_out,
        )
        return Node("literal", BOOL, value=False)

    def mistake(self, syntax: Syntax, mistake: Mistake, found: str) -> None:
        """Note that a literal text cannot be read."""
        self.problems.add(
            self.start(syntax),
            mistake.code.removeprefix("conditions."),
            f"the literal {shown(found)} cannot be read",
            found=shown(found),
            expected=mistake.expected,
            help=mistake.help,
        )
