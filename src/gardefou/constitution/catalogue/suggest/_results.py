"""Who can write what a tool returns."""

from __future__ import annotations

from collections.abc import Iterable

from gardefou.constitution.catalogue import Writer
from gardefou.constitution.catalogue.suggest._evidence import Claim

_OUTSIDE = frozenset({"message", "public", "review", "work", "channel", "web", "product"})
_OWN = frozenset({"fact", "account", "secret", "access", "security", "cart", "service", "invoice"})


def writers(claims: Iterable[Claim], effects: frozenset[str]) -> Writer:
    """Return who can write the text of a result: ``outsider`` when others write all of it."""
    classes = frozenset[str]().union(*(claim.classes for claim in claims if claim.act == "read"))
    if effects & {"opens_url"} or (effects & {"reads_outside"} and classes & _OUTSIDE):
        return "outsider"
    if effects and effects <= {"computes"}:
        return "organisation"
    if not effects & {"reads", "reads_outside", "executes_code"} and effects:
        return "organisation"  # an acknowledgement of our own act
    if classes and classes <= _OWN:
        return "organisation"
    return "mixed"
