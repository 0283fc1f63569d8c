"""The effects of one call: those of its tool, refined by what the content of the call shows.

A tool that takes a command line, a statement or a program can do anything; a call of it does what
its content says. Rules of this refinement:

1. A content that is understood as a whole and only looks takes the place of ``executes_code``:
   the call has the effects that the content shows, ``reads`` at least.
2. Everything else adds: what the content shows is added to the effects of the tool, and
   ``executes_code`` stays. A command or statement that is not understood executes code, whatever
   its tool's label says.
3. No other effect of the tool is ever taken away. A tool that nobody has labelled stays so.
4. The same content gives the same effects; nothing is run, opened or remembered but bounded caches.
5. The bounds (law 10): what script files, stored procedures, aliases and the programs themselves
   do is not seen; a program's text is never understood, it only adds.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType

import msgspec

from gardefou.constitution.catalogue._effects import EFFECTS
from gardefou.constitution.catalogue._finding import Finding
from gardefou.constitution.catalogue._ingress import Ingested
from gardefou.constitution.catalogue._model import Tool
from gardefou.constitution.catalogue._program_effects import read_program
from gardefou.constitution.catalogue._shell_effects import read_shell
from gardefou.constitution.catalogue._sql_effects import read_sql
from gardefou.constitution.catalogue.types import Shell, Sql

_ORDER = {name: place for place, name in enumerate(EFFECTS)}
_CONTENT = frozenset({"command", "query", "code"})
_NOTHING: MappingProxyType[str, str] = MappingProxyType({})


class Content(msgspec.Struct, frozen=True):
    """The effects of one call; ``shown`` gives, for each that the content shows, its words."""

    effects: tuple[str, ...]
    shown: MappingProxyType[str, str] = _NOTHING


def effects_of_call(tool: Tool, ingested: Ingested) -> tuple[str, ...]:
    """The effects of one call, in the order of the closed list where the content changes them."""
    return content_of_call(tool, ingested).effects


def content_of_call(tool: Tool, ingested: Ingested) -> Content:
    """The effects of one call with the words that show them; the tool's own where nothing does."""
    roles = ingested.roles
    command, query, code = roles.get("command"), roles.get("query"), roles.get("code")
    if (command is None and query is None and code is None) or not tool.effects:
        return Content(tool.effects)
    return _refined(
        tool.effects,
        command if type(command) is Shell else None,
        query if type(query) is Sql else None,
        code if type(code) is str else None,
    )


def has_content(tool: Tool) -> bool:
    """Whether what a call of this tool says can change the call's effects at all."""
    return bool(tool.effects) and any(p.role in _CONTENT for p in tool.parameters.values())


@lru_cache(maxsize=1024)
def _refined(
    effects: tuple[str, ...], command: Shell | None, query: Sql | None, code: str | None
) -> Content:
    readings: list[Finding] = []
    if command is not None:
        readings.append(read_shell(command))
    if query is not None:
        readings.append(read_sql(query))
    if code is not None:
        readings.append(read_program(code))
    shown: dict[str, str] = {}
    for reading in readings:
        for name, words in reading.reasons.items():
            shown.setdefault(name, words)
    found = {*effects, *shown}
    if all(reading.whole for reading in readings):
        if "executes_code" in found:
            found.discard("executes_code")
            found.add("reads")
    elif any(reading.hidden for reading in readings):
        found.add("executes_code")
    if found == set(effects):
        return Content(effects, MappingProxyType(shown))
    return Content(tuple(sorted(found, key=_ORDER.__getitem__)), MappingProxyType(shown))
