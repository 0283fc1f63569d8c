"""Compiles the text of a condition: parse, check, lower, guard; all mistakes at once."""

from __future__ import annotations

import re

from gardefou.constitution.conditions._bench import Bench
from gardefou.constitution.conditions._checker import Checker, Rejected, checker_for
from gardefou.constitution.conditions._complaints import explain_complaint
from gardefou.constitution.conditions._guards import check_guards
from gardefou.constitution.conditions._lower import Lowering
from gardefou.constitution.conditions._node import Node
from gardefou.constitution.conditions._problems import Problems
from gardefou.constitution.conditions._types import BOOL
from gardefou.constitution.conditions._vocabulary import Vocabulary
from gardefou.errors import LoadError

MAX_TEXT = 8_000
MAX_DEPTH = 40
MAX_NODES = 4_000

_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_REFERENCE = re.compile(r"\bdefs\s*\.\s*([A-Za-z_][A-Za-z0-9_]*)")


def compile_condition(
    text: str,
    vocabulary: Vocabulary,
    *,
    file: str = "",
    line: int = 1,
    column: int = 1,
) -> Node:
    """The typed tree of a condition; after this nothing in it can fail for typed values.

    ``line`` and ``column`` are those of the text's first character in the file. A text of several
    lines is passed with its line breaks and without its common indentation: every line is taken to
    begin at ``column``.

    Raises:
        LoadError: with every mistake of the text, codes ``conditions.*``.
    """
    problems = Problems(text, file, line, column)
    node = _compile(text, vocabulary, problems, ())
    if not problems and node.type != BOOL:
        problems.add(
            0,
            "not_bool",
            "a condition is true or false",
            found=f"a value of type {node.type}",
            expected="bool",
            help="compare the value with something",
        )
    if not problems:
        check_guards(node, vocabulary, lambda read, path: _unguarded(read, path, problems))
    if problems:
        raise problems.error()
    return node


def _compile(
    text: str, vocabulary: Vocabulary, problems: Problems, inside: tuple[str, ...]
) -> Node:
    nothing = Node("literal", BOOL, value=False)
    if not _is_readable(text, problems):
        return nothing
    definitions = _definitions(text, vocabulary, problems, inside)
    types = {name: node.type for name, node in definitions.items()}
    checker = checker_for(vocabulary, types)
    try:
        tree = checker.check(text)
    except Rejected as rejected:
        for complaint in rejected.complaints:
            explain_complaint(complaint, problems, checker, vocabulary)
        _look_further(text, checker, vocabulary, definitions, problems)
        return nothing
    node = Lowering(Bench(tree, checker, problems), vocabulary, definitions).run()
    if not problems:
        _check_size(node, problems)
    return node


def _look_further(
    text: str,
    checker: Checker,
    vocabulary: Vocabulary,
    definitions: dict[str, Node],
    problems: Problems,
) -> None:
    """Find mistakes that need no types, in a text whose types are wrong elsewhere."""
    try:
        tree = checker.parse(text)
    except Rejected:
        return
    Lowering(Bench(tree, checker, problems), vocabulary, definitions).run()


def _definitions(
    text: str, vocabulary: Vocabulary, problems: Problems, inside: tuple[str, ...]
) -> dict[str, Node]:
    """Compile the definitions that a text names; a broken one is a problem of its user too."""
    found: dict[str, Node] = {}
    for match in _REFERENCE.finditer(text):
        name = match[1]
        definition = vocabulary.definitions.get(name)
        if definition is None or name in found:
            continue
        if name in inside:
            problems.add(
                match.start(),
                "circular",
                f"the definition `{name}` is made of itself",
                found=" → ".join(f"`{part}`" for part in (*inside, name)),
                help="take the definition apart",
            )
            continue
        own = Problems(definition.text, definition.file, definition.line, definition.column)
        node = _compile(definition.text, vocabulary, own, (*inside, name))
        if own:
            _broken(match.start(), name, own.error(), problems)
        found[name] = node
    return found


def _broken(at: int, name: str, error: LoadError, problems: Problems) -> None:
    first = error.problems[0]
    place = ":".join(str(part) for part in (first.file, first.line, first.column) if part)
    problems.add(
        at,
        "definition",
        f"the definition `{name}` cannot be used here: {first.message}",
        found=first.found,
        expected=first.expected,
        help=f"see {place}; {first.help}" if first.help else f"see {place}",
    )


def _is_readable(text: str, problems: Problems) -> bool:
    if len(text) > MAX_TEXT:
        problems.add(
            0,
            "size",
            "the condition is too long",
            found=f"{len(text)} characters",
            expected=f"at most {MAX_TEXT}",
            help="split it into several rules, or put long lists into a set",
        )
        return False
    match = _UNREADABLE.search(text)
    if match:
        problems.add(
            match.start(),
            "character",
            "the condition holds a character that cannot be read",
            found=f"U+{ord(match[0]):04X}",
            help="remove the control character",
        )
        return False
    return True


def _check_size(node: Node, problems: Problems) -> None:
    """Bound the depth and the number of nodes, also behind definitions: evaluation is bounded."""
    count = depth = 0
    level = [node]
    while level:
        depth += 1
        count += len(level)
        if depth > MAX_DEPTH or count > MAX_NODES:
            problems.add(
                0,
                "depth",
                "the condition is too large with its definitions put in",
                expected=f"at most {MAX_DEPTH} levels and {MAX_NODES} parts",
                help="split it into several rules",
            )
            return
        level = [arg for part in level if part.op != "set" for arg in part.args]


def _unguarded(read: Node, path: str, problems: Problems) -> None:
    problems.add_at(
        read.line,
        read.column,
        "unguarded",
        f"`{path}` can be absent",
        found=f"`{path}` without a test",
        expected=f"`has({path}) && …` before it",
        help=f"write `has({path}) && …`, or `!has({path}) || …` when absence must match too",
    )
