"""Everything that stands in an action's way, of one version in one slice: rules, `unlisted`, grants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from gardefou.analysis._pair import Typed
from gardefou.analysis._side import Applied, Side, weaker_holds
from gardefou.analysis._terms import Term, conj, disj, negation
from gardefou.constitution.catalogue import EFFECTS
from gardefou.verdict import Verdict


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """What some rules do: when they deny, when they hold, and the holds one by one."""

    deny: Term
    hold: Term
    holds: tuple[Applied, ...]


def looser(old: Weight, new: Weight) -> Iterator[Term]:
    """When the new weight lets through, or more easily, what the old one stops."""
    open_ = negation(new.deny)
    yield conj([old.deny, open_])
    yield conj([negation(old.deny), old.hold, open_, negation(new.hold)])
    for _, weaker in weaker_holds(old.holds, new.holds):
        yield conj([negation(old.deny), open_, new.hold, weaker])


def of_article(typed: Typed, article: str) -> Weight:
    """The weight of one article's rules; one that cannot be evaluated tightens."""
    rules = [rule for rule in typed.rules if rule.article.id == article]
    deny: list[Term] = []
    hold: list[Term] = []
    for rule in rules:
        is_red = rule.article.kind == "red_line"
        (deny if rule.rule.verdict is Verdict.DENY else hold).append(rule.fires)
        (deny if is_red else hold).append(rule.is_unknown)
    held = _not_lifted(typed, rules)
    hold = [
        *(rule.fires for rule in held),
        *(r.is_unknown for r in rules if r.article.kind != "red_line"),
    ]
    return Weight(
        deny=conj([typed.typed, disj(deny)]),
        hold=conj([typed.typed, disj(hold)]),
        holds=tuple(
            msgspec.structs.replace(r, applies=conj([typed.typed, r.applies])) for r in held
        ),
    )


def of_all(typed: Typed) -> Weight:
    """The weight of everything: what the decision is, whatever it comes from."""
    side = typed.side
    held = _not_lifted(typed, typed.rules)
    unknown = [r.is_unknown for r in typed.rules if r.article.kind != "red_line"]
    deny, hold = [typed.deny], [conj([typed.typed, disj([*(r.fires for r in held), *unknown])])]
    # What has no typed form is held at least.
    hold.append(negation(typed.typed))
    verdict = side.guard.constitution.unlisted
    if verdict is Verdict.DENY:
        deny.append(_unlisted(side))
    elif verdict is Verdict.HOLD:
        hold.append(conj([_unlisted(side), negation(_intent(side, "granted"))]))
    hold.append(conj([_has_consequences(side), _intent(side, "outside_grant")]))
    pool = side.pool
    return Weight(
        deny=pool.define(disj(deny)),
        hold=pool.define(disj(hold)),
        holds=tuple(
            msgspec.structs.replace(r, applies=conj([typed.typed, r.applies])) for r in held
        ),
    )


def _not_lifted(typed: Typed, rules: Sequence[Applied]) -> list[Applied]:
    """The holds, those that a grant lifts only where there is none."""
    granted = _intent(typed.side, "granted")
    return [
        msgspec.structs.replace(rule, applies=conj([rule.applies, negation(granted)]))
        if rule.rule.lifted_by_grant
        else rule
        for rule in rules
        if rule.rule.verdict is Verdict.HOLD
    ]


def _intent(side: Side, name: str) -> Term:
    if not side.world.is_call:
        return False
    return side.pool.variable(side.world.key(f"intent.{name}"), "Bool")


def _unlisted(side: Side) -> Term:
    """What no article addresses (`decide._index`, `_unlisted`)."""
    effects = side.world.effects
    named = []
    for article in side.articles:
        by_kind = any(s.by == "kind" for s in article.addresses)
        tools = tuple(s for s in article.addresses if s.by == "tool")
        if by_kind:
            named.append(side.matches(article.on, effects))
        elif tools:
            named.append(side.matches(tools, effects))
    if side.piece.kind != "tool.call":
        return negation(disj(named))
    addressed = {s.value for a in side.articles for s in a.addresses if s.by == "effect"}
    missing = disj(term for name, term in effects.items() if name not in addressed)
    return conj([negation(disj(named)), disj([negation(disj(effects.values())), missing])])


def _has_consequences(side: Side) -> Term:
    if not side.world.is_call:
        return False
    effects = side.world.effects
    grave = disj(term for name, term in effects.items() if EFFECTS[name].consequential)
    return disj([negation(disj(effects.values())), grave])
