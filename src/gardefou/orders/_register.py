"""The register: all instruments together, checked, compiled and indexed.

1. Nothing of a register with a mistake is used; every mistake is named (`build_register`).
2. `Register.judge` is a pure function of the register, the action, the time and the calls that
   waivers have had that day (law 3). It only tightens (law 1).
3. A decision looks at few orders: those that a use can concern are found once for each use, tool,
   application and tenant (a *lane*), and of these those that can bind between two boundaries of
   time (a *segment*). INVARIANT: within a segment only the action's attributes, the emergency rule
   and the calls of waivers matter, so a ruling without waivers is worked out once for each.
4. A register that is not known to be current refuses every use of a model (`Register.unknown`).
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from gardefou.action import Action, canonical
from gardefou.errors import VerificationError
from gardefou.orders._instruments import (
    KINDS,
    FallbackPlan,
    Instrument,
    Milestone,
    Obligation,
    Order,
    Waiver,
    kind_of,
    plain,
)
from gardefou.orders._match import Truth
from gardefou.orders._parties import Parties
from gardefou.orders._ruling import SILENT, Bite, Notice, Ruling
from gardefou.orders._terms import Terms, Used, compile_order
from gardefou.orders._use import NO_USE, Use, is_of_model, use_of
from gardefou.verdict import Verdict

# More lanes or uses than this are forgotten and worked out again: memory stays flat.
MAX_LANES = 16_384
MAX_SEGMENTS = 64
MAX_RULINGS = 256


_UNKNOWN = Ruling(
    bites=(Bite(order="", verdict=Verdict.DENY, code="order.register_unknown"),),
)


class _Segment(msgspec.Struct):
    """The orders that can bind between two boundaries, and the rulings already worked out."""

    terms: tuple[tuple[Terms, Truth], ...]
    is_fixed: bool
    rulings: dict[tuple[object, ...], Ruling]


class _Lane(msgspec.Struct):
    """The orders that can concern one use, and the segments of time already asked for."""

    terms: tuple[tuple[Terms, Truth], ...]
    boundaries: list[int]
    segments: dict[int, _Segment]

    def at(self, at_us: int) -> _Segment:
        index = bisect_right(self.boundaries, at_us)
        found = self.segments.get(index)
        if found is None:
            if len(self.segments) >= MAX_SEGMENTS:
                self.segments.clear()
            pairs = tuple(pair for pair in self.terms if pair[0].may_bind(at_us))
            is_fixed = not any(terms.waivers for terms, _ in pairs)
            found = self.segments[index] = _Segment(pairs, is_fixed, {})
        return found


def _unused(_: str) -> int:
    return 0


class Register:
    """Instruments that fit together; made by `build_register` or `Register.from_document`."""

    def __init__(self, instruments: Sequence[Instrument], *, is_known: bool = True) -> None:
        """Compile instruments that are known to fit together; `build_register` checks them."""
        self.instruments = tuple(sorted(instruments, key=lambda i: (kind_of(i), i.id)))
        self.is_known = is_known
        self.orders = {i.id: i for i in self.instruments if isinstance(i, Order)}
        self.waivers = {i.id: i for i in self.instruments if isinstance(i, Waiver)}
        self.milestones = {i.id: i for i in self.instruments if isinstance(i, Milestone)}
        self.obligations = {i.id: i for i in self.instruments if isinstance(i, Obligation)}
        self.fallbacks = {i.id: i for i in self.instruments if isinstance(i, FallbackPlan)}
        self.parties = Parties(self.instruments)
        body = self.document()
        self.digest = "sha256:" + hashlib.sha256(b"orders/v1\0" + body).hexdigest()
        waivers, milestones = defaultdict(list), defaultdict(list)
        for waiver in self.waivers.values():
            waivers[waiver.order].append(waiver)
        for milestone in self.milestones.values():
            milestones[milestone.order].append(milestone)
        self.terms = {
            order.id: compile_order(
                order,
                waivers=waivers[order.id],
                milestones=milestones[order.id],
                vendors=self.parties.vendors_of_subject,
                hosts=self.parties.hosts,
            )
            for order in self.orders.values()
        }
        self._index = _Index(self.terms.values())
        self._uses: dict[tuple[str, str, str, bool], Use] = {}
        self._lanes: dict[tuple[Use, str, str, str], _Lane] = {}

    def judge(
        self,
        action: Action,
        at_us: int,
        *,
        emergency: bool = False,
        used: Used = _unused,
    ) -> Ruling:
        """What the orders say of an action at a moment.

        ``emergency`` says that the constitution has an emergency rule; ``used`` how many calls a
        waiver has had on this day. About 1 us, and more for what nobody has asked before.
        """
        use = self.use(action)
        if not self.is_known:
            return _UNKNOWN if use != NO_USE else SILENT
        if not self.terms:
            return SILENT
        who = action.principal
        key = (use, action.tool, who.application, who.tenant)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._learn(key, action)
        segment = lane.at(at_us)
        if not segment.terms:
            return SILENT
        if not segment.is_fixed:
            return _said(segment, action, use, at_us, emergency=emergency, used=used)
        what = action.attributes
        user = tuple(sorted(what.user.items())) if what.user else ()
        place = (
            what.contract,
            what.system,
            what.data_class,
            what.region,
            what.nexus,
            user,
            emergency,
        )
        ruling = segment.rulings.get(place)
        if ruling is None:
            if len(segment.rulings) >= MAX_RULINGS:
                segment.rulings.clear()
            ruling = _said(segment, action, use, at_us, emergency=emergency, used=used)
            segment.rulings[place] = ruling
        return ruling

    def use(self, action: Action) -> Use:
        """Whose technology an action uses."""
        is_model = is_of_model(action)
        key = (action.vendor, action.channel, action.model, is_model)
        use = self._uses.get(key)
        if use is None:
            if len(self._uses) >= MAX_LANES:
                self._uses.clear()
            use = self._uses[key] = use_of(
                action.vendor, action.channel, action.model, is_model=is_model
            )
        return use

    def _learn(self, key: tuple[Use, str, str, str], action: Action) -> _Lane:
        if len(self._lanes) >= MAX_LANES:
            self._lanes.clear()
        pairs = []
        for terms in self._index.candidates(key[0], action):
            if not _may_be_in(terms, action):
                continue
            concerns = terms.concerns(key[0], action)
            if concerns is not False:
                pairs.append((terms, concerns))
        boundaries = sorted(set[int]().union(*(terms.boundaries() for terms, _ in pairs)))
        lane = self._lanes[key] = _Lane(tuple(pairs), boundaries, {})
        return lane

    def unknown(self) -> Register:
        """The same register when nobody can say that it is current (rule 4)."""
        return Register(self.instruments, is_known=False)

    def amended(self, *instruments: Instrument) -> Register:
        """The register with other versions in place: for questions such as *what if*.

        Raises:
            LoadError: when the instruments do not fit together.
        """
        from gardefou.orders._build import build_register  # noqa: PLC0415 - it makes registers

        new = {(kind_of(i), i.id): i for i in (*self.instruments, *instruments)}
        return build_register(new.values())

    def document(self) -> bytes:
        """The register as it is kept: canonical, so that one digest means one register."""
        return canonical(
            {"known": self.is_known, "instruments": [plain(i) for i in self.instruments]}
        )

    @classmethod
    def from_document(cls, body: bytes) -> Register:
        """The register that a ledger kept.

        Raises:
            VerificationError: ``order.document`` when the bytes are no register.
        """
        try:
            value = msgspec.json.decode(body, type=_Document)
            instruments = [
                msgspec.convert(item, KINDS[str(item.get("instrument"))])
                for item in value.instruments
            ]
            return cls(instruments, is_known=value.known)
        except (msgspec.DecodeError, KeyError, UnicodeDecodeError, ValueError) as error:
            raise VerificationError(
                f"a kept register cannot be read: {str(error)[:200].lower()}",
                code="order.document",
                help="restore the ledger from a complete copy",
            ) from None


def _said(
    segment: _Segment, action: Action, use: Use, at_us: int, *, emergency: bool, used: Used
) -> Ruling:
    """What every order of a segment says of an action."""
    bites, notices = [], []
    for terms, concerns in segment.terms:
        said = terms.say(action, use, at_us, concerns, emergency=emergency, used=used)
        if type(said) is Bite:
            bites.append(said)
        elif type(said) is Notice:
            notices.append(said)
    if not bites and not notices:
        return SILENT
    return Ruling(bites=tuple(bites), notices=tuple(notices))


class _Document(msgspec.Struct, frozen=True):
    known: bool
    instruments: list[dict[str, object]]


class _Index:
    """Orders by what they name, so that a use meets few of them."""

    def __init__(self, terms: Iterable[Terms]) -> None:
        self._by: dict[tuple[str, str], list[Terms]] = defaultdict(list)
        self._all = tuple(terms)
        for one in self._all:
            for key in {key for fit in one.subjects for key in _keys(fit.subject, fit.vendors)}:
                self._by[key].append(one)

    def candidates(self, use: Use, action: Action) -> tuple[Terms, ...]:
        """Every order that can concern a use, in the order of their ids."""
        if use.is_opaque:
            return self._all
        keys = [("", ""), ("channel", use.channel), ("tool", action.tool)]
        keys += [("product", action.principal.application)]
        keys += [("developer", developer) for developer in use.developers]
        if not use.channel:
            keys.append(("served", ""))
        if not action.principal.application:
            keys.append(("product", ""))
        found: dict[str, Terms] = {}
        for key in keys:
            for terms in self._by.get(key, ()):
                found[terms.order.id] = terms
        return tuple(found[name] for name in sorted(found))


def _keys(subject: object, vendors: frozenset[str]) -> Iterator[tuple[str, str]]:
    if vendors:
        for vendor in vendors:
            yield "developer", vendor
            yield "channel", vendor
        yield "served", ""
    elif found := getattr(subject, "developer", ""):
        yield "developer", found
    elif found := getattr(subject, "channel", ""):
        yield "channel", found
        yield "served", ""
    elif found := getattr(subject, "tool", ""):
        yield "tool", found
    elif found := getattr(subject, "product", ""):
        yield "product", found
        yield "product", ""
    else:
        yield "", ""


def _may_be_in(terms: Terms, action: Action) -> bool:
    """Whether tenant and application, which a lane fixes, leave the population open."""
    who = action.principal
    include = terms.order.population.include
    return not include or any(
        (not p.tenants or not who.tenant or who.tenant in p.tenants)
        and (not p.applications or not who.application or who.application in p.applications)
        for p in include
    )


def by_kind(register: Register) -> Mapping[str, int]:
    """How many instruments of each kind there are."""
    found: dict[str, int] = defaultdict(int)
    for instrument in register.instruments:
        found[kind_of(instrument)] += 1
    return dict(found)
