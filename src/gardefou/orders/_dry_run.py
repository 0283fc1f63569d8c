"""A draft order on what was decided before: who would have been stopped, and what instead.

It asks what orders would have said; rules of a constitution are not asked again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from gardefou.action import Action
from gardefou.orders._fallback import fallback_for
from gardefou.orders._register import Register


class Past(NamedTuple):
    """An action that went ahead; ``is_whole`` is False when only its entry is known."""

    action: Action
    is_whole: bool


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a draft would stop: the calls of one application with one model."""

    tenant: str
    application: str
    vendor: str
    model: str
    verdict: str
    codes: tuple[str, ...]
    calls: int
    fallback: str


class DryRun(msgspec.Struct, frozen=True, kw_only=True):
    """What a draft would have done at a moment to actions of the past.

    ``partial`` counts those of which only the entry is known: their attributes count as unknown.
    """

    actions: int
    stopped: int
    partial: int
    broken: tuple[Broken, ...]


def dry_run(
    actions: Iterable[Past], register: Register, at_us: int, *, emergency: bool = False
) -> DryRun:
    """Ask a register about actions of the past, as if each were about to happen at a moment."""
    counts: dict[tuple[str, str, str, str, str, tuple[str, ...], str], int] = defaultdict(int)
    total = partial = 0
    for past in actions:
        total += 1
        partial += not past.is_whole
        action = past.action
        ruling = register.judge(action, at_us, emergency=emergency)
        if not ruling.bites:
            continue
        instead = fallback_for(action, at_us, register, emergency=emergency)
        who = action.principal
        key = (
            who.tenant,
            who.application,
            action.vendor,
            action.model,
            ruling.verdict.word,
            tuple(sorted({bite.code for bite in ruling.bites})),
            "" if instead is None else instead.header,
        )
        counts[key] += 1
    broken = [
        Broken(
            tenant=tenant,
            application=application,
            vendor=vendor,
            model=model,
            verdict=verdict,
            codes=codes,
            calls=calls,
            fallback=instead,
        )
        for (tenant, application, vendor, model, verdict, codes, instead), calls in counts.items()
    ]
    broken.sort(key=lambda b: (-b.calls, b.tenant, b.application, b.model))
    return DryRun(
        actions=total, stopped=sum(counts.values()), partial=partial, broken=tuple(broken)
    )
