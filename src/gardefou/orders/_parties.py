"""Parties: whom an instrument names, which vendors they operate, who supplies whom.

1. A party named by a designation reaches its affiliates by the designation's rule: ``named`` alone,
   those it controls (``controlled``), and also those that succeed it (``successors``).
2. A relation counts only when it is declared; it is followed through every tier.
3. A supplier that does not answer is ``unknown``, never clean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from gardefou.orders._instruments import (
    Answer,
    Designation,
    Instrument,
    Order,
    Party,
    Relation,
    Subject,
)
from gardefou.orders._words import Affiliates, Reply
from gardefou.vendors import developer_ids, vendors


class Supplier(msgspec.Struct, frozen=True, kw_only=True):
    """A party that supplies another one, directly (tier 1) or through others."""

    party: Party
    relation: Relation
    tier: int


class Parties:
    """The register of parties."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        """Take the parties and designations out of the instruments."""
        instruments = tuple(instruments)
        self.by_id: Mapping[str, Party] = {i.id: i for i in instruments if isinstance(i, Party)}
        self.designations: Mapping[str, Designation] = {
            i.id: i for i in instruments if isinstance(i, Designation)
        }
        self.declared = frozenset(v for party in self.by_id.values() for v in party.vendors)
        makers = developer_ids()
        self.hosts = frozenset(v.id for v in vendors() if v.id not in makers)
        self.known_vendors = self.declared | {v.id for v in vendors()}

    def vendors_of_subject(self, order: Order, subject: Subject) -> frozenset[str]:
        """The vendors that a subject's party stands for; none without a party."""
        if not subject.party:
            return frozenset()
        rules = [
            self.designations[name].affiliates
            for name in order.designations
            if name in self.designations and self.designations[name].party == subject.party
        ]
        widest: Affiliates = "named"
        for rule in ("controlled", "successors"):
            if rule in rules:
                widest = rule
        return self.vendors_of(subject.party, widest)

    def vendors_of(self, party: str, rule: Affiliates = "named") -> frozenset[str]:
        """The vendors of a party and of its affiliates under a rule."""
        return frozenset(
            vendor for name in self.affiliates(party, rule) for vendor in self.by_id[name].vendors
        )

    def affiliates(self, party: str, rule: Affiliates) -> tuple[str, ...]:
        """The party and its affiliates under a rule."""
        found = [party] if party in self.by_id else []
        if rule == "named":
            return tuple(found)
        for name in found:
            for other in self.by_id.values():
                is_child = other.parent == name
                is_successor = rule == "successors" and other.successor_of == name
                if (is_child or is_successor) and other.id not in found:
                    found.append(other.id)
        return tuple(found)

    def suppliers_of(self, party: str) -> tuple[Supplier, ...]:
        """Everyone who supplies a party, through every declared tier; nearest first."""
        found: dict[str, Supplier] = {}
        level = [party]
        tier = 0
        while level:
            tier += 1
            here = [
                Supplier(party=supplier, relation=relation, tier=tier)
                for supplier in self.by_id.values()
                for relation in supplier.supplies
                if relation.to in level and supplier.id not in found and supplier.id != party
            ]
            for supplier in here:
                found.setdefault(supplier.party.id, supplier)
            level = [supplier.party.id for supplier in here]
        return tuple(found.values())

    def reached_by(self, designation: Designation) -> tuple[str, ...]:
        """The parties that deal with a designated one through a declared relation, at any tier."""
        designated = set(self.affiliates(designation.party, designation.affiliates))
        reached: list[str] = []
        level = designated
        while level:
            level = {
                relation.to
                for name in level
                for relation in self.by_id[name].supplies
                if relation.to in self.by_id and relation.to not in designated
            } - set(reached)
            reached += sorted(level)
        return tuple(reached)


def answer_of(party: Party, order: str) -> Answer | None:
    """The latest answer of a supplier to the notice of an order."""
    found = [answer for answer in party.answers if answer.order == order]
    return found[-1] if found else None


def standing(party: Party, order: str) -> Reply:
    """What is known of a supplier under an order: silence is ``unknown``."""
    answer = answer_of(party, order)
    return "unknown" if answer is None or answer.reply == "none" else answer.reply
