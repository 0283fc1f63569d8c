"""SQL: which statements a text holds and which tables they name, or that nobody can tell.

1. ``verbs`` holds the verb of every statement, those inside common table expressions and after
   ``EXPLAIN`` too, in order of first appearance; ``tables`` every table, lower case, as written.
2. ``opaque`` when the text does not parse, runs text made at run time (``EXECUTE``, ``CALL``,
   ``DO``), or holds what databases read differently: back slashes, ``#``, ``--`` without a space,
   dollar quotes, nested comments, and comments that MySQL executes. The verbs of an opaque text
   are all the words in it that could be verbs: one too many tightens, one too few would not.
3. ``filtered``, ``limit`` and ``aggregate`` say which rows a text can bring (`_rows`), ``columns``
   which columns it names, and ``calls`` which functions in it nobody knows.
4. A function that a statement calls may do anything; the text does not show it.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import msgspec

from gardefou._late import late
from gardefou.constitution.catalogue.types._base import NOWHERE, Surroundings, kind_of, refuse
from gardefou.constitution.catalogue.types._rows import UNBOUNDED, rows_of

_READS = {"select", "values", "show", "describe", "explain"}
_VERB_LIST = (
    "select insert update delete merge upsert replace create drop alter truncate rename grant "
    "revoke call exec execute do prepare copy load unload attach detach vacuum reindex "
    "cluster set reset use pragma begin start commit rollback savepoint lock show describe "
    "explain values handler shutdown kill comment refresh import export install declare "
    "listen notify optimize flush purge"
)
_VERBS = tuple(_VERB_LIST.split())
_WORD = late(r"\b(?:" + "|".join(_VERBS) + r")\b", re.IGNORECASE)
_DYNAMIC = {"call", "exec", "execute", "do", "prepare", "declare", "handler"}
_DISPUTED = late(r"\\|#|--(?![\s-]|\Z)|\$\w*\$|/\*[!+M]|/\*(?:(?!\*/)[\s\S])*/\*|\{[{%#]")
_CONTROL = late("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_PROGRAM = late(r"\bprogram\b", re.IGNORECASE)
_LONGEST = 65_536


class Sql(msgspec.Struct, frozen=True, kw_only=True):
    """Statements in a text; ``writes`` says that one of them is not a plain read."""

    text: str
    verbs: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    statements: int = 0
    opaque: bool = False
    filtered: bool = False
    limit: int = UNBOUNDED
    aggregate: bool = False
    columns: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether any verb is not a read; an opaque text writes."""
        return self.opaque or any(verb not in _READS for verb in self.verbs)


def parse_sql(value: Any, path: str = "", around: Surroundings = NOWHERE) -> Sql:  # noqa: ARG001 - one shape for all types
    """Read SQL as far as its verbs and tables.

    Raises:
        InputError: ``sql.type``, ``sql.empty``, ``sql.invisible``.
    """
    if type(value) is not str:
        refuse("sql.type", f"{kind_of(value)} is not SQL", path, expected="text")
    if not value.strip():
        refuse("sql.empty", "an empty text is not SQL", path, expected="a statement")
    if _CONTROL.search(value):
        refuse(
            "sql.invisible",
            "the statement holds characters that nobody sees",
            path,
            expected="visible characters, spaces and line breaks",
        )
    if len(value) > _LONGEST or _DISPUTED.search(value):
        return _opaque(value)
    return _parsed(value)


def _opaque(text: str, tables: tuple[str, ...] = (), statements: int = 0) -> Sql:
    verbs = tuple(dict.fromkeys(m[0].lower() for m in _WORD.finditer(text)))
    return Sql(text=text, verbs=verbs, tables=tables, statements=statements, opaque=True)


@functools.cache
def _library() -> tuple[Any, Any]:
    import logging  # noqa: PLC0415 - as below

    import sqlglot  # noqa: PLC0415 - half a second, only for tools that take SQL
    from sqlglot import exp  # noqa: PLC0415 - as above

    # It logs what it cannot parse, with the text: a value from outside has no place in a log.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    return sqlglot, exp


@functools.lru_cache(maxsize=256)
def _parsed(text: str) -> Sql:
    sqlglot, exp = _library()
    try:
        trees = [tree for tree in sqlglot.parse(text) if tree is not None]
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError, AttributeError):
        return _opaque(text)
    if not trees:
        return _opaque(text)
    tables = tuple(
        dict.fromkeys(
            ".".join(part.name for part in table.parts).lower()
            for tree in trees
            for table in tree.find_all(exp.Table)
            if table.name
        )
    )
    verbs: dict[str, None] = {}
    for tree in trees:
        for node in tree.walk(bfs=False):
            verb = _verb(node, exp)
            if verb == "?":
                return _opaque(text, tables, len(trees))
            if verb:
                verbs[verb] = None
    # PostgreSQL runs a program: COPY ... FROM PROGRAM.
    runs = "copy" in verbs and _PROGRAM.search(text)
    if not verbs or runs or _DYNAMIC & set(verbs):
        return _opaque(text, tables, len(trees))
    try:
        rows = rows_of(trees, exp)
    except RecursionError:  # conditions nested deeper than this can follow
        return _opaque(text, tables, len(trees))
    return Sql(
        text=text,
        verbs=tuple(verbs),
        tables=tables,
        statements=len(trees),
        filtered=rows.filtered,
        limit=rows.limit,
        aggregate=rows.aggregate,
        columns=rows.columns,
        calls=rows.calls,
    )


def _verb(node: Any, exp: Any) -> str:
    """The verb of a node of the tree, ``?`` when it stands for unparsed text, else nothing."""
    if isinstance(node, (exp.Command, exp.Describe)):
        return "?"
    if isinstance(node, exp.Into):
        return "create"
    if isinstance(node, (exp.Transaction, exp.Commit, exp.Rollback)):
        return type(node).__name__.lower().replace("transaction", "begin")
    if isinstance(node, exp.TruncateTable):
        return "truncate"
    if isinstance(node, (exp.Select, exp.Values, exp.Query)):
        return "select" if isinstance(node, (exp.Select, exp.Values)) else ""
    if isinstance(node, (exp.DML, exp.DDL, exp.Drop, exp.Alter, exp.Merge, exp.Set, exp.Use)):
        return type(node).__name__.lower()
    if node.parent is None:
        word = type(node).__name__.lower()
        return word if word in _VERBS else "?"
    return ""
