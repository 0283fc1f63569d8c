"""How a call looks to a reviewer: worked out once, since a stored call never changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from gardefou.action import Action, Principal, canonical
from gardefou.decide import quoted
from gardefou.decide.origins import LeafOrigin
from gardefou.supervision._people import chain

MAX_IN_SENTENCE = 4


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One value of the arguments: its place, its JSON text, and where it came from."""

    path: str
    text: str
    origin: LeafOrigin | None = None


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """The unchanging part of a card; ``barred`` is the principal's chain, folded."""

    sentence: str
    arguments: str
    values: tuple[Shown, ...]
    content: str
    asked_by: Principal
    session: str
    barred: frozenset[str]


def face_of(action: Action, origins: tuple[LeafOrigin, ...]) -> Face:
    """The face of a stored call; linear in its arguments."""
    marks = {origin.path: origin for origin in origins}
    values = tuple(
        Shown(path=path, text=plain(value), origin=marks.get(path))
        for path, value in flat(action.arguments)
    )
    return Face(
        sentence=_sentence(action, values),
        arguments=canonical(action.arguments).decode(),
        values=values,
        content="" if action.content is None else canonical(action.content).decode(),
        asked_by=action.principal,
        session=action.session,
        barred=chain(action.principal),
    )


def _sentence(action: Action, values: tuple[Shown, ...]) -> str:
    who = action.principal
    agent = who.agent or who.application or "an agent"
    told = [f"{shown.path} {quoted(shown.text)}" for shown in values[:MAX_IN_SENTENCE]]
    if len(values) > MAX_IN_SENTENCE:
        told.append(f"and {len(values) - MAX_IN_SENTENCE} more values")
    with_what = f" with {', '.join(told)}" if told else ""
    whom = f" for {quoted(who.user)}" if who.user else ""
    name = action.tool or action.kind
    return f"{quoted(agent)} will run {quoted(name)}{whom}{with_what}."


def flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value by its path, as origins name them; empty lists and objects are values too."""
    if isinstance(value, dict) and value:
        for name in sorted(value):
            yield from flat(value[name], f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from flat(item, f"{path}[{number}]")
    elif path:
        yield path, value


def plain(value: Any) -> str:
    """A value as text: strings as they are, everything else as canonical JSON."""
    return value if isinstance(value, str) else canonical(value).decode()
