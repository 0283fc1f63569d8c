"""Proof of non-derogation: what a red line refuses or holds, the new version's red lines do too.

1. It is proved for all actions, all facts, all origins, one slice at a time; only slices in which
   something that red lines rest on has changed are asked about.
2. *Refused* means refused by a red line, in both versions: what only another article refuses could
   be taken back by the next amendment.
3. What a red line refuses is: what its deny rules are true of, what any of its rules cannot be
   evaluated on, and calls that have no typed form where it speaks.
4. What a red line holds must be held by red lines with at least the same quorum, or be refused; the
   deadlines may not grow.
5. Each counterexample is decided by both guards before it is shown. What they do not confirm, what
   the solver does not answer, and what needs more list items than were looked at is *unknown*, and
   unknown is no proof.
6. Rules outside the analysable subset stand in no red line (`rule.not_analysed`), so that no proof
   rests on them; what reads a fact outside it is another value, about which nothing is assumed. The
   certificate names both.
7. What Z3 has proved is given to cvc5 as SMT-LIB text, with the lemmas about texts; only what both
   have answered counts. The texts can be kept, and checked by whoever doubts both.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence

import msgspec

from gardefou import __version__
from gardefou.analysis._alike import is_refinable
from gardefou.analysis._case import Case, Strength, replay, strength
from gardefou.analysis._limits import LIMIT, Limit
from gardefou.analysis._open import left_out
from gardefou.analysis._pair import Pair, Typed
from gardefou.analysis._past import Past
from gardefou.analysis._propose import cases_of
from gardefou.analysis._result import Certificate, Finding, Proof, Query
from gardefou.analysis._second import answer, cvc5_library
from gardefou.analysis._side import Slice, names_tools, rule_key, slices_of, weaker_holds
from gardefou.analysis._smallest import smallest
from gardefou.analysis._solve import Found, Question, z3_library
from gardefou.analysis._structure import structure
from gardefou.analysis._terms import Term, conj, negation
from gardefou.analysis._words import told
from gardefou.constitution import Article, Rule
from gardefou.decide import Decision, Guard
from gardefou.verdict import Verdict

MOST_TRIES = 4
_Pairs = Sequence[tuple[Article, Rule]]


class Goal(msgspec.Struct, frozen=True):
    """Something that must not be possible: what, by which article, as terms of one pool."""

    about: str
    article: str
    terms: tuple[Term, ...]


class Settled(msgspec.Struct, frozen=True):
    """One goal's answer: proved, or a finding; with what the certificate says of it."""

    query: Query
    finding: Finding | None
    script: str = ""


def prove(old: Guard, new: Guard, *, limit: Limit = LIMIT) -> Proof:
    """Whether an amendment keeps everything that the red lines of the old version stop.

    Raises:
        UsageError: ``analysis.missing`` when the solver is not installed.
    """
    z3 = z3_library()
    pair = Pair(old, new)
    past = Past(pair)
    findings = [*structure(pair)]
    queries: list[Query] = []
    scripts: list[str] = []
    unchanged = total = 0
    proved_open: set[str] = set()
    for piece in slices_of(old.catalogue, new.catalogue):
        total += 1
        olds, news = pair.pairs(piece, red_lines=True)
        if not olds or _is_covered(pair, piece, olds, news):
            unchanged += 1
            continue
        if piece.kind in proved_open and _is_one_of_any(pair, piece, olds, news):
            unchanged += 1
            continue
        before = len(findings)
        for settled in _Slice(past, piece, olds, news, limit).settle():
            queries.append(settled.query)
            scripts += [settled.script] if settled.script else []
            if settled.finding is not None:
                findings.append(settled.finding)
        if piece.is_open and len(findings) == before:
            proved_open.add(piece.kind)
    # Actions of tools that are known come first: they are what people recognise.
    findings.sort(
        key=lambda f: (f.cause == "unknown", f.case is not None and f.case.tool is not None)
    )
    certificate = Certificate(
        old_constitution=old.constitution_digest,
        old_catalogue=old.catalogue_digest,
        new_constitution=new.constitution_digest,
        new_catalogue=new.catalogue_digest,
        engine=f"gardefou/{__version__}",
        z3=z3.get_version_string(),
        cvc5=cvc5_library().__version__,
        result="weaker" if findings else "proved",
        unchanged=unchanged,
        not_analysed=left_out(old.constitution, new.constitution),
        queries=tuple(queries),
    )
    return Proof(
        holds=not findings,
        findings=tuple(findings),
        certificate=certificate,
        slices=total,
        scripts=tuple(scripts),
    )


def _is_covered(pair: Pair, piece: Slice, olds: _Pairs, news: _Pairs) -> bool:
    """Every old rule stands in the new version as it was, and all that it reads is read alike."""
    if not pair.reads_all_alike or pair.reading(piece) != "same" or not pair.same_tool(piece):
        return False
    kept = {rule_key(rule) for _, rule in news}
    if any(rule_key(rule) not in kept for _, rule in olds):
        return False
    speaks = {selector for article, _ in news for selector in article.on}
    return all(selector in speaks for article, _ in olds for selector in article.on)


def _is_one_of_any(pair: Pair, piece: Slice, olds: _Pairs, news: _Pairs) -> bool:
    """What is proved for every tool, whatever its labels and arguments, is proved for this one."""
    if piece.tool is None or pair.reading(piece) != "same" or not pair.same_tool(piece):
        return False
    return not any(names_tools(rule) for _, rule in (*olds, *news))


class _Slice:
    """One slice on its way from rules to answers."""

    def __init__(self, past: Past, piece: Slice, olds: _Pairs, news: _Pairs, limit: Limit) -> None:
        self._past = past
        self._pair = pair = past.pair
        self._piece = piece
        self._limit = limit
        self._pool, self._old, self._new = pair.open(piece, olds, news)
        self._facts = {".".join(k.split()[0].split(".")[:2]) for k, _ in self._pool.keys.values()}

    def settle(self) -> Iterator[Settled]:
        goals = list(_goals(self._old, self._new))
        question = self._pair.question(self._pool, self._limit)
        named = [(goal, [question.goal(term) for term in goal.terms]) for goal in goals]
        for goal, terms in named:
            status, found = question.ask(terms)
            script = self._pool.script([*goal.terms, *(lemma.term() for lemma in question.lemmas)])
            query = Query(
                slice=str(self._piece),
                about=goal.about,
                digest="sha256:" + hashlib.sha256(script.encode()).hexdigest(),
                z3={"none": "unsat", "found": "sat", "unknown": "unknown"}[status],
            )
            if status == "none" and not self._pool.is_bounded:
                yield self._again(goal, query, script)
            elif found is None:
                why = (
                    "a list is looked through more often than was tried"
                    if status == "none"
                    else "the solver gave no answer"
                )
                yield Settled(query, self._unknown(goal, why))
            else:
                with question.aside():
                    finding = self._counterexample(question, goal, terms, found)
                yield Settled(query, finding)

    def _again(self, goal: Goal, query: Query, script: str) -> Settled:
        """The second solver reads the same text; what it does not confirm is not proved."""
        said = answer(script, limit=self._limit)
        query = msgspec.structs.replace(query, cvc5=said)
        if said == "unsat":
            return Settled(query, None, script)
        return Settled(query, self._unknown(goal, f"the second solver said {said}"), script)

    def _unknown(self, goal: Goal, why: str) -> Finding:
        return Finding(
            cause="unknown",
            code="prove.unknown",
            sentence=f"it is not proved that {goal.about} stays so for {self._piece}: {why}",
            articles=(goal.article,) if goal.article else (),
            slice=str(self._piece),
        )

    def _counterexample(
        self, question: Question, goal: Goal, terms: Sequence[Term], found: Found
    ) -> Finding:
        """A case that both guards confirm, made as small as can be; else unknown."""
        for _ in range(MOST_TRIES):
            # The smallest values are also those that arguments are made for most easily.
            small = smallest(question, terms, found)
            confirmed = self._confirm(small) or self._confirm(found)
            if confirmed is not None:
                return confirmed
            past = self._with_a_past(small) or self._with_a_past(found)
            if past is not None:
                return past
            question.exclude_proposal(found)
            status, again = question.ask(terms)
            if status != "found" or again is None:
                break
            found = again
        return self._unknown(
            goal, "the guards did not confirm the actions that the solver proposed"
        )

    def _confirm(self, found: Found) -> Finding | None:
        for case in cases_of(self._pair, self._piece, self._pool, (self._old, self._new), found):
            finding = weakening(self._pair.old, self._pair.new, case, str(self._piece))
            if finding is not None:
                return finding
        return None

    def _with_a_past(self, found: Found) -> Finding | None:
        """A case whose facts come from a history, where the new version counts them otherwise."""
        names = [n for n in self._pair.changed_facts if f"facts.{n}" in self._facts]
        if not names or self._piece.tool is None or self._piece.kind != "tool.call":
            return None
        if is_refinable(self._old.side.tool):
            return None  # its calls have the effects of their content: other tools show it better
        for proposed in itertools.islice(
            cases_of(self._pair, self._piece, self._pool, (self._old, self._new), found), 1
        ):
            for case in self._past.histories(names, proposed):
                finding = weakening(self._pair.old, self._pair.new, case, str(self._piece))
                if finding is not None:
                    return finding
        return None


def weakening(old: Guard, new: Guard, case: Case, where: str = "") -> Finding | None:
    """The finding that a case is, when both guards have decided it and it is one."""
    was, now = replay(old, case), replay(new, case)
    before = strength(old, was, red_lines=True)
    after = strength(new, now, red_lines=True)
    if not after.is_below(before):
        return None
    whole = strength(new, now, red_lines=False)
    articles = tuple(
        dict.fromkeys(
            g.article
            for g in was.grounds
            if g.article and g.red_line and g.verdict is before.verdict
        )
    ) or _speaking(old, was)
    return Finding(
        cause="action",
        code=_code(before, after, whole),
        sentence=told(case, before, whole, after, articles),
        articles=articles,
        slice=where,
        case=case,
        old=before.verdict.word,
        new=whole.verdict.word,
    )


def _speaking(guard: Guard, decision: Decision) -> tuple[str, ...]:
    """The red lines that speak of an action without a typed form."""
    return tuple(
        name for name in decision.articles if guard.constitution.article(name).kind == "red_line"
    )


def _code(before: Strength, after: Strength, whole: Strength) -> str:
    if whole.verdict is before.verdict and after.verdict is not before.verdict:
        return "prove.demoted"
    if after.verdict is before.verdict is Verdict.HOLD:
        return "prove.easier"
    return "prove.derogation"


def _goals(old: Typed, new: Typed) -> Iterator[Goal]:
    yield Goal("what the red lines refuse", "", (old.red_deny, negation(new.red_deny)))
    reds = [[r for r in t.rules if r.article.kind == "red_line"] for t in (old, new)]
    # A rule of the new version holds only what has a typed form in the new version.
    base = conj([old.typed, negation(new.red_deny)])
    for applied, term in weaker_holds(reds[0], reds[1]):
        about = f"what rule {applied.rule.index} of `{applied.article.id}` holds"
        untyped = conj([applied.fires, negation(new.typed)])
        weaker = _either(term, untyped)
        yield Goal(about, applied.article.id, (base, negation(old.red_deny), weaker))


def _either(first: Term, second: Term) -> Term:
    return negation(conj([negation(first), negation(second)]))
