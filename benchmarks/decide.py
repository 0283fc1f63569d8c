"""The same decisions by Gardefou and by four other engines, in one run.

Each engine gets the same rules (eight a tool: a tool, an amount, a purpose) and the same requests,
and has to give the same verdicts, otherwise it is marked. Requests are Python objects, as an agent
framework has them; what an engine needs to turn them into its own form is part of its time.
Gardefou is measured in two rows: the decision alone (typed and labelled before, as its gateway
does once a turn), and with ingress and origins on a session that holds 100 kB of text.

usage: python benchmarks/decide.py [--json OUT]
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PER_TOOL = 8
SESSION_BYTES = 100_000


@dataclass(frozen=True)
class Rule:
    number: int
    tool: str
    amount: int
    purpose: str


def rules(count: int) -> list[Rule]:
    return [
        Rule(i, f"tool_{i // PER_TOOL}", 1000 + i % PER_TOOL * 100, f"purpose_{i % 3}")
        for i in range(count)
    ]


def requests(count: int) -> list[dict[str, Any]]:
    """Requests over all tools; about a third of them meets a rule."""
    tools = max(1, count // PER_TOOL)
    step = max(1, tools // 50)
    return [
        {"tool": f"tool_{t}", "amount": amount, "purpose": f"purpose_{(t + k) % 4}", "to": "bob"}
        for k, t in enumerate(range(0, tools, step))
        for amount in (10, 5000)
    ]


def expected(all_rules: list[Rule], request: dict[str, Any]) -> bool:
    return any(
        r.tool == request["tool"]
        and request["amount"] > r.amount
        and r.purpose == request["purpose"]
        for r in all_rules
    )


Decide = Callable[[dict[str, Any]], bool]


def gardefou(all_rules: list[Rule], wanted: list[dict[str, Any]]) -> tuple[Decide, Decide]:
    from gardefou.action import Action
    from gardefou.constitution import load
    from gardefou.constitution.catalogue import Catalogue, Parameter, Tool
    from gardefou.decide import Guard
    from gardefou.verdict import Verdict

    head = "---\nconstitution: Benchmark\nversion: 1\nlanguage: 1\ncurrency: EUR\n---\n"
    parts = [head]
    for r in all_rules:
        parts.append(
            f"\n## Article {r.number + 1}. Rule {{#r{r.number}}}\n\nA limit.\n\n```article\n"
            f"kind: default\non: tool {r.tool}\ndeny:\n"
            f'  - when: action.purpose == "{r.purpose}" && args.amount.over("{r.amount}.00 EUR")\n```\n'
        )
    schema = {
        "type": "object",
        "properties": {"amount": {"type": "number"}, "to": {"type": "string"}},
        "required": ["amount", "to"],
    }
    tools = {
        name: Tool(
            name=name,
            schema=schema,
            effects=("pays",),
            parameters={
                "amount": Parameter(role="amount", type="money"),
                "to": Parameter(role="recipients", type="party"),
            },
            labelled_by="person",
            confidence=1.0,
        )
        for name in {r.tool for r in all_rules}
    }
    catalogue = Catalogue(tools=tools)
    guard = Guard(load("".join(parts), file="benchmark.md", catalogue=catalogue), catalogue)
    session = guard.session()
    session.user("Please pay what is due to bob.")
    page = "The harbour office is open on weekdays and the ferry leaves at nine. " * 50
    reader = Tool(name="read_page", effects=("reads_outside",))
    for start in range(0, SESSION_BYTES, len(page)):
        session.result(reader, {}, f"Page {start}\n{page}")

    def action(request: dict[str, Any]) -> Action:
        return Action(
            tool=request["tool"],
            arguments={"amount": request["amount"], "to": request["to"]},
            purpose=request["purpose"],
        )

    labelled = {id(r): guard.label(action(r), session, 0) for r in wanted}

    def alone(request: dict[str, Any]) -> bool:
        return guard.decide(labelled[id(request)], session, 0).verdict is Verdict.DENY

    def whole(request: dict[str, Any]) -> bool:
        return (
            guard.decide(guard.label(action(request), session, 0), session, 0).verdict
            is Verdict.DENY
        )

    return alone, whole


def cedar(all_rules: list[Rule], _: list[dict[str, Any]]) -> Decide:
    import cedarpy

    text = "permit(principal, action, resource);\n" + "\n".join(
        f'forbid(principal, action == Action::"{r.tool}", resource) when '
        f'{{ context.purpose == "{r.purpose}" && context.amount > {r.amount} }};'
        for r in all_rules
    )
    policies = cedarpy.PolicySet.from_str(text)
    entities = cedarpy.Entities.from_json_str("[]")

    def decide(request: dict[str, Any]) -> bool:
        answer = cedarpy.is_authorized(
            {
                "principal": 'User::"agent"',
                "action": f'Action::"{request["tool"]}"',
                "resource": 'Thing::"it"',
                "context": request,
            },
            policies,
            entities,
        )
        return not answer.allowed

    return decide


def cel_rust(all_rules: list[Rule], _: list[dict[str, Any]]) -> Decide:
    import cel

    by_tool: dict[str, list[Any]] = {}
    for r in all_rules:
        condition = f'purpose == "{r.purpose}" && amount > {r.amount}'
        by_tool.setdefault(r.tool, []).append(cel.compile(condition))

    def decide(request: dict[str, Any]) -> bool:
        context = cel.Context(request)
        return any(program.execute(context) is True for program in by_tool[request["tool"]])

    return decide


def agt(all_rules: list[Rule], _: list[dict[str, Any]]) -> Decide:
    from agentmesh.governance.policy import Policy, PolicyEngine, PolicyRule

    engine = PolicyEngine(conflict_strategy="deny_overrides")
    engine.load_policy(
        Policy(
            name="benchmark",
            default_action="allow",
            agents=["*"],
            rules=[
                PolicyRule(
                    name=f"r{r.number}",
                    condition=f"tool == '{r.tool}' and purpose == '{r.purpose}' and amount > {r.amount}",
                    action="deny",
                )
                for r in all_rules
            ],
        )
    )
    return lambda request: not engine.evaluate("did:mesh:agent", dict(request)).allowed


def invariant(all_rules: list[Rule], _: list[dict[str, Any]]) -> Decide:
    from invariant.analyzer import LocalPolicy

    policy = LocalPolicy.from_string(
        "\n".join(
            f'raise "r{r.number}" if:\n    (c: ToolCall)\n    c is tool:{r.tool}\n'
            f'    c.function.arguments.purpose == "{r.purpose}"\n'
            f"    c.function.arguments.amount > {r.amount}\n"
            for r in all_rules
        )
    )

    def decide(request: dict[str, Any]) -> bool:
        arguments = {"amount": request["amount"], "purpose": request["purpose"]}
        call = {
            "id": "1",
            "type": "function",
            "function": {"name": request["tool"], "arguments": arguments},
        }
        return bool(
            policy.analyze([{"role": "assistant", "content": "", "tool_calls": [call]}]).errors
        )

    return decide


@dataclass
class Row:
    engine: str
    rules: int
    p50: float
    p99: float
    load_s: float
    wrong: int


def measure(
    decide: Decide, wanted: list[dict[str, Any]], truth: list[bool], budget_s: float
) -> tuple[list[float], int]:
    wrong = 0
    started = time.perf_counter()
    for request, right in zip(wanted, truth, strict=True):
        wrong += decide(request) is not right
        if time.perf_counter() - started > budget_s:
            break
    times: list[float] = []
    clock = time.perf_counter_ns
    started = time.perf_counter()
    while time.perf_counter() - started < budget_s:
        for request in wanted:
            begun = clock()
            decide(request)
            times.append((clock() - begun) / 1000)
            if len(times) > 100_000 or time.perf_counter() - started > 3 * budget_s:
                return sorted(times), wrong
    return sorted(times), wrong


def run(count: int, budget_s: float) -> list[Row]:
    all_rules, wanted = rules(count), requests(count)
    index: dict[str, list[Rule]] = {}
    for r in all_rules:
        index.setdefault(r.tool, []).append(r)
    truth = [expected(index[request["tool"]], request) for request in wanted]
    rows = []

    def add(name: str, decide: Decide, load_s: float) -> None:
        times, wrong = measure(decide, wanted, truth, budget_s)
        rows.append(
            Row(name, count, times[len(times) // 2], times[len(times) * 99 // 100], load_s, wrong)
        )

    started = time.perf_counter()
    alone, whole = gardefou(all_rules, wanted)
    spent = time.perf_counter() - started
    add("gardefou, decide", alone, spent)
    add("gardefou, ingress + origins + decide, 100 kB session", whole, spent)
    others = [
        ("cedarpy", cedar),
        ("common-expression-language", cel_rust),
        ("agent-governance-toolkit", agt),
    ]
    if count <= 1000:
        others.append(("invariant-ai", invariant))
    for name, make in others:
        started = time.perf_counter()
        try:
            decide = make(all_rules, wanted)
        except ImportError as error:
            print(f"{name}: not measured, {error}", file=sys.stderr)
            continue
        add(name, decide, time.perf_counter() - started)
    return rows


def import_ms(module: str) -> float:
    code = f"import time; t = time.perf_counter(); import {module}; print((time.perf_counter() - t) * 1000)"
    found = [
        float(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(9)
    ]
    return sorted(found)[4]


def resident_kb() -> int:
    with open("/proc/self/statm", encoding="ascii") as stream:
        return int(stream.read().split()[1]) * resource.getpagesize() // 1024


def memory(decisions: int = 1_000_000) -> None:
    """Resident memory with 1,000 articles after 50,000 decisions, and what a million more add."""
    wanted = requests(1000)
    alone, _ = gardefou(rules(1000), wanted)
    for i in range(50_000):
        alone(wanted[i % len(wanted)])
    before = resident_kb()
    for i in range(decisions):
        alone(wanted[i % len(wanted)])
    print(
        f"{before / 1024:.0f} MB resident, {(resident_kb() - before) / 1024:+.1f} MB after a million more decisions"
    )


def main() -> None:
    if sys.argv[1:] == ["--memory"]:
        memory()
        return
    print(f"Python {platform.python_version()}, {platform.machine()}")
    rows = [row for count in (100, 1000, 10_000) for row in run(count, 3.0)]
    print("| engine | rules | p50 µs | p99 µs | times gardefou | load s | wrong verdicts |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    own = {row.rules: row.p50 for row in rows if row.engine == "gardefou, decide"}
    for row in rows:
        print(
            f"| {row.engine} | {row.rules:,} | {row.p50:,.1f} | {row.p99:,.1f} "
            f"| {row.p50 / own[row.rules]:,.1f} | {row.load_s:,.2f} | {row.wrong} |"
        )
    for module in ("gardefou", "gardefou.decide"):
        print(f"import {module}: {import_ms(module):.0f} ms (median of 9 processes)")
    sys.stdout.flush()
    # A process of its own: the peers' memory must not hide ours.
    subprocess.run([sys.executable, __file__, "--memory"], check=True)
    if len(sys.argv) > 2 and sys.argv[1] == "--json":
        with open(sys.argv[2], "w", encoding="utf-8") as stream:
            json.dump([row.__dict__ for row in rows], stream, indent=1)


if __name__ == "__main__":
    main()
