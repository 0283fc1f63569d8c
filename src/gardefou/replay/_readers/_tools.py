"""The tools of a trace file: definitions beside it, in its records, or the calls it recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gardefou.action import canonical
from gardefou.errors import InputError
from gardefou.replay._readers._files import document, lines, record
from gardefou.replay._trace import Tools, Trace

SAMPLES = 50
"""Recorded argument sets kept for each tool without a schema, and one more for each new shape."""


def beside(path: Path) -> tuple[dict[str, Any], ...]:
    """The tool definitions that lie in the folder of a trace file.

    ``tools.json`` belongs to every trace file of its folder, ``NAME_tools.json`` to those whose
    name begins with ``NAME_``. Lists of names and descriptions (Agent Security Bench) count too.

    Raises:
        InputError: when such a file holds no list of tools.
        LoadError: when it cannot be read.
    """
    found: list[dict[str, Any]] = []
    for file in sorted(path.parent.glob("*tools.json")):
        prefix = file.name.removesuffix("tools.json")
        if path.name.startswith(prefix):
            found += _listed(file)
    for file in sorted(path.parent.glob("*_tools.jsonl")):
        if file != path:
            found += _described(file)
    return tuple(found)


class Gathered:
    """Collects the tools of one file while its records are read for the first time."""

    def __init__(self, definitions: tuple[dict[str, Any], ...]) -> None:
        """Start from the definitions that lie beside the file."""
        self._beside = definitions
        self._with_schema = _with_schema(definitions)
        self._seen: dict[str, dict[bytes, dict[str, Any]]] = {}
        self._shared: Tools | None = None

    def add(self, trace: Trace) -> None:
        """Note the calls of a trace that brings no tools of its own."""
        if not trace.tools.definitions:
            _note(self._seen, trace, self._with_schema)

    def tools(self, trace: Trace) -> Tools:
        """The tools of a trace: its own and the calls it made, or those of the whole file.

        Raises:
            InputError: when a definition has no canonical form.
        """
        if trace.tools.definitions:
            seen: dict[str, dict[bytes, dict[str, Any]]] = {}
            _note(seen, trace, _with_schema(trace.tools.definitions))
            return Tools.of(trace.tools.definitions, _samples(seen))
        if self._shared is None:
            self._shared = Tools.of(self._beside, _samples(self._seen))
        return self._shared


def _note(
    seen: dict[str, dict[bytes, dict[str, Any]]], trace: Trace, known: frozenset[str]
) -> None:
    for made in trace.calls():
        if made.tool not in known:
            samples = seen.setdefault(made.tool, {})
            full = len(samples) >= SAMPLES
            # Past the limit a shape stands for all its values: no argument goes unseen.
            key = canonical(_shape(made.arguments) if full else made.arguments)
            samples.setdefault(key, made.arguments)


def _shape(value: Any) -> Any:
    """The value with every scalar replaced by the name of its type."""
    if isinstance(value, dict):
        return {name: _shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return sorted({canonical(_shape(item)).decode() for item in value})
    return type(value).__name__


def _samples(
    seen: dict[str, dict[bytes, dict[str, Any]]],
) -> dict[str, tuple[dict[str, Any], ...]]:
    return {name: tuple(samples.values()) for name, samples in sorted(seen.items())}


def _with_schema(definitions: tuple[dict[str, Any], ...]) -> frozenset[str]:
    names = set()
    for definition in definitions:
        inner = definition.get("function", definition)
        keys = ("parameters", "inputSchema", "input_schema", "schema")
        if isinstance(inner, dict) and any(isinstance(inner.get(key), dict) for key in keys):
            names.add(str(inner.get("name")))
    return frozenset(names)


def _listed(file: Path) -> list[dict[str, Any]]:
    value = document(file)
    if isinstance(value, dict):
        value = value.get("tools")
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    raise InputError(
        f"`{file.name}` lies beside the traces and holds no list of tools",
        code="trace.tools",
        expected="a JSON list of tool definitions",
        help="mend the file or move it away",
    )


def _described(file: Path) -> list[dict[str, Any]]:
    found = []
    for line in lines(file):
        row = record(file, line)
        name = row.get("Tool Name") or row.get("Attacker Tool")
        if isinstance(name, str) and isinstance(row.get("Description"), str):
            found.append({"name": name, "description": row["Description"]})
    return found
