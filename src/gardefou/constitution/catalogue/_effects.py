"""The closed list of effects and the roles that arguments can play (version 1).

An *effect* says what a tool can do to the world. A *role* says what an argument means for an
effect, whatever the tool calls it: rules are written on roles, so that they hold for tools that
nobody has seen yet. An effect *guarantees* some roles: a tool that has the effect must map an
argument to each, and a call that lacks the value cannot be evaluated (law 2).
"""

from __future__ import annotations

from typing import Literal

import msgspec

EFFECTS_VERSION = 1

DomainType = Literal[
    "text",
    "integer",
    "number",
    "boolean",
    "money",
    "party",
    "domain",
    "iban",
    "url",
    "path",
    "person",
    "timestamp",
    "sql",
    "shell",
    "json",
]


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """What an argument means: its name in conditions, its type, and whether it is a list.

    A list role that no argument fills is empty; a scalar role that no argument fills is absent.
    ``deciding`` roles are those whose origin decides whether an action is the user's own.
    """

    name: str
    type: DomainType
    many: bool
    deciding: bool
    meaning: str


def _role(
    name: str, type_: DomainType, meaning: str, *, many: bool = False, deciding: bool = True
) -> Role:
    return Role(name=name, type=type_, many=many, deciding=deciding, meaning=meaning)


ROLES: dict[str, Role] = {
    role.name: role
    for role in (
        _role("amount", "money", "how much money moves"),
        _role("recipients", "party", "who receives the money, message, thing or access", many=True),
        _role("persons", "person", "whom the data are about", many=True),
        _role("urls", "url", "addresses that are opened or written to", many=True),
        _role("paths", "path", "files and folders that are touched", many=True),
        _role("command", "shell", "a command line for a shell"),
        _role("query", "sql", "a statement for a database"),
        _role("code", "text", "program text that will be run"),
        _role("secrets", "text", "passwords, keys and one-time codes", many=True),
        _role("targets", "text", "identifiers or names of the things acted on", many=True),
        _role("permission", "text", "the right or role that is given or taken"),
        _role("content", "text", "what is said, written or sent", many=True, deciding=False),
        _role("limit", "integer", "how many records are asked for", deciding=False),
        _role("filter", "text", "what records are searched by", many=True, deciding=False),
        _role("quantity", "number", "how many of a thing", deciding=False),
        _role("at", "timestamp", "when it is to happen", deciding=False),
        _role("case", "text", "the case or file that justifies the action", deciding=False),
        _role("purpose", "text", "the stated reason", deciding=False),
        _role("other", "json", "any argument with no other role", many=True, deciding=False),
    )
}


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What a tool can do to the world; ``grave`` effects never pass unlisted by a low confidence."""

    name: str
    consequential: bool
    guarantees: tuple[str, ...]
    meaning: str


def _effect(name: str, meaning: str, *guarantees: str, consequential: bool = True) -> Effect:
    return Effect(name=name, consequential=consequential, guarantees=guarantees, meaning=meaning)


EFFECTS: dict[str, Effect] = {
    effect.name: effect
    for effect in (
        _effect(
            "reads",
            "looks at the organisation's own data or the world, changes nothing",
            consequential=False,
        ),
        _effect(
            "reads_outside",
            "brings in text that people outside can write (web, mail, issues)",
            consequential=False,
        ),
        _effect("computes", "calculates from its arguments only", consequential=False),
        _effect("pays", "moves money", "amount"),
        _effect("commits", "enters an obligation: orders, books, signs, subscribes"),
        _effect("sends_outside", "carries content to people or systems that may be outside"),
        _effect("publishes", "makes content visible to the public or an open group"),
        _effect("writes", "creates or changes records, files, events or settings of the user"),
        _effect("deletes", "removes things, cancels them, or makes them unreachable"),
        _effect("grants_access", "gives a person or a program access, membership or rights"),
        _effect("revokes_access", "takes access, membership or rights away"),
        _effect("reads_secrets", "reveals passwords, keys or one-time codes", consequential=False),
        _effect("changes_credentials", "sets passwords, keys or second factors"),
        _effect("executes_code", "runs a command, a script or a statement that can change things"),
        _effect("installs_software", "adds programs, packages, plug-ins or tools"),
        _effect("opens_url", "requests an address chosen at run time, which can carry data out"),
        _effect("collects_personal_data", "gathers data about persons"),
        _effect("monitors_people", "follows, recognises or listens to persons over time"),
        _effect("judges_people", "scores, ranks, profiles or decides on persons"),
        _effect("uses_force", "can injure, restrain or kill, or aims what can"),
        _effect("moves_machine", "moves a vehicle, a robot, a valve or another physical device"),
        _effect("weakens_security", "alters protection, logging, policy or oversight itself"),
        _effect("starts_agent", "starts another agent or hands a task to one"),
    )
}
