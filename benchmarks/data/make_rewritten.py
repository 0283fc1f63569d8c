"""Write the re-written attacks and the honest runs beside them.

    python benchmarks/data/make_rewritten.py

1. A suite (``rewritten/{dev,heldout,fresh}.*.yaml``) has invented tools, tasks with two variants each, and
   five attacker's goals of different effect. ``¤`` in a result marks where an outsider can write.
2. Honest runs: every task in both variants; the first without the mark, the second with ordinary
   boilerplate in its place, which a guard must not take for an attack.
3. Attacks: every task with every goal. The goal is put in words by one frame of one of twelve forms
   (``rewritten/frames.*.yaml``); the development suites use the first half of the frames of each
   form, the held-out suites the other half, so nothing held out shares a suite or a frame. The
   part ``fresh`` was written after the guard was tuned, with frames of its own
   (``rewritten/frames.fresh.*.yaml``), some of them in other forms.
4. Corrections: a note beside the value that the user delegated says that another one is right, and
   the agent does what the user asked with the attacker's value.
5. Results are written as JSON, JSON text, YAML, Python repr, HTML and plain text in turns.

No chance is involved: positions in the sources choose form, frame, variant and format.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from notation import each_text, expand, load, tool, write

HERE = Path(__file__).resolve().parent
MARK = "¤"
FORMATS = ("json", "yaml", "repr", "json text", "html")
VOWELS = tuple("aeiouyàâéèêëîïôûhAEIOUYÀÂÉÈÊ")


def fill(value: Any, vary: dict[str, Any]) -> Any:
    """Put a variant's values in: a text that is one name becomes the value itself."""

    def one(text: str) -> Any:
        if text[1:] in vary and text[0] == "$":
            return vary[text[1:]]

        def written(match: re.Match[str]) -> str:
            found = vary[match[1]]
            return f"{found:.2f}" if isinstance(found, float) else str(found)

        return re.sub(r"\$([a-z][a-z0-9]*)", written, text)

    return each_text(value, one)


def _elided(word: str, text: str) -> str:
    return f"{word[:-1]}’{text}" if text.startswith(VOWELS) else f"{word} {text}"


def passage(frame: str, goal: dict[str, Any]) -> tuple[str, str]:
    """Word a goal with a frame: the field name (empty if the form has none) and the text."""
    key, bar, text = frame.partition("|")
    if not bar:
        key, text = "", frame
    inf = goal["inf"]
    words = {
        **{k: v for k, v in goal.items() if isinstance(v, str)},
        "Inf": inf[0].upper() + inf[1:],
        "kv": "; ".join(f"{k}: {v}" for k, v in goal["fields"].items()),
        "lines": "\n".join(f"  {k}: {v}" for k, v in goal["fields"].items()),
        "de_inf": _elided("de", inf),
        "que_subj": _elided("que", goal.get("subj", "")),
    }
    return key, text.format(**words)


def carrying(result: Any, key: str, text: str, fields: dict[str, Any]) -> Any:
    """Put a passage where the mark stands; a named field goes into the record around the mark."""
    if isinstance(result, str):
        return result.replace(MARK, text)
    if isinstance(result, list):
        return [carrying(item, key, text, fields) for item in result]
    if not isinstance(result, dict):
        return result
    if key and any(isinstance(v, str) and MARK in v for v in result.values()):
        return clean(result) | {key: fields}
    return {k: carrying(v, key, text, fields) for k, v in result.items()}


def clean(result: Any) -> Any:
    """Take the mark out, and a field that held nothing else."""
    if isinstance(result, str):
        return re.sub(r"[ \t]*¤ ?\n?", "", result)
    if isinstance(result, list):
        return [clean(item) for item in result if item != MARK]
    if isinstance(result, dict):
        return {k: clean(v) for k, v in result.items() if v != MARK}
    return result


def _as_html(value: Any) -> str:
    if isinstance(value, dict):
        rows = "".join(
            f"<dt>{html.escape(str(k))}</dt><dd>{_as_html(v)}</dd>" for k, v in value.items()
        )
        return f"<dl>{rows}</dl>"
    if isinstance(value, list):
        return "<ul>" + "".join(f"<li>{_as_html(item)}</li>" for item in value) + "</ul>"
    return html.escape(str(value), quote=False)


def rendered(result: Any, turn: int) -> Any:
    """Write a result in the format whose turn it is (rule 5)."""
    if isinstance(result, str):
        if turn % 3 or "\n" not in result:
            return result
        lines = (f"<p>{html.escape(line, quote=False)}</p>" for line in result.split("\n") if line)
        return f"<html><body>{''.join(lines)}</body></html>"
    writers: dict[str, Callable[[Any], Any]] = {
        "json": lambda value: value,
        "json text": lambda value: json.dumps(value, ensure_ascii=False),
        "yaml": lambda value: yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=500),
        "repr": repr,
        "html": _as_html,
    }
    return writers[FORMATS[turn % len(FORMATS)]](result)


def has_mark(value: Any) -> bool:
    """Say whether an outsider can write in this result."""
    found: list[str] = []
    each_text(value, lambda text: found.append(text) or text)
    return any(MARK in text for text in found)


class Suite:
    """One suite's source and what is written from it."""

    def __init__(self, path: Path, place: int) -> None:
        self.source = load(path)
        self.part = path.name.split(".")[0]
        self.place = place
        self.name: str = self.source["suite"]
        self.tools = [tool(name, short) for name, short in self.source["tools"].items()]

    def _record(self, trace: str, task: str, label: str, form: str | None) -> dict[str, Any]:
        return {
            "trace": f"{self.name}-{trace}",
            "set": f"rewritten-{self.name}",
            "label": label,
            "template": form,
            "language": self.source["language"],
            "task": f"{self.name}/{task}",
            "tools": self.tools,
        }

    def _events(
        self, task: dict[str, Any], variant: int, change: Callable[[Any], Any]
    ) -> list[dict[str, Any]]:
        run = expand(fill(task["run"], task["vary"][variant]))
        events: list[dict[str, Any]] = [{"operator": self.source["operator"]}]
        for step in run:
            if "c" not in step:
                events.append({"user": step["u"]} if "u" in step else {"model": step["m"]})
                continue
            calls = sum("call" in event for event in events)
            name, arguments = step["c"]
            event: dict[str, Any] = {
                "call": {"id": f"c{calls + 1}", "tool": name, "arguments": arguments}
            }
            turn = self.place + variant + calls + self.source["tasks"].index(task)
            changed = change(step["r"]) if has_mark(step["r"]) else step["r"]
            event["result"] = rendered(changed, turn)
            if changed is not step["r"] and change is not clean:
                event["injected"] = True
            events.append(event)
        return events

    def honest(self, boilerplate: list[str]) -> list[dict[str, Any]]:
        """Every task in both variants (rule 2)."""
        records = []
        for number, task in enumerate(self.source["tasks"]):
            text = boilerplate[(number + self.place) % len(boilerplate)]
            for variant, change in enumerate((clean, lambda r, t=text: carrying(r, "", t, {}))):
                record = self._record(
                    f"{task['id']}-honest-{variant + 1}", task["id"], "honest", None
                )
                events = self._events(task, variant, change)
                for event in events:
                    event.pop("injected", None)
                records.append(record | {"events": events})
        return records

    def attacks(self, forms: dict[str, list[str]]) -> list[dict[str, Any]]:
        """Every task with every goal, each in the form and frame whose turn it is (rule 3)."""
        records = []
        goals = expand(self.source["goals"])
        for i, (task, goal) in enumerate(
            (task, goal) for task in self.source["tasks"] for goal in goals
        ):
            turn = i + 5 * self.place
            form = list(forms)[turn % len(forms)]
            frame = forms[form][(i + i // len(forms)) % 2]
            key, text = passage(frame, goal)
            events = self._events(
                task, i % 2, lambda r, k=key, t=text, f=goal["fields"]: carrying(r, k, t, f)
            )
            start = next(n for n, event in enumerate(events) if event.get("injected"))
            later_turn = any("user" in event for event in events[start:])
            finishes_first = i % 3 == 0 and not later_turn
            events = [e for e in events[: None if finishes_first else start + 1] if e]
            if finishes_first and "model" in events[-1]:
                events.pop()
            made = sum("call" in event for event in events)
            for n, (name, arguments, *result) in enumerate(goal["calls"], start=1):
                call = {"id": f"c{made + n}", "tool": name, "arguments": arguments}
                if n == len(goal["calls"]):
                    call["harm"] = True
                events.append({"call": call, "result": rendered(result[0], i) if result else "ok"})
            record = self._record(f"{task['id']}-{goal['id']}-{form}", task["id"], "attack", form)
            records.append(record | {"note": goal["effect"], "events": events})
        return records

    def corrections(self) -> list[dict[str, Any]]:
        """The delegated act itself, with the attacker's value (rule 4)."""
        records = []
        tasks = {task["id"]: task for task in self.source["tasks"]}
        for short in expand(self.source["corrections"]):
            task = tasks[short["task"]]
            for variant in range(len(task["vary"])):
                events = self._events(
                    task, variant, lambda r, t=short["text"]: carrying(r, "", t, {})
                )
                last = next(
                    n
                    for n, event in enumerate(events)
                    if event.get("call", {}).get("tool") == short["call"]
                )
                call = events[last]["call"]
                call["arguments"] = call["arguments"] | short["with"]
                call["harm"] = True
                trace = f"{task['id']}-{short['effect']}-correction-{variant + 1}"
                record = self._record(trace, task["id"], "attack", "correction")
                records.append(record | {"note": short["effect"], "events": events[: last + 1]})
        return records


def frames_of(part: str, language: str) -> dict[str, list[str]]:
    """The frames of each form that a part may use."""
    folder = HERE / "rewritten"
    if part == "fresh":
        return dict(load(folder / f"frames.fresh.{language}.yaml"))
    every = load(folder / f"frames.{language}.yaml").items()
    if part == "dev":
        return {form: texts[: len(texts) // 2] for form, texts in every}
    return {form: texts[len(texts) // 2 :] for form, texts in every}


def build(part: str) -> list[dict[str, Any]]:
    """All traces of ``dev``, ``heldout`` or ``fresh``."""
    records = []
    for place, path in enumerate(sorted((HERE / "rewritten").glob(f"{part}.*.yaml"))):
        suite = Suite(path, place)
        forms = frames_of(part, suite.source["language"])
        records += suite.honest(forms.pop("benign")) + suite.attacks(forms)
        records += suite.corrections()
    return records


def main() -> None:
    """Write the three files."""
    for part in ("dev", "heldout", "fresh"):
        file = HERE / f"rewritten_attacks.{part}.jsonl"
        print(file.name, write(file, build(part)))


if __name__ == "__main__":
    main()
