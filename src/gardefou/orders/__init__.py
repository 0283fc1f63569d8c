"""Orders: instruments that restrict vendors, and what is in force for whom at which time (floor 2).

An order is an instrument, not a switch: in force is a function of legal basis, population and time
(law 9). It sees what passes through Gardefou and nothing else; see docs/why/orders.md.
"""

from gardefou.orders._build import build_register, load_register, warnings
from gardefou.orders._instruments import (
    EVERYONE,
    KINDS,
    Answer,
    Attestation,
    Authority,
    Basis,
    Covers,
    Degradation,
    Designation,
    Due,
    FallbackPlan,
    Identifiers,
    Instrument,
    Interval,
    Justification,
    Milestone,
    Obligation,
    Order,
    Party,
    PhaseOut,
    Population,
    Relation,
    Scope,
    Subject,
    Target,
    Waiver,
    digest_of,
    kind_of,
    plain,
)
from gardefou.orders._load import load_instrument
from gardefou.orders._parties import Parties, Supplier, answer_of, standing
from gardefou.orders._register import SILENT, Register, Ruling, by_kind
from gardefou.orders._schema import make_schema, published_schema
from gardefou.orders._terms import Bite, Notice
from gardefou.orders._time import due_at, moment
from gardefou.orders._use import Use, use_of

__all__ = [
    "EVERYONE",
    "KINDS",
    "SILENT",
    "Answer",
    "Attestation",
    "Authority",
    "Basis",
    "Bite",
    "Covers",
    "Degradation",
    "Designation",
    "Due",
    "FallbackPlan",
    "Identifiers",
    "Instrument",
    "Interval",
    "Justification",
    "Milestone",
    "Notice",
    "Obligation",
    "Order",
    "Parties",
    "Party",
    "PhaseOut",
    "Population",
    "Register",
    "Relation",
    "Ruling",
    "Scope",
    "Subject",
    "Supplier",
    "Target",
    "Use",
    "Waiver",
    "answer_of",
    "build_register",
    "by_kind",
    "digest_of",
    "due_at",
    "kind_of",
    "load_instrument",
    "load_register",
    "make_schema",
    "moment",
    "plain",
    "published_schema",
    "standing",
    "use_of",
    "warnings",
]
