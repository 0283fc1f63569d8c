"""From the solver's values to a concrete action: arguments that have exactly the wanted typed values.

What is made here is only a proposal: the guard itself types it and decides it, and what it does not
confirm is never shown as a counterexample.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from gardefou.action import KINDS, Action, Autonomy, Principal
from gardefou.analysis._arguments import arguments_of, refusals
from gardefou.analysis._case import Case, State
from gardefou.analysis._values import Values
from gardefou.analysis._world import World
from gardefou.constitution import Constitution
from gardefou.constitution.catalogue import EFFECTS, ROLES, Parameter, Tool
from gardefou.constitution.facts import FactDeclaration
from gardefou.decide.origins import Intent, Origin


def proposals(
    values: Values, tool: Tool, law: Constitution, world: World, *, refused: bool, is_open: bool
) -> Iterator[Case]:
    """Concrete cases for the solver's values, the most likely first."""
    state = _state(values, law.facts)
    base = _action(values, world)
    if is_open:
        tool = _imagined(values, base.tool)
        for case in proposals(values, tool, law, world, refused=refused, is_open=False):
            yield msgspec.structs.replace(case, tool=tool)
        return
    if world.kind != "tool.call":
        yield Case(action=base, state=state, at_us=_now(values))
        return
    if refused:
        for arguments in refusals(tool, law):
            action = msgspec.structs.replace(base, arguments=arguments)
            yield Case(action=action, state=state, at_us=_now(values))
        return
    arguments = arguments_of(values, tool, law, world)
    yield Case(
        action=msgspec.structs.replace(base, arguments=arguments), state=state, at_us=_now(values)
    )


def _imagined(values: Values, name: str) -> Tool:
    """A tool as somebody may label it: with the effects and the roles that are wanted."""
    parameters: dict[str, Parameter] = {}
    properties: dict[str, Any] = {}
    for role in ROLES.values():
        key = f"roles.{role.name}"
        filled = values.items(key)[1] > 0 if role.many else values.is_there(key)
        if role.name == "other" or not filled:
            continue
        kind = {"integer": "integer", "number": "number", "boolean": "boolean"}.get(
            role.type, "string"
        )
        inner = {"type": kind}
        properties[role.name] = {"type": "array", "items": inner} if role.many else inner
        path = f"{role.name}[]" if role.many else role.name
        parameters[path] = Parameter(role=role.name, type=role.type)
    effects = tuple(effect for effect in EFFECTS if values.flag(f"effect.{effect}"))
    return Tool(
        name=name,
        schema={"type": "object", "properties": properties},
        effects=effects,
        parameters=parameters,
        labelled_by="person",
        confidence=1.0,
    )


def _now(values: Values) -> int:
    now = values.number("now")
    return int(now) if now is not None else 1_767_225_600_000_000


def _action(values: Values, world: World) -> Action:
    def text(key: str, default: str = "") -> str:
        found = values.text(key)
        return default if found is None else found

    people, count = values.items("principal.on_behalf_of")
    chain = [text(key) for key in people]
    chain += [chain[0] if chain else "someone"] * (count - len(chain))
    return Action(
        kind=next(kind for kind in KINDS if kind == world.kind),
        tool=world.tool if world.tool is not None else (text("action.tool") or "another_tool"),
        vendor=text("action.vendor"),
        model=text("action.model"),
        channel=text("action.channel"),
        session=text("action.session"),
        purpose=text("action.purpose"),
        case=text("action.case"),
        autonomy=Autonomy(
            supervised=bool(values.flag("action.autonomy.supervised")),
            supervisor=text("action.autonomy.supervisor"),
        ),
        principal=_principal(text, chain),
    )


def _principal(text: Any, chain: list[str]) -> Principal:
    def either(field: str, default: str) -> str:
        return str(text(f"principal.{field}") or text(f"action.principal.{field}", default))

    return Principal(
        tenant=either("tenant", "default"),
        application=either("application", ""),
        agent=either("agent", ""),
        user=either("user", ""),
        on_behalf_of=tuple(chain),
    )


def _state(values: Values, facts: tuple[FactDeclaration, ...]) -> State:
    known: dict[str, Any] = {}
    for fact in facts:
        key = f"facts.{fact.name}"
        if values.is_there(key) is False:
            continue
        if fact.kind in ("once", "since"):
            known[fact.name] = bool(values.flag(key))
        elif fact.currency:
            minor = values.number(f"{key}.minor")
            known[fact.name] = {"minor": int(minor or 0), "currency": fact.currency}
        else:
            number = values.number(key)
            known[fact.name] = int(number) if number is not None else 0
    flags = {name: values.flag(f"intent.{name}") for name in Intent.__struct_fields__}
    origins = {}
    for role in ROLES:
        if values.mentions(f"origin.{role}"):
            source = values.text(f"origin.{role}.source") or "absent"
            fields: dict[str, Any] = {
                name: bool(values.flag(f"origin.{role}.{name}"))
                for name in ("named", "delegated", "outsider", "trusted")
            }
            tool = values.text(f"origin.{role}.tool") or ""
            origins[role] = msgspec.convert({"source": source, "tool": tool, **fields}, Origin)
    return State(
        facts=known,
        origin=origins,
        intent=Intent(**{name: True for name, value in flags.items() if value}),
    )
