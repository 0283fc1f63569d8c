"""Arguments against the JSON Schema of their tool, compiled once per schema.

1. An object whose schema lists properties takes no others, unless the schema says
   ``additionalProperties`` or ``patternProperties`` itself: an argument that no rule sees must not
   ride along. In combinations (``allOf``, ``anyOf``, ``if``) a name that any branch lists is known.
2. The drafts 4 to 2020-12 are read by the library; references lead inside the schema only.
3. Patterns run in linear time, or with a bounded number of steps where they look around.
4. A schema that cannot be compiled refuses every call: nobody knows what it would allow.
"""

from __future__ import annotations

from typing import Any, NoReturn

from gardefou.constitution.catalogue.types import parse_timestamp
from gardefou.errors import InputError

_CODES = {
    "required": "ingress.missing_argument",
    "additionalProperties": "ingress.unknown_argument",
    "unevaluatedProperties": "ingress.unknown_argument",
    "falseSchema": "ingress.unknown_argument",
    "type": "ingress.wrong_type",
}
_HELP = {
    "ingress.missing_argument": "add the argument",
    "ingress.unknown_argument": "remove the argument, or add it to the tool's schema",
    "ingress.wrong_type": "send the type that the tool's schema names",
    "ingress.schema_mismatch": "send a value that the tool's schema allows",
}
_BRANCHES = ("allOf", "anyOf", "oneOf")
_NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_SINGLE = ("items", "additionalItems", "additionalProperties", "unevaluatedItems", "contains")
_OPEN = "gardefou:open"
_STEPS = 10_000


class Checker:
    """A compiled schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        """Compile; `problem` says why when that is impossible."""
        self.problem = ""
        self._validator: Any = None
        if schema:
            self._compile(schema)

    def _compile(self, schema: dict[str, Any]) -> None:
        import jsonschema_rs  # noqa: PLC0415 - 45 ms, only once a tool has a schema

        try:
            closed = close(schema)
        except RecursionError:
            self.problem = "it is nested too deep"
            return
        linear = jsonschema_rs.RegexOptions()
        bounded = jsonschema_rs.FancyRegexOptions(backtrack_limit=_STEPS)
        for patterns in (linear, bounded):
            try:
                self._validator = jsonschema_rs.validator_for(
                    closed,
                    formats={"date-time": _is_time, "date": _is_time},
                    validate_formats=True,
                    ignore_unknown_formats=True,
                    pattern_options=patterns,
                    offline=True,
                )
            except (ValueError, TypeError, RecursionError) as error:
                self.problem = str(error).partition("\n")[0][:200]
            else:
                self.problem = ""
                return

    def check(self, arguments: dict[str, Any]) -> None:
        """Refuse arguments that do not fit.

        Raises:
            InputError: codes ``ingress.missing_argument``, ``ingress.unknown_argument``,
                ``ingress.wrong_type``, ``ingress.schema_mismatch``, ``ingress.schema``.
        """
        if self.problem:
            raise InputError(
                f"the tool's schema cannot be used: {self.problem}",
                code="ingress.schema",
                expected="a JSON Schema",
                help="repair the schema in the catalogue",
            )
        if self._validator is None or self._validator.is_valid(arguments):
            return
        self._refuse(arguments)

    def _refuse(self, arguments: dict[str, Any]) -> NoReturn:
        errors = list(self._validator.iter_errors(arguments))
        # An unknown name is what an attack looks like; it is named before what is missing.
        errors.sort(key=lambda e: _CODES.get(e.kind.name, "z") != "ingress.unknown_argument")
        error = errors[0]
        keyword = error.kind.name
        code = _CODES.get(keyword, "ingress.schema_mismatch")
        path = render(error.instance_path)
        names = _names(error.kind) if code.endswith("_argument") else ""
        message = {
            "ingress.missing_argument": f"the argument `{names}` is missing",
            "ingress.unknown_argument": f"the tool has no argument `{names}`",
            "ingress.wrong_type": "the argument has another type than the tool's schema names",
        }.get(code, f"the argument does not fit the tool's schema (`{keyword}`)")
        expected = ", ".join(error.kind.types) if keyword == "type" else ""
        raise InputError(message, code=code, path=path, expected=expected, help=_HELP[code])


def _names(kind: Any) -> str:
    value = kind.value
    names = value if isinstance(value, list) else [value]
    return "`, `".join(ascii(str(name))[1:-1][:60] for name in names[:5])


def render(parts: list[str | int]) -> str:
    """A path of names and indices as people write it: ``to[1].address``."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _is_time(text: str) -> bool:
    # RFC 3339 asks for a zone; tools written in Python send times without one.
    try:
        parse_timestamp(text)
    except InputError:
        return False
    return True


def close(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema, refusing arguments that it does not list (rule 1)."""
    return _Closing(schema).run()


class _Closing:
    """Rewrites a schema; a definition used inside a combination keeps an open twin."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self.twins: dict[str, Any] = {}

    def run(self) -> dict[str, Any]:
        result: dict[str, Any] = self._walk(self.schema, closing=True, top=True)
        if self.twins:
            result[_OPEN] = self.twins
        return result

    def _walk(self, node: Any, *, closing: bool, top: bool = False) -> Any:
        if not isinstance(node, dict):
            return [self._walk(n, closing=True) for n in node] if isinstance(node, list) else node
        known = self._known(node, set())
        shut = closing and self._lists(node, known, top=top)
        result: dict[str, Any] = {}
        for key, value in node.items():
            if key in _BRANCHES and isinstance(value, list):
                # Alternatives are whole only where nothing beside them lists properties.
                whole = key != "allOf" and closing and not shut and "properties" not in node
                result[key] = [self._walk(branch, closing=whole) for branch in value]
            elif key in {"if", "then", "else", "not"}:
                result[key] = self._walk(value, closing=False)
            elif key in _NAMED and isinstance(value, dict):
                inner = key != "dependentSchemas"
                result[key] = {k: self._walk(v, closing=inner) for k, v in value.items()}
            elif key in _SINGLE or key == "prefixItems":
                result[key] = self._walk(value, closing=True)
            elif key == "$ref" and isinstance(value, str) and (shut or not closing):
                result[key] = self._open(value)
            else:
                result[key] = value
        if shut:
            listed = result.get("properties", {})
            result["properties"] = {**dict.fromkeys(known, True), **listed}
            result["additionalProperties"] = False
        return result

    def _lists(self, node: dict[str, Any], known: set[str], *, top: bool) -> bool:
        if {"additionalProperties", "unevaluatedProperties"} & node.keys():
            return False
        if isinstance(node.get("properties"), dict):
            return bool(known) or (top and "patternProperties" not in node)
        return "allOf" in node and bool(known)

    def _known(self, node: Any, seen: set[str]) -> set[str]:
        """Every property name that the node or a branch of it lists."""
        if not isinstance(node, dict):
            return set()
        names = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
        for key in _BRANCHES:
            for branch in node.get(key, ()) if isinstance(node.get(key), list) else ():
                names |= self._known(branch, seen)
        for key in ("if", "then", "else"):
            names |= self._known(node.get(key), seen)
        dependent = node.get("dependentSchemas")
        for branch in dependent.values() if isinstance(dependent, dict) else ():
            names |= self._known(branch, seen)
        ref = node.get("$ref")
        if isinstance(ref, str) and ref not in seen:
            names |= self._known(self._target(ref), {*seen, ref})
        return names

    def _target(self, ref: str) -> Any:
        target: Any = self.schema
        if not ref.startswith("#/"):
            return target if ref == "#" else None
        for part in ref[2:].split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            target = target.get(name) if isinstance(target, dict) else None
        return target

    def _open(self, ref: str) -> str:
        target = self._target(ref)
        if not isinstance(target, dict):
            return ref
        name = ref.replace("~", "-").replace("/", ":").replace("#", "root").replace("%", "-")
        if name not in self.twins:
            self.twins[name] = True  # stands in while the twin refers to itself
            self.twins[name] = self._walk(target, closing=False)
        return f"#/{_OPEN}/{name}"
