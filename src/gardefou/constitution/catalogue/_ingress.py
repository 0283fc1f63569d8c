"""The way in: the arguments of a call in normal form, checked, and turned into typed values.

1. Arguments are brought to normal form (``gardefou.action.normal``) and must be an object.
2. They must fit the tool's JSON Schema; an argument that the schema does not list is refused.
   A plain decimal written as text is read as the number that the schema wants (ADR 0004).
   A tool without a schema takes any object.
3. Each argument becomes a value of the domain type of its parameter, or the call is refused.
   A string that holds JSON stays text. Null is an absent value, and so is an empty text where a
   receiver, person, address or time belongs.
   An object where a receiver, person, path or address belongs is read leaf by leaf, each text as
   one; an object where any other typed value belongs is refused.
4. Values are collected by role, in the role's type. A scalar role with several values is added up
   (``amount``, ``quantity``), joined (``command``, ``query``, ``code``), the earliest (``at``), the
   largest (``limit``), or refused.
   A meaning that was only proposed may be wrong: for the roles in `Plan.doubtful`, a value that
   does not fit the proposal has no role instead of being refused.
5. Guaranteed roles without a value are listed in ``missing``: rules on them cannot be evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gardefou.action import normal, parse
from gardefou.constitution.catalogue._effects import ROLES
from gardefou.constitution.catalogue._model import Parameter, Tool
from gardefou.constitution.catalogue._numerals import read_numerals
from gardefou.constitution.catalogue._plan import (
    Node,
    Plan,
    plan_of,
    role_type,
    surroundings_of_money,
)
from gardefou.constitution.catalogue.types import (
    Surroundings,
    kind_of,
    parse_boolean,
    parse_domain,
    parse_iban,
    parse_integer,
    parse_money,
    parse_number,
    parse_parties,
    parse_path,
    parse_persons,
    parse_shell,
    parse_sql,
    parse_text,
    parse_timestamp,
    parse_url,
    refuse,
    total,
)
from gardefou.errors import InputError

_OTHER = Parameter()
_LIST_ROLES = tuple(name for name, role in ROLES.items() if role.many)
_ONE: dict[str, Callable[[Any, str, Surroundings], Any]] = {
    "text": parse_text,
    "integer": parse_integer,
    "number": parse_number,
    "boolean": parse_boolean,
    "money": parse_money,
    "domain": parse_domain,
    "iban": parse_iban,
    "url": parse_url,
    "path": parse_path,
    "timestamp": parse_timestamp,
    "sql": parse_sql,
    "shell": parse_shell,
}
_SEVERAL: dict[str, Callable[[Any, str, Surroundings], list[Any]]] = {
    "party": parse_parties,
    "person": parse_persons,
}
_MAY_BE_EMPTY = frozenset({"party", "person", "url", "domain", "iban", "timestamp"})
_OPEN_TYPES = frozenset({"json", "text"})
_NUMBERS = (int, float, bool)
_LEAF_BY_LEAF = frozenset({"party", "person", "path", "url", "domain"})


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One scalar inside the arguments.

    ``path`` is its place (``to[1]``), ``text`` how JSON writes it (strings as they are), ``value``
    its typed value: a list where one text holds several receivers or persons. A key of an object
    whose names the catalogue does not know is a leaf too, at the path of the object and ``{}``.
    """

    path: str
    role: str
    text: str
    value: Any


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """The arguments of one call, typed.

    ``arguments`` is the normal form, ``typed`` the same shape with typed values in the leaves,
    ``roles`` the values by role: list roles always, scalar roles when an argument fills them.
    """

    arguments: dict[str, Any]
    typed: dict[str, Any]
    roles: dict[str, Any]
    leaves: tuple[Leaf, ...]
    missing: tuple[str, ...] = ()


def ingest(
    tool: Tool,
    arguments: Mapping[str, Any] | str | bytes,
    *,
    organisation_domains: tuple[str, ...] = (),
    currency: str = "",
) -> Ingested:
    """Turn the arguments of a call into typed values, or refuse them; nothing is guessed.

    Arguments as text are read as JSON, so that duplicate keys are seen. ``currency`` is the
    organisation's, used where neither the text nor another argument nor the parameter says.

    Raises:
        InputError: the first thing that has no canonical or typed form; nothing else is raised.
    """
    value = parse(arguments) if isinstance(arguments, (str, bytes)) else normal(arguments)
    if type(value) is not dict:
        refuse(
            "ingress.not_object",
            "the arguments are not an object",
            "",
            expected="a JSON object",
            help="send the arguments by name",
        )
    plan = plan_of(tool)
    value = _fitting(plan, tool.schema, value)
    around = Surroundings(domains=tuple(organisation_domains), currency=currency)
    walk = _Walk(around, plan.doubtful)
    typed = walk.fields(plan.root, _OTHER, "", value)
    roles: dict[str, Any] = {name: [] for name in _LIST_ROLES}
    for role, values in walk.roles.items():
        if ROLES[role].many:
            roles[role] = values
            continue
        try:
            roles[role] = _single(role, values)
        except InputError:
            if role not in plan.doubtful:
                raise
    return Ingested(
        arguments=value,
        typed=typed,
        roles=roles,
        leaves=tuple(walk.leaves),
        missing=tuple(role for role in plan.guaranteed if role not in walk.roles),
    )


def _fitting(plan: Plan, schema: Mapping[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """The arguments as they fit the schema: as sent, or with plain decimals read as numbers."""
    try:
        plan.checker.check(value)
    except InputError:
        read: dict[str, Any] = normal(read_numerals(value, schema, schema))
        if read == value:
            raise
        plan.checker.check(read)
        return read
    return value


class _Walk:
    """One pass over the arguments of a call."""

    __slots__ = ("doubtful", "leaves", "plain", "roles")

    def __init__(self, plain: Surroundings, doubtful: frozenset[str]) -> None:
        self.plain = plain
        self.doubtful = doubtful
        self.leaves: list[Leaf] = []
        self.roles: dict[str, list[Any]] = {}

    def fields(
        self, node: Node | None, inherited: Parameter, path: str, value: dict[str, Any]
    ) -> dict[str, Any]:
        """The fields of an object; those that no label names take the object's own meaning."""
        typed = {}
        for name, item in value.items():
            child = node.children.get(name) if node is not None else None
            place = f"{path}.{name}" if path else name
            parameter, around = inherited, self.plain
            if child is None:
                if inherited.type in _LEAF_BY_LEAF and type(item) in _NUMBERS:
                    parameter = _OTHER  # a number beside the texts is no path or receiver
                if path:
                    self.leaves.append(
                        Leaf(path=f"{path}{{}}", role=inherited.role, text=name, value=name)
                    )
            elif child.parameter is not None:
                parameter = child.parameter
                if parameter.type == "money" or parameter.role == "amount":
                    around = surroundings_of_money(child, parameter, value, self.plain, place)
            elif child.children or child.item is not None:
                parameter = _OTHER
            meant = self.visit(child, parameter, place, item, around)
            if meant is not None:  # null is absent, for conditions too
                typed[name] = meant
        return typed

    def visit(
        self, node: Node | None, parameter: Parameter, path: str, value: Any, around: Surroundings
    ) -> Any:
        """One value of any kind."""
        kind = type(value)
        if kind is dict:
            if parameter.type in _OPEN_TYPES:
                return self.fields(node, parameter, path, value)
            if node is not None and node.children:  # labels speak of the fields inside
                return self.fields(node, _OTHER, path, value)
            if parameter.type in _LEAF_BY_LEAF:
                return self.fields(None, parameter, path, value)
            _not_of_type(value, parameter, path)
        if kind is list and not (parameter.type == "shell" and _is_words(value)):
            item_node = node.item if node is not None else None
            if item_node is not None and item_node.parameter is not None:
                parameter = item_node.parameter
            if item_node is None and node is not None and node.children:
                item_node = node  # a label `to.address` also speaks of the items of a list `to`
            return [
                self.visit(item_node, parameter, f"{path}[{i}]", item, around)
                for i, item in enumerate(value)
            ]
        if value is None:
            return None
        return self._scalar(parameter, path, value, around)

    def _scalar(self, parameter: Parameter, path: str, value: Any, around: Surroundings) -> Any:
        kind = type(value)
        if parameter is _OTHER:  # most leaves of most calls
            self.roles.setdefault("other", []).append(value)
            text = value if kind is str else parse_text(value, path)
            self.leaves.append(Leaf(path=path, role="other", text=text, value=value))
            return value
        role = parameter.role if parameter.role in ROLES else "other"
        if kind is str and parameter.type in _MAY_BE_EMPTY and not value.strip():
            return None
        wanted = role_type(role)
        try:
            values = _convert(parameter.type, value, path, around)
            meant = values if wanted == parameter.type else _convert(wanted, value, path, around)
        except InputError:
            if role not in self.doubtful:
                raise
            return self._scalar(_OTHER, path, value, around)
        self.roles.setdefault(role, []).extend(meant)
        typed = values[0] if len(values) == 1 else values
        if kind is list:
            self.leaves.extend(
                Leaf(path=f"{path}[{i}]", role=role, text=word, value=word)
                for i, word in enumerate(value)
            )
        else:
            text = value if kind is str else parse_text(value, path)
            self.leaves.append(Leaf(path=path, role=role, text=text, value=typed))
        return typed


def _convert(type_: str, value: Any, path: str, around: Surroundings) -> list[Any]:
    if type_ == "json":
        return [value]
    several = _SEVERAL.get(type_)
    if several is not None:
        return several(value, path, around)
    return [_ONE[type_](value, path, around)]


def _is_words(value: list[Any]) -> bool:
    return bool(value) and all(type(word) is str for word in value)


def _not_of_type(value: Any, parameter: Parameter, path: str) -> None:
    refuse(
        f"{parameter.type}.type",
        f"{kind_of(value)} is not a {parameter.type}",
        path,
        expected=f"a {parameter.type}",
        help="label the fields inside the object in the catalogue",
    )


def _single(role: str, values: list[Any]) -> Any:
    """The one value of a scalar role.

    Raises:
        InputError: ``ingress.several_values`` when several cannot be made one.
    """
    first = values[0]
    if len(values) == 1:
        return first
    if role == "amount":
        return total(values, role)
    if role == "quantity":
        return sum(values)
    if role == "at":
        return min(values)
    if role == "limit":
        return max(values)
    if role == "command":
        return parse_shell("\n".join(value.text for value in values), role)
    if role == "query":
        return parse_sql(";\n".join(value.text for value in values), role)
    if role == "code":
        return "\n".join(values)
    if any(value != first for value in values):
        refuse(
            "ingress.several_values",
            f"several arguments fill the role `{role}`",
            role,
            expected="one value",
            help="label one argument with this role in the catalogue",
        )
    return first
