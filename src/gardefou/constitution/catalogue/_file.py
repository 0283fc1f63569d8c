"""The catalogue file: tools, what they can do, what their arguments mean, in YAML or JSON.

The format is described in ``docs/reference/catalogue.md``. All problems of a file are reported at
once; nothing of a file with problems is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

import msgspec
import yaml

from gardefou.constitution._problems import Problems, did_you_mean, shown
from gardefou.constitution.catalogue._effects import EFFECTS, EFFECTS_VERSION, ROLES, DomainType
from gardefou.constitution.catalogue._model import (
    Catalogue,
    LabelledBy,
    Parameter,
    ResultField,
    Tool,
    Writer,
)
from gardefou.constitution.catalogue._names import fault_of_name, sight_of
from gardefou.constitution.catalogue._places import Located, locate
from gardefou.constitution.catalogue._schema import Checker
from gardefou.constitution.catalogue.types import DIGITS

FORMAT = 1

_TOP = ("catalogue", "effects_version", "tools")
_TOOL = (
    "confidence",
    "description",
    "effects",
    "hints",
    "labelled_by",
    "parameters",
    "reasons",
    "results",
    "schema",
)
_PARAMETER = ("currency", "required", "role", "type")
_RESULT = ("path", "writer")
_MISSING = object()
_KIND_NAMES = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "true or false",
    float: "a number",
}


def load_catalogue(text: str, *, file: str = "") -> Catalogue:
    """Read a catalogue file.

    Raises:
        LoadError: with every problem of the file: codes ``catalogue.*`` and ``json.*``.
    """
    problems = Problems()
    document = locate(text, file, problems)
    catalogue = Catalogue()
    if document is not None:
        catalogue = _Reading(document, problems).catalogue()
    problems.check()
    return catalogue


def dump_catalogue(catalogue: Catalogue) -> str:
    """The catalogue as a file that `load_catalogue` reads back to the same value."""
    tools: dict[str, Any] = {}
    for name, tool in catalogue.tools.items():
        # Written out: without them the file speaks of a person who labelled the tool.
        fields = _changed(tool, "labelled_by", "confidence")
        del fields["name"]
        if tool.parameters:
            # The file's default type is the role's, so both stand there.
            fields["parameters"] = {
                path: _changed(parameter, "role", "type")
                for path, parameter in tool.parameters.items()
            }
        if tool.results:
            fields["results"] = [_changed(result) for result in tool.results]
        tools[name] = fields
    document = {"catalogue": FORMAT, "effects_version": catalogue.effects_version, "tools": tools}
    text: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return text


def _changed(value: msgspec.Struct, *always: str) -> dict[str, Any]:
    """The fields that differ from their defaults, and those that are always written.

    By value: the `omit_defaults` of msgspec compares by identity, so equal values could differ.
    """
    defaults = {
        field.name: field.default_factory() if callable(field.default_factory) else field.default
        for field in msgspec.structs.fields(value)
        if not field.required
    }
    found = msgspec.to_builtins(value)
    plain = msgspec.to_builtins(defaults)
    return {k: v for k, v in found.items() if k in always or k not in plain or v != plain[k]}


class _Reading:
    def __init__(self, document: Located, problems: Problems) -> None:
        self.document = document
        self.problems = problems

    def complain(self, code: str, key: tuple[Any, ...], message: str, **texts: str) -> None:
        self.problems.error(code, self.document.place(*key), message, **texts)

    def catalogue(self) -> Catalogue:
        top = self._mapping(self.document.value, (), _TOP)
        for key, ours in (("catalogue", FORMAT), ("effects_version", EFFECTS_VERSION)):
            found = top.get(key, ours if key == "effects_version" else None)
            if found != ours:
                self.complain(
                    "catalogue.version",
                    (key,),
                    f"`{key}` is another version",
                    found=shown(found),
                    expected=f"{ours}",
                    help=f"write `{key}: {ours}`, or use the version of the program that wrote it",
                )
        tools: dict[str, Tool] = {}
        sights: dict[str, str] = {}
        for name, value in self._mapping(top.get("tools", {}), ("tools",), None).items():
            place = ("tools", name)
            fault = fault_of_name(name)
            twin = sights.setdefault(sight_of(name), name)
            if fault or twin != name:
                message = fault or f"the name {shown(name)} looks like {shown(twin)}"
                self.complain("catalogue.name", place, message, help="rename the tool")
            tools[name] = self._tool(name, value, place)
        return Catalogue(tools=tools, effects_version=EFFECTS_VERSION)

    def _tool(self, name: str, value: Any, key: tuple[Any, ...]) -> Tool:
        fields = self._mapping(value, key, _TOOL)
        schema = self._of(dict, fields, "schema", key, {})
        problem = Checker(schema).problem
        if problem:
            self.complain("catalogue.schema", (*key, "schema"), f"no JSON Schema: {problem}")
        effects = self._texts(fields, "effects", key)
        for i, effect in enumerate(effects):
            self._one_of(effect, EFFECTS, (*key, "effects", i), "catalogue.effect", "effect")
        hints = self._of(dict, fields, "hints", key, {})
        confidence = self._of(float, fields, "confidence", key, 1.0 if effects else 0.0)
        if not 0 <= confidence <= 1:
            self.complain("catalogue.confidence", (*key, "confidence"), "not between 0 and 1")
        default_by = "person" if effects or fields.get("parameters") else "nobody"
        labelled_by = self._of(str, fields, "labelled_by", key, default_by)
        self._one_of(
            labelled_by, get_args(LabelledBy), (*key, "labelled_by"), "catalogue.value", "word"
        )
        parameters = {}
        listed = schema.get("properties") if isinstance(schema.get("properties"), dict) else None
        for path, inner in self._mapping(
            fields.get("parameters", {}), (*key, "parameters"), None
        ).items():
            parameters[path] = self._parameter(inner, (*key, "parameters", path))
            first = path.partition(".")[0].partition("[")[0]
            if listed is not None and path not in listed and first not in listed and _plain(schema):
                self.complain(
                    "catalogue.argument",
                    (*key, "parameters", path),
                    f"the schema lists no argument {shown(first)}",
                    help=did_you_mean(first, listed, kind="argument"),
                )
        return Tool(
            name=name,
            description=self._of(str, fields, "description", key, ""),
            schema=schema,
            effects=tuple(effects),
            parameters=parameters,
            results=self._results(fields, key),
            labelled_by=labelled_by,
            confidence=confidence,
            reasons=tuple(self._texts(fields, "reasons", key)),
            hints={
                name: hint for name, hint in hints.items() if self._is_flag(hint, (*key, "hints"))
            },
        )

    def _parameter(self, value: Any, key: tuple[Any, ...]) -> Parameter:
        fields = self._mapping(value, key, _PARAMETER)
        role = self._of(str, fields, "role", key, "other")
        self._one_of(role, ROLES, (*key, "role"), "catalogue.role", "role")
        type_ = self._of(str, fields, "type", key, ROLES[role].type if role in ROLES else "json")
        self._one_of(type_, get_args(DomainType), (*key, "type"), "catalogue.type", "type")
        currency = self._of(str, fields, "currency", key, "")
        if currency and currency not in DIGITS:
            self.complain(
                "catalogue.currency",
                (*key, "currency"),
                f"{shown(currency)} is no currency",
                expected="an ISO 4217 code such as EUR",
            )
        required = self._of(bool, fields, "required", key, False)  # noqa: FBT003 - a default
        return Parameter(role=role, type=type_, currency=currency, required=required)

    def _results(self, fields: dict[str, Any], key: tuple[Any, ...]) -> tuple[ResultField, ...]:
        results = []
        for i, value in enumerate(self._of(list, fields, "results", key, [])):
            here = (*key, "results", i)
            inner = self._mapping(value, here, _RESULT)
            writer = self._of(str, inner, "writer", here, "mixed")
            self._one_of(writer, get_args(Writer), (*here, "writer"), "catalogue.value", "writer")
            path = self._of(str, inner, "path", here, "")
            results.append(ResultField(path=path, writer=writer))
        return tuple(results)

    def _mapping(
        self, value: Any, key: tuple[Any, ...], known: tuple[str, ...] | None
    ) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            self._wrong_kind(dict, key)
            return {}
        for name in value if known is not None else ():
            if name not in (known or ()):
                self.complain(
                    "catalogue.unknown_key",
                    (*key, name),
                    f"the key {shown(name)} means nothing here",
                    help=did_you_mean(name, known or (), kind="key"),
                )
        return value

    def _of(
        self, kind: type, fields: dict[str, Any], name: str, key: tuple[Any, ...], default: Any
    ) -> Any:
        value = fields.get(name, _MISSING)
        if value is _MISSING:
            return default
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind:
            self._wrong_kind(kind, (*key, name))
            return default
        return value

    def _texts(self, fields: dict[str, Any], name: str, key: tuple[Any, ...]) -> list[str]:
        values = self._of(list, fields, name, key, [])
        for i, value in enumerate(values):
            if type(value) is not str:
                self._wrong_kind(str, (*key, name, i))
        return [value for value in values if type(value) is str]

    def _is_flag(self, value: Any, key: tuple[Any, ...]) -> bool:
        if type(value) is not bool:
            self._wrong_kind(bool, key)
        return type(value) is bool

    def _wrong_kind(self, kind: type, key: tuple[Any, ...]) -> None:
        name = f"`{key[-1]}`" if key else "the document"
        self.complain("catalogue.kind", key, f"{name} has another kind", expected=_KIND_NAMES[kind])

    def _one_of(
        self, word: str, known: Iterable[str], key: tuple[Any, ...], code: str, kind: str
    ) -> None:
        known = tuple(known)
        if word not in known:
            self.complain(
                code, key, f"{shown(word)} is no {kind}", help=did_you_mean(word, known, kind=kind)
            )


def _plain(schema: dict[str, Any]) -> bool:
    """Whether the schema's own list of properties is all there is."""
    return not {"allOf", "anyOf", "oneOf", "$ref", "patternProperties"} & schema.keys()
