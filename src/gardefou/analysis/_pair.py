"""Two versions side by side: one slice at a time, with everything that they read alike shared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gardefou.analysis._alike import (
    FactReadings,
    Reading,
    fact_readings,
    reading,
    tool_of,
)
from gardefou.analysis._limits import LIMIT, Limit
from gardefou.analysis._open import is_analysed
from gardefou.analysis._pool import Pool
from gardefou.analysis._side import Applied, Rulebook, Side, Slice, effects_of, fillable
from gardefou.analysis._slots import reserve
from gardefou.analysis._solve import Question, z3_library
from gardefou.analysis._terms import Term, compare, conj, disj, implies, negation
from gardefou.analysis._world import World
from gardefou.constitution import Article, Rule
from gardefou.constitution.catalogue import ROLES, Tool
from gardefou.constitution.conditions import Node, path_of
from gardefou.decide import Guard
from gardefou.verdict import Verdict

_ORIGINS = frozenset({"intent", "origin"})
_ALL_ARGUMENTS = frozenset({"args", "roles"})


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """One version in one slice: its side, its rules, and when it refuses."""

    side: Side
    rules: tuple[Applied, ...]
    typed: Term
    refused: Term
    red_deny: Term
    deny: Term


class Pair:
    """Two guards, compared once in what concerns all slices."""

    def __init__(self, old: Guard, new: Guard) -> None:
        """Compare catalogues, facts and declarations."""
        self.old, self.new = old, new
        self._context: Any = None
        before, after = old.constitution, new.constitution
        self._books = (Rulebook(before), Rulebook(after))
        self.names = frozenset(old.catalogue.tools) | frozenset(new.catalogue.tools)
        self.facts: FactReadings = fact_readings(before, after, old.catalogue, new.catalogue)
        own = {f"facts.{name}" for name, how in self.facts.readings.items() if how != "same"}
        tools = [(tool_of(old.catalogue, n), tool_of(new.catalogue, n)) for n in self.names]
        if any(_heard(mine) != _heard(its) for mine, its in tools):
            # Where words come from rests on the results of every tool that a session used.
            own |= _ORIGINS
        self.own = frozenset(own)
        domains = [frozenset(law.organisation_domains) for law in (before, after)]
        self.own_domains = domains[0] != domains[1]
        # Whether the new domains are a part of the old ones (-1), hold them all (1), or neither (0).
        self.domains_change = (domains[1] > domains[0]) - (domains[1] < domains[0])

    def question(self, pool: Pool, limit: Limit = LIMIT) -> Question:
        """A question in this comparison's own context of the solver."""
        if self._context is None:
            self._context = z3_library().Context()
        return Question(pool, limit=limit, context=self._context)

    @property
    def changed_facts(self) -> tuple[str, ...]:
        """The facts that the new version counts otherwise."""
        return tuple(name for name, how in self.facts.readings.items() if how == "different")

    @property
    def reads_all_alike(self) -> bool:
        """Nothing that conditions read is another value in the new version."""
        return not self.own and not self.own_domains

    def own_names(self) -> frozenset[str]:
        """What conditions read that is, or may be, another value in the new version."""
        fields = {"inside", "lookalike"} if self.own_domains else set()
        return self.own | fields

    @staticmethod
    def reads(condition: Node | None, names: frozenset[str]) -> bool:
        """Whether a condition reads one of some roots, facts or fields."""
        if condition is None or not names:
            return False
        path = path_of(condition)
        if path is not None:
            parts = path.split(".")
            if parts[0] in names or ".".join(parts[:2]) in names or parts[-1] in names:
                return True
        return any(Pair.reads(arg, names) for arg in condition.args)

    def same_tool(self, piece: Slice) -> bool:
        """Whether a slice's tool is labelled and described alike in both."""
        mine, its = (tool_of(guard.catalogue, piece.tool) for guard in (self.old, self.new))
        return mine is its or _said(mine) == _said(its)

    def reading(self, piece: Slice) -> Reading:
        """How the arguments of a slice's actions are read by both."""
        if piece.kind != "tool.call":
            return "same"
        mine, its = (tool_of(guard.catalogue, piece.tool) for guard in (self.old, self.new))
        return reading(mine, its, self.old.constitution, self.new.constitution)

    def pairs(
        self, piece: Slice, *, red_lines: bool
    ) -> tuple[list[tuple[Article, Rule]], list[tuple[Article, Rule]]]:
        """The rules of both that can apply in a slice."""
        found = []
        for guard, book in zip((self.old, self.new), self._books, strict=True):
            tool = tool_of(guard.catalogue, piece.tool)
            found.append(book.pairs(piece, tool, self.names, red_lines=red_lines))
        return found[0], found[1]

    def open(
        self,
        piece: Slice,
        olds: Sequence[tuple[Article, Rule]],
        news: Sequence[tuple[Article, Rule]],
    ) -> tuple[Pool, Typed, Typed]:
        """Encode some rules of both versions about the actions of a slice."""
        pool = Pool()
        how = self.reading(piece)
        old_tool, new_tool = (tool_of(g.catalogue, piece.tool) for g in (self.old, self.new))
        is_call = piece.kind == "tool.call"
        own = set(self.own)
        if how == "different":
            own |= _ALL_ARGUMENTS | _ORIGINS
        if not self.same_tool(piece):
            own |= _ORIGINS
        is_relabelled = set(old_tool.effects) != set(new_tool.effects)
        mark = "new: " if how == "different" or is_relabelled else ""
        old_world = _world(pool, self.old, old_tool, piece, _Own())
        parts = _Own(
            own=frozenset(own),
            domains=self.own_domains,
            change=self.domains_change,
            mark=mark,
            is_apart=how != "same" or not self.same_tool(piece),
        )
        new_world = _world(pool, self.new, new_tool, piece, parts)
        reserve(
            pool,
            [
                *(
                    (rule.condition, old_world.key)
                    for _, rule in olds
                    if rule.condition is not None and is_analysed(rule)
                ),
                *(
                    (rule.condition, new_world.key)
                    for _, rule in news
                    if rule.condition is not None and is_analysed(rule)
                ),
            ],
        )
        spoken = (
            book.articles(piece, tool, self.names)
            for book, tool in zip(self._books, (old_tool, new_tool), strict=True)
        )
        old_side = Side(pool, self.old, piece, self.names, old_world, articles=next(spoken))
        new_side = Side(pool, self.new, piece, self.names, new_world, articles=next(spoken))
        refused = old_side.refused("")
        later = refused
        if is_call and how != "same":
            later = new_side.refused("new: ")
            if how == "narrower":
                pool.hold(implies(refused, later))
        self._dominate(pool)
        return (
            pool,
            typed(old_side, old_side.applied(olds), refused),
            typed(new_side, new_side.applied(news), later),
        )

    def _dominate(self, pool: Pool) -> None:
        """What is known of a fact that the new version counts more of."""
        kinds = {fact.name: fact for fact in self.old.constitution.facts}
        for name, how in self.facts.readings.items():
            if how != "dominates":
                continue
            key, fact = f"facts.{name}", kinds[name]
            mine, its = f"{key} ?", f"new: {key} ?"
            there = pool.variable(mine, "Bool")
            later = pool.variable(its, "Bool")
            pool.hold(implies(later, there))
            both = conj([there, later])
            if fact.kind in ("once", "since"):
                was, now = pool.variable(key, "Bool"), pool.variable(f"new: {key}", "Bool")
                pool.hold(implies(conj([both, was]), now))
                continue
            tail = ".minor" if fact.currency else ""
            was, now = (pool.variable(f"{p}{key}{tail}", "Int") for p in ("", "new: "))
            order = compare("le", now, was) if fact.kind == "last" else compare("ge", now, was)
            pool.hold(implies(both, order))


class _Own(msgspec.Struct, frozen=True, kw_only=True):
    """What a version reads in its own way."""

    own: frozenset[str] = frozenset()
    domains: bool = False
    change: int = 0
    mark: str = ""
    is_apart: bool = False


def _world(pool: Pool, guard: Guard, tool: Tool, piece: Slice, parts: _Own) -> World:
    is_call = piece.kind == "tool.call"
    alike, enumerations = aliases(tool)
    return World(
        kind=piece.kind,
        is_call=is_call,
        tool=piece.tool,
        effects=effects_of(pool, tool, piece, parts.mark),
        fillable=fillable(tool, piece),
        alike=alike,
        enumerations=enumerations,
        own=parts.own,
        own_domains=parts.domains,
        domains_change=parts.change,
        mark="new: ",
        is_apart=parts.is_apart,
        currencies={f.name: f.currency for f in guard.constitution.facts if f.currency},
    )


def aliases(tool: Tool) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Arguments that are one and the same as a role, and those with a closed list of values."""
    alike: dict[str, str] = {}
    enumerations: dict[str, tuple[str, ...]] = {}
    filled = [parameter.role for parameter in tool.parameters.values()]
    properties = tool.schema.get("properties")
    for path, parameter in tool.parameters.items():
        role = ROLES.get(parameter.role)
        plain = "." not in path and "[" not in path and tool.labelled_by == "person"
        if role is None or role.many or not plain or filled.count(role.name) > 1:
            continue
        if parameter.type == role.type and role.name != "other":
            alike[f"args.{path}"] = f"roles.{role.name}"
    amounts = [p for p in tool.parameters.values() if p.role == "amount"]
    if amounts and all(parameter.currency for parameter in amounts):
        # An amount in another currency than its argument's is refused (`catalogue.types`).
        known = tuple(sorted({parameter.currency for parameter in amounts}))
        enumerations["roles.amount.currency"] = known
    for name, schema in properties.items() if isinstance(properties, dict) else ():
        listed = schema.get("enum") if isinstance(schema, dict) else None
        if isinstance(listed, list) and listed and all(isinstance(v, str) for v in listed):
            enumerations[f"args.{name}"] = tuple(listed)
            if f"args.{name}" in alike:
                enumerations[alike[f"args.{name}"]] = tuple(listed)
    return alike, enumerations


def typed(side: Side, rules: Sequence[Applied], refused: Term) -> Typed:
    """When a version refuses: by its red lines, and by anything."""
    pool = side.pool
    missing = side.missing
    is_typed = conj([negation(refused), negation(missing)])
    untyped = disj(
        [
            conj([refused, side.in_red_line(side.plain_effects)]),
            conj([negation(refused), missing, side.in_red_line(side.world.effects)]),
        ]
    )
    red: list[Term] = []
    plain: list[Term] = []
    for item in rules:
        is_red = item.article.kind == "red_line"
        if item.rule.verdict is Verdict.DENY:
            (red if is_red else plain).append(item.fires)
        if is_red:
            red.append(item.is_unknown)
    red_deny = pool.define(disj([untyped, conj([is_typed, disj(red)])]))
    deny = pool.define(disj([red_deny, conj([is_typed, disj(plain)])]))
    return Typed(
        side=side,
        rules=tuple(rules),
        typed=is_typed,
        refused=refused,
        red_deny=red_deny,
        deny=deny,
    )


def _heard(tool: Tool) -> tuple[object, ...]:
    """What of a tool decides how its results are taken in: whose words they are."""
    guessed = tool.labelled_by != "person"
    writers = {} if guessed else {field.path: field.writer for field in tool.results}
    ours = any(writer in ("organisation", "user") for writer in writers.values())
    # What is not labelled brings in words of outsiders (`decide.origins`).
    looks = not tool.effects or any(e.startswith("reads") or e == "opens_url" for e in tool.effects)
    return (tuple(sorted(writers.items())) if ours else (), not guessed or looks)


def _said(tool: Tool) -> tuple[object, ...]:
    """What of a tool decides whose idea a call of it is."""
    dated = any(parameter.role == "at" for parameter in tool.parameters.values())
    return (tool.name, tool.description, tool.effects, tool.labelled_by, dated)
