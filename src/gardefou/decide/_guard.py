"""The guard: one constitution and one catalogue, compiled; ``decide`` is a pure function of them.

Rules of a decision (their numbers stand in the tests):

1. Every rule that fires gives its verdict; verdicts combine by maximum (law 1).
2. A rule that cannot be evaluated tightens: deny in a red line, hold elsewhere (law 2).
3. Arguments without a typed form, or without a value that an effect guarantees, are held, and
   denied where a red line speaks of the action (law 2).
4. An action is *listed* when an article speaks of its tool by name, of its kind, or of every one
   of its effects. What is not listed gets the ``unlisted`` verdict (law 2).
5. A task grant lets pass what a rule would hold, where the rule allows that (``lifted_by_grant``);
   it lifts no red line, no entrenched article and no deny. A tool that the grant names is listed.
6. An action with consequences that is outside the session's grants is held.
7. Several holds need all their quorums: per role the largest number, the earliest deadlines.
   A user's consent never satisfies a hold that any rule asks of supervisors.
8. Orders in force tighten like rules, and name themselves as grounds; nothing they say lifts
   another ground (laws 1 and 9).
9. What is stopped is denied, whatever the rules say (law 1).
10. The effects of a call are those of its tool, refined by what its command, statement or program
   shows: rules, ``unlisted``, facts and grants see the effects of the call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any

import msgspec

from gardefou import orders as orders_in_force
from gardefou.action import Action
from gardefou.constitution import Constitution
from gardefou.constitution.catalogue import (
    ROLES,
    Catalogue,
    Tool,
    content_of_call,
    ingest,
    prepare,
)
from gardefou.constitution.facts import Executed, FactBook, Keys
from gardefou.decide._decision import Decision, Ground, Terms
from gardefou.decide._generate import generate
from gardefou.decide._index import MAX_SHAPES, Entry, Index, Shape
from gardefou.decide._labelled import Labelled
from gardefou.decide._session import Session
from gardefou.decide.grants import Grant
from gardefou.decide.origins import Intent, Origin
from gardefou.errors import InputError
from gardefou.verdict import Verdict, strictest

# What actions of one shape share: kind, tool, vendor, and the effects of the call.
_Key = tuple[str, str, str, tuple[str, ...]]

_NO_INTENT = Intent()
_NO_ORIGINS = dict.fromkeys(ROLES, Origin())
_SILENT: tuple[orders_in_force.Ruling, dict[str, int]] = (orders_in_force.SILENT, {})
_DECIDE_BY_S = 3600
_USE_BY_S = 600


class Guard:
    """Decides actions under one constitution, one catalogue and the orders of one register."""

    def __init__(
        self,
        constitution: Constitution,
        catalogue: Catalogue,
        orders: orders_in_force.Register | None = None,
    ) -> None:
        """Index the rules; shapes and cells are generated when an action first needs them."""
        self.constitution = constitution
        self.catalogue = catalogue
        self.constitution_digest = constitution.digest
        self.catalogue_digest = catalogue.digest()
        self.orders = orders
        self.orders_digest = "" if orders is None else orders.digest
        self._index = Index(constitution.articles)
        self._shapes: dict[_Key, Shape] = {}
        self._refined: dict[tuple[str, tuple[str, ...]], Tool] = {}

    @property
    def has_emergency_rule(self) -> bool:
        """The constitution lets orders that were entered as an emergency bind unverified."""
        return self.constitution.emergency_review_s > 0

    def under(self, orders: orders_in_force.Register | None) -> Guard:
        """The same guard under another register; what was generated is shared. About 1 us."""
        other = copy(self)
        other.orders = orders
        other.orders_digest = "" if orders is None else orders.digest
        return other

    def prepare(self) -> None:
        """Do now what first decisions would wait for: schemas, shapes, functions; changes none."""
        for tool in self.catalogue.tools.values():
            prepare(tool)
            action = Action(tool=tool.name)
            env = {**_environment(action, tool, {}, {}), "now": 0, "facts": {}}
            shape = self._learn((action.kind, tool.name, action.vendor, tool.effects), tool)
            shape.cell(env)

    def book(self) -> FactBook:
        """An empty book for the constitution's facts; sessions of one tenant share one."""
        return FactBook(self.constitution.facts, generate)

    def session(self, facts: FactBook | None = None, *, grants: Iterable[Grant] = ()) -> Session:
        """Begin a session that reads and writes ``facts``, or facts of its own."""
        return Session(self.book() if facts is None else facts, grants=grants)

    def executed(self, labelled: Labelled, session: Session, now_us: int) -> None:
        """Note that an action went ahead: allowed, or held and approved. Nothing else is noted."""
        self.remember(labelled, session.facts, now_us)
        self.mention(labelled, session)

    def mention(self, labelled: Labelled, session: Session) -> None:
        """Note in a session's memory that a call was made, and in no book of facts."""
        if labelled.ingested is not None:
            session.memory.called(labelled.tool, labelled.ingested)

    def remember(self, labelled: Labelled, facts: FactBook, now_us: int) -> None:
        """Write an action that went ahead into a book of facts, and into no session's memory."""
        env = {**labelled.env, "now": now_us}
        is_typed = labelled.refusal is None
        happened = Executed.of(labelled.action, labelled.tool, env, is_typed=is_typed)
        facts.update(happened, now_us)
        for waiver in self._ruling(labelled.action, facts, now_us)[0].waivers:
            facts.waive(waiver, now_us)

    def label(self, action: Action, session: Session, now_us: int) -> Labelled:
        """Type the action's arguments and say where each value came from; changes nothing."""
        typed = self._typed(action)
        if typed.ingested is None:
            return typed
        labels = session.memory.label(typed.tool, typed.ingested, session.grants, now_us)
        typed.env["origin"] = labels.origin
        typed.env["intent"] = labels.intent
        return msgspec.structs.replace(typed, labels=labels)

    def recall(
        self, action: Action, origin: Mapping[str, Origin] | None, intent: Intent | None
    ) -> Labelled:
        """Type the arguments of an action whose origins were recorded; the words are gone."""
        typed = self._typed(action)
        if typed.ingested is not None and origin is not None:
            typed.env["origin"] = origin
            typed.env["intent"] = _NO_INTENT if intent is None else intent
        return typed

    def _typed(self, action: Action) -> Labelled:
        """The action with its typed arguments, the effects of the call, and no origins yet."""
        tool = self.catalogue.tools.get(action.tool) or Tool(name=action.tool)
        if action.kind != "tool.call":
            # Only a call does what the tool can do: its result is words that come in.
            tool = self._tool_of_call(tool, ())
            return Labelled(action=action, tool=tool, env=_environment(action, tool, {}, {}))
        try:
            ingested = ingest(
                tool,
                action.arguments,
                organisation_domains=self.constitution.organisation_domains,
                currency=self.constitution.currency,
            )
        except InputError as refusal:
            env = _environment(action, tool, {}, {})
            return Labelled(action=action, tool=tool, env=env, refusal=refusal)
        content = content_of_call(tool, ingested)
        if content.effects is not tool.effects:
            tool = self._tool_of_call(tool, content.effects)
        env = _environment(action, tool, ingested.roles, ingested.typed)
        return Labelled(action=action, tool=tool, env=env, shown=content.shown, ingested=ingested)

    def decide(self, labelled: Labelled, session: Session, now_us: int) -> Decision:
        """Judge a labelled action; the same inputs give the same decision (law 3)."""
        action = labelled.action
        key = (action.kind, action.tool, action.vendor, labelled.tool.effects)
        shape = self._shapes.get(key) or self._learn(key, labelled.tool)
        if labelled.stop:
            ground = Ground(verdict=Verdict.DENY, cause="stop", detail=labelled.stop)
            return self._conclude(shape, [(ground, None)], now_us)
        env = {**labelled.env, "now": now_us}
        if shape.reads_facts:
            env["facts"] = session.facts.read(now_us, Keys.of(action))
        ruling, waivers = _SILENT
        if self.orders is not None:
            ruling, waivers = self._ruling(action, session.facts, now_us)
        ingested = labelled.ingested
        if labelled.refusal is None and (ingested is None or not ingested.missing):
            fired, unevaluable = shape.cell(env)(env)
            if not (fired or unevaluable or shape.unlisted or ruling.bites or _outside(shape, env)):
                return Decision(
                    verdict=Verdict.ALLOW,
                    articles=shape.articles,
                    constitution=self.constitution_digest,
                    catalogue=self.catalogue_digest,
                    at_us=now_us,
                    orders=self.orders_digest,
                    notices=ruling.notices,
                    waivers=waivers,
                )
            grounds = self._grounds(shape, env, fired, unevaluable)
        else:
            grounds = self._untyped(labelled, shape, env)
        grounds += [(_ordered(bite), None) for bite in ruling.bites]
        decision = self._conclude(shape, grounds, now_us)
        return msgspec.structs.replace(decision, notices=ruling.notices, waivers=waivers)

    def _ruling(
        self, action: Action, facts: FactBook, now_us: int
    ) -> tuple[orders_in_force.Ruling, dict[str, int]]:
        """What the orders say, and how many calls each waiver that was asked had let pass."""
        if self.orders is None:
            return _SILENT
        asked: dict[str, int] = {}

        def used(waiver: str) -> int:
            count = asked[waiver] = facts.waived(waiver, now_us)
            return count

        emergency = self.has_emergency_rule
        return self.orders.judge(action, now_us, emergency=emergency, used=used), asked

    def shape_of(self, labelled: Labelled) -> Shape:
        """The shape that an action was decided under, for explanations."""
        action = labelled.action
        key = (action.kind, action.tool, action.vendor, labelled.tool.effects)
        return self._shapes.get(key) or self._learn(key, labelled.tool)

    def entry(self, ground: Ground) -> Entry | None:
        """The rule behind a ground, or None when the engine itself tightened."""
        for entry in self._index.entries:
            if entry.article.id == ground.article and entry.rule.index == ground.rule:
                return entry
        return None

    def _tool_of_call(self, tool: Tool, effects: tuple[str, ...]) -> Tool:
        """The tool as one call uses it; kept, so that what is known of it is worked out once."""
        key = (tool.name, effects)
        found = self._refined.get(key)
        if found is None:
            if len(self._refined) >= MAX_SHAPES:
                self._refined.clear()
            found = self._refined[key] = msgspec.structs.replace(tool, effects=effects)
        return found

    def _learn(self, key: _Key, tool: Tool) -> Shape:
        if len(self._shapes) >= MAX_SHAPES:
            self._shapes.clear()
        kind, _, vendor, _ = key
        shape = self._index.shape(kind=kind, vendor=vendor, tool=tool)
        self._shapes[key] = shape
        return shape

    def _grounds(
        self,
        shape: Shape,
        env: Mapping[str, Any],
        fired: Sequence[int],
        unevaluable: Sequence[int],
    ) -> list[tuple[Ground, Entry | None]]:
        granted = env["intent"].granted
        grounds: list[tuple[Ground, Entry | None]] = []
        for index in fired:
            entry = self._index.entries[index]
            if granted and entry.rule.lifted_by_grant and entry.rule.verdict is Verdict.HOLD:
                continue
            grounds.append((_ground(entry, entry.rule.verdict, "rule"), entry))
        for index in unevaluable:
            entry = self._index.entries[index]
            verdict = Verdict.DENY if entry.red_line else Verdict.HOLD
            grounds.append((_ground(entry, verdict, "unevaluable"), entry))
        verdict = self.constitution.unlisted
        if shape.unlisted and not (granted and verdict is Verdict.HOLD):
            detail = ", ".join(shape.unlisted)
            grounds.append((Ground(verdict=verdict, cause="unlisted", detail=detail), None))
        if _outside(shape, env):
            grounds.append((Ground(verdict=Verdict.HOLD, cause="grant"), None))
        return grounds

    def _untyped(
        self, labelled: Labelled, shape: Shape, env: Mapping[str, Any]
    ) -> list[tuple[Ground, Entry | None]]:
        """Rule 3: no rule sees arguments that have no typed form."""
        refusal = labelled.refusal
        if refusal is not None:
            code, detail = refusal.code, refusal.message
        else:
            missing = labelled.ingested.missing if labelled.ingested is not None else ()
            code, detail = "ingress.missing_role", f"no value for {', '.join(missing)}"
        verdict = Verdict.DENY if shape.in_red_line else Verdict.HOLD
        ground = Ground(
            verdict=verdict,
            cause="refused",
            red_line=shape.in_red_line,
            code=code,
            detail=detail,
        )
        return [(ground, None), *self._grounds(shape, env, (), ())]

    def _conclude(
        self, shape: Shape, grounds: Sequence[tuple[Ground, Entry | None]], now_us: int
    ) -> Decision:
        verdict = strictest(ground.verdict for ground, _ in grounds)
        return Decision(
            verdict=verdict,
            articles=shape.articles,
            grounds=tuple(ground for ground, _ in grounds),
            hold=self._terms(grounds) if verdict is Verdict.HOLD else None,
            constitution=self.constitution_digest,
            catalogue=self.catalogue_digest,
            at_us=now_us,
            orders=self.orders_digest,
        )

    def _asked_by(self, order: str) -> Mapping[str, int]:
        """The persons that an order asks for where it holds."""
        found = self.orders.orders.get(order) if self.orders is not None and order else None
        return {} if found is None else found.quorum

    def _terms(self, grounds: Sequence[tuple[Ground, Entry | None]]) -> Terms:
        """Rule 7: what all holds together wait for."""
        held = [entry for ground, entry in grounds if ground.verdict is Verdict.HOLD]
        every = [None if entry is None else entry.rule for entry in held]
        rules = [rule for rule in every if rule is not None]
        consent = len(rules) == len(every) and all(rule.consent for rule in rules)
        asked = [
            self._asked_by(ground.order)
            for ground, _ in grounds
            if ground.cause == "order" and ground.verdict is Verdict.HOLD
        ]
        quorum = _largest([*(rule.quorum for rule in rules), *asked])
        # Where one rule knows whom to ask next, the others still ask for their own quorum.
        others = _largest([*(rule.escalate_to or rule.quorum for rule in rules), *asked])
        later = [r.escalate_after_s for r in rules if r.escalate_after_s is not None]
        return Terms(
            kind="user_consent" if consent else "supervision",
            quorum=quorum,
            decide_by_s=min(
                _DECIDE_BY_S if r is None else r.decide_by_s or _DECIDE_BY_S for r in every
            ),
            use_by_s=min(_USE_BY_S if r is None else r.use_by_s or _USE_BY_S for r in every),
            escalate_after_s=min(later, default=None),
            escalate_to=others if any(rule.escalate_to for rule in rules) else {},
            denials=min((rule.denials for rule in rules if not rule.consent), default=1)
            if not asked
            else 1,
        )


def _largest(quorums: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Per role the largest number: whoever meets it meets each of the quorums."""
    largest: dict[str, int] = {}
    for quorum in quorums:
        for role, count in quorum.items():
            largest[role] = max(count, largest.get(role, 0))
    return largest


def _ordered(bite: orders_in_force.Bite) -> Ground:
    return Ground(
        verdict=bite.verdict,
        cause="order",
        code=bite.code,
        order=bite.order,
        detail=bite.told,
    )


def _ground(entry: Entry, verdict: Verdict, cause: Any) -> Ground:
    return Ground(
        verdict=verdict,
        cause=cause,
        article=entry.article.id,
        rule=entry.rule.index,
        red_line=entry.red_line,
    )


def _outside(shape: Shape, env: Mapping[str, Any]) -> bool:
    """Rule 6: there is a grant, and it does not cover this action with consequences."""
    return shape.consequential and bool(env["intent"].outside_grant)


def _environment(
    action: Action, tool: Tool, roles: Mapping[str, Any], typed: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "action": action,
        "principal": action.principal,
        "roles": roles,
        "args": typed,
        "tool": {
            "name": action.tool,
            "labelled": bool(tool.effects),
            "effects": tool.effects,
        },
        "origin": _NO_ORIGINS,
        "intent": _NO_INTENT,
    }
