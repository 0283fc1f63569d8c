"""Who can write what a tool returns."""

from __future__ import annotations

from collections.abc import Iterable

from gardefou.constitution.catalogue import Writer
from gardefou.constitution.catalogue.suggest._claims import Claim

_OUTSIDE = frozenset({"message", "public", "review", "work", "channel", "web"})
_MIXED = frozenset({"file", "event", "product", "money", "repo", "order"})
_OWN = frozenset(
    {
        "fact",
        "account",
        "secret",
        "right",
        "member",
        "security",
        "cart",
        "service",
        "invoice",
        "math",
    },
)
_RETURNING = frozenset({"reads", "reads_outside", "executes_code", "starts_agent", "opens_url"})


def writers(claims: Iterable[Claim], effects: frozenset[str]) -> Writer:
    """Return who can write the text of a result.

    What nobody can place is ``mixed``: partly people outside, partly the organisation.
    """
    if "opens_url" in effects:
        return "outsider"
    if effects and not effects & _RETURNING:
        return "organisation"  # a calculation, or word of what was just done
    looking = [claim for claim in claims if claim.act in {"read", "verify", "watch", "open"}]
    classes = frozenset[str]().union(*(claim.classes for claim in looking))
    if classes & _OUTSIDE:
        return "outsider"
    if classes & _OWN and not classes & _MIXED:
        return "organisation"
    return "mixed"
