"""One version's rules on the actions of one slice, as truths for the solver.

A *slice* is a kind of action and a tool, or the tools that no catalogue knows: what rules can apply
to its actions, and how their arguments are read, is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from gardefou.action import KINDS
from gardefou.analysis import _texts as texts
from gardefou.analysis._alike import guarantees, is_refinable, tool_of
from gardefou.analysis._case import DECIDE_BY_S, USE_BY_S
from gardefou.analysis._encode import Encoder
from gardefou.analysis._meaning import Truth
from gardefou.analysis._pool import Pool
from gardefou.analysis._slots import SHAPES
from gardefou.analysis._terms import Term, conj, disj, implies, negation
from gardefou.analysis._world import World
from gardefou.constitution import Article, Constitution, Rule, Selector
from gardefou.constitution.catalogue import EFFECTS, ROLES, Catalogue, Tool
from gardefou.decide import Guard
from gardefou.verdict import Verdict

_SINGLE = ("string", "integer", "number", "boolean")


class Slice(msgspec.Struct, frozen=True):
    """A kind of action and the name of a tool; None stands for every tool that is not known.

    ``is_open`` stands for every tool that may yet be labelled, whatever its labels will be: rules on
    effects hold for tools that nobody has seen.
    """

    kind: str
    tool: str | None
    is_open: bool = False

    def __str__(self) -> str:
        """The slice in words."""
        if self.is_open:
            return f"{self.kind} of any tool that may be labelled"
        if self.tool is None:
            return f"{self.kind} of tools that no catalogue knows"
        return f"{self.kind} of `{self.tool}`"


def slices_of(*catalogues: Catalogue) -> Iterator[Slice]:
    """Every slice, calls of tools first, and of those the tools that may yet come."""
    names = dict.fromkeys(name for catalogue in catalogues for name in catalogue.tools)
    kinds = sorted(KINDS, key=lambda kind: kind != "tool.call")
    yield Slice("tool.call", None, is_open=True)
    for kind in kinds:
        yield from (Slice(kind, name) for name in names)
        yield Slice(kind, None)


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in a slice: when it applies by what it is on, and its condition."""

    article: Article
    rule: Rule
    applies: Term
    condition: Truth

    @property
    def fires(self) -> Term:
        """When its verdict counts."""
        return conj([self.applies, self.condition.yes])

    @property
    def is_unknown(self) -> Term:
        """When it cannot be evaluated."""
        return conj([self.applies, self.condition.unknown])


def could_match(
    selectors: Iterable[Selector], piece: Slice, tool: Tool, known: frozenset[str]
) -> bool:
    """Whether a rule can apply to any action of the slice; a quick test before anything is encoded."""
    is_call = piece.kind == "tool.call"
    refinable = piece.is_open or (is_call and is_refinable(tool))
    for selector in selectors:
        if selector.by == "effect":
            # Only a call does what the tool can do.
            if refinable or (is_call and selector.value in tool.effects):
                return True
        elif selector.by == "kind":
            if selector.value == piece.kind:
                return True
        elif selector.by != "tool":
            return True
        elif piece.tool is not None:
            if selector.covers_tool(piece.tool):
                return True
        elif selector.value.endswith("*") or selector.value not in known:
            return True
    return False


def names_tools(rule: Rule) -> bool:
    """Whether a rule speaks of tools by name, in what it is on or in its condition."""
    if rule.on_tools or any(selector.by == "tool" for selector in rule.on):
        return True
    return rule.condition is not None and SHAPES.reads_names(rule.condition)


def rule_key(rule: Rule) -> tuple[object, ...]:
    """What a rule means, without its place: equal keys do the same."""
    condition = -1 if rule.condition is None else SHAPES.number(rule.condition)
    return (
        rule.verdict,
        frozenset(rule.on),
        rule.on_tools,
        condition,
        frozenset(rule.quorum.items()),
        rule.consent,
        rule.lifted_by_grant,
        rule.decide_by_s,
        rule.use_by_s,
        rule.denials,
        frozenset(rule.escalate_to.items()),
        rule.escalate_after_s if rule.escalate_to else None,
    )


class Side:
    """A version's rules in a slice."""

    def __init__(
        self,
        pool: Pool,
        guard: Guard,
        piece: Slice,
        names: frozenset[str],
        world: World,
        *,
        articles: tuple[Article, ...],
    ) -> None:
        """Name the world's effects and say what always holds of them; rules come with `applied`.

        ``articles`` are those that can speak of the slice's actions.
        """
        self.articles = articles
        self.pool = pool
        self.guard = guard
        self.piece = piece
        self.names = names
        self.tool = tool_of(guard.catalogue, piece.tool)
        self.world = world
        self.encoder = Encoder(pool, world)
        self._known: dict[tuple[object, ...], Truth] = {}
        if piece.tool is None:
            # The name is any that no catalogue has; it can be empty for what is no call.
            self._name_is_unknown()
        if world.is_call:
            self._tie_effects()
        if world.is_call and not piece.is_open:
            self._bound_roles()

    def _bound_roles(self) -> None:
        """Arguments that are single values fill a role with no more values than there are of them."""
        for role, most in capacities(self.tool).items():
            key = self.world.key(f"roles.{role}")
            if key in self.pool.wanted_slots:
                _, size = self.pool.list_of(key)
                self.pool.hold(f"(<= {size} {most})")

    def _name_is_unknown(self) -> None:
        name = texts.Variable(self.world.key("action.tool"))
        if self.names:
            known = texts.ask(self.pool, name, "in", tuple(sorted(self.names)))
            self.pool.hold(negation(known))

    def _tie_effects(self) -> None:
        """Effects that the label does not name come from a command, a statement or a program."""
        if self.piece.is_open:
            self.pool.hold(disj(self.world.effects.values()))
            return
        if not is_refinable(self.tool):
            return
        content = disj(self.is_there(role) for role in ("command", "query", "code"))
        for name, term in self.world.effects.items():
            if name not in self.tool.effects:
                self.pool.hold(implies(term, content))
            elif name == "executes_code":
                reads = self.world.effects.get("reads", False)
                self.pool.hold(implies(negation(term), conj([content, reads])))

    def is_there(self, role: str) -> Term:
        """Whether an argument fills a role."""
        if role not in self.world.fillable:
            return False
        return self.pool.variable(self.world.key(f"roles.{role}") + " ?", "Bool")

    def matches(self, selectors: Sequence[Selector], effects: Mapping[str, Term]) -> Term:
        """When an action is what some selectors are on."""
        return disj(self._matches(selector, effects) for selector in selectors)

    def _matches(self, selector: Selector, effects: Mapping[str, Term]) -> Term:
        if selector.by == "effect":
            return effects.get(selector.value, False)
        if selector.by == "kind":
            return selector.value == self.piece.kind
        if selector.by == "vendor":
            vendor = texts.Variable(self.world.key("action.vendor"))
            return texts.ask(self.pool, vendor, "eq", selector.value)
        if selector.by == "anything":
            return True
        if self.piece.tool is not None:
            return selector.covers_tool(self.piece.tool)
        name = texts.Variable(self.world.key("action.tool"))
        if selector.value.endswith("*"):
            empty = texts.ask(self.pool, name, "eq", "")
            below = texts.ask(self.pool, name, "startsWith", selector.value[:-1])
            return conj([below, negation(empty)])
        return selector.value not in self.names and texts.ask(self.pool, name, "eq", selector.value)

    def applied(self, pairs: Iterable[tuple[Article, Rule]]) -> list[Applied]:
        """Some rules as truths."""
        return [
            Applied(
                article=article,
                rule=rule,
                applies=self.matches(rule.on, self.world.effects),
                condition=self.encoder.condition(rule.condition),
            )
            for article, rule in pairs
        ]

    @property
    def plain_effects(self) -> dict[str, Term]:
        """The effects of the label alone: what a refused call is judged by."""
        if self.piece.is_open:
            return dict(self.world.effects)
        return dict.fromkeys(self.tool.effects, True)

    def refused(self, mark: str) -> Term:
        """Whether the arguments have no typed form."""
        return self.pool.variable(f"{mark}refused", "Bool") if self.world.is_call else False

    @property
    def missing(self) -> Term:
        """Whether a value that an effect guarantees is missing."""
        if not self.world.is_call:
            return False
        if self.piece.is_open:
            return disj(
                conj([self.world.effects[name], negation(self.is_there(role))])
                for name, effect in EFFECTS.items()
                for role in effect.guarantees
            )
        return disj(negation(self.is_there(role)) for role in guarantees(self.tool))

    def in_red_line(self, effects: Mapping[str, Term]) -> Term:
        """Whether a red line speaks of the action at all."""
        return disj(
            self.matches(article.on, effects)
            for article in self.articles
            if article.kind == "red_line"
        )


class Rulebook:
    """The rules and articles of one version, by the tools that they name; made once for all slices."""

    def __init__(self, law: Constitution) -> None:
        """Put what only names tools under these; all else may apply anywhere."""
        self._pairs = [(article, rule) for article in law.articles for rule in article.rules]
        self._rules = _Near(rule.on for _, rule in self._pairs)
        self._all_articles = [a for a in law.articles if a.kind != "guideline"]
        self._articles = _Near(article.on for article in self._all_articles)

    def pairs(
        self, piece: Slice, tool: Tool, names: frozenset[str], *, red_lines: bool
    ) -> list[tuple[Article, Rule]]:
        """The rules that can apply in a slice, in the document's order."""
        return [
            (article, rule)
            for article, rule in map(self._pairs.__getitem__, self._rules.places(piece, names))
            if (article.kind == "red_line" or not red_lines)
            and could_match(rule.on, piece, tool, names)
        ]

    def articles(self, piece: Slice, tool: Tool, names: frozenset[str]) -> tuple[Article, ...]:
        """The articles that can speak of a slice's actions; guidelines decide nothing."""
        near = map(self._all_articles.__getitem__, self._articles.places(piece, names))
        return tuple(a for a in near if could_match(a.on, piece, tool, names))


class _Near:
    """Places in a list by the tools that selectors name, so that a slice looks at few of them."""

    def __init__(self, selectors: Iterable[Sequence[Selector]]) -> None:
        self._named: dict[str, list[int]] = {}
        self._wide: list[int] = []
        for place, on in enumerate(selectors):
            exact = all(s.by == "tool" and not s.value.endswith("*") for s in on)
            for selector in on if exact else ():
                self._named.setdefault(selector.value, []).append(place)
            if not exact:
                self._wide.append(place)

    def places(self, piece: Slice, names: frozenset[str]) -> list[int]:
        """The places that may matter in a slice, in order."""
        if piece.tool is None:
            near = [p for name, ps in self._named.items() if name not in names for p in ps]
        else:
            near = self._named.get(piece.tool, [])
        return sorted({*near, *self._wide})


def effects_of(pool: Pool, tool: Tool, piece: Slice, mark: str = "") -> dict[str, Term]:
    """The truth of each effect of a call: fixed by the label, or open where content can show it."""
    if piece.kind != "tool.call":
        return {}  # only a call does what the tool can do
    if piece.is_open:
        return {name: pool.variable(f"effect.{name}", "Bool") for name in EFFECTS}
    if not is_refinable(tool):
        return dict.fromkeys(tool.effects, True)
    return {
        name: True
        if name in tool.effects and name != "executes_code"
        else pool.variable(f"{mark}effect.{name}", "Bool")
        for name in EFFECTS
    }


def fillable(tool: Tool, piece: Slice) -> frozenset[str]:
    """The roles that an argument of the tool can have."""
    if piece.is_open:
        return frozenset(ROLES)
    return frozenset(p.role for p in tool.parameters.values() if p.role in ROLES) | {"other"}


def _escalates_alike(old: Rule, new: Rule) -> bool:
    """Whether the quorum that suffices after a while is none, or no smaller than before."""
    if not new.escalate_to:
        return True
    least = old.escalate_to or old.quorum
    return all(new.escalate_to.get(role, 0) >= count for role, count in least.items()) and (
        not old.escalate_to or (new.escalate_after_s or 0) >= (old.escalate_after_s or 0)
    )


def capacities(tool: Tool) -> dict[str, int]:
    """How many values the arguments can give a role, where each of them is a single one."""
    properties = tool.schema.get("properties")
    known = properties if isinstance(properties, dict) else {}
    most: dict[str, int] = {}
    for path, parameter in tool.parameters.items():
        schema = known.get(path)
        single = isinstance(schema, dict) and schema.get("type") in _SINGLE
        if not single or parameter.type in ("party", "person") or most.get(parameter.role) == -1:
            most[parameter.role] = -1  # no bound
        else:
            most[parameter.role] = most.get(parameter.role, 0) + 1
    return {
        role: count
        for role, count in most.items()
        if count > 0 and role in ROLES and ROLES[role].many and role != "other"
    }


def weaker_holds(
    olds: Sequence[Applied], news: Sequence[Applied]
) -> Iterator[tuple[Applied, Term]]:
    """For each hold, when it fires and the others do not ask for as much together."""
    for old in olds:
        if old.rule.verdict is not Verdict.HOLD:
            continue
        holds = [new for new in news if new.rule.verdict is Verdict.HOLD]
        needs = [
            disj(h.fires for h in holds if h.rule.quorum.get(role, 0) >= count)
            for role, count in old.rule.quorum.items()
        ]
        for name, default in (("decide_by_s", DECIDE_BY_S), ("use_by_s", USE_BY_S)):
            mine = getattr(old.rule, name) or default
            needs.append(disj(h.fires for h in holds if (getattr(h.rule, name) or default) <= mine))
        needs.append(disj(h.fires for h in holds if old.rule.consent or not h.rule.consent))
        needs.append(disj(h.fires for h in holds if h.rule.denials <= old.rule.denials))
        # Another quorum that suffices later: any hold that has none, or asks for as much, will do.
        loose = [h.fires for h in holds if not _escalates_alike(old.rule, h.rule)]
        needs.append(negation(disj(loose)))
        yield old, conj([old.fires, negation(conj(needs))])
