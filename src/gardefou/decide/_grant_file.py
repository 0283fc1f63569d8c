"""Grants as a document: a JSON list, read whole or not at all.

1. Every mistake of every grant is named at once, with the place in the list.
2. A grant that names neither effects nor tools allows nothing, so it is a mistake.
3. Effects are those of the closed list; ids are unique; limits are not negative.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from gardefou.action import parse
from gardefou.constitution.catalogue import EFFECTS
from gardefou.decide.grants import Grant
from gardefou.errors import InputError, LoadError, Problem

_EXAMPLE = '[{"id": "desk", "tools": ["send_mail"], "max_calls": 3}]'


def load_grants(data: bytes | str, *, file: str = "") -> tuple[Grant, ...]:
    """Read the grants of a document.

    Raises:
        LoadError: with every mistake of the document, codes ``grant.*`` and ``json.*``.
    """
    try:
        value = parse(data)
    except InputError as error:
        raise LoadError(
            [Problem(code=error.code, message=error.message, file=file, help=error.help)]
        ) from None
    if not isinstance(value, list):
        raise LoadError([_problem("grant.form", "the document is no list of grants", file)])
    grants: list[Grant] = []
    problems: list[Problem] = []
    for number, item in enumerate(value):
        try:
            grants.append(msgspec.convert(item, Grant, strict=True))
        except msgspec.ValidationError as error:
            problems.append(_problem("grant.form", f"[{number}]: {str(error).lower()}", file))
    problems += [_problem(code, text, file) for code, text in _mistakes(grants)]
    if problems:
        raise LoadError(problems)
    return tuple(grants)


def _problem(code: str, message: str, file: str) -> Problem:
    return Problem(code=code, message=message, file=file, expected=_EXAMPLE)


def _mistakes(grants: list[Grant]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for grant in grants:
        if grant.id in seen:
            yield "grant.duplicate", f"two grants are called `{grant.id}`"
        seen.add(grant.id)
        if not grant.effects and not grant.tools:
            yield "grant.empty", f"the grant `{grant.id}` names neither effects nor tools"
        for effect in grant.effects:
            if effect not in EFFECTS:
                yield "grant.effect", f"`{effect}` of the grant `{grant.id}` is no effect"
        if any(limit is not None and limit < 0 for limit in _limits(grant)):
            yield "grant.negative", f"a limit of the grant `{grant.id}` is negative"


def _limits(grant: Grant) -> Iterator[Any]:
    yield grant.max_calls
    yield grant.expires_at_us
    yield grant.not_after_us
    yield grant.max_amount.minor if grant.max_amount is not None else None
