"""The arguments of a proposed call: each wanted value at the place that the catalogue has for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gardefou.analysis._raw import Wanted, raw, sample
from gardefou.analysis._values import Values
from gardefou.analysis._world import World
from gardefou.constitution import Constitution
from gardefou.constitution.catalogue import EFFECTS, ROLES, Tool

_JOINED = frozenset({"party", "person"})
_UNKNOWN_ARGUMENT = "unlisted_argument"
_TOO_LARGE = 2**63
_LONGEST = 5_000


def refusals(tool: Tool, law: Constitution) -> Iterator[dict[str, Any]]:
    """Arguments that a tool's schema, or else the canonical form, refuses."""
    if tool.schema.get("properties"):
        yield {**_required(tool, {}, law), _UNKNOWN_ARGUMENT: True}
    yield {"number": _TOO_LARGE}


def everything(tool: Tool, law: Constitution) -> dict[str, Any]:
    """A call with every argument that a schema lists."""
    properties = tool.schema.get("properties")
    names = list(properties) if isinstance(properties, dict) else []
    return _filled(tool, {}, names, law)


def beyond(old: Tool, new: Tool, law: Constitution) -> Iterator[dict[str, Any]]:
    """Arguments that a changed schema lets in: new names, longer texts, larger numbers, new values."""
    if old.schema == new.schema and old.parameters == new.parameters:
        return
    full = everything(new, law)
    yield full
    before, after = (t.schema.get("properties") for t in (old, new))
    for name, schema in after.items() if isinstance(after, dict) else ():
        was = before.get(name) if isinstance(before, dict) else None
        if not isinstance(schema, dict) or schema == was:
            continue
        for value in _outside(was if isinstance(was, dict) else {}, schema):
            yield {name: value}
            yield {**full, name: value}


def _outside(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Any]:
    """Values that the new schema of an argument takes and the old one may not."""
    listed = now.get("enum")
    yield from listed if isinstance(listed, list) else ()
    longest = was.get("maxLength")
    if type(longest) is int and longest < _LONGEST:
        yield "a" * (longest + 1)
    shortest = was.get("minLength")
    if type(shortest) is int and shortest > 1:
        yield "a" * (shortest - 1)
    for bound, step in (("maximum", 1), ("minimum", -1)):
        number = was.get(bound)
        if isinstance(number, int | float):
            yield number + step
    kinds = now.get("type")
    samples = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "array": ["text"]}
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind in samples:
            yield samples[kind]
        elif kind == "null":
            yield None


def arguments_of(values: Values, tool: Tool, law: Constitution, world: World) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for path, parameter in tool.parameters.items():
        key = f"args.{path.partition('[')[0]}"
        if key in world.alike or not values.mentions(key):
            continue
        if "[]" in path and path.endswith("[]"):
            keys, size = values.items(key)
            items = [raw(parameter.type, values.wanted(k), tool, path, law) for k in keys]
            items += items[:1] * (size - len(items))
            _put(arguments, path, items)
        elif "[]" not in path and values.is_there(key) is not False:
            _put(arguments, path, raw(parameter.type, values.wanted(key), tool, path, law))
    _plain_arguments(values, tool, arguments)
    for role in ROLES.values():
        if values.mentions(f"roles.{role.name}"):
            _fill_role(values, tool, role.name, arguments, law)
    _show_effects(values, tool, world, arguments)
    return _required(tool, arguments, law)


def _plain_arguments(values: Values, tool: Tool, arguments: dict[str, Any]) -> None:
    """Arguments that the catalogue gives no label."""
    properties = tool.schema.get("properties")
    for name, schema in properties.items() if isinstance(properties, dict) else ():
        key = f"args.{name}"
        if name in arguments or name in tool.parameters or not values.mentions(key):
            continue
        if values.is_there(key) is False or not isinstance(schema, dict):
            continue
        kind = schema.get("type")
        if kind == "array":
            keys, size = values.items(key)
            items = [_scalar(values.wanted(k), schema.get("items", {})) for k in keys]
            arguments[name] = items + items[:1] * (size - len(items))
        elif kind != "object":
            arguments[name] = _scalar(values.wanted(key), schema)


def _scalar(wanted: Wanted, schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "boolean":
        return bool(wanted.flags.get("", False))
    if kind == "integer":
        return int(wanted.numbers.get("", 0))
    if kind == "number":
        return float(wanted.numbers.get("", 0))
    return wanted.witnesses.get("", sample("text", schema))


def _fill_role(
    values: Values, tool: Tool, role: str, arguments: dict[str, Any], law: Constitution
) -> None:
    """Give the wanted values of a role to the arguments that have it."""
    paths = [
        path for path, p in tool.parameters.items() if p.role == role and path not in arguments
    ]
    if not paths:
        return
    if not ROLES[role].many:
        if values.is_there(f"roles.{role}") is not False:
            type_ = tool.parameters[paths[0]].type
            _put(
                arguments, paths[0], raw(type_, values.wanted(f"roles.{role}"), tool, paths[0], law)
            )
        return
    keys, size = values.items(f"roles.{role}")
    lists = [path for path in paths if path.endswith("[]")]
    path = lists[0] if lists else paths[0]
    type_ = tool.parameters[path].type
    made = [raw(type_, values.wanted(key), tool, path, law) for key in keys]
    made += made[:1] * (size - len(made))
    if not made:
        return
    if lists:
        _put(arguments, path, made)
    elif len(made) == 1 or ROLES[role].type not in _JOINED:
        for place, value in zip(paths, made, strict=False):
            _put(arguments, place, value)
    else:
        _put(arguments, path, ", ".join(map(str, made)))


def _show_effects(values: Values, tool: Tool, world: World, arguments: dict[str, Any]) -> None:
    """A command or a statement whose words show an effect that is wanted."""
    wanted = [
        name
        for name in EFFECTS
        if isinstance(world.effects.get(name), str) and values.flag(f"effect.{name}")
    ]
    for path, parameter in tool.parameters.items():
        shown = _SHOWS.get(parameter.role, {})
        lines = [shown[name] for name in wanted if name in shown]
        if lines and path not in arguments:
            arguments[path] = "\n".join(lines)


_SHOWS = {
    "command": {
        "deletes": "rm -r old",
        "executes_code": "./run",
        "opens_url": "curl https://outside.example/",
        "writes": "touch note",
        "reads": "ls",
        "installs_software": "pip install package",
    },
    "query": {"deletes": "delete from t", "writes": "update t set a = 1", "reads": "select 1"},
}


def _put(arguments: dict[str, Any], path: str, value: Any) -> None:
    """Put a value at a path of the catalogue: dotted, ``[]`` for a list."""
    parts = path.split(".")
    here = arguments
    for part in parts[:-1]:
        name = part.removesuffix("[]")
        if part.endswith("[]"):
            items = here.setdefault(name, [{}])
            here = items[0]
        else:
            here = here.setdefault(name, {})
    name = parts[-1].removesuffix("[]")
    if parts[-1].endswith("[]") and not isinstance(value, list):
        value = [value]
    here[name] = value


def _required(tool: Tool, arguments: dict[str, Any], law: Constitution) -> dict[str, Any]:
    needed = tool.schema.get("required")
    names = [name for name in needed if isinstance(name, str)] if isinstance(needed, list) else []
    return _filled(tool, arguments, names, law)


def _filled(
    tool: Tool, arguments: dict[str, Any], names: list[str], law: Constitution
) -> dict[str, Any]:
    """The arguments with harmless values where some are missing."""
    properties = tool.schema.get("properties")
    filled = dict(arguments)
    for name in names:
        if name in filled:
            continue
        schema = properties.get(name, {}) if isinstance(properties, dict) else {}
        schema = schema if isinstance(schema, dict) else {}
        if schema.get("type") == "array":
            filled[name] = []
        elif schema.get("type") == "object":
            filled[name] = {}
        else:
            parameter = tool.parameters.get(name)
            type_ = parameter.type if parameter is not None else "text"
            filled[name] = raw(type_, Wanted(), tool, name, law)
    return filled
