"""What a tool's own words say it does, to be matched with what was asked."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from gardefou.constitution.catalogue import EFFECTS, Tool
from gardefou.constitution.catalogue.suggest import acts_of, is_weak, name_words, nouns_of, verb_of

# What an act brings with it: to buy is to fill a cart, to check out, to pay.
_MEANS: dict[str, frozenset[str]] = {
    "buy": frozenset({"create", "change", "pay", "login"}),
    "pay": frozenset({"buy", "create", "change", "send"}),
    "send": frozenset({"publish", "upload", "grant", "create"}),
    "publish": frozenset({"send", "create", "upload", "change"}),
    "create": frozenset({"buy", "change", "publish", "grant", "send"}),
    "change": frozenset({"create", "delete", "buy"}),
    "delete": frozenset({"revoke", "change"}),
    "grant": frozenset({"send", "create", "change"}),
    "revoke": frozenset({"delete", "change"}),
    "upload": frozenset({"create", "send", "publish"}),
    "execute": frozenset({"visit", "change", "create"}),
    "install": frozenset({"execute", "visit", "create"}),
    "visit": frozenset({"read", "create"}),
    "read": frozenset({"visit", "compute", "login"}),
    "move": frozenset({"change"}),
}


def carries(asked: str, act: str) -> bool:
    """Tell whether asking for one act includes the other."""
    return asked == act or act in _MEANS.get(asked, frozenset())


class Profile(msgspec.Struct, frozen=True):
    """Acts and nouns of a tool's name, and the effects that matter."""

    name: str
    acts: frozenset[str]
    classes: frozenset[str]
    words: frozenset[str]
    verbs: frozenset[str]
    consequences: frozenset[str]


@lru_cache(maxsize=4_096)
def _words(name: str) -> tuple[frozenset[str], frozenset[str], frozenset[str], frozenset[str]]:
    words = name_words(name)
    strong = [word for word in words if acts_of(word) and not is_weak(verb_of(word))]
    verbs = strong or [word for word in words if acts_of(word)][:1]
    acts = frozenset(act for verb in verbs for act in acts_of(verb))
    nouns = frozenset(word for word in words if word not in strong)
    classes = frozenset[str]().union(*(nouns_of(word) for word in nouns))
    return acts, classes, nouns, frozenset(verb_of(word) for word in verbs)


def profile(tool: Tool) -> Profile:
    """Read a tool's name and effects."""
    acts, classes, nouns, verbs = _words(tool.name)
    effects = frozenset(
        name for name in tool.effects if name in EFFECTS and EFFECTS[name].consequential
    )
    return Profile(tool.name, acts, classes, nouns, verbs, effects)
