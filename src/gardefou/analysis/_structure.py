"""What no single action shows: who can release, what stays open, names that look alike.

1. ``unlisted`` may not be loosened.
2. A role that a red line's hold waits for may not be emptied; and those who are new in it may not
   be enough, on their own, to release what it holds.
   A role that releases what a red line holds may not begin to vote in a terminal.
3. A new tool may not look like a tool that was known before, and a red line may not move to a later
   layer, whose author could change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gardefou.action import Action
from gardefou.analysis._case import Case, State, replay
from gardefou.analysis._pair import Pair
from gardefou.analysis._result import Finding
from gardefou.constitution import LAYERS, Constitution, Rule
from gardefou.constitution.catalogue import looks_like
from gardefou.verdict import Verdict

_NO_TOOL = "a_tool_that_nobody_has_labelled"


def structure(pair: Pair) -> Iterator[Finding]:
    """The weakenings that lie in the documents themselves."""
    old, new = pair.old.constitution, pair.new.constitution
    if new.unlisted < old.unlisted:
        yield _unlisted(pair)
    yield from _roles(old, new)
    yield from _terminals(old, new)
    yield from _twins(pair)
    yield from _layers(old, new)


def _unlisted(pair: Pair) -> Finding:
    old, new = pair.old.constitution.unlisted, pair.new.constitution.unlisted
    case = Case(action=Action(tool=_NO_TOOL), state=State(), at_us=1_767_225_600_000_000)
    return Finding(
        cause="structure",
        code="prove.unlisted",
        sentence=f"what no article speaks of was `{old.word}` and would be `{new.word}`: every tool that nobody has labelled",
        case=case,
        old=replay(pair.old, case).verdict.word,
        new=replay(pair.new, case).verdict.word,
    )


def _red_holds(law: Constitution) -> list[tuple[str, Rule]]:
    return [
        (article.id, rule)
        for article in law.articles
        if article.kind == "red_line"
        for rule in article.rules
        if rule.verdict is Verdict.HOLD
    ]


def _roles(old: Constitution, new: Constitution) -> Iterator[Finding]:
    newcomers = {
        role: sorted(set(new.roles.get(role, ())) - set(members))
        for role, members in old.roles.items()
    }
    told: set[tuple[str, ...]] = set()
    for article, rule in _red_holds(old):
        for role in rule.quorum:
            if old.roles.get(role) and not new.roles.get(role) and (role,) not in told:
                told.add((role,))
                yield Finding(
                    cause="structure",
                    code="prove.role_emptied",
                    sentence=f"the role `{role}`, which releases what `{article}` holds, would have no members: whoever fills it next would be a stranger to it",
                    articles=(article,),
                )
        if not rule.quorum or not any(old.roles.get(role) for role in rule.quorum):
            continue  # a role that was left open may be filled
        if all(len(newcomers.get(role, ())) >= count for role, count in rule.quorum.items()):
            names = tuple(n for role in rule.quorum for n in newcomers[role])
            if (article, *names) not in told:
                told.add((article, *names))
                yield _takeover(article, rule, names)


def _terminals(old: Constitution, new: Constitution) -> Iterator[Finding]:
    added = set(new.terminal_roles) - set(old.terminal_roles)
    for article, rule in _red_holds(old):
        for role in sorted(added & set(rule.quorum)):
            yield Finding(
                cause="structure",
                code="prove.terminal",
                sentence=f"the role `{role}`, which releases what `{article}` holds, could vote in a terminal, without showing who it is on the console",
                articles=(article,),
            )


def _takeover(article: str, rule: Rule, names: Sequence[str]) -> Finding:
    quorum = " and ".join(f"{count} of {role}" for role, count in rule.quorum.items())
    return Finding(
        cause="structure",
        code="prove.newcomers",
        sentence=f"those who are new ({', '.join(names)}) could alone release what `{article}` holds for {quorum}",
        articles=(article,),
    )


def _twins(pair: Pair) -> Iterator[Finding]:
    known = pair.old.catalogue.tools
    for name in pair.new.catalogue.tools:
        twin = None if name in known else looks_like(name, known)
        if twin is None:
            continue
        case = Case(action=Action(tool=name), at_us=1_767_225_600_000_000)
        yield Finding(
            cause="structure",
            code="prove.twin",
            sentence=f"the new tool {name!a} looks like `{twin}`, and is labelled otherwise or beside it",
            slice=f"tool.call of `{name}`",
            case=case,
            old=replay(pair.old, case).verdict.word,
            new=replay(pair.new, case).verdict.word,
        )


def _layers(old: Constitution, new: Constitution) -> Iterator[Finding]:
    now = {article.id: article for article in new.articles if article.kind == "red_line"}
    for article in old.articles:
        later = now.get(article.id)
        if article.kind != "red_line" or later is None:
            continue
        if LAYERS.index(later.layer) > LAYERS.index(article.layer):
            yield Finding(
                cause="structure",
                code="prove.layer",
                sentence=f"the red line `{article.id}` would move from the layer {article.layer} to the layer {later.layer}, whose author could change it",
                articles=(article.id,),
            )
