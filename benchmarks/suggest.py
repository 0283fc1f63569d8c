"""How often the proposed labels are right: `python benchmarks/suggest.py [--held] [--calls]`.

Sets: the two halves of our own gold set (``tests/data``), and, when they are there, the tool
lists of ``../shared/data`` with the labels of ``benchmarks/suggest_labels.txt``.

* consequential: of the tools that can change the world, how many are labelled with at least one
  right consequential effect, with a wrong one only, stay unlabelled (held by ``unlisted``), or
  pass as harmless (the dangerous mistake).
* harmless: how many are labelled harmless, stay unlabelled, or are called consequential.
* effects: of the effects that a tool must have, how many are proposed; of those proposed, how many
  are right (gold sets only).
* calls (``--calls``): of recorded honest calls, how many fall on an unlabelled tool, and how many
  ingress refuses because a proposed type does not fit.
* roles: of the arguments that decide, how many have their role (gold sets only).
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gardefou.constitution.catalogue import EFFECTS, Tool, ingest
from gardefou.constitution.catalogue.suggest import suggest, tool_from_calls
from gardefou.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
HARMLESS = frozenset(name for name, effect in EFFECTS.items() if not effect.consequential)
KINDS = {"i": "integer", "n": "number", "b": "boolean"}


class Gold(msgspec.Struct, frozen=True, kw_only=True):
    """A tool and what is true of it; ``may`` are effects that are no mistake either."""

    tool: Tool
    must: frozenset[str]
    may: frozenset[str] = frozenset()
    roles: dict[str, str] = {}
    consequential: bool = False
    open: bool = False


def read_gold(path: Path) -> list[Gold]:
    """Read one half of the gold set (the format stands in its first line)."""
    found: list[Gold] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in (line + " | | | |").split("|")]
        name, description, parameters, effects, roles = cells[:5]
        properties: dict[str, Any] = {}
        for given in parameters.split():
            argument, _, kind = given.partition(":")
            schema: dict[str, Any] = {"type": KINDS.get(kind, "string")}
            if argument.endswith("[]"):
                argument, schema = argument[:-2], {"type": "array", "items": {"type": "string"}}
            properties[argument] = schema
        schema = {"type": "object", "properties": properties} if properties else {}
        words = effects.split()
        must = frozenset(word for word in words if not word.endswith("?"))
        may = frozenset(word[:-1] for word in words if word.endswith("?")) - {""}
        if unknown := (must | may) - EFFECTS.keys():
            message = f"{path.name}: {name}: {unknown}"
            raise ValueError(message)
        found.append(
            Gold(
                tool=Tool(name=name, description=description, schema=schema),
                must=must,
                may=may,
                roles=dict(pair.split("=") for pair in roles.split()),
                consequential=bool(must - HARMLESS),
                open=not must,
            )
        )
    return found


class Score(msgspec.Struct):
    """The counts of one set."""

    tools: int = 0
    consequential: int = 0
    right: int = 0
    wrong: int = 0
    unlabelled: int = 0
    silent: int = 0
    harmless: int = 0
    harmless_right: int = 0
    harmless_unlabelled: int = 0
    harmless_wrong: int = 0
    must: int = 0
    must_found: int = 0
    proposed: int = 0
    proposed_right: int = 0
    roles: int = 0
    roles_right: int = 0
    errors: list[str] = []


def measure(golds: list[Gold]) -> Score:
    """Count right and wrong labels over a set."""
    score = Score(tools=len(golds), errors=[])
    for gold in golds:
        tool = suggest(gold.tool)
        got = frozenset(tool.effects)
        acting = got - HARMLESS
        said = f"{tool.name:42} {','.join(tool.effects) or '-':50} {tool.confidence:.2f}"
        detailed = bool(gold.must or gold.may)
        if gold.consequential:
            score.consequential += 1
            if not got:
                score.unlabelled += 1
                score.errors.append(f"unlabelled  {said} must {set(gold.must)}")
            elif not acting:
                score.silent += 1
                score.errors.append(f"SILENT      {said} must {set(gold.must)}")
            elif detailed and not acting & (gold.must | gold.may):
                score.wrong += 1
                score.errors.append(f"wrong       {said} must {set(gold.must)}")
            else:
                score.right += 1
        elif not gold.open:
            score.harmless += 1
            if not got:
                score.harmless_unlabelled += 1
                score.errors.append(f"nuisance -  {said} {tool.description[:60]}")
            elif acting - gold.may:
                score.harmless_wrong += 1
                score.errors.append(f"nuisance +  {said} {tool.description[:60]}")
            else:
                score.harmless_right += 1
        if got and detailed:
            score.must += len(gold.must)
            score.must_found += len(gold.must & got)
            extra = acting - gold.must - gold.may
            score.proposed += len(got)
            score.proposed_right += len(got) - len(extra)
            if gold.must - got and acting & (gold.must | gold.may):
                score.errors.append(f"missing     {said} missing {set(gold.must - got)}")
            if extra and gold.consequential:
                score.errors.append(f"extra       {said} extra {set(extra)}")
        for argument, role in gold.roles.items():
            score.roles += 1
            labels = tool.parameters.get(argument) or tool.parameters.get(f"{argument}[]")
            if labels and labels.role in role.split("/"):
                score.roles_right += 1
            else:
                score.errors.append(
                    f"role        {said} {argument}: {labels and labels.role} for {role}"
                )
    return score


def shared_sets() -> Iterator[tuple[str, list[Tool]]]:
    """Yield the tool lists of the folder of shared data, when it is there."""
    for name, folder in (
        ("agentdojo workspace", "agentdojo/workspace"),
        ("agentdojo banking", "agentdojo/banking"),
        ("agentdyn shopping", "agentdyn/shopping"),
    ):
        rows = json.loads((SHARED / folder / "tools.json").read_text(encoding="utf-8"))
        yield name, [_tool(row, row["parameters"]) for row in rows]
    rows = json.loads((SHARED / "taubench/retail_tools.json").read_text(encoding="utf-8"))
    yield "taubench retail", [_tool(row, row.get("parameters", {})) for row in rows]
    yield (
        "toolemu",
        [
            Tool(
                name=f"{kit['toolkit']}.{tool['name']}",
                description=tool["summary"],
                schema={
                    "type": "object",
                    "properties": {part["name"]: part for part in tool["parameters"]},
                },
            )
            for kit in _lines("toolemu/toolkits.jsonl")
            for tool in kit["tools"]
        ],
    )
    yield (
        "asb normal",
        [
            Tool(name=row["Tool Name"], description=row["Description"])
            for row in _lines("asb/all_normal_tools.jsonl")
        ],
    )
    yield (
        "asb attack",
        [
            Tool(name=row["Attacker Tool"], description=row["Description"])
            for row in _lines("asb/all_attack_tools.jsonl")
        ],
    )
    calls: dict[str, list[dict[str, Any]]] = {}
    texts: dict[str, str] = {}
    for row in _lines("bfcl/benign_calls.jsonl.gz"):
        for tool in row.get("tools") or []:
            if isinstance(tool, dict):
                texts[tool["name"]] = tool.get("description", "")
        for turn in row["turns"]:
            for call in turn["calls"]:
                calls.setdefault(call["tool"], []).append(call["args"])
    yield "bfcl", [tool_from_calls(name, seen, texts.get(name, "")) for name, seen in calls.items()]
    for title, path in (
        ("openagentsafety", "openagentsafety/recorded_runs.jsonl.gz"),
        ("tau2 retail", "tau2/retail_tasks.jsonl.gz"),
        ("assebench", "assebench_security/traces.jsonl.gz"),
    ):
        calls = {}
        for row in _lines(path):
            for call in row.get("calls", []):
                calls.setdefault(call["tool"], []).append(call["args"] or {})
        yield title, [tool_from_calls(name, seen) for name, seen in calls.items()]


def _tool(row: dict[str, Any], schema: dict[str, Any]) -> Tool:
    return Tool(name=row["name"], description=row.get("description", ""), schema=schema)


def _lines(path: str) -> Iterator[dict[str, Any]]:
    data = (SHARED / path).read_bytes()
    text = gzip.decompress(data) if path.endswith(".gz") else data
    for line in text.decode().splitlines():
        yield json.loads(line)


def shared_golds() -> Iterator[tuple[str, list[Gold]]]:
    """Yield the shared lists with our own labels: which of their tools are consequential."""
    labels: dict[str, set[str]] = {}
    for line in (ROOT / "benchmarks/suggest_labels.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            source, _, names = line.partition(":")
            labels.setdefault(source.strip(), set()).update(names.split())
    for source, tools in shared_sets():
        if source in labels:
            acting, unsure = labels[source], labels.get(f"{source} unsure", set())
            yield (
                source,
                [
                    Gold(
                        tool=tool,
                        must=frozenset(),
                        consequential=tool.name in acting or "*" in acting,
                        open=tool.name in unsure,
                    )
                    for tool in tools
                ],
            )


HONEST = (
    ("agentdojo workspace", "agentdojo/workspace/benign.jsonl"),
    ("agentdojo banking", "agentdojo/banking/benign.jsonl"),
    ("agentdyn shopping", "agentdyn/shopping/benign_ground_truth.jsonl"),
    ("taubench retail", "taubench/retail_ground_truth.jsonl.gz"),
    ("tau2 retail", "tau2/retail_tasks.jsonl.gz"),
    ("bfcl", "bfcl/benign_calls.jsonl.gz"),
    ("openagentsafety", "openagentsafety/recorded_runs.jsonl.gz"),
)


def print_calls() -> None:
    """Count recorded honest calls that fall on unlabelled tools or that ingress refuses."""
    tools = {name: {tool.name: suggest(tool) for tool in found} for name, found in shared_sets()}
    for name, path in HONEST:
        seen = unlabelled = refused = 0
        for row in _lines(path):
            turns = row.get("turns") or [row]
            for call in (call for turn in turns for call in turn.get("calls", [])):
                tool = tools[name].get(call["tool"])
                if tool is None:
                    continue
                seen += 1
                unlabelled += not tool.effects
                try:
                    ingest(tool, call["args"] or {}, currency="EUR")
                except InputError:
                    refused += 1
        print(
            f"{name:21} | {seen:5} calls | unlabelled {_share(unlabelled, seen)} | "
            f"refused {_share(refused, seen)} ({refused})"
        )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f}" if whole else "    -"


def main() -> int:
    """Print the table; with ``--errors SET`` also each mistake in that set."""
    options = argparse.ArgumentParser()
    options.add_argument("--errors", default="")
    options.add_argument("--held", action="store_true", help="measure the held-out half, too")
    options.add_argument("--calls", action="store_true", help="count honest calls, too")
    chosen = options.parse_args()
    sets = [("gold, development", read_gold(ROOT / "tests/data/tools_gold_dev.txt"))]
    if chosen.held:
        sets.append(("gold, held out", read_gold(ROOT / "tests/data/tools_gold_held.txt")))
    if SHARED.is_dir():
        sets += shared_golds()
    print(
        "per cent              |       |      consequential tools      |   harmless tools    |  effects  |\n"
        "set                   | tools | right wrong unlab.    passed  | right unlab.  wrong | rec. prec.| roles"
    )
    for name, golds in sets:
        score = measure(golds)
        print(
            f"{name:21} | {score.tools:5} | {_share(score.right, score.consequential)} "
            f"{_share(score.wrong, score.consequential)}  {_share(score.unlabelled, score.consequential)} "
            f"{_share(score.silent, score.consequential)} ({score.silent:2}/{score.consequential:3}) | "
            f"{_share(score.harmless_right, score.harmless)}  {_share(score.harmless_unlabelled, score.harmless)}  "
            f"{_share(score.harmless_wrong, score.harmless)} | {_share(score.must_found, score.must)}{_share(score.proposed_right, score.proposed)}"
            f" | {_share(score.roles_right, score.roles)}"
        )
        if chosen.errors and chosen.errors in name:
            print("\n".join(f"    {error}" for error in score.errors))
    if chosen.calls and SHARED.is_dir():
        print_calls()
    tools = [gold.tool for _, golds in sets for gold in golds]
    begin = time.perf_counter()
    for tool in tools:
        suggest(tool)
    spent = time.perf_counter() - begin
    print(
        f"{len(tools)} tools in {spent:.2f} s ({1e6 * spent / len(tools):.0f} µs a tool)",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
