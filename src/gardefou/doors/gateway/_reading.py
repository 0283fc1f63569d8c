"""Plain values from a settings file into typed ones, with every mistake named at once.

`msgspec.convert` stops at the first mistake. Here each field is converted by itself, so that one
run tells everything: where it stands, what was found, what was expected, what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from gardefou.errors import InputError, Problem

T = TypeVar("T")
_PLAIN = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


class Reader:
    """Reads one document; `problems` collects what is wrong, `parts` the tables that are right."""

    def __init__(self, file: str) -> None:
        """Name the file in every problem."""
        self.file = file
        self.problems: list[Problem] = []
        self.parts: list[tuple[str, Any]] = []

    def problem(  # the words of `Problem`
        self, code: str, message: str, *, found: str = "", expected: str = "", way_out: str = ""
    ) -> None:
        """Note one mistake."""
        self.problems.append(
            Problem(
                code=code,
                message=message,
                file=self.file,
                found=found,
                expected=expected,
                help=way_out,
            )
        )

    def struct(self, kind: type[T], value: Any, path: str) -> T | None:
        """A struct from a table, or None when something in it is wrong."""
        if not isinstance(value, Mapping):
            self._unlike(path, value, "a table")
            return None
        before = len(self.problems)
        hints = get_type_hints(kind, include_extras=True)
        struct: Any = kind
        known = {field.encode_name: field for field in msgspec.structs.fields(struct)}
        for name in value.keys() - known.keys():
            self._unknown(_join(path, name), str(name), list(known))
        fields: dict[str, Any] = {}
        for name, field in known.items():
            place = _join(path, name)
            if name in value:
                fields[field.name] = self.value(hints[field.name], value[name], place)
            elif field.required:
                self.problem(
                    "settings.missing",
                    f"`{place}` is missing",
                    expected=_describe(hints[field.name]),
                    way_out="docs/reference/settings.md shows every setting",
                )
        if len(self.problems) > before:
            return None
        try:
            # The constructor does not check; the checks of a struct stand in its __post_init__.
            made = kind(**fields)
        except InputError as error:
            self.problem(
                error.code,
                f"`{path}`: {error.message}",
                expected=error.expected,
                way_out=error.help,
            )
            return None
        self.parts.append((path, made))
        return made

    def value(self, kind: Any, value: Any, path: str) -> Any:
        """One value of a type, or None when it is wrong."""
        origin, inner = get_origin(kind), get_args(kind)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.struct(kind, value, path)
        if origin is dict and _is_struct(inner[1]):
            if not isinstance(value, Mapping):
                self._unlike(path, value, "a table of tables")
                return None
            return {
                key: self.struct(inner[1], item, _join(path, key)) for key, item in value.items()
            }
        if origin is tuple and _is_struct(inner[0]):
            if not isinstance(value, list):
                self._unlike(path, value, "a list of tables")
                return None
            return tuple(self.struct(inner[0], v, f"{path}[{i}]") for i, v in enumerate(value))
        structs = [each for each in inner if _is_struct(each)] if origin is not tuple else []
        if structs and isinstance(value, Mapping):
            return self.struct(structs[0], value, path)
        if structs and str not in inner:
            self._unlike(path, value, _describe(kind))
            return None
        plain = str if structs else kind
        try:
            return msgspec.convert(value, plain, strict=True)
        except msgspec.ValidationError:
            self._unlike(path, value, _describe(kind))
            return None

    def _unlike(self, path: str, value: Any, expected: str) -> None:
        # A value that has the wrong type may be a secret that was put in the wrong place.
        found = "a table" if isinstance(value, Mapping) else _word(value)
        self.problem(
            "settings.value",
            f"`{path}` has a value that does not fit",
            found=found,
            expected=expected,
            way_out="docs/reference/settings.md shows every setting with an example",
        )

    def _unknown(self, path: str, name: str, known: list[str]) -> None:
        close = difflib.get_close_matches(name, known, 1)
        self.problem(
            "settings.unknown",
            f"there is no setting `{path}`",
            found=name,
            expected=", ".join(known),
            way_out=f"did you mean `{close[0]}`?" if close else "remove it",
        )


def _join(path: str, name: Any) -> str:
    text = str(name)
    part = text if text.replace("_", "").replace("-", "").isalnum() else f'"{text[:60]}"'
    return f"{path}.{part}" if path else part


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return "text" if isinstance(value, str) else f"a {type(value).__name__}"


def _describe(kind: Any) -> str:
    """What a setting takes, in words."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if origin is tuple:
        return f"a list of {_describe(inner[0])}"
    if origin is dict:
        return "a table"
    if _is_struct(kind):
        return 'a table such as {env = "NAME"}' if kind.__name__ == "Secret" else "a table"
    if all(isinstance(each, str) for each in inner):
        return "one of " + ", ".join(f'"{each}"' for each in inner)
    metadata = getattr(kind, "__metadata__", None)
    if metadata:
        meta = metadata[0]
        least = meta.ge if meta.ge is not None else meta.gt
        return f"{_describe(inner[0])} from {least}" + (f" to {meta.le}" if meta.le else "")
    return " or ".join(_describe(each) for each in inner if each is not type(None))
