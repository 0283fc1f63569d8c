"""What a tool's own words say it does, to be matched with what was asked."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from gardefou.constitution.catalogue import EFFECTS, Tool
from gardefou.constitution.catalogue.suggest import (
    acts_of,
    lemma,
    name_claims,
    name_words,
    text_claims,
    verb_of,
)
from gardefou.decide.origins._grammar import words

GRAVE = frozenset(
    name
    for name, effect in EFFECTS.items()
    if effect.consequential and name not in ("writes", "opens_url")
)


# What a tool with such a consequence does, whatever its name says.
_ACT_OF = {
    "pays": "pay",
    "commits": "buy",
    "sends_outside": "send",
    "publishes": "publish",
    "deletes": "delete",
    "grants_access": "grant",
    "revokes_access": "revoke",
    "executes_code": "execute",
    "installs_software": "install",
    "moves_machine": "move",
}


_NEUTRAL = words(
    """
    change create open execute generate read delegate
    """
)


class Profile(msgspec.Struct, frozen=True):
    """Acts, objects and consequences of a tool.

    ``acts`` and ``verbs`` are the name's (the description's where the name has no verb);
    ``classes`` and ``words`` are of the things that name and description speak of.
    """

    name: str
    acts: frozenset[str]
    verbs: frozenset[str]
    classes: frozenset[str]
    words: frozenset[str]
    consequences: frozenset[str]

    @property
    def grave(self) -> frozenset[str]:
        """The consequences that need to be asked for by themselves.

        That something else also tells somebody outside is no consequence of its own.
        """
        alone = self.consequences - {"sends_outside", "writes", "opens_url"}
        return (alone or self.consequences) & GRAVE


@lru_cache(maxsize=4_096)
def _read(name: str, description: str, effects: tuple[str, ...], *, dated: bool) -> Profile:
    named = name_claims(name)
    told = text_claims(description[:400])
    main = [claim for claim in named if claim.strong] or named or told[:1]
    verbs = frozenset(claim.verb for claim in main)
    nouns = {lemma(word) for word in name_words(name)} - verbs
    nouns.update(lemma(noun) for claim in told[:1] for noun in claim.nouns)
    classes = frozenset[str]().union(*(claim.classes for claim in (*named, *told[:1])))
    consequences = frozenset(
        effect for effect in effects if effect in EFFECTS and EFFECTS[effect].consequential
    )
    if "event" in classes or dated:
        consequences -= {"grants_access"}  # to invite somebody to a date opens nothing
    if "cart" in classes:
        consequences -= {"deletes"}  # what was not bought yet is not lost
    acts = frozenset(claim.act for claim in main)
    first = next(iter(name_words(name)), "")
    if not any(claim.strong for claim in named) and acts_of(first):
        acts, verbs = frozenset(acts_of(first)), frozenset({verb_of(first)})
    seen = Profile(name, acts, verbs, classes, frozenset(nouns), consequences)
    meant = frozenset(_ACT_OF[effect] for effect in seen.grave if effect in _ACT_OF)
    if not acts <= _NEUTRAL and meant <= {"send"}:
        meant = frozenset()
    return msgspec.structs.replace(seen, acts=acts | meant)


def profile(tool: Tool) -> Profile:
    """Read a tool's name, description and effects."""
    dated = any(parameter.role == "at" for parameter in tool.parameters.values())
    return _read(tool.name, tool.description, tool.effects, dated=dated)
