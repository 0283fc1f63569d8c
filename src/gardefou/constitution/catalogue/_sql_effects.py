"""What SQL does, as far as its verbs, tables, columns and functions show it.

1. A text is *understood* when it is not opaque, only reads, and calls no function that is unknown.
2. Every verb adds its effects; one that stands in no table adds ``writes``.
3. A statement that lists rows of a table about the people at large, or columns about what persons
   believe, love or descend from, collects personal data; counts and means do not. In an opaque
   text every word counts as a table.
"""

from __future__ import annotations

import re

from gardefou._late import late
from gardefou.constitution.catalogue._finding import Finding
from gardefou.constitution.catalogue._grave_words import is_sensitive, names_population
from gardefou.constitution.catalogue.types import Sql, parse_sql
from gardefou.errors import InputError

_READS = frozenset({"select", "values", "show", "describe", "explain", "begin", "start"})
_READS_TOO = frozenset({"commit", "rollback", "savepoint", "use"})
_VERBS: dict[str, tuple[str, ...]] = {
    "delete": ("deletes",),
    "drop": ("deletes",),
    "truncate": ("deletes",),
    "truncatetable": ("deletes",),
    "purge": ("deletes",),
    "kill": ("deletes",),
    "shutdown": ("deletes",),
    "grant": ("grants_access",),
    "revoke": ("revokes_access",),
    "merge": ("writes", "deletes"),
    "replace": ("writes", "deletes"),
    "install": ("installs_software",),
}
_WORDS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), effects)
    for pattern, effects in (
        (r"\bcreate\s+(?:or\s+replace\s+)?(?:user|role|login)\b", ("grants_access",)),
        (r"\balter\s+(?:user|role|login)\b", ("grants_access",)),
        (r"\bdrop\s+(?:user|role|login|owned)\b", ("revokes_access", "deletes")),
        (r"\bsp_addrolemember\b|\bsp_addsrvrolemember\b", ("grants_access",)),
        (r"\b(?:password|identified\s+(?:by|with)|set\s+password)\b", ("changes_credentials",)),
        (r"\balter\s+table\b[^;]{0,300}\bdrop\b", ("deletes",)),
        (r"\b(?:disable|drop)\s+(?:trigger|policy|row\s+level\s+security)\b", ("weakens_security",)),
        (r"\b(?:no\s+force|disable)\s+row\s+level\b|\baudit\b[^;]{0,300}\boff\b", ("weakens_security",)),
        (r"\bset\b[^;]{0,300}\b(?:general_log|log_statement|sql_log_bin|pgaudit)\b", ("weakens_security",)),
        (r"\bfrom\s+program\b|\bto\s+program\b|\bxp_cmdshell\b|\bsys_exec\b|\bsp_oacreate\b",
         ("executes_code",)),
        (r"\bload_extension\b|\binstall\s+plugin\b|\bcreate\s+extension\b",
         ("executes_code", "installs_software")),
        (r"\binto\s+(?:outfile|dumpfile)\b|\blo_export\b", ("writes",)),
        (r"\bload_file\b|\bpg_read_(?:binary_)?file\b|\bpg_ls_dir\b|\bopenrowset\b", ("reads_secrets",)),
        (r"\bpg_shadow\b|\bpg_authid\b|\bmysql\.user\b", ("reads_secrets",)),
        (r"\bdblink\w*\b|\bopendatasource\b|\butl_http\b|\bhttp_(?:get|post)\b",
         ("opens_url", "sends_outside")),
    )
)  # fmt: skip
_SECRET_COLUMN = late(
    r"passw|passwd|pwd|mot_de_passe|secret|api_?key|private_?key|otp|totp|pin_?code|cvv"
)
_NAME = late(r"[^\W\d]\w{2,60}")
_MANY = 100


def read_sql(sql: Sql) -> Finding:
    """Read a text that a database is handed by itself."""
    found = Finding()
    for verb in sql.verbs:
        if verb in _READS or verb in _READS_TOO:
            continue
        found.add(frozenset(_VERBS.get(verb, ("writes",))), verb.upper())
    if any(verb in {"call", "exec", "execute", "do"} for verb in sql.verbs):
        found.add("executes_code", "a statement made at run time")
    bare = re.sub(r"'(?:[^']|'')*'", "''", sql.text) if not sql.opaque else sql.text
    for pattern, effects in _WORDS:
        match = pattern.search(bare)
        if match:
            found.add(frozenset(effects), match[0])
    for column in sql.columns:
        if _SECRET_COLUMN.search(column):
            found.add("reads_secrets", column)
    about = _about(sql)
    if about:
        found.add("collects_personal_data", about)
    if sql.opaque or sql.calls:
        found.unknown()
    elif not set(sql.verbs) <= _READS or "executes_code" in found.reasons:
        found.acts()
    return found


def _about(sql: Sql) -> str:
    """The table or column that makes a statement one that lists data about persons."""
    if "select" not in sql.verbs or (sql.aggregate and not sql.opaque):
        return ""
    # Of an opaque text every word may be a table: one too many tightens.
    tables = dict.fromkeys(_NAME.findall(sql.text)) if sql.opaque else sql.tables
    about = (table for table in tables if names_population(table))
    columns = (column for column in sql.columns if is_sensitive(column))
    return next(about, "") or next(columns, "")


def is_bulk(sql: Sql) -> bool:
    """Whether a statement brings rows without naming which, or more than a hundred."""
    if sql.aggregate and not sql.opaque:
        return False
    return sql.opaque or not (sql.filtered or 0 <= sql.limit <= _MANY)


def read_inside(text: str) -> Finding:
    """Read a statement inside a program: it collects when nothing says whose data it wants."""
    try:
        sql = parse_sql(text)
    except InputError:
        return Finding(whole=False)
    found = read_sql(sql)
    if not is_bulk(sql):
        found.reasons.pop("collects_personal_data", None)
    return found
