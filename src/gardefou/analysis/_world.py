"""One version's view of an action: which variable each value of the condition language is.

Two versions share the variables of everything that they read alike; what one of them reads in
another way (another schema, another currency, a fact that is counted differently) is a variable of
its own, about which the other version says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gardefou.analysis._terms import Term
from gardefou.constitution.catalogue import ROLES
from gardefou.decide.origins import Intent, Origin

# What `label` gives to everything but a call of a tool.
NO_ORIGIN = Origin()
NO_INTENT = Intent()

# Fields of a typed value that depend on the organisation's own domains.
NEW_DOMAINS = "@new"
OF_DOMAINS = frozenset({"inside", "lookalike"})


class World(msgspec.Struct, frozen=True, kw_only=True):
    """How a version reads the actions of one slice.

    ``is_call`` is False for requests, answers and results: no arguments are typed for them.
    ``tool`` is the name of the tool, or None when it is any tool that no catalogue knows.
    ``effects`` are the truths of the call's effects; ``fillable`` the roles that an argument can
    have. ``own`` are the roots and facts whose variables belong to this version alone, marked
    ``mark``; ``is_apart`` that the slice's tool is another one than for the other version, and
    ``own_domains`` says that it has other domains of the organisation.
    ``currencies`` are those of facts that are sums of money, ``fact_kinds`` the kinds of all.
    """

    kind: str
    is_call: bool
    tool: str | None
    effects: Mapping[str, Term] = {}
    fillable: frozenset[str] = frozenset(ROLES)
    alike: Mapping[str, str] = {}
    enumerations: Mapping[str, tuple[str, ...]] = {}
    own: frozenset[str] = frozenset()
    own_domains: bool = False
    domains_change: int = 0
    mark: str = ""
    is_apart: bool = False
    currencies: Mapping[str, str] = {}

    def key(self, key: str) -> str:
        """The key of a variable as this version has it."""
        parts = key.split(".")
        two = ".".join(parts[:2])
        if two in self.alike:
            key = self.alike[two] + key[len(two) :]
            parts = key.split(".")
        if parts[0] in self.own or ".".join(parts[:2]) in self.own:
            return f"{self.mark}{key}"
        if self.own_domains and parts[-1] in OF_DOMAINS:
            return f"{key}{NEW_DOMAINS}"
        return key

    def constant(self, key: str) -> Any:
        """The value of a key that is the same for all actions of the slice, or None."""
        if key == "action.kind":
            return self.kind
        if key in ("action.tool", "tool.name"):
            return self.tool
        root, _, rest = key.partition(".")
        if root == "facts" and rest.endswith(".currency"):
            return self.currencies.get(rest.split(".")[0])
        if not self.is_call and root == "intent":
            return getattr(NO_INTENT, rest)
        if not self.is_call and root == "origin":
            return getattr(NO_ORIGIN, rest.rpartition(".")[2])
        return None
