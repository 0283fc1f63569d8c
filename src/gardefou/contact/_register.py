"""What is known of each server's tools: confirmed by a person, or waiting for one.

1. A tool that nobody has seen is catalogued by `suggest`, kept as *pending*, and decided as a tool
   that nobody has labelled: ``unlisted`` decides until a person confirms it (law 2).
2. A confirmation pins the whole definition by digest: name, description, schema and the rest. A tool that differs from what was
   confirmed is *changed*: it counts as never seen (a rug pull), and is pending again.
3. A tool whose name looks like another's, or whose description speaks to the agent or hides
   characters, is *flagged*: a catalogue that was given beforehand does not confirm it.
4. A person may *reject* a tool: `unlisted` decides on it, and clients are not shown it, for as long
   as its definition stays the same.
5. What people decided while a proxy runs counts from its next call on (`Register.refresh`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from gardefou.action import digest
from gardefou.constitution.catalogue import Catalogue, Tool, import_tools
from gardefou.contact._files import (
    CONFIRMED,
    FLAG,
    PENDING,
    REJECTED,
    Sort,
    check_server,
    load_tools,
    locked,
    mark_of,
    place,
    save_tools,
)
from gardefou.contact._flags import flags_of, lookalike
from gardefou.errors import GardefouError

_PINNED = frozenset({"name", "description", "inputSchema"})
State = Literal["confirmed", "pending", "changed", "rejected", "unreadable"]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """One tool of a server as it stands: what it is, and why nobody may rely on it yet."""

    tool: Tool
    state: State
    flags: tuple[str, ...] = ()


class Register:
    """The tools of one server, in a folder."""

    def __init__(self, folder: Path, server: str, given: Catalogue | None = None) -> None:
        """``given`` are labels from beforehand, as ``server.tool`` or ``tool``.

        Raises:
            UsageError: ``mcp.server`` when the name cannot be a server's.
            LoadError: when a kept file has mistakes.
            FileError: ``mcp.register`` when it cannot be read.
        """
        check_server(server)
        self.server = server
        self._folder = folder
        self._given = given or Catalogue(tools={})
        self._read()
        self.known: dict[str, Known] = {}
        self._first: dict[str, Any] = {}

    def meet(self, definitions: Iterable[Any]) -> bool:
        """Take in the tools that a server lists; whether anything is other than before.

        Raises:
            FileError: ``mcp.register`` when what is pending cannot be kept.
        """
        found: dict[str, Known] = {}
        sights: dict[str, str] = {}
        first: dict[str, Any] = {}
        for definition in definitions:
            name = definition.get("name") if isinstance(definition, Mapping) else None
            if isinstance(name, str) and name not in found:
                first[name] = definition
                found[name] = self._known(name, definition, sights)
        self._first = first
        if found == self.known:
            return False
        self.known = found
        waiting = {k.tool.name: k.tool for k in found.values() if k.state in {"pending", "changed"}}
        self._keep_pending(waiting, found)
        return True

    def refresh(self) -> bool:
        """Take in what people decided since; whether any tool is other than before (rule 5).

        Costs a look at two files where nobody decided anything.

        Raises:
            LoadError: when a kept file has mistakes.
            FileError: ``mcp.register`` when it cannot be read.
        """
        if self._marks() == self._seen:
            return False
        self._read()
        return self.meet(tuple(self._first.values()))

    def tools(self) -> dict[str, Tool]:
        """The tools as the guard decides on them: only what is confirmed has labels."""
        return {
            known.tool.name: known.tool
            if known.state == "confirmed"
            else msgspec.structs.replace(known.tool, effects=(), parameters={}, results=())
            for known in self.known.values()
        }

    def is_known(self, name: str, definition: Any) -> bool:
        """Whether `known` speaks of this definition: of a name that is listed twice, of the first."""
        return name in self._first and bool(self._first[name] == definition)

    def name(self, tool: str) -> str:
        """A tool's name among those of all servers."""
        return f"{self.server}.{tool}"

    def _read(self) -> None:
        self._seen = self._marks()
        self._confirmed = load_tools(self._file(CONFIRMED))
        self._rejected = load_tools(self._file(REJECTED))

    def _marks(self) -> tuple[Any, ...]:
        return tuple(mark_of(self._file(sort)) for sort in (CONFIRMED, REJECTED))

    def _known(self, name: str, definition: Mapping[str, Any], sights: dict[str, str]) -> Known:
        full = self.name(name)
        try:
            (seen,) = import_tools({"tools": [definition]}).tools.values()
            rest = {key: value for key, value in definition.items() if key not in _PINNED}
            if rest:
                # A change of anything else that the model or the client is told counts as well.
                pinned = {**seen.schema, "$comment": digest(rest, label="mcp-tool/v1")}
                seen = msgspec.structs.replace(seen, schema=pinned)
        except (GardefouError, ValueError) as error:
            return Known(tool=Tool(name=full), state="unreadable", flags=(_line(str(error)),))
        seen = msgspec.structs.replace(seen, name=full)
        flags = (*flags_of(seen, rest), *lookalike(name, sights))
        confirmed = self._confirmed.get(full)
        if confirmed is not None and confirmed.digest() == seen.digest():
            return Known(tool=confirmed, state="confirmed", flags=flags)
        rejected = self._rejected.get(full)
        if rejected is not None and rejected.digest() == seen.digest():
            return Known(tool=seen, state="rejected", flags=flags)
        given = self._given.tools.get(full) or self._given.tools.get(name)
        if confirmed is None and given is not None and given.effects and not flags:
            labelled = _labelled(seen, given)
            with locked(self._folder):
                self._confirmed = {**load_tools(self._file(CONFIRMED)), full: labelled}
                save_tools(self._file(CONFIRMED), self._confirmed)
            return Known(tool=labelled, state="confirmed")
        state: State = "pending" if confirmed is None else "changed"
        return Known(tool=_suggested(seen), state=state, flags=flags)

    def _keep_pending(self, waiting: Mapping[str, Tool], found: Mapping[str, Known]) -> None:
        path = self._file(PENDING)
        flagged = {known.tool.name: known.flags for known in found.values()}
        kept = {
            name: msgspec.structs.replace(
                tool, reasons=(*(f"{FLAG}{flag}" for flag in flagged[name]), *tool.reasons)
            )
            for name, tool in waiting.items()
        }
        if kept or path.exists():
            with locked(self._folder):
                save_tools(path, kept)

    def _file(self, sort: Sort) -> Path:
        return place(self._folder, self.server, sort)


def _labelled(seen: Tool, given: Tool) -> Tool:
    """The labels of a person on the definition that the server gives now."""
    return msgspec.structs.replace(
        seen,
        effects=given.effects,
        parameters=given.parameters,
        results=given.results,
        labelled_by="person",
        confidence=1.0,
    )


def _suggested(tool: Tool) -> Tool:
    # The lexicon is large: a proxy whose tools are all confirmed never loads it.
    from gardefou.constitution.catalogue.suggest import suggest  # noqa: PLC0415 - see above

    return suggest(tool)


def _line(text: str) -> str:
    return " ".join(text.split())[:200]
