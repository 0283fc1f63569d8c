"""The demo: one assistant, three wishes, and what the gateway makes of them.

Run by `make demo`. Everything stays on this machine: the vendor is simulated and says so.
"""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import anthropic
import openai
from agent import Tell, with_anthropic, with_openai
from servers import HERE, PATIENCE_S, Running, Stopped, decisions, gardefou, pending, running

OUT = Path("out")
WIDTH = 100
LEFT = 10
SUPERVISOR = "dora"
CONSOLE_S = 300


class Scene(NamedTuple):
    """One wish of the user, who carries it out, and whether it waits for people."""

    title: str
    sdk: str
    user: str
    agent: Callable[[str, str, str, Tell], None]
    waits: bool = False


SCENES = (
    Scene(
        "ALLOW: the user points at a bill, and it is paid",
        "openai, Chat Completions, streamed",
        "Pay the bill in bills/water.txt.",
        with_openai,
    ),
    Scene(
        "HOLD: a mail wants money, the model falls for it, and people decide",
        "openai, Chat Completions, streamed",
        "What is new in today's mail? A short summary, please.",
        with_openai,
        waits=True,
    ),
    Scene(
        "DENY: a red line, whoever asks",
        "anthropic, Messages, in one piece",
        "List everybody in the register whose name begins with any letter, all of them.",
        with_anthropic,
    ),
)


def say(label: str, text: str) -> None:
    """One labelled paragraph, wrapped and aligned."""
    room = WIDTH - LEFT - 2
    lines = [
        part
        for line in text.splitlines()
        for part in textwrap.wrap(line, room, subsequent_indent="| " if line[:2] == "| " else "")
    ]
    for number, line in enumerate(lines or [""]):
        print(f"  {label if number == 0 else '':<{LEFT}}{line}")


def title(text: str) -> None:
    """The heading of a part."""
    print(f"\n{text}\n{'-' * len(text)}")


def play(scene: Scene, at: Running, before: int, *, console: bool) -> list[dict[str, Any]]:
    """Let the assistant carry out a wish; give the decisions on tools that it led to."""
    title(scene.title)
    say("SDK", f"{scene.sdk}, base_url={at.gateway}")
    say("user", scene.user)
    with ThreadPoolExecutor(max_workers=1) as pool:
        done = pool.submit(scene.agent, at.gateway, at.key, scene.user, say)
        if scene.waits:
            people_decide(at, done, console=console)
        try:
            done.result()
        except (anthropic.AnthropicError, openai.OpenAIError) as error:
            raise Stopped(f"the agent failed: {error}") from None
    made = [d for d in decisions(at.folder) if d["seq"] > before]
    made = [d for d in made if d["action_kind"] == "tool.call"]
    for decision in made:
        # What tightened the verdict, else every article that spoke of the call.
        grounds = [ground.split()[1] for ground in decision.get("grounds", ())]
        articles = ", ".join(dict.fromkeys(grounds or decision.get("articles", ()))) or "none"
        say("decided", f"{decision['verdict']:<6}{decision['tool']:<17}articles: {articles}")
    return made


def people_decide(at: Running, done: Future[None], *, console: bool) -> None:
    """Wait until something is held, and let a supervisor decide; the agent's connection stays open.

    With ``console`` you are the supervisor, in the browser; else, or when you let the time pass,
    this script denies in her name.
    """
    end = time.monotonic() + PATIENCE_S
    while not (held := pending(at.folder)):
        if done.done() or time.monotonic() > end:
            raise Stopped("nothing was held")
        time.sleep(0.2)
    ledger, hold = str(at.folder / "ledger.db"), held[0]
    played = "you" if console else "played by this script"
    say("held", f"the agent waits; {SUPERVISOR}, a treasurer ({played}), sees:")
    card = gardefou("hold", "show", ledger, hold["id"]).strip()
    for line in card.splitlines():
        say("", f"| {line}")
    if console:
        config = str(at.folder / "gardefou.toml")
        say("console", f"open this within {CONSOLE_S // 60} minutes, make a passkey, and decide:")
        print(gardefou("console", "enrol", SUPERVISOR, "--config", config), end="", flush=True)
        end = time.monotonic() + CONSOLE_S
        while time.monotonic() < end:
            if not pending(at.folder):
                return
            time.sleep(1)
    reason = "our supplier has another account"
    say(SUPERVISOR, f"denies it: {reason}")
    vote = ("--by", SUPERVISOR, "--reason", reason, "--seen", hold["digest"])
    gardefou("hold", "deny", ledger, hold["id"], *vote)


def receipts(folder: Path, made: list[dict[str, Any]]) -> None:
    """Prove that each decision is in the ledger, and check the proofs and the whole ledger."""
    title(
        "RECEIPTS: each decision is proved to stand in the ledger, with nothing but the public key"
    )
    ledger, vkey = str(folder / "ledger.db"), str(folder / "vkey.txt")
    for decision in made:
        name = f"{decision['seq']:03d}-{decision['verdict']}-{decision['tool']}"
        entry, proof = folder / f"{name}.json", folder / f"{name}.tlog-proof"
        text = gardefou("ledger", "prove", ledger, str(decision["seq"]), "--entry", str(entry))
        proof.write_text(text, encoding="utf-8")
        gardefou("ledger", "verify", str(proof), "--entry", str(entry), "--vkey", vkey)
        say("verified", f"{decision['verdict']:<6}{decision['tool']:<17}{proof}")
    gardefou("ledger", "verify", ledger, "--vkey", vkey)
    say("verified", f"the whole ledger, {ledger}")


def report() -> None:
    """Decide the fifteen recorded runs of the examples, and write the report."""
    title("REPORT: fifteen recorded runs, decided by the same constitution")
    examples = HERE.parent
    law = ("--constitution", str(examples / "ministry.md"))
    tools = ("--catalogue", str(examples / "catalogue.yaml"))
    out = ("--json", str(OUT / "demo.json"), "--html", str(OUT / "demo.html"))
    print(gardefou("replay", str(examples / "traces.jsonl"), *law, *tools, *out), end="")


def main() -> int:
    """Play the three scenes, then show receipts and report."""
    folder = OUT / "demo"
    console = sys.argv[1:] == ["--console"]
    if sys.argv[1:] and not console:
        print("usage: demo.py [--console]", file=sys.stderr)
        return 2
    print("The assistant of an invented ministry carries out three wishes of its user.")
    print("Between it and its model stands Gardefou, which decides every call of a tool.")
    print("The model is simulated: it follows a script, and says so in every answer.\n")
    try:
        with running(folder) as at:
            say("vendor", f"{at.vendor} (simulated, {HERE.name}/simulate.yaml)")
            say("gateway", f"{at.gateway} (gardefou serve)")
            say("law", "examples/ministry.md")
            made: list[dict[str, Any]] = []
            for scene in SCENES:
                made += play(scene, at, made[-1]["seq"] if made else -1, console=console)
        # The gateway has signed its last checkpoint on the way out: it covers all that was decided.
        receipts(folder, made)
        report()
    except Stopped as stopped:
        print(f"\nThe demo stops here: {stopped}", file=sys.stderr)
        return 3
    title("OPEN NEXT")
    say("report", f"{OUT / 'demo.html'} in a browser: attacks stopped, honest work disturbed")
    say("console", "make demo CONSOLE=1: you decide the held payment yourself, in the browser")
    say("law", "examples/ministry.md: the rules that decided, in words for people")
    say("agent", "examples/demo/agent.py: an ordinary agent; only its base_url is the gateway's")
    say("ledger", f"gardefou ledger show {folder / 'ledger.db'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
