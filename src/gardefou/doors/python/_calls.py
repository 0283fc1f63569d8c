"""From a Python call to canonical arguments, and back to what the function is given.

1. What the function is given is decoded from the canonical arguments, by its own annotations; the
   caller's objects never reach it. So what runs after an approval is what runs at once.
2. A value that has no JSON form is an error, never a guess.
3. ``self``, ``cls`` and parameters that the caller names as hidden are no part of the action: they
   are handed on as they are, and no rule sees them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_type_hints

import msgspec

from gardefou.constitution.catalogue import Parameter, Tool
from gardefou.errors import InputError

_OWN = frozenset({"self", "cls"})
_SCALARS = frozenset({bool, float, int, str})
_MISSING: Any = object()
_PLAIN = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Shape:
    """How one function takes its arguments."""

    def __init__(self, function: Callable[..., Any], hidden: Iterable[str] = ()) -> None:
        """Read the signature and the annotations once."""
        self._signature = inspect.signature(function)
        self._hidden = _OWN | set(hidden)
        self._hints = _hints(function)
        self._rest = ""
        self._named = ""
        is_plain = True
        for name, parameter in self._signature.parameters.items():
            if parameter.kind is parameter.VAR_POSITIONAL:
                self._rest = name
            elif parameter.kind is parameter.VAR_KEYWORD:
                self._named = name
            is_plain = is_plain and parameter.kind in _PLAIN
        self._plain = _Plain(self._signature) if is_plain else None
        # Behind ``**`` any name can stand.
        hides = self._hidden if self._named else self._hidden & self._signature.parameters.keys()
        self._hides = bool(hides)

    def encode(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The arguments as JSON, copied, and the hidden ones as they are.

        Raises:
            TypeError: as the function itself would, when the call does not fit it.
            InputError: ``call.argument`` when a value has no JSON form.
        """
        given = None if self._plain is None else self._plain.bind(args, kwargs)
        if given is None:
            bound = self._signature.bind(*args, **kwargs)
            bound.apply_defaults()
            given = dict(bound.arguments)
            if self._named:
                given |= given.pop(self._named)
        hidden = {}
        if self._hides:
            hidden = {name: given.pop(name) for name in self._hidden & given.keys()}
        return to_json(given), hidden

    def decode(
        self, arguments: Mapping[str, Any], hidden: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and named arguments for the function (rule 1).

        Raises:
            InputError: ``call.argument`` when a stored value does not fit the annotation.
        """
        values: dict[str, Any] = {}
        for name, value in arguments.items():
            values[name] = self._typed(name, value)
        values |= hidden
        if self._plain is not None:
            return (), values
        args: list[Any] = []
        for name, parameter in self._signature.parameters.items():
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                if name in values and (self._rest or parameter.kind is parameter.POSITIONAL_ONLY):
                    args.append(values.pop(name))
            elif name == self._rest:
                args += values.pop(name, ())
        return tuple(args), values

    def tool(
        self,
        name: str,
        description: str,
        effects: tuple[str, ...],
        roles: Mapping[str, str],
    ) -> Tool:
        """The tool that a function is, labelled by whoever wrote the decorator."""
        properties = {
            parameter: {"type": "array"}
            if parameter == self._rest
            else _schema(self._hints.get(parameter))
            for parameter, kind in self._signature.parameters.items()
            if parameter not in self._hidden and kind.kind is not kind.VAR_KEYWORD
        }
        schema: dict[str, Any] = {"type": "object", "properties": properties}
        if self._named:
            schema["additionalProperties"] = True
        return Tool(
            name=name,
            description=description,
            schema=schema,
            effects=effects,
            parameters={place: Parameter(role=role) for place, role in roles.items()},
            labelled_by="person" if effects else "nobody",
            confidence=1.0 if effects else 0.0,
        )

    def _typed(self, name: str, value: Any) -> Any:
        hint = self._hints.get(name)
        if hint is None or hint is Any or name == self._rest:
            return value
        if hint is type(value) and hint in _SCALARS:
            return value  # it fits as it is
        try:
            return msgspec.convert(value, hint, dec_hook=_model, strict=False)
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            raise InputError(
                f"the argument `{name}` does not fit its annotation: {str(error).lower()}",
                code="call.argument",
                path=name,
                help="annotate the parameter with what JSON can carry, or leave it out",
            ) from None


class _Plain:
    """Binding for functions all of whose parameters have names: the library's takes 5 µs longer."""

    def __init__(self, signature: inspect.Signature) -> None:
        parameters = signature.parameters.values()
        self._positional = tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
        self._empty = {p.name: _MISSING if p.default is p.empty else p.default for p in parameters}
        self._needed = tuple(p.name for p in parameters if p.default is p.empty)

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any] | None:
        """The arguments by name, or None where the call does not fit."""
        if len(args) > len(self._positional):
            return None
        first = dict(zip(self._positional, args, strict=False))
        if not first.keys().isdisjoint(kwargs):
            return None
        given = {**self._empty, **first, **kwargs}
        if len(given) != len(self._empty) or any(given[n] is _MISSING for n in self._needed):
            return None
        return given


def to_json(values: dict[str, Any]) -> Any:
    """Values as JSON.

    Raises:
        InputError: ``call.argument`` when one has no JSON form.
    """
    try:
        return msgspec.to_builtins(values, enc_hook=_dumped)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"an argument has no JSON form: {str(error).lower()}",
            code="call.argument",
            expected="values that JSON can carry, dataclasses, or models",
            help="convert it before the call, or name the parameter as hidden",
        ) from None


def _dumped(value: Any) -> Any:
    """A model of Pydantic, whose values are JSON by its own word."""
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json")
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _model(kind: type, value: Any) -> Any:
    validate = getattr(kind, "model_validate", None)
    if callable(validate):
        return validate(value)
    raise TypeError(f"{kind.__name__} cannot be made from JSON")


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(inspect.unwrap(function))
    except (NameError, TypeError, AttributeError):
        return {}  # names that are not there at run time: values stay as JSON


def _schema(hint: Any) -> dict[str, Any]:
    if hint is None or hint is Any:
        return {}
    try:
        (found,), parts = msgspec.json.schema_components([hint])
    except (TypeError, ValueError):
        return {}
    return found if not parts else {}
