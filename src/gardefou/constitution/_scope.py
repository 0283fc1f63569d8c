"""What the layers have declared so far: names that articles may use, each declared once."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

from gardefou.constitution._articles import LAYERS, Layer
from gardefou.constitution._problems import Place, Problems, shown
from gardefou.constitution.conditions import Definition
from gardefou.constitution.facts import FactDeclaration
from gardefou.verdict import Verdict

T = TypeVar("T")

# Only these can be declared in several blocks of one document.
_TWICE = {"set": "set.duplicate", "definition": "definition.duplicate", "fact": "fact.duplicate"}


class Declared(msgspec.Struct, Generic[T], frozen=True):
    """A declared value, with the layer and the place that declared it."""

    value: T
    layer: Layer
    place: Place


class Scope:
    """The declarations of the layers read so far.

    INVARIANT: nothing that an earlier layer has declared changes; an empty list of members or
    domains is not yet declared, a later layer may fill it.
    """

    def __init__(self) -> None:
        """Start with nothing declared."""
        self.roles: dict[str, Declared[tuple[str, ...]]] = {}
        self.role_lists: dict[str, Declared[tuple[str, ...]]] = {}
        self.sets: dict[str, Declared[tuple[str, ...]]] = {}
        self.definitions: dict[str, Declared[Definition]] = {}
        self.facts: dict[str, Declared[FactDeclaration]] = {}
        self.domains: Declared[tuple[str, ...]] | None = None
        self.currency: Declared[str] | None = None
        self.unlisted: Declared[Verdict] | None = None
        self.emergency_review_s = 0
        self.used: set[str] = set()

    def add_role(self, name: str, new: Declared[tuple[str, ...]], problems: Problems) -> None:
        """Declare a role; an empty one of an earlier layer is filled."""
        old = self.roles.get(name)
        if old is not None and not (old.layer != new.layer and not old.value):
            refuse_again("role", name, old, new, problems)
            return
        self.roles[name] = new

    def add_role_list(self, key: str, new: Declared[tuple[str, ...]], problems: Problems) -> None:
        """Declare which roles may do something beyond voting, once."""
        old = self.role_lists.get(key)
        if old is not None and old.value:
            refuse_again("list", key, old, new, problems)
            return
        self.role_lists[key] = new

    def add_domains(self, new: Declared[tuple[str, ...]], problems: Problems) -> None:
        """Declare the organisation's own domains, once."""
        if not new.value:
            return
        if self.domains is not None:
            refuse_again("list", "organisation.domains", self.domains, new, problems)
            return
        self.domains = new

    def add_currency(self, new: Declared[str], problems: Problems) -> None:
        """Declare the currency of bare amounts, once."""
        if self.currency is not None and self.currency.value != new.value:
            refuse_again("currency", self.currency.value, self.currency, new, problems)
            return
        self.currency = self.currency or new

    def tighten_unlisted(self, new: Declared[Verdict], problems: Problems) -> None:
        """Set the verdict for what no article addresses; a later layer may only tighten it."""
        # Where nobody has said anything, `hold` stands (law 2), and a later layer cannot lift it.
        old = self.unlisted
        if old is not None and new.value < old.value:
            problems.error(
                "layer.unlisted",
                new.place,
                f"the layer {new.layer} loosens `unlisted`, which the layer {old.layer} has set",
                found=f"`{new.value.word}`",
                expected=f"`{old.value.word}` or stricter",
                help="leave the key out, or write articles that address the actions in question",
            )
            return
        self.unlisted = new


def refuse_again(
    what: str, name: str, old: Declared[T], new: Declared[T], problems: Problems
) -> None:
    """Note that something is declared a second time."""
    where = (
        f"{old.place.file} line {old.place.line}" if old.place.file else f"line {old.place.line}"
    )
    if old.place.file == new.place.file and what in _TWICE:
        problems.error(
            _TWICE[what],
            new.place,
            f"the {what} {shown(name)} is declared twice, first on line {old.place.line}",
            expected="each name once",
            help="delete one, or rename it",
        )
        return
    problems.error(
        "layer.redefined",
        new.place,
        f"the {what} {shown(name)} is declared by an earlier layer, {old.layer}, in {where}",
        expected="new names only",
        help="choose another name; what an earlier layer has declared, its red lines may rely on",
    )


def is_later(layer: Layer, than: Layer) -> bool:
    """Whether a layer comes after another."""
    return LAYERS.index(layer) > LAYERS.index(than)
