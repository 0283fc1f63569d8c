"""What is known of each server's tools: confirmed by a person, or waiting for one.

1. A tool that nobody has seen is catalogued by `suggest`, kept as *pending*, and decided as a tool
   that nobody has labelled: ``unlisted`` decides until a person confirms it (law 2).
2. A confirmation pins the whole definition by digest: name, description, schema and the rest. A tool that differs from what was
   confirmed is *changed*: it counts as never seen (a rug pull), and is pending again.
3. A tool whose name looks like another's, or whose description speaks to the agent or hides
   characters, is *flagged*: a catalogue that was given beforehand does not confirm it.
4. Files are YAML catalogues, one pair for each server, that people can read and edit.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from gardefou.action import digest
from gardefou.constitution.catalogue import (
    Catalogue,
    Tool,
    dump_catalogue,
    import_tools,
    load_catalogue,
)
from gardefou.constitution.catalogue.types import INVISIBLE, twin_letters
from gardefou.decide.origins import addresses_agent
from gardefou.errors import FileError, GardefouError, UsageError

_PINNED = frozenset({"name", "description", "inputSchema"})
State = Literal["confirmed", "pending", "changed", "unreadable"]
_SERVER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_HIDDEN = re.compile(
    r"<!--|<\s*/?\s*(?:important|system|secret|hidden|instructions?)\b", re.IGNORECASE
)
_LINES = str.maketrans("", "", "\n\t\r")


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
        if not _SERVER.fullmatch(server):
            raise UsageError(
                f"`{server[:80]}` cannot be the name of a server",
                code="mcp.server",
                help="use letters, digits, hyphens and underscores, at most 64",
            )
        self.server = server
        self._folder = folder
        self._given = given or Catalogue(tools={})
        self._confirmed = dict(_load(self._file("confirmed")).tools)
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
        flags = (*flags_of(seen, rest), *_lookalike(name, sights))
        confirmed = self._confirmed.get(full)
        if confirmed is not None and confirmed.digest() == seen.digest():
            return Known(tool=confirmed, state="confirmed", flags=flags)
        given = self._given.tools.get(full) or self._given.tools.get(name)
        if confirmed is None and given is not None and given.effects and not flags:
            labelled = _labelled(seen, given)
            self._confirmed[full] = labelled
            _save(self._file("confirmed"), self._confirmed)
            return Known(tool=labelled, state="confirmed")
        state: State = "pending" if confirmed is None else "changed"
        return Known(tool=_suggested(seen), state=state, flags=flags)

    def _keep_pending(self, waiting: Mapping[str, Tool], found: Mapping[str, Known]) -> None:
        path = self._file("pending")
        flagged = {known.tool.name: known.flags for known in found.values()}
        kept = {
            name: msgspec.structs.replace(
                tool, reasons=(*(f"FLAG: {flag}" for flag in flagged[name]), *tool.reasons)
            )
            for name, tool in waiting.items()
        }
        if kept:
            _save(path, kept)
        elif path.exists():
            path.unlink()

    def _file(self, sort: str) -> Path:
        return self._folder / f"{self.server}.{sort}.yaml"


def pending_in(folder: Path) -> dict[str, Catalogue]:
    """What waits for a person, by server.

    Raises:
        LoadError: when a kept file has mistakes.
        FileError: ``mcp.register`` when it cannot be read.
    """
    if not folder.is_dir():
        return {}
    return {
        path.name.removesuffix(".pending.yaml"): _load(path)
        for path in sorted(folder.glob("*.pending.yaml"))
    }


def confirm(folder: Path, server: str, names: Iterable[str] = ()) -> Catalogue:
    """Confirm a server's pending tools, all or those named; returns what was confirmed.

    Raises:
        UsageError: ``mcp.nothing_pending`` when there is nothing of that name.
        LoadError: when a kept file has mistakes.
        FileError: ``mcp.register`` when a file cannot be read or written.
    """
    register = Register(folder, server)
    waiting = dict(_load(folder / f"{server}.pending.yaml").tools)
    wanted = [register.name(name.removeprefix(f"{server}.")) for name in names] or list(waiting)
    missing = [name for name in wanted if name not in waiting]
    if missing or not wanted:
        raise UsageError(
            f"nothing pending is called `{(missing or [server])[0]}`",
            code="mcp.nothing_pending",
            help="`gardefou catalogue pending` shows what waits",
        )
    confirmed = dict(_load(folder / f"{server}.confirmed.yaml").tools)
    done = {
        name: msgspec.structs.replace(waiting.pop(name), labelled_by="person", confidence=1.0)
        for name in wanted
    }
    _save(folder / f"{server}.confirmed.yaml", {**confirmed, **done})
    if waiting:
        _save(folder / f"{server}.pending.yaml", waiting)
    else:
        (folder / f"{server}.pending.yaml").unlink()
    return Catalogue(tools=done)


def flags_of(tool: Tool, rest: Any = None) -> tuple[str, ...]:
    """What is odd in the words of a tool: text that speaks to the agent, or that nobody sees.

    ``rest`` is what else its definition says, such as a title or the schema of its results.
    """
    found = []
    for place, text in [*_texts(tool), *(("its definition", text) for text in _words(rest))]:
        if INVISIBLE.search(text.translate(_LINES)):
            found.append(f"{place} holds characters that nobody sees")
        if _HIDDEN.search(text) or addresses_agent(text):
            found.append(f"{place} speaks to the agent")
    return tuple(dict.fromkeys(found))


def _texts(tool: Tool) -> Iterable[tuple[str, str]]:
    yield "the description", tool.description
    stack: list[Any] = [tool.schema]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            text = value.get("description")
            if isinstance(text, str):
                yield "a description in the schema", text
            stack += value.values()
        elif isinstance(value, list):
            stack += value


def _words(value: Any) -> Iterable[str]:
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, Mapping):
            stack += [*part.keys(), *part.values()]
        elif isinstance(part, (list, tuple)):
            stack += part


def _lookalike(name: str, sights: dict[str, str]) -> tuple[str, ...]:
    sight = twin_letters(unicodedata.normalize("NFKC", name).casefold())
    other = sights.setdefault(sight, name)
    return () if other == name else (f"the name looks like `{other}`",)


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


def _load(path: Path) -> Catalogue:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Catalogue(tools={})
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from None
    return load_catalogue(text, file=str(path))


def _save(path: Path, tools: Mapping[str, Tool]) -> None:
    """Write a whole file or nothing, for its owner alone."""
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.write_text(dump_catalogue(Catalogue(tools=dict(tools))), encoding="utf-8")
        fresh.chmod(0o600)
        os.replace(fresh, path)  # noqa: PTH105 - one word for what happens
    except OSError as error:
        raise _unusable(path, error) from None


def _line(text: str) -> str:
    return " ".join(text.split())[:200]


def _unusable(path: Path, error: Exception) -> FileError:
    reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
    return FileError(
        f"`{path}` cannot be used: {str(reason).lower()}",
        code="mcp.register",
        help="check the permissions of the folder",
    )
