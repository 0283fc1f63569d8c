"""Puts the C++ checker's messages into our words: found, expected, way out."""

from __future__ import annotations

import re

from gardefou.constitution.conditions._checker import Checker, Complaint
from gardefou.constitution.conditions._problems import Problems, did_you_mean, shown
from gardefou.constitution.conditions._types import DOMAINS, METHODS, Type
from gardefou.constitution.conditions._vocabulary import Vocabulary

_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_UNDEFINED = re.compile(r"undefined field '([^']*)' not found in struct '([^']*)'")
_OVERLOAD = re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'")
_RANGE = re.compile(r"expression of type '([^']*)' cannot be the range of a comprehension")
_SYNTAX = re.compile(r"Syntax error: (.*)")
_EXPECTING = re.compile(r"\s*expecting .*")
_LIST = re.compile(r"list\(([^()]*)\)")
_LIBRARY_NAME = re.compile(r"gardefou\.m\d+")

FUNCTIONS = ("duration", "has", "size", "timestamp")
METHOD_NAMES = (
    *("all", "contains", "endsWith", "exists", "exists_one", "getDate", "getDayOfWeek"),
    *("getFullYear", "getHours", "getMinutes", "getMonth", "lowerAscii", "matches", "size"),
    "startsWith",
    *(name for methods in METHODS.values() for name in methods),
)
_OPERATORS = {"@in": "in", "!_": "!", "-_": "-", "_?_:_": "?:"}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


def explain_complaint(
    complaint: Complaint,
    problems: Problems,
    checker: Checker,
    vocabulary: Vocabulary,
) -> None:
    """Add the problem that one message of the library stands for."""
    text = complaint.text
    if "'*error*'" in text or "parsetree" in text:
        return  # it follows from another complaint
    at = problems.offset(complaint.line or 1, complaint.column)
    if match := _UNDEFINED.search(text):
        _unknown_field(at, match[1], checker.type(match[2]), problems, vocabulary)
    elif match := _UNDECLARED.search(text):
        _unknown_name(at, match[1], problems, vocabulary)
    elif match := _OVERLOAD.search(text):
        _ill_typed(at, match[1], _shown_types(match[2], checker), problems)
    elif match := _RANGE.search(text):
        while at > 0 and (problems.text[at - 1].isalnum() or problems.text[at - 1] in "._"):
            at -= 1
        problems.add(
            at,
            "type",
            "`exists` and `all` go over a list",
            found=_shown_types(match[1], checker),
            expected="a list",
            help="test the value itself, without `exists` or `all`",
        )
    elif "recursion" in text:
        problems.add(
            at,
            "depth",
            "the condition is nested too deep",
            expected="at most 32 levels",
            help="split it into several rules or named definitions",
        )
    elif match := _SYNTAX.search(text):
        _syntax(at, match[1], problems)
    elif "invalid" in text and "literal" in text:
        problems.add(
            at,
            "literal",
            "the number does not fit",
            found=shown(_word(problems.text, at)),
            expected=f"{-(2**63)} to {2**63 - 1}",
            help="compare identifiers of more digits as text",
        )
    else:
        problems.add(at, "syntax", f"the condition cannot be read: {shown(text, 120)}", help=_SEE)


_SEE = "see the reference of conditions for what can be written"


def _unknown_field(
    at: int,
    name: str,
    of: Type | None,
    problems: Problems,
    vocabulary: Vocabulary,
) -> None:
    # The library points at the dot.
    at = min(at + 1, len(problems.text))
    label = str(of) if of is not None else "this value"
    if of == Type("record", "roles") and "roles" not in vocabulary.roots:
        label = "args"
    record = vocabulary.record(of) if of is not None else None
    if of == Type("record", "defs"):
        names = sorted(vocabulary.definitions)
        if name in names:
            return  # it is a definition that is made of itself, and reported as such
    else:
        names = sorted(record.fields) if record else []
    # A name such as `reply-to` is read as a difference: what stands there is the hidden name.
    whole = re.compile(r"[\w-]+").match(problems.text, at)
    hidden = (
        next((n for n in (name, whole[0] if whole else name) if n in record.hidden), None)
        if record
        else None
    )
    if record is not None and hidden is not None:
        problems.add(
            at,
            "hidden_field",
            f"the field `{hidden}` of {label} cannot be read here: {record.hidden[hidden]}",
            found=f"`{hidden}`",
            help="write the rule on a role instead",
        )
        return
    where = {"defs": "definition", "sets": "set", "facts": "fact"}.get(of.name if of else "")
    message = f"there is no {where} `{name}`" if where else f"`{name}` is not a field of {label}"
    problems.add(
        at,
        "unknown_field",
        message,
        found=f"`{name}`",
        expected=f"one of {', '.join(f'`{n}`' for n in names)}" if names else "",
        help=did_you_mean(name, names, f"declare the {where} first" if where else ""),
    )


def _unknown_name(at: int, name: str, problems: Problems, vocabulary: Vocabulary) -> None:
    text = problems.text
    root, dot, _ = name.partition(".")
    is_call = at < len(text) and text[at] == "("
    if not is_call:
        # A qualified name is reported at its last dot: the root is what is not known.
        start = text.rfind(root, 0, at + len(root)) if dot else at
        expected = ", ".join(f"`{n}`" for n in sorted(vocabulary.roots))
        problems.add(
            max(start, 0),
            "unknown_name",
            f"there is no `{root}` here",
            found=f"`{root}`",
            expected=f"one of {expected}",
            help=_name_help(root, vocabulary),
        )
        return
    start = at - len(name)
    before = text[:start].rstrip()
    names = METHOD_NAMES if before.endswith(".") else FUNCTIONS
    if name in names:
        problems.add(
            max(start, 0),
            "type",
            f"`{name}` takes other arguments",
            expected="the arguments of the reference",
            help=_SEE,
        )
        return
    if name in METHOD_NAMES and names is FUNCTIONS:
        way_out = f"write `value.{name}(…)`"
    else:
        way_out = did_you_mean(name, names)
    problems.add(
        max(start, 0),
        "unknown_function",
        f"there is no function `{name}`",
        found=f"`{name}`",
        expected=f"one of {', '.join(f'`{n}`' for n in sorted(names))}",
        help=way_out,
    )


def _name_help(root: str, vocabulary: Vocabulary) -> str:
    for name in ("args", "roles", "facts", "sets", "action", "principal", "intent"):
        of = vocabulary.roots.get(name)
        record = vocabulary.record(of) if of is not None else None
        if record is not None and root in record.fields:
            return f"did you mean `{name}.{root}`?"
    return did_you_mean(root, vocabulary.roots)


def _ill_typed(at: int, name: str, types: str, problems: Problems) -> None:
    operator = _OPERATORS.get(name, name.strip("_"))
    if name.isidentifier():
        at = max(at - len(name), 0)
    expected, way_out = _mend(operator, types.split(", "))
    problems.add(
        at,
        "type",
        f"`{operator}` cannot be applied to {types}",
        found=types,
        expected=expected,
        help=way_out,
    )


def _mend(operator: str, sides: list[str]) -> tuple[str, str]:
    """What an operator expects, and the way out."""
    is_comparison = operator in _COMPARISONS
    if operator in _EXPECTED:
        expected, way_out = _EXPECTED[operator]
        if operator == "in" and sides[-1].startswith("list<") and sides[-1][5:-1] in DOMAINS:
            way_out = "test a field of the items: `list.exists(x, x.value == …)`"
        return expected, way_out
    if is_comparison and set(sides) == {"int", "double"}:
        return (
            "two ints or two doubles",
            "write the literal with a decimal point for a double (`5.0`), without for an int",
        )
    if is_comparison and "money" in sides:
        return _MONEY
    fields = [DOMAINS[side].fields for side in sides if side in DOMAINS and DOMAINS[side].fields]
    if is_comparison and fields:
        return "values of one type", f"compare a field: {', '.join(f'`.{n}`' for n in fields[0])}"
    if operator.isidentifier():
        return "a value and arguments of the declared types", _SEE
    return "values of one type", "compare values of the same type"


_CONDITIONS = ("conditions (bool)", "compare the value with something first")
_MONEY = (
    "an amount and a literal amount with its currency",
    'write `.over("1000.00 EUR")` or `.at_least("1000.00 EUR")`',
)
_EXPECTED = {
    "&&": _CONDITIONS,
    "||": _CONDITIONS,
    "!": _CONDITIONS,
    "in": (
        "a list of values of the left side's type",
        'write `x in ["a", "b"]`, or name a set: `x in sets.name`',
    ),
    "?:": ("a condition and two values of one type", "give both branches the same type"),
    "over": _MONEY,
    "at_least": _MONEY,
}


def _syntax(at: int, reason: str, problems: Problems) -> None:
    reason = _EXPECTING.sub("", reason)
    if "<EOF>" in reason and "missing" not in reason and "extraneous" not in reason:
        reason = "the condition ends too early"
    problems.add(
        at,
        "syntax",
        f"the condition cannot be read: {' '.join(reason.split())[:120]}",
        found=shown(_word(problems.text, at)) if at < len(problems.text) else "the end of the text",
        help=_SEE,
    )


def _shown_types(types: str, checker: Checker) -> str:
    def name(match: re.Match[str]) -> str:
        found = checker.type(match[0])
        return str(found) if found is not None else "a record"

    return _LIST.sub(r"list<\1>", _LIBRARY_NAME.sub(name, types))


def _word(text: str, at: int) -> str:
    match = re.compile(r"\w+|\s*\S").match(text, at)
    return match[0].strip() if match else ""
