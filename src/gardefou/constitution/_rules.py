"""Reading the blocks of an article into rules."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.constitution._articles import ARTICLE_KINDS, ArticleKind, Rule, Selector
from gardefou.constitution._compiler import Compiler
from gardefou.constitution._direction import read_as_small
from gardefou.constitution._fields import Fields, integer_of, wrong_type
from gardefou.constitution._problems import Place, Problems
from gardefou.constitution._quorums import MAX_QUORUM, quorum_of
from gardefou.constitution._scope import Scope
from gardefou.constitution._selectors import Selectors
from gardefou.constitution._yaml import Items, Scalar, Table, Value
from gardefou.constitution.conditions import Node, not_analysed
from gardefou.verdict import Verdict

TERMS = (
    "quorum",
    "consent",
    "decide_by",
    "use_by",
    "escalate_after",
    "escalate_to",
    "denials",
    "lifted_by_grant",
)
BLOCK_KEYS = ("kind", "on", "deny", "hold", *TERMS)


class Quorum(msgspec.Struct, frozen=True):
    """A quorum and where it stands, to be checked when all roles are known."""

    quorum: dict[str, int]
    place: Place


class _Block(msgspec.Struct, frozen=True):
    fields: Fields
    kind: ArticleKind | None
    on: tuple[Selector, ...]


class BlockReader:
    """Reads the ``article`` blocks of one layer; mistakes go to ``problems``."""

    def __init__(
        self, scope: Scope, compiler: Compiler, selectors: Selectors, problems: Problems
    ) -> None:
        """Read against the declarations of the scope."""
        self._scope = scope
        self._compiler = compiler
        self._selectors = selectors
        self._problems = problems
        self.quorums: list[Quorum] = []

    def read(
        self, table: Table, first_index: int
    ) -> tuple[ArticleKind | None, tuple[Selector, ...], list[Rule]]:
        """The kind, the selectors and the rules of one block."""
        fields = Fields(table, BLOCK_KEYS, self._problems, what="an article")
        fields.required("kind", "default")
        word = fields.word("kind", ARTICLE_KINDS, "article.kind")
        kind = next((known for known in ARTICLE_KINDS if known == word), None)
        if kind == "guideline":
            self._guideline(fields)
            return kind, (), []
        on = self._selectors.read(fields.table.values.get("on"), table.place, "the article")
        block = _Block(fields, kind, on)
        rules: list[Rule] = []
        for verdict in (Verdict.DENY, Verdict.HOLD):
            for item in self._rules(fields, verdict):
                rules.append(self._rule(item, verdict, block, first_index + len(rules)))
        if not any(rule.verdict is Verdict.HOLD for rule in rules):
            self._terms_without_hold(fields)
        if kind == "red_line" and not rules:
            self._problems.error(
                "article.no_rule",
                table.place,
                "a red line without a rule forbids nothing",
                expected="`deny:` or `hold:`",
                help="add a rule, or make it a `guideline` or a `default`",
            )
        if not rules and any(selector.by == "anything" for selector in on):
            self._problems.error(
                "article.allows_all",
                table.place,
                "an article on anything without a rule says nothing",
                expected="`deny:` or `hold:`",
                help="to let pass what no article speaks of, write `unlisted: allow` as the issuer",
            )
        return kind, on, rules

    def _guideline(self, fields: Fields) -> None:
        for key, place in fields.table.keys.items():
            if key != "kind" and key in BLOCK_KEYS:
                self._problems.error(
                    "article.guideline",
                    place,
                    f"a guideline decides nothing and cannot have `{key}`",
                    found=f"`{key}`",
                    expected="`kind: guideline` alone",
                    help="delete the key, or make the article a `default`",
                )

    def _terms_without_hold(self, fields: Fields) -> None:
        for key in TERMS:
            if fields.has(key):
                self._problems.error(
                    "hold.none",
                    fields.place(key),
                    f"`{key}` belongs to a hold, and the article has none",
                    expected="`hold:` beside it",
                    help="add `hold:`, or delete the key",
                )

    def _rules(self, fields: Fields, verdict: Verdict) -> list[Table]:
        """The rules under ``deny`` or ``hold``: a list of mappings, one mapping, or ``always``."""
        value = fields.table.values.get(verdict.word)
        if value is None:
            return []
        found = []
        for item in value.items if isinstance(value, Items) else (value,):
            if isinstance(item, Table):
                found.append(item)
            elif isinstance(item, Scalar) and item.value == "always":
                found.append(Table(values={}, keys={}, place=item.place))
            else:
                self._not_a_rule(item, verdict)
        if isinstance(value, Items) and not value.items:
            self._not_a_rule(value, verdict)
        return found

    def _not_a_rule(self, item: Value, verdict: Verdict) -> None:
        before = len(self._problems.errors)
        wrong_type(item, self._problems, f"a rule under `{verdict.word}`", "`when: CONDITION`")
        last = self._problems.errors[before:]
        if last and isinstance(item, Scalar):
            way_out = "write `- when: CONDITION`, or `always` for a rule without a condition"
            self._problems.errors[-1] = msgspec.structs.replace(last[-1], help=way_out)

    def _rule(
        self,
        table: Table,
        verdict: Verdict,
        block: _Block,
        index: int,
    ) -> Rule:
        known = ("when", *TERMS) if verdict is Verdict.HOLD else ("when",)
        fields = Fields(table, known, self._problems, what=f"a rule under `{verdict.word}`")
        when, condition = "", None
        if "when" in table.values:
            when, condition = self._compiler.condition(table.values["when"], block.on)
            self._direction(condition, table.values["when"].place, block.kind)
            self._analysable(condition, table.values["when"].place, block.kind)
        terms = self._terms(fields, block.fields, block.kind) if verdict is Verdict.HOLD else {}
        return Rule(
            index=index,
            verdict=verdict,
            on=block.on,
            on_tools=any(selector.by == "tool" for selector in block.on),
            when=when,
            condition=condition,
            line=table.place.line,
            **terms,
        )

    def _direction(self, condition: Node | None, place: Place, kind: ArticleKind | None) -> None:
        facts = {name: declared.value for name, declared in self._scope.facts.items()}
        for name in () if condition is None else read_as_small(condition, facts):
            message = (
                f"the rule wants the fact `{name}` to be small, and it may count a little too much"
            )
            way_out = "let the rule fire when the fact is large, or use `last`, `once` or a count without a window"
            if kind == "red_line":
                self._problems.error(
                    "fact.direction",
                    place,
                    message,
                    found=f"`facts.{name}` on the smaller side",
                    expected="a fact that is compared as large, such as `facts.NAME > 10`",
                    help=way_out,
                )
            else:
                self._problems.warning("fact.direction", place, message, help=way_out)

    def _analysable(self, condition: Node | None, place: Place, kind: ArticleKind | None) -> None:
        """A red line is what amendments are proved against, so it has to have a proof."""
        why = not_analysed(condition)
        if not why:
            return
        way_out = "write the choice as two rules, or as `a && … || !a && …`"
        if kind == "red_line":
            self._problems.error(
                "rule.not_analysed",
                place,
                f"no amendment of this red line could be proved: it holds {why}",
                found=why,
                expected="a condition of the analysable subset",
                help=way_out,
            )
        else:
            message = f"the rule is not analysed: it holds {why}"
            self._problems.warning("rule.not_analysed", place, message, help=way_out)

    def _terms(self, fields: Fields, block: Fields, kind: ArticleKind | None) -> dict[str, Any]:
        """Who releases a hold, and until when; the rule's own keys, else the block's."""

        def of(key: str) -> Fields:
            return fields if fields.has(key) else block

        # Who decides is one choice: a rule that names either does not inherit the other.
        who = fields if fields.has("quorum") or fields.has("consent") else block
        quorum = self._quorum(who) if who.has("quorum") else {}
        consent = who.flag("consent") or False
        if consent == bool(quorum) and (consent or not who.has("quorum")):
            self._problems.error(
                "hold.who",
                fields.table.place,
                "a hold waits for a quorum of roles, or for the user's consent",
                found="both" if consent else "neither",
                expected="`quorum: {ROLE: 1}` or `consent: true`",
                help="write one of the two",
            )
        if consent and kind == "red_line":
            self._problems.error(
                "hold.consent",
                who.place("consent"),
                "the user's consent cannot release what a red line holds",
                expected="`quorum: {ROLE: 1}`",
                help="name a role whose members decide: nobody decides on their own action",
            )
        granted = of("lifted_by_grant").flag("lifted_by_grant")
        if granted and kind == "red_line":
            self._problems.error(
                "hold.grant",
                of("lifted_by_grant").place("lifted_by_grant"),
                "no grant lifts what a red line holds",
                expected="`lifted_by_grant: false`",
                help="delete the key",
            )
        decide_by = of("decide_by").duration("decide_by")
        escalate = of("escalate_after").duration("escalate_after")
        if escalate is not None and decide_by is not None and escalate >= decide_by:
            self._problems.error(
                "hold.escalate",
                of("escalate_after").place("escalate_after"),
                "the hold ends before it escalates",
                found=f"`escalate_after` of {escalate}s, `decide_by` of {decide_by}s",
                expected="an `escalate_after` shorter than `decide_by`",
                help="shorten `escalate_after`",
            )
        return {
            "quorum": quorum,
            "consent": consent,
            "lifted_by_grant": (kind == "default") if granted is None else granted,
            "decide_by_s": decide_by,
            "use_by_s": of("use_by").duration("use_by"),
            "escalate_after_s": escalate,
            "escalate_to": self._escalate_to(of("escalate_to"), kind),
            "denials": self._denials(of("denials"), kind),
        }

    def _escalate_to(self, fields: Fields, kind: ArticleKind | None) -> dict[str, int]:
        if not fields.has("escalate_to"):
            return {}
        if kind == "red_line":
            self._only_its_quorum(fields, "escalate_to")
        return self._quorum(fields, "escalate_to")

    def _denials(self, fields: Fields, kind: ArticleKind | None) -> int:
        if not fields.has("denials"):
            return 1
        if kind == "red_line":
            self._only_its_quorum(fields, "denials")
        value = fields.table.values["denials"]
        return integer_of(value, self._problems, "`denials`", 1, MAX_QUORUM) or 1

    def _only_its_quorum(self, fields: Fields, key: str) -> None:
        self._problems.error(
            "hold.red_line",
            fields.place(key),
            f"`{key}` would loosen what a red line holds",
            found=f"`{key}`",
            expected="`quorum` alone: its own roles decide, and one deny ends it",
            help="delete the key, or make the article `entrenched`",
        )

    def _quorum(self, fields: Fields, key: str = "quorum") -> dict[str, int]:
        table = fields.table_of(key)
        if table is None:
            value = fields.table.values[key]
            if isinstance(value, Scalar) and value.value is None:
                wrong_type(value, self._problems, f"`{key}`", "`{ROLE: 1}`")
            return {}
        quorum = quorum_of(table, key, self._scope, self._problems)
        self._scope.used.update(f"roles.{role}" for role in quorum)
        if not table.values:
            wrong_type(table, self._problems, f"`{key}`", "`{ROLE: 1}`")
        if quorum and len(quorum) == len(table.values):
            self.quorums.append(Quorum(quorum, table.place))
        return quorum
