"""What program text does, as far as the names that it calls show it.

1. Python is parsed; every other language is read by its calls, with strings and comments left out.
2. A program is never understood: this reading only adds effects.
3. Well-known library calls add their effects; a command line or a statement that a program hands
   on is read as such, and so are a notebook's lines for the shell.
4. Grave effects come from names of calls (`_grave_words`): a weapon that is made to act, a protection
   switched off, people followed or scored, a register of the population read in a loop.
5. The bounds: names that are made at run time, aliases that a program invents, code in files.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from gardefou._late import late
from gardefou.constitution.catalogue._finding import Finding
from gardefou.constitution.catalogue._grave_words import (
    fires,
    is_weapon,
    judges,
    names_population,
    watches,
    weakens,
    words_of,
)
from gardefou.constitution.catalogue._library_calls import LAST, LIBRARY

_LONGEST = 65_536
_STRINGS = late(
    r"\"\"\"[\s\S]*?\"\"\"|'''[\s\S]*?'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"
)
_LINE_COMMENT = late(r"^[ \t]*(?:#|//|--).*$", re.MULTILINE)
_CALL = late(
    r"(?<![\w$])(?<![\w$]\.)([A-Za-z_$][\w$]*+(?:\s{0,8}(?:\.|::|->|\?\.)\s{0,8}[A-Za-z_$][\w$]*+){0,24})\s{0,8}[!?]?\("
)
_NAMES = late(r"[A-Za-z_$][\w$]*")
_LOOP = late(r"\b(?:for|while|foreach|forEach|loop|map|each|do)\b")
_SHELL_LINE = late(r"^[ \t]*(?:!|%(?:sx|sh|system)\s)(.*)$", re.MULTILINE)
_SHELL_CELL = late(r"^\s*%%(?:bash|sh|script\s+\w*sh)\b[^\n]*\n([\s\S]*)")
_MAGIC = late(r"^[ \t]*%(?:pip|conda)\s+install\b.*$", re.MULTILINE)
_SQL = late(
    r"\s*(?:select|insert|update|delete|drop|alter|create|truncate|grant|with)\s", re.IGNORECASE
)
_SHELLS = frozenset({"system", "popen", "run", "call", "check_output", "check_call", "Popen", "getoutput", "exec",
                     "execSync", "spawn", "spawnSync", "getstatusoutput"})  # fmt: skip
_QUERIES = frozenset(
    {"execute", "query", "read_sql", "read_sql_query", "executemany", "raw", "executescript", "sql"}
)
_DYNAMIC = frozenset({"eval", "exec", "compile"})
_FETCHING = frozenset({"get", "post", "request", "urlopen", "fetch", "urlretrieve", "open"})
_DEEPEST = 3
_MOST_PIECES = 16
_OVERLAP = 1_024
_MOST_TEXTS = 40
_LOOPS = (ast.For, ast.While, ast.AsyncFor, ast.comprehension)


class Call(msgspec.Struct, frozen=True):
    """One call: its dotted name, the texts it is handed, whether its root is made in the program."""

    chain: tuple[str, ...]
    texts: tuple[str, ...] = ()
    is_local: bool = False
    shown: str = ""


class _Program(msgspec.Struct):
    calls: list[Call]
    names: set[str]
    loops: bool = False


@lru_cache(maxsize=256)
def read_program(text: str) -> Finding:
    """Read a program's text; the finding is shared and must not be changed."""
    return _read(text, 0)


def calls_of_text(text: str) -> Finding:
    """Read program text that stands somewhere inside another text."""
    found = Finding(whole=False)
    if len(text) <= _LONGEST:
        for match in _STRINGS.finditer(text):
            inner = match[0].strip("\"'`")
            if "(" in inner:
                found.take(_read(inner, 1))
        _judge(_loose(text), found, 1)
    return found


def _read(text: str, depth: int) -> Finding:
    found = Finding(whole=False)
    if depth > _DEEPEST:
        return found
    if len(text) > _LONGEST:  # read in pieces: padding hides nothing
        for start in range(0, min(len(text), _MOST_PIECES * _LONGEST), _LONGEST - _OVERLAP):
            _judge(_loose(text[start : start + _LONGEST]), found, depth)
        return found
    cell = _SHELL_CELL.match(text)
    lines = [cell[1]] if cell else [match[1] for match in _SHELL_LINE.finditer(text)]
    for line in lines:
        _shell(line.lstrip("!"), found)
    if _MAGIC.search(text):
        found.add(frozenset({"installs_software", "opens_url"}), "a notebook's install")
    plain = _MAGIC.sub("", _SHELL_LINE.sub("pass", text)) if not cell else ""
    program = _python(plain)
    _judge(program if program is not None else _loose(plain), found, depth)
    return found


def _judge(program: _Program, found: Finding, depth: int) -> None:
    is_armed = is_weapon(word for name in program.names for word in words_of(name))
    for call in dict.fromkeys(program.calls):
        _library(call, found)
        _handed_on(call, found, depth)
        if weakens(call.chain[-2:]):
            found.add("weakens_security", call.shown)
        if watches(call.chain):
            found.add("monitors_people", call.shown)
        if judges(call.chain):
            found.add("judges_people", call.shown)
        if fires(call.chain, is_armed=is_armed):
            found.add("uses_force", call.shown)
        if program.loops and _reads_population(call):
            found.add("collects_personal_data", call.shown)


def _reads_population(call: Call) -> bool:
    if not call.is_local and len(call.chain) > 1 and names_population(*call.chain):
        return True
    if call.chain[-1] not in _FETCHING:
        return False
    return any("://" in text and names_population(text.partition("://")[2]) for text in call.texts)


def _library(call: Call, found: Finding) -> None:
    last = call.chain[-1]
    for size in (3, 2):
        name = ".".join(call.chain[-size:])
        if len(call.chain) >= size and name in LIBRARY:
            found.add(LIBRARY[name], call.shown)
            return
    if last in LAST and (
        len(call.chain) > 1 or last in {"fetch", "urlopen", "rmtree", "file_put_contents"}
    ):
        found.add(LAST[last], call.shown)
    if last == "open" and any(
        re.fullmatch(r"[rb+t]*[wax][rb+t]*", text) for text in call.texts[1:2]
    ):
        found.add("writes", call.shown)


def _handed_on(call: Call, found: Finding, depth: int) -> None:
    """Command lines, statements and code that a call is handed as text."""
    last = call.chain[-1]
    if last in _DYNAMIC and call.texts:
        found.take(_read(call.texts[0], depth + 1))
    if last in _SHELLS and call.texts:
        found.add("executes_code", call.shown)
        _shell(" ".join(call.texts) if " " not in call.texts[0] else call.texts[0], found)
    if last in _QUERIES:
        for text in call.texts:
            if _SQL.match(text):
                _statement(text, found)


def _shell(line: str, found: Finding) -> None:
    from gardefou.constitution.catalogue._shell_effects import (  # noqa: PLC0415 - a shell runs programs that run a shell
        read_script,
    )

    found.take(read_script(line))


def _statement(text: str, found: Finding) -> None:
    from gardefou.constitution.catalogue._sql_effects import (  # noqa: PLC0415 - half a second, only for programs with SQL
        read_inside,
    )

    found.take(read_inside(text))


def _python(text: str) -> _Program | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        return _known(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _known(tree: ast.Module) -> _Program:
    nodes = list(ast.walk(tree))
    program = _Program(calls=[], names=set())
    program.loops = any(isinstance(node, _LOOPS) for node in nodes)
    program.names.update(node.id for node in nodes if isinstance(node, ast.Name))
    program.names.update(node.attr for node in nodes if isinstance(node, ast.Attribute))
    imported = _imported(nodes)
    program.names.update(name for parts in imported.values() for name in parts)
    local = {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    renamed = _renamed(nodes)
    for node in nodes:
        if isinstance(node, ast.Call):
            _call(node, program, imported, renamed, local)
    return program


def _imported(nodes: Iterable[ast.AST]) -> dict[str, tuple[str, ...]]:
    """The full name behind each imported name."""
    found: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                parts = tuple(alias.name.split("."))
                found[alias.asname or parts[0]] = parts if alias.asname else parts[:1]
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                parts = (*(node.module or "").split("."), alias.name)
                found[alias.asname or alias.name] = parts
    return found


def _renamed(nodes: Iterable[ast.AST]) -> dict[str, tuple[str, ...]]:
    """Names that are given to another name or attribute: ``f = os.remove``."""
    found = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, chain = node.targets[0], tuple(_chain(node.value))
            if isinstance(target, ast.Name) and chain:
                found[target.id] = chain
    return found


def _call(
    node: ast.Call,
    program: _Program,
    imported: dict[str, tuple[str, ...]],
    renamed: dict[str, tuple[str, ...]],
    local: set[str],
) -> None:
    chain = tuple(_chain(node.func))
    if not chain:
        return
    root = chain[0]
    if root in renamed and renamed[root][0] != root:
        chain = (*renamed[root], *chain[1:])
    if chain[0] in imported:
        chain = (*imported[chain[0]], *chain[1:])
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    texts = tuple(text for value in values for text in _texts(value))
    if chain[-1] in {"map", "submit", "starmap", "apply", "Thread"}:
        for value in values:
            handed = tuple(_chain(value))
            if handed:
                program.loops = True
                full = (*imported.get(handed[0], handed[:1]), *handed[1:])
                program.calls.append(Call(full, (), handed[0] in local, ".".join(full) + "()"))
    shown = ".".join(chain) + "()"
    is_local = chain[0] in local and root in local and root not in imported
    program.calls.append(Call(chain, texts, is_local, shown))


def _chain(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Attribute):
        yield from _chain(node.value)
        yield node.attr
    elif isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Subscript):
        yield from _chain(node.value)
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            yield node.slice.value
    elif isinstance(node, ast.Call):
        inner = tuple(_chain(node.func))
        if inner == ("getattr",) and len(node.args) > 1:
            yield from _chain(node.args[0])
            yield from _texts(node.args[1])
        elif inner in {("__import__",), ("importlib", "import_module")} and node.args:
            for text in _texts(node.args[0]):
                yield from text.split(".")
        else:
            yield from inner


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "$x"
            for part in node.values
        )
    elif isinstance(node, ast.BinOp):
        left = "".join(_texts(node.left))
        right = "".join(_texts(node.right))
        if left or right:
            yield left + right
    elif isinstance(node, (ast.List, ast.Tuple)):
        for item in node.elts:
            yield from _texts(item)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _texts(node.func.value)


def _loose(text: str) -> _Program:
    """Read calls of any language; the texts that a call is handed are those after it."""
    bare = _LINE_COMMENT.sub("", _without_blocks(_STRINGS.sub('""', text)))
    program = _Program(calls=[], names=set(_NAMES.findall(bare)))
    program.loops = bool(_LOOP.search(bare))
    texts = [match[0].strip("\"'`") for match in _STRINGS.finditer(text)]
    for match in _CALL.finditer(bare):
        chain = tuple(re.split(r"\s*(?:\.|::|->|\?\.)\s*", match[1]))
        handed = (
            tuple(texts[:_MOST_TEXTS])
            if chain[-1] in _SHELLS | _QUERIES | _DYNAMIC | _FETCHING
            else ()
        )
        program.calls.append(Call(chain, handed, shown=f"{match[1]}()"))
    return program


def _without_blocks(text: str) -> str:
    """Leave out ``/* … */``; one that is never closed stays, so that it hides nothing."""
    parts = []
    at = 0
    while (start := text.find("/*", at)) >= 0 and (end := text.find("*/", start + 2)) >= 0:
        parts.append(text[at:start])
        at = end + 2
    return " ".join([*parts, text[at:]])
