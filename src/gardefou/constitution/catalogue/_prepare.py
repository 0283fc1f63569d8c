"""Getting ready: what the first call of a tool would wait for is done when it is loaded."""

from __future__ import annotations

from gardefou.constitution.catalogue._model import Tool
from gardefou.constitution.catalogue._plan import plan_of
from gardefou.constitution.catalogue.types import (
    NOWHERE,
    parse_domain,
    parse_parties,
    parse_path,
    parse_shell,
    parse_sql,
    parse_timestamp,
    parse_url,
)

# One harmless value for each type whose library is loaded when it is first needed.
_EXAMPLES = {
    "domain": (parse_domain, "office.example"),
    "party": (parse_parties, "desk@office.example"),
    "path": (parse_path, "notes.txt"),
    "shell": (parse_shell, "ls"),
    "sql": (parse_sql, "select 1"),
    "timestamp": (parse_timestamp, "2026-01-05T09:00:00Z"),
    "url": (parse_url, "https://office.example/"),
}


def prepare(tool: Tool) -> None:
    """Compile a tool's schema and load what its argument types need; changes no answer."""
    plan_of(tool)
    for parameter in tool.parameters.values():
        if parameter.type in _EXAMPLES:
            parse, value = _EXAMPLES[parameter.type]
            parse(value, "", NOWHERE)
