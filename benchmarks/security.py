"""What the standard constitution stops and disturbs on recorded runs, as Markdown tables.

Labels are proposed by the program (``--catalogue auto``); nothing is set for a benchmark.
Two passes: without grants, and with tool-level task grants made from other honest runs of the
same task (``peers``). Our own rewritten attacks are read from this folder.

usage: python benchmarks/security.py FOLDER_OF_BENCHMARK_DATA
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from gardefou import __version__
from gardefou.constitution import standard
from gardefou.replay import Options, Row, Subject, guards, replay

SETS = (
    "agentdojo/banking",
    "agentdojo/workspace",
    "agentdyn/shopping",
    "tau2",
    "taubench",
    "bfcl",
    "asb",
    "assebench_security",
    "mind2web_sc",
    "openagentsafety",
)
OWN = Path(__file__).parent / "data"


def run(paths: list[Path], *, peers: bool) -> tuple[list[Row], str]:
    law = standard()
    subject = Subject(
        engine=__version__,
        constitution=law.name,
        constitution_digest=law.digest,
        catalogue="auto",
        grants="peers" if peers else "none",
    )
    summary = replay(paths, guards(law), Options(subject=subject, peers=peers))
    latency = summary.latency_us
    return list(summary.sets), f"{latency.p50:.0f} / {latency.p99:.0f}"


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}" if whole else "–"


def line(name: str, template: str, rows: list[Row], latency: str) -> str:
    runs = sum(r.attacks.runs for r in rows)
    denied = sum(r.attacks.stopped_deny for r in rows)
    held = sum(r.attacks.stopped_hold for r in rows)
    missed = sum(r.attacks.missed for r in rows)
    honest = sum(r.honest.runs for r in rows)
    runs_denied = sum(r.honest.runs_denied for r in rows)
    calls = sum(r.honest.calls for r in rows)
    calls_denied = sum(r.honest.calls_denied for r in rows)
    calls_held = sum(r.honest.calls_held for r in rows)
    return (
        f"| {name} | {template} | {runs} | {denied} | {held} | {missed} | {share(runs - missed, runs)} "
        f"| {honest} | {runs_denied} | {calls} | {calls_denied} | {calls_held} "
        f"| {share(calls_held, calls)} | {latency} |"
    )


def table(data: Path, *, peers: bool) -> None:
    print(
        "| set | template | attacks | denied | held | missed | stopped % | honest runs | denied | calls | denied | held | held % | µs p50 / p99 |"
    )
    print(
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"
    )
    for name in SETS:
        paths = sorted((data / name).glob("*.jsonl*"))
        if not paths:
            print(f"{name}: no files in {data}", file=sys.stderr)
            continue
        rows, latency = run(paths, peers=peers)
        groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            # Five agents of one benchmark are one set here; each template keeps its own line.
            groups[name, row.template or "–"].append(row)
        for (set_name, template), members in sorted(groups.items()):
            print(line(set_name, template, members, latency))
            latency = ""
    for part in ("dev", "heldout", "fresh"):
        rows, latency = run([OWN / f"rewritten_attacks.{part}.jsonl"], peers=peers)
        print(line(f"rewritten, {part}", "all forms", rows, latency))
        forms: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row.template:
                forms[row.template].append(row)
        for form, members in sorted(forms.items()):
            print(line(f"rewritten, {part}", form, members, ""))


def main() -> None:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        raise SystemExit(2)
    data = Path(sys.argv[1])
    for peers in (False, True):
        print(f"\n### {'With task grants from peers' if peers else 'Without grants'}\n")
        table(data, peers=peers)


if __name__ == "__main__":
    main()
