"""Building a register: what must hold between instruments.

1. One version of each instrument; ids are unique within a kind.
2. Whatever names another instrument names one that is there.
3. Supersession has no circle; a superseded order gives way to one that is there.
4. A waiver stays within its order's population.
5. A vendor is in the vendor table, or declared by a party; so a misspelt one never passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gardefou.constitution.reading import Place, Problems, did_you_mean
from gardefou.errors import Problem
from gardefou.orders._instruments import (
    Attestation,
    Designation,
    FallbackPlan,
    Instrument,
    Milestone,
    Obligation,
    Order,
    Party,
    Waiver,
    kind_of,
)
from gardefou.orders._load import Loaded, complain, read_folder
from gardefou.orders._parties import Parties
from gardefou.orders._register import Register
from gardefou.orders._sense import Complaint
from gardefou.orders._time import moment
from gardefou.orders._words import ENDING


def load_register(paths: Sequence[Path]) -> Register:
    """The register in files and folders.

    Raises:
        LoadError: with every mistake of every file.
    """
    problems = Problems()
    loaded = read_folder(list(paths), problems)
    problems.check()
    return _built(loaded, problems)


def build_register(instruments: Iterable[Instrument]) -> Register:
    """The register that instruments make together.

    Raises:
        LoadError: with everything that does not fit.
    """
    return _built(
        [Loaded(instrument=i, file=f"{kind_of(i)} {i.id}", root=None) for i in instruments],
        Problems(),
    )


def _built(loaded: Sequence[Loaded], problems: Problems) -> Register:
    register = Links([item.instrument for item in loaded])
    for item in loaded:
        for complaint in register.complaints(item.instrument):
            complain(problems, item.place(complaint.path), complaint)
    problems.check()
    return Register([item.instrument for item in loaded])


def warnings(register: Register, now_us: int) -> tuple[Problem, ...]:
    """What is allowed and probably not meant, seen at a moment."""
    problems = Problems()
    for order in register.orders.values():
        for phase in order.phase_out:
            if moment(phase.until) <= now_us:
                problems.warning(
                    "order.deadline_past",
                    Place(),
                    f"the phase-out of `{phase.tier}` under `{order.id}` is over: its use is refused",
                    help="nothing to do when that is meant",
                )
        for number, interval in enumerate(order.status):
            if interval.status == "effective" and any(
                other.status in ENDING
                and other.basis == interval.basis
                and not (other.population.include or other.population.exclude)
                and moment(other.since) <= moment(interval.since)
                and (
                    not other.until
                    or (interval.until and moment(interval.until) <= moment(other.until))
                )
                for other in order.status
            ):
                problems.warning(
                    "order.contradiction",
                    Place(),
                    f"status {number + 1} of `{order.id}` is effective while the basis has ended",
                    help="end the other interval with `to`, or delete one of the two",
                )
    return tuple(problems.warnings)


class Links:
    """What instruments say of each other."""

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        """Index them by kind and id."""
        self._count: dict[tuple[str, str], int] = {}
        self._by_id: dict[tuple[str, str], Instrument] = {}
        for instrument in instruments:
            key = (kind_of(instrument), instrument.id)
            self._count[key] = self._count.get(key, 0) + 1
            self._by_id[key] = instrument
        self._parties = Parties(instruments)

    def complaints(self, instrument: Instrument) -> Iterator[Complaint]:
        """Everything that does not fit between an instrument and the others."""
        kind = kind_of(instrument)
        if self._count[kind, instrument.id] > 1:
            yield Complaint(
                ("id",),
                "order.duplicate",
                f"the {kind} `{instrument.id}` stands twice in the register",
                "one version of each instrument",
                "delete the older version",
            )
        match instrument:
            case Order():
                yield from self._order(instrument)
            case Waiver():
                yield from self._waiver(instrument)
            case Milestone():
                yield from self._milestone(instrument)
            case Obligation():
                yield from self._known("order", instrument.order, ("order",))
                if instrument.after:
                    yield from self._known("obligation", instrument.after, ("after",))
                    yield from self._circle(instrument)
            case Attestation():
                yield from self._known("order", instrument.order, ("order",))
            case Designation():
                yield from self._known("party", instrument.party, ("party",))
            case FallbackPlan():
                for number, target in enumerate(instrument.targets):
                    yield from self._vendor(target.developer, ("targets", number, "developer"))
                    yield from self._vendor(target.channel, ("targets", number, "channel"))
            case Party():
                yield from self._party(instrument)

    def _order(self, order: Order) -> Iterator[Complaint]:
        for number, subject in enumerate(order.subjects):
            here = ("subjects", number)
            if subject.party:
                yield from self._known("party", subject.party, (*here, "party"))
                if subject.party in self._parties.by_id and not self._parties.vendors_of_subject(
                    order, subject
                ):
                    yield Complaint(
                        (*here, "party"),
                        "order.no_vendor",
                        f"the party `{subject.party}` operates no vendor, so nothing is restricted",
                        "a party with `vendors`",
                        "add the vendors to the party, or name a developer",
                    )
            yield from self._vendor(subject.developer, (*here, "developer"))
            yield from self._vendor(subject.channel, (*here, "channel"))
        for number, name in enumerate(order.designations):
            yield from self._known("designation", name, ("designations", number))
        if order.fallback:
            yield from self._known("fallback", order.fallback, ("fallback",))
        for number, interval in enumerate(order.status):
            if interval.status == "superseded":
                yield from self._known("order", interval.by, ("status", number, "by"))
                if self._supersedes_in_circle(order.id, interval.by):
                    yield Complaint(
                        ("status", number, "by"),
                        "order.circle",
                        f"`{order.id}` and `{interval.by}` supersede each other",
                        "a later order that stands by itself",
                        "remove the supersession that is wrong",
                    )

    def _supersedes_in_circle(self, start: str, by: str) -> bool:
        seen: set[str] = set()
        todo = [by]
        while todo:
            name = todo.pop()
            if name == start:
                return True
            if name in seen:
                continue
            seen.add(name)
            order = self._by_id.get(("order", name))
            if isinstance(order, Order):
                todo += [i.by for i in order.status if i.status == "superseded"]
        return False

    def _waiver(self, waiver: Waiver) -> Iterator[Complaint]:
        order = self._by_id.get(("order", waiver.order))
        if not isinstance(order, Order):
            yield Complaint(
                ("order",),
                "waiver.order",
                f"there is no order `{waiver.order}` to be waived",
                "an order of the register",
                "a red line has no waiver: only a change of the constitution could lift it, and no proof would",
            )
            return
        include = order.population.include
        allowed: Mapping[str, Sequence[Sequence[str]]] = {
            name: [getattr(population, name) for population in include]
            for name in (
                "tenants",
                "applications",
                "systems",
                "contracts",
                "data_classes",
                "regions",
            )
        }
        for name, lists in allowed.items():
            for number, value in enumerate(getattr(waiver.covers, name)):
                if lists and not any(not listed or value in listed for listed in lists):
                    yield Complaint(
                        ("covers", name, number),
                        "waiver.scope",
                        f"`{value}` is outside the scope of the order `{order.id}`",
                        "what the order restricts",
                        "leave it out: what an order does not restrict needs no waiver",
                    )

    def _milestone(self, milestone: Milestone) -> Iterator[Complaint]:
        yield from self._known("order", milestone.order, ("order",))
        order = self._by_id.get(("order", milestone.order))
        if isinstance(order, Order) and milestone.tier not in [p.tier for p in order.phase_out]:
            yield Complaint(
                ("tier",),
                "milestone.tier",
                f"the order `{order.id}` has no phase-out of the tier `{milestone.tier}`",
                ", ".join(f"`{phase.tier}`" for phase in order.phase_out) or "a phase-out",
                "name a tier of the order",
            )

    def _party(self, party: Party) -> Iterator[Complaint]:
        for key in ("parent", "successor_of"):
            if getattr(party, key):
                yield from self._known("party", getattr(party, key), (key,))
        for number, relation in enumerate(party.supplies):
            yield from self._known("party", relation.to, ("supplies", number, "to"))
        for number, answer in enumerate(party.answers):
            yield from self._known("order", answer.order, ("answers", number, "order"))

    def _circle(self, obligation: Obligation) -> Iterator[Complaint]:
        seen = {obligation.id}
        here = self._by_id.get(("obligation", obligation.after))
        while isinstance(here, Obligation) and here.id not in seen:
            seen.add(here.id)
            here = self._by_id.get(("obligation", here.after)) if here.after else None
        if isinstance(here, Obligation) and here.id == obligation.id:
            yield Complaint(
                ("after",),
                "order.circle",
                f"the clock of `{obligation.id}` waits for itself",
                "another obligation",
                "name the obligation that comes first",
            )

    def _known(self, kind: str, name: str, path: tuple[str | int, ...]) -> Iterator[Complaint]:
        if (kind, name) not in self._by_id:
            known = [other for of, other in self._by_id if of == kind]
            yield Complaint(
                path,
                "order.reference",
                f"there is no {kind} `{name}` in the register",
                f"the id of a {kind}",
                did_you_mean(name, known, kind=kind),
            )

    def _vendor(self, name: str, path: tuple[str | int, ...]) -> Iterator[Complaint]:
        if name and name not in self._parties.known_vendors:
            yield Complaint(
                path,
                "order.vendor",
                f"nobody knows the vendor `{name}`",
                "a vendor of the table, or one that a party of the register operates",
                did_you_mean(name, self._parties.known_vendors, kind="vendor"),
            )
