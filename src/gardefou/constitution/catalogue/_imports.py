"""Tool definitions of other systems become a catalogue without labels.

Read are: MCP ``tools/list`` results, OpenAI Chat Completions and Responses tools, Anthropic tools,
Gemini function declarations, lists of ``{name, description, parameters}``, JSON Schemas with a
``title`` or ``name``, and objects that map names to schemas or definitions; also whole requests
that hold such a list under ``tools``. Type names that JSON Schema does not have (``float``,
``dict``, ``STRING``) become those that it has. Anything else is refused with its place.

Annotations of MCP become `Tool.hints`; they are claims of whoever wrote the tool.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gardefou.action import normal, parse
from gardefou.constitution._problems import Place, Problems, shown
from gardefou.constitution.catalogue._model import Catalogue, Tool
from gardefou.constitution.catalogue._names import fault_of_name, sight_of
from gardefou.constitution.catalogue._schema import Checker

_SCHEMA_KEYS = ("inputSchema", "input_schema", "parameters", "parametersJsonSchema", "schema")
_HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
_LISTS = ("tools", "functions", "functionDeclarations", "function_declarations")
_FOREIGN = {
    "dict": "object", "map": "object", "hashmap": "object", "mapping": "object", "struct": "object",
    "float": "number", "double": "number", "decimal": "number",
    "int": "integer", "long": "integer", "int32": "integer", "int64": "integer",
    "str": "string", "char": "string", "text": "string",
    "bool": "boolean",
    "list": "array", "tuple": "array", "set": "array", "arraylist": "array",
    "none": "null",
}  # fmt: skip
_TYPES = frozenset({"object", "number", "integer", "string", "boolean", "array", "null"})
_ANYTHING = frozenset({"any", "object?", "unknown", "type_unspecified"})
_UNDER = ("properties", "patternProperties", "$defs", "definitions")
_BELOW = ("items", "additionalProperties", "not", "if", "then", "else", "contains")
_BRANCHES = ("anyOf", "oneOf", "allOf", "prefixItems")
_DEEPEST = 60


def import_tools(document: Any) -> Catalogue:
    """A catalogue of the tools that a document of another system defines; nobody has labelled them.

    ``document`` is JSON text or the value of it.

    Raises:
        LoadError: with every problem: codes ``imports.*``.
        InputError: codes ``json.*``, when the document has no canonical form.
    """
    value = parse(document) if isinstance(document, (str, bytes)) else normal(document)
    reading = _Reading()
    reading.read(value, "")
    if not reading.found and not reading.problems.errors:
        reading.complain(
            "imports.format",
            "",
            "the document defines no tools in a form that is known",
            help="send an MCP tools/list result, or tools as OpenAI or Anthropic define them",
        )
    reading.problems.check()
    return Catalogue(tools=reading.tools)


class _Reading:
    def __init__(self) -> None:
        self.tools: dict[str, Tool] = {}
        self.found = False
        self.problems = Problems()
        self._sights: dict[str, str] = {}

    def complain(self, code: str, path: str, message: str, *, help: str = "") -> None:  # noqa: A002 - the word users see
        where = f"{path}: {message}" if path else message
        self.problems.error(code, Place(), where, help=help)

    def read(self, value: Any, path: str) -> None:
        """A list of definitions, one definition, or a mapping of names."""
        if isinstance(value, list):
            self.found = True
            for i, item in enumerate(value):
                self._entry(item, f"{path}[{i}]")
            return
        if not isinstance(value, Mapping):
            return
        result = value.get("result")
        if isinstance(result, Mapping) and "tools" in result:
            self.read(result["tools"], "result.tools")
            return
        for key in _LISTS:
            if isinstance(value.get(key), (list, Mapping)):
                self.read(value[key], f"{path}.{key}" if path else key)
                return
        if _is_definition(value):
            self._entry(value, path)
            return
        self._mapping(value, path)

    def _mapping(self, value: Mapping[str, Any], path: str) -> None:
        for name, inner in value.items():
            place = f"{path}.{name}" if path else name
            if not isinstance(inner, Mapping) or not (_is_schema(inner) or _schema_key(inner)):
                self.complain(
                    "imports.format",
                    place,
                    "neither a JSON Schema nor a definition of a tool",
                    help="map each name to its schema, or to an object with `parameters`",
                )
                continue
            self.found = True
            entry = dict(inner) if _schema_key(inner) else {"schema": inner}
            self._entry({**entry, "name": name}, place)

    def _entry(self, entry: Any, path: str) -> None:
        self.found = True
        if not isinstance(entry, Mapping):
            self.complain("imports.format", path, "a definition of a tool is an object")
            return
        nested = next((k for k in _LISTS[1:] if isinstance(entry.get(k), list)), None)
        if nested:  # Gemini puts several declarations into one tool
            self.read(entry[nested], f"{path}.{nested}")
            return
        inner = entry.get("function")
        if isinstance(inner, Mapping):
            entry = inner
        elif entry.get("type") == "namespace" and isinstance(entry.get("tools"), list):
            self.read(entry["tools"], f"{path}.tools")
            return
        self._tool(entry, path)

    def _tool(self, entry: Mapping[str, Any], path: str) -> None:
        key = _schema_key(entry)
        schema = entry[key] if key else ({**entry} if _is_schema(entry) else {})
        kind = entry.get("type")
        # A vendor's own tool (`web_search`, `bash_20250124`) has a type and, at times, a name.
        name = entry.get("name") or (entry.get("title") if _is_schema(entry) else None)
        if name is None and isinstance(kind, str) and kind not in {"function", "custom", "mcp"}:
            name = None if kind in _TYPES else kind
        fault = fault_of_name(name)
        if fault or not isinstance(name, str):
            self.complain(
                "imports.name", path, f"{fault}, found {shown(name)}", help="give it a plain name"
            )
            return
        description = entry.get("description") or ""
        self._add(
            Tool(
                name=name,
                description=description if isinstance(description, str) else "",
                schema=_schema(schema, 0) if key else _without_name(_schema(schema, 0)),
                hints=_hints(entry),
            ),
            path,
        )

    def _add(self, tool: Tool, path: str) -> None:
        problem = Checker(tool.schema).problem
        if problem:
            self.complain(
                "imports.schema",
                path,
                f"the schema of {shown(tool.name)} cannot be used: {problem}",
                help="repair the schema",
            )
            return
        known = self.tools.get(tool.name)
        if known is not None:
            if known.digest() != tool.digest():
                self.complain(
                    "imports.duplicate_name",
                    path,
                    f"two different tools are called {shown(tool.name)}",
                    help="rename one of them",
                )
            return
        twin = self._sights.setdefault(sight_of(tool.name), tool.name)
        if twin != tool.name:
            self.complain(
                "imports.lookalike_name",
                path,
                f"the name {shown(tool.name)} looks like {shown(twin)}",
                help="rename one of them, or leave one out",
            )
            return
        self.tools[tool.name] = tool


def _is_schema(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("properties"), Mapping) or (
        str(value.get("type", "")).lower() in {"object", "dict"} and "function" not in value
    )


def _schema_key(value: Mapping[str, Any]) -> str | None:
    return next((key for key in _SCHEMA_KEYS if isinstance(value.get(key), Mapping)), None)


def _is_definition(value: Mapping[str, Any]) -> bool:
    if isinstance(value.get("function"), Mapping):
        return True
    named = isinstance(value.get("name"), str) or isinstance(value.get("title"), str)
    return named and (_is_schema(value) or _schema_key(value) is not None or "type" in value)


def _hints(entry: Mapping[str, Any]) -> dict[str, bool]:
    annotations = entry.get("annotations")
    if not isinstance(annotations, Mapping):
        return {}
    return {name: annotations[name] for name in _HINTS if isinstance(annotations.get(name), bool)}


def _without_name(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key not in {"name", "description"}}


def _schema(value: Any, depth: int) -> Any:
    """The schema with the type names of JSON Schema; a list of types keeps its members."""
    if not isinstance(value, Mapping) or depth > _DEEPEST:
        return value
    result: dict[str, Any] = {}
    for key, item in value.items():
        if key == "type":
            named = _type(item)
            if named is not None:
                result[key] = named
        elif key in _UNDER and isinstance(item, Mapping):
            result[key] = {name: _schema(inner, depth + 1) for name, inner in item.items()}
        elif key in _BELOW:
            result[key] = _schema(item, depth + 1)
        elif key in _BRANCHES and isinstance(item, list):
            result[key] = [_schema(inner, depth + 1) for inner in item]
        else:
            result[key] = item
    if result.get("nullable") is True and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]  # OpenAPI 3.0
    return result


def _type(item: Any) -> Any:
    if isinstance(item, list):
        return [_type(inner) for inner in item]
    if not isinstance(item, str) or item in _TYPES:
        return item
    small = item.lower()
    if small in _ANYTHING:
        return None
    return small if small in _TYPES else _FOREIGN.get(small, item)
