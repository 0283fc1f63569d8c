"""How long the analysis takes on generated constitutions, and how often it is refuted.

    python benchmarks/analysis.py                     # 20, 100 and 500 rules
    python benchmarks/analysis.py --rules 2000
    python benchmarks/analysis.py --seeds 20 --rules 500
    python benchmarks/analysis.py --attack 100000     # random actions against proofs
    python benchmarks/analysis.py --encoder 50000     # encoder against evaluator
    python benchmarks/analysis.py --regular 100000    # regular engine against RE2
    python benchmarks/analysis.py --full              # all of it at full size; put `nice` before it

The full run is 20 seeds of 20, 100 and 500 rules, one of 2,000, and the three comparisons at the sizes
above. The proof is of an amendment that touches every red line, the difference of one of ten rules (and,
beside it, of all red lines). Times are processor seconds. Targets: 500 rules: proof 2 s, difference 2 s, lint 4 s; 2,000 rules:
8, 8 and 15 s; no answer left open.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from gardefou.action import Action, Autonomy, Principal
from gardefou.analysis import Case, Proof, State, difference, lint, prove, replay
from gardefou.analysis._case import strength
from gardefou.constitution import load
from gardefou.constitution.catalogue import Catalogue, Parameter, Tool
from gardefou.decide import Guard
from gardefou.decide.origins import Intent

ROOT = Path(__file__).parent.parent
TARGETS = {500: (2.0, 2.0, 4.0), 2000: (8.0, 8.0, 15.0)}
PER_TOOL = 8
WORDS = ("alpha", "beta", "gamma", "delta", "urgent", "secret", "invoice", "draft")
SITES = ("rival.example", "leak.example", "ministry.example", "office.example", "other.example")
PATTERNS = (
    "^INV-[0-9]{4}$",
    "(?i)top secret",
    "\\\\bdraft\\\\b",
    "^[a-z]+@rival[.]example$",
    "(alpha|beta)+$",
)


class Made(NamedTuple):
    """A generated constitution: its text and its catalogue."""

    text: str
    catalogue: Catalogue


def tool(number: int) -> Tool:
    family = number % 5
    name = ("mail", "pay", "files", "search", "run")[family] + f"_{number}"
    text = {"type": "string"}
    shapes: tuple[tuple[dict[str, Any], dict[str, Parameter], tuple[str, ...]], ...] = (
        (
            {"to": {"type": "array", "items": text}, "body": text},
            {
                "to[]": Parameter(role="recipients", type="party"),
                "body": Parameter(role="content", type="text"),
            },
            ("sends_outside",),
        ),
        (
            {"amount": {"type": "number"}, "iban": text},
            {
                "amount": Parameter(role="amount", type="money", currency="EUR"),
                "iban": Parameter(role="recipients", type="iban"),
            },
            ("pays",),
        ),
        (
            {"paths": {"type": "array", "items": text}},
            {"paths[]": Parameter(role="paths", type="path")},
            ("deletes",),
        ),
        (
            {"names": {"type": "array", "items": text}, "limit": {"type": "integer"}},
            {
                "names[]": Parameter(role="persons", type="person"),
                "limit": Parameter(role="limit", type="integer"),
            },
            ("collects_personal_data",),
        ),
        ({"what": text}, {"what": Parameter(role="targets", type="text")}, ("writes",)),
    )
    properties, parameters, effects = shapes[family]
    return Tool(
        name=name,
        schema={"type": "object", "properties": properties},
        effects=effects,
        parameters=parameters,
        labelled_by="person",
        confidence=1.0,
    )


def condition(source: random.Random, family: int) -> str:
    word, site, pattern = source.choice(WORDS), source.choice(SITES), source.choice(PATTERNS)
    number = source.choice((1, 5, 20, 100, 1000))
    common = [
        f'action.purpose == "{word}"',
        f'action.case.startsWith("{word}")',
        f"facts.seen_{source.randrange(6)}",
        f"facts.calls_{source.randrange(4)} > {number}",
        "intent.exposed && !intent.asked",
        f'principal.tenant == "{source.choice(("a", "b", "c"))}"',
        "now.getHours() >= 20 || now.getHours() < 6",
        "!action.autonomy.supervised",
    ]
    own = (
        [
            f'roles.recipients.exists(r, r.site == "{site}")',
            "!roles.recipients.all(r, r.inside)",
            f"roles.recipients.size() > {number}",
            f'roles.content.exists(c, c.matches("{pattern}"))',
            f'roles.content.exists(c, c.contains("{word}") && c.size() > {number})',
        ],
        [
            f'has(roles.amount) && roles.amount.over("{number * 10}.00 EUR")',
            f"has(roles.amount) && roles.amount.minor > {number * 1000}",
            f'roles.recipients.exists(r, r.value.startsWith("{source.choice(("DE", "FR", "GB"))}"))',
        ],
        [
            f'roles.paths.exists(p, p.within("/srv/{word}"))',
            f'roles.paths.exists(p, p.suffix == ".{word}")',
            f"roles.paths.size() > {number}",
        ],
        [
            f"roles.persons.size() > {number}",
            f"has(roles.limit) && roles.limit > {number}",
            f'roles.persons.exists(p, p.ref.matches("(?i)^(all|{word})"))',
        ],
        [
            f'roles.targets.exists(t, t.lowerAscii().contains("{word}"))',
            f'roles.targets.exists(t, t.matches("{pattern}"))',
            f'roles.targets.exists(t, t in ["{word}", "{site}"])',
        ],
    )[family]
    parts = [source.choice(own)]
    if source.random() < 0.6:
        parts.append(source.choice(common))
    if source.random() < 0.2:
        parts.append(source.choice(own))
    joined = source.choice((" && ", " || ")).join(f"({part})" for part in parts)
    # A rule may not want a count to be small: only what counts nothing is turned round.
    return f"!({joined})" if source.random() < 0.1 and "calls_" not in joined else joined


def generate(rules: int, seed: int) -> Made:
    """A constitution with so many rules, eight for each tool: 15 % red lines, 45 % denials, 20 % holds."""
    source = random.Random(seed)
    tools = [tool(number) for number in range(max(1, rules // PER_TOOL))]
    lines = [
        "---",
        "constitution: Generated",
        "version: 1",
        "language: 1",
        "unlisted: hold",
        "currency: EUR",
    ]
    lines += ["organisation: {domains: [ministry.example, office.example]}"]
    lines += ["roles: {watch: [alice, bob, carol], treasurer: [dora, erik]}", "---", "", "```facts"]
    effects = (
        "reads_secrets",
        "reads_outside",
        "opens_url",
        "judges_people",
        "publishes",
        "commits",
    )
    lines += [f"seen_{i}: {{kind: once, on: effect {effect}}}" for i, effect in enumerate(effects)]
    lines += [
        f"calls_{i}: {{kind: count, on: effect {effect}, window: 1h}}"
        for i, effect in enumerate(effects[:4])
    ]
    lines += ["```", ""]
    for number in range(rules):
        mine = tools[number % len(tools)]
        family = int(mine.name.rpartition("_")[2]) % 5
        roll = source.random()
        kind = "red_line" if roll < 0.15 else "entrenched" if roll < 0.3 else "default"
        text = condition(source, family).replace("'", "''")
        is_hold = roll >= 0.6
        lines += [
            f"## Article {number + 1}. Rule {number + 1} {{#r{number + 1}}}",
            "",
            "Prose.",
            "",
            "```article",
        ]
        lines += [
            f"kind: {kind}",
            f"on: tool {mine.name}",
            "hold:" if is_hold else "deny:",
            f"  - when: '{text}'",
        ]
        if is_hold:
            lines.append(
                f"    quorum: {{{source.choice(('watch', 'treasurer'))}: {source.choice((1, 2))}}}"
            )
        lines += ["```", ""]
    return Made("\n".join(lines), Catalogue(tools={t.name: t for t in tools}))


def weakened(made: Made) -> str:
    """The same with one red line that fires less often."""
    start = made.text.index("kind: red_line")
    place = made.text.index("when: '", start) + len("when: '")
    end = made.text.index("'\n", place)
    return (
        made.text[:place]
        + f'({made.text[place:end]}) && action.purpose != "exempt"'
        + made.text[end:]
    )


def touched(made: Made) -> str:
    """A sound amendment that touches every red line: each fires more often."""
    out, rest = [], made.text
    while "kind: red_line" in rest:
        before, _, rest = rest.partition("kind: red_line")
        head, _, rest = rest.partition("when: '")
        body, _, rest = rest.partition("'\n")
        out.append(
            f"{before}kind: red_line{head}when: '({body}) || action.purpose == \"forbidden\"'\n"
        )
    return "".join(out) + rest


def amended(made: Made, count: int = 10) -> str:
    """An amendment of ten rules: every other one becomes stricter, the rest looser."""
    out, rest = [], made.text
    for number in range(count):
        head, found, rest = rest.partition("when: '")
        if not found:
            return "".join(out) + head
        body, _, rest = rest.partition("'\n")
        more = '|| action.purpose == "forbidden"' if number % 2 else '&& action.purpose != "exempt"'
        out.append(f"{head}when: '({body}) {more}'\n")
    return "".join(out) + rest


def timed(work: Any) -> tuple[Any, float]:
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def measure(rules: int, seed: int) -> bool:
    made = generate(rules, seed)
    old, load_s = timed(lambda: Guard(load(made.text, catalogue=made.catalogue), made.catalogue))
    sound = Guard(load(touched(made), catalogue=made.catalogue), made.catalogue)
    weak = Guard(load(weakened(made), catalogue=made.catalogue), made.catalogue)
    proof, proof_s = timed(lambda: prove(old, sound))
    refuted, refuted_s = timed(lambda: prove(old, weak))
    other = Guard(load(amended(made), catalogue=made.catalogue), made.catalogue)
    changes, diff_s = timed(lambda: difference(old, other))
    stricter, all_s = timed(lambda: difference(old, sound))
    remarks, lint_s = timed(lambda: lint(old))
    left_open = sum(f.cause == "unknown" for f in (*proof.findings, *refuted.findings))
    left_open += sum(change.case is None for change in (*changes.changes, *stricter.changes))
    left_open += sum(remark.code == "lint.unknown" for remark in remarks.remarks)
    idle = sum(
        remark.code in ("lint.never", "lint.covered", "lint.contradicted")
        for remark in remarks.remarks
    )
    targets = TARGETS.get(rules, (math.inf,) * 3)
    ok = proof.holds and refuted.verdict != "unknown" and not left_open
    took = (proof_s, max(diff_s, all_s), lint_s)
    fast = all(seconds <= most for seconds, most in zip(took, targets, strict=True))
    print(
        f"{rules:>5} rules, seed {seed:>3}: load {load_s:5.2f} s | proof {proof_s:5.2f} s ({proof.verdict},"
        f" {len(proof.certificate.queries)} questions) | weakened {refuted_s:5.2f} s ({refuted.verdict})"
        f" | difference {diff_s:5.2f} s ({len(changes.changes)} actions), of all red lines {all_s:5.2f} s | lint {lint_s:5.2f} s ({idle} idle)"
        f" | left open {left_open}{'' if fast else ' | SLOWER THAN THE TARGET'}{'' if ok else ' | WRONG'}",
        flush=True,
    )
    return ok


def attack(actions: int, seed: int) -> bool:
    """Random actions and states against proved amendments: none may get through."""
    source = random.Random(seed)
    refuted = done = proofs = 0
    while done < actions:
        made = generate(40, source.randrange(10**6))
        old = Guard(load(made.text, catalogue=made.catalogue), made.catalogue)
        new = Guard(load(touched(made), catalogue=made.catalogue), made.catalogue)
        proof: Proof = prove(old, new)
        if not proof.holds:
            print("not proved:", [f.sentence for f in proof.findings][:2])
            return False
        proofs += 1
        for _ in range(2_000):
            case = random_case(source, made)
            before = strength(old, replay(old, case), red_lines=True)
            after = strength(new, replay(new, case), red_lines=True)
            refuted += after.is_below(before)
            done += 1
    print(f"attack: {proofs} proofs, {done} random actions, {refuted} refuted")
    return refuted == 0


def random_case(source: random.Random, made: Made) -> Case:
    mine = source.choice(list(made.catalogue.tools.values()))
    texts = [*WORDS, "INV-1234", "Top Secret", "alphabeta", *SITES]
    pools = {
        "to": [f"a@{site}" for site in SITES],
        "paths": [f"/srv/{word}/x.{word}" for word in WORDS] + ["*.txt", "~/x"],
        "names": [*WORDS, "all people"],
    }
    arguments: dict[str, Any] = {}
    for name, schema in mine.schema["properties"].items():
        if source.random() < 0.15:
            continue
        if schema["type"] == "array":
            count = source.choice((0, 1, 2, 6, 21))
            arguments[name] = [source.choice(pools[name]) for _ in range(count)]
        elif schema["type"] in ("number", "integer"):
            arguments[name] = source.choice((0, 1, 6, 51, 101, 1001, 20000))
        else:
            arguments[name] = "DE89370400440532013000" if name == "iban" else source.choice(texts)
    if source.random() < 0.05:
        arguments["unlisted"] = 1
    facts: dict[str, Any] = {
        f"seen_{i}": source.random() < 0.5 for i in range(6) if source.random() < 0.9
    }
    facts |= {
        f"calls_{i}": source.choice((0, 2, 30, 2000)) for i in range(4) if source.random() < 0.9
    }
    flags = {name: source.random() < 0.5 for name in ("exposed", "asked", "granted")}
    return Case(
        action=Action(
            tool=mine.name,
            arguments=arguments,
            purpose=source.choice(("", *WORDS, "forbidden")),
            case=source.choice(("", "alpha-1", "beta")),
            autonomy=Autonomy(supervised=source.random() < 0.5),
            principal=Principal(tenant=source.choice(("a", "b", "z"))),
        ),
        state=State(facts=facts, intent=Intent(**flags)),
        at_us=source.randrange(10**15, 2 * 10**15),
    )


def encoder(pairs: int) -> bool:
    sys.path[:0] = [str(ROOT / "tests" / "analysis"), str(ROOT / "tests" / "decide")]
    from encoder_check import compare

    done, differ, left_open = compare(pairs, seed=1)
    print(f"encoder: {done} pairs, {len(differ)} different, {left_open} with a part left open")
    return not differ


def regular(memberships: int) -> bool:
    sys.path[:0] = [str(ROOT / "tests" / "analysis")]
    import re2
    from regular_patterns import ALPHABET, pattern

    from gardefou.analysis.regular import Unreadable, has, searching

    source = random.Random(1)
    done = differ = 0
    while done < memberships:
        text = pattern(source, 3)
        try:
            ours = searching(text)
        except Unreadable:
            continue
        theirs = re2.compile(text)
        for _ in range(20):
            word = "".join(source.choice(ALPHABET) for _ in range(source.randrange(7)))
            differ += has(word, ours) != (theirs.search(word) is not None)
            done += 1
    print(f"regular: {done} memberships, {differ} different")
    return not differ


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, nargs="*", default=None)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--attack", type=int, default=0)
    parser.add_argument("--encoder", type=int, default=0)
    parser.add_argument("--regular", type=int, default=0)
    parser.add_argument("--full", action="store_true")
    given = parser.parse_args()
    seeds = dict.fromkeys(given.rules or (), given.seeds)
    if given.full:
        given.attack, given.encoder, given.regular = 100_000, 50_000, 100_000
        seeds = {20: 20, 100: 20, 500: 20, 2000: 1}
    elif given.rules is None and not (given.attack or given.encoder or given.regular):
        seeds = {20: given.seeds, 100: given.seeds, 500: given.seeds}
    ok = True
    for size, work in (
        (given.regular, regular),
        (given.encoder, encoder),
        (given.attack, lambda actions: attack(actions, 1)),
    ):
        if size:
            right, took_s = timed(lambda work=work, size=size: work(size))
            print(f"    {took_s:.0f} s of processor time", flush=True)
            ok &= right
    for rules, count in seeds.items():
        for seed in range(1, count + 1):
            ok &= measure(rules, seed)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
