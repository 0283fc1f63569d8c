"""What the ingress knows of a tool before any call: compiled schema, roles by place, currencies."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from gardefou.constitution.catalogue._effects import EFFECTS, ROLES
from gardefou.constitution.catalogue._model import Parameter, Tool
from gardefou.constitution.catalogue._plan_schema import combined
from gardefou.constitution.catalogue._schema import Checker
from gardefou.constitution.catalogue.types import (
    SIGNS,
    Surroundings,
    check_currency,
    refuse,
)

_MOST_PLANS = 4096
_DEEPEST = 16
_CURRENCY_NAMES = frozenset({"currency", "currencycode", "isocurrency", "devise", "ccy"})


class Node:
    """What the catalogue says about one place in the arguments, and about the places below."""

    __slots__ = ("children", "currency_default", "item", "parameter")

    def __init__(self) -> None:
        """Start with nothing known."""
        self.parameter: Parameter | None = None
        self.children: dict[str, Node] = {}
        self.item: Node | None = None
        self.currency_default: str | None = None


class Plan:
    """Everything about a tool that does not depend on the call."""

    __slots__ = ("checker", "doubtful", "guaranteed", "root")

    def __init__(self, tool: Tool) -> None:
        """Compile the schema and place every parameter."""
        self.checker = Checker(tool.schema)
        self.root = Node()
        top = tool.schema.get("properties")
        for path, parameter in tool.parameters.items():
            # A name with a dot of its own is one name where the schema lists it so.
            whole = isinstance(top, dict) and path in top
            node = _place(self.root, [path] if whole else path.split("."))
            node.parameter = parameter
        _learn(self.root, tool.schema, tool.schema, 0)
        guaranteed = (EFFECTS[name].guarantees for name in tool.effects if name in EFFECTS)
        self.guaranteed = tuple(dict.fromkeys(role for roles in guaranteed for role in roles))
        self.doubtful = _doubtful(tool)


def _doubtful(tool: Tool) -> frozenset[str]:
    """The roles whose proposed meaning may be wrong without harm: what does not fit has no role.

    Of a tool without consequences all, of another one those that do not decide whom or what the
    call reaches. A person's labels are taken at their word, and so is what an effect guarantees.
    """
    if tool.labelled_by not in {"suggest", "hints"} or not tool.effects:
        return frozenset()
    known = [EFFECTS[name] for name in tool.effects if name in EFFECTS]
    harmless = len(known) == len(tool.effects) and not any(e.consequential for e in known)
    guaranteed = {role for effect in known for role in effect.guarantees}
    return frozenset(
        role.name
        for role in ROLES.values()
        if role.name not in guaranteed and role.name != "limit" and (harmless or not role.deciding)
    ) | ({"limit"} if harmless else frozenset())


_PLANS: dict[int, tuple[Tool, Plan]] = {}


def plan_of(tool: Tool) -> Plan:
    """The compiled plan of a tool, kept while the same object is used."""
    # The entry holds the tool, so its id cannot become another tool's while the entry stands.
    found = _PLANS.get(id(tool))
    if found is not None:
        return found[1]
    plan = Plan(tool)
    if len(_PLANS) >= _MOST_PLANS:
        _PLANS.clear()
    _PLANS[id(tool)] = (tool, plan)
    return plan


def _place(root: Node, parts: list[str]) -> Node:
    node = root
    for part in parts:
        name = part.removesuffix("[]")
        depth = 0
        while name != part:
            depth += 1
            part, name = name, name.removesuffix("[]")  # noqa: PLW2901 - peels one pair at a time
        if name:
            node = node.children.setdefault(name, Node())
        for _ in range(depth):
            node.item = node.item or Node()
            node = node.item
    return node


def _learn(node: Node, schema: Any, whole: Mapping[str, Any], depth: int) -> None:
    """Note where a currency that the schema lists stands beside an amount."""
    if depth > _DEEPEST:
        return
    properties: dict[str, Any] = {}
    for part in combined(schema, whole):
        found = part.get("properties")
        if isinstance(found, dict):
            properties.update(found)
        if node.item is not None:
            _learn(node.item, part.get("items"), whole, depth + 1)
    beside = _currency_name(tuple(properties))
    for name, child in node.children.items():
        if beside is not None:
            stated = properties.get(beside)
            default = stated.get("default") if isinstance(stated, dict) else None
            child.currency_default = default if isinstance(default, str) else ""
        _learn(child, properties.get(name), whole, depth + 1)


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


@functools.lru_cache(maxsize=4096)
def _currency_name(names: tuple[str, ...]) -> str | None:
    """The name beside an amount that holds its currency; ``""`` when several might."""
    close = [n for n in names if "currency" in _plain(n) or _plain(n) in _CURRENCY_NAMES]
    exact = [n for n in close if _plain(n) in _CURRENCY_NAMES]
    best = exact or close
    if not best:
        return None
    return best[0] if len(best) == 1 else ""


def surroundings_of_money(
    node: Node, parameter: Parameter, siblings: Mapping[str, Any], plain: Surroundings, path: str
) -> Surroundings:
    """What an amount's currency is when the amount does not say.

    Raises:
        InputError: ``money.currency``, ``money.currency_conflict``.
    """
    fixed = check_currency(parameter.currency, path) if parameter.currency else ""
    beside = _currency_name(tuple(siblings))
    value = siblings.get(beside) if beside else None
    if value is None and node.currency_default is not None and not fixed and beside is None:
        # The tool has its own idea of the currency; only its schema could say which.
        value = node.currency_default
        if value == "":
            return Surroundings(domains=plain.domains, currency="")
    if beside == "" and not fixed:
        return Surroundings(domains=plain.domains, currency="")
    if value is not None:
        stated = _code(value, path)
        if fixed and stated != fixed:
            refuse(
                "money.currency_conflict",
                "the call names another currency than the catalogue",
                path,
                expected=f"an amount in {fixed}",
                help="state the currency that the tool takes",
            )
        fixed = stated
    if fixed:
        return Surroundings(domains=plain.domains, currency=fixed, currency_is_default=False)
    if plain.currency:
        check_currency(plain.currency, "currency")
    return plain


def _code(value: Any, path: str) -> str:
    meant = SIGNS.get(value) if isinstance(value, str) else None
    if meant is not None and len(meant) == 1:
        return next(iter(meant))
    return check_currency(value, path)


def role_type(role: str) -> str:
    """The domain type of a role; a role that nobody declared is ``other``."""
    return ROLES[role].type if role in ROLES else "json"
