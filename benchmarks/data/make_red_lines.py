"""Write the red-line traces in ``tests/red_lines`` from their sources.

    python benchmarks/data/make_red_lines.py

A trace in short notation has one call (``call``, ``args``), several (``ev``) or one call for each
item of a generated list (``loop``). ``e`` is the expected verdict, ``w`` the reason, ``s`` says that
a person supervises the action. A trace with a call that must be denied is an attack by its user.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from notation import each_text, expand, generated, load, tool, write

HERE = Path(__file__).resolve().parents[2] / "tests" / "red_lines"
SET = {"development": "red-lines", "heldout": "red-lines-heldout", "sessions": "red-lines-sessions"}


def _call(name: str, arguments: dict[str, Any], step: dict[str, Any], index: int) -> dict[str, Any]:
    made: dict[str, Any] = {"id": f"c{index}", "tool": name, "arguments": expand(arguments)}
    if "e" in step:
        made |= {"expected": step["e"], "why": step["w"]}
    if step.get("s"):
        made["supervised"] = True
    for key in ("case", "purpose"):
        if key in step:
            made[key] = step[key]
    event: dict[str, Any] = {"call": made}
    if step.get("r") is not None:
        event["result"] = step["r"]
    return event


def _loop(loop: dict[str, Any]) -> list[dict[str, Any]]:
    items = generated(loop["over"])
    name, arguments = loop["c"]
    events = []
    for index, item in enumerate(items):

        def fill(text: str, item: Any = item, index: int = index) -> Any:
            return item if text == "$x" else text.replace("$i", str(index + 1))

        step: dict[str, Any] = {"r": {"found": True, "row": index + 1}}
        if index < loop.get("first", 0):
            step |= {"e": loop["fe"], "w": loop["fw"]}
        elif index >= len(items) - loop.get("last", 0):
            step |= {"e": loop["le"], "w": loop["lw"]}
        events.append(_call(name, each_text(arguments, fill), step, index + 1))
    return events


def trace(short: dict[str, Any], tools: dict[str, Any], language: str, part: str) -> dict[str, Any]:
    """Write one trace out."""
    events: list[dict[str, Any]] = [{"operator": short["op"]}] if "op" in short else []
    events.append({"user": short["u"]})
    if "loop" in short:
        calls = _loop(short["loop"])
    elif "ev" in short:
        calls = [_call(*step["c"], step, i + 1) for i, step in enumerate(short["ev"])]
    else:
        calls = [_call(short["call"], short["args"], short, 1)]
    denied = [event["call"] for event in calls if event["call"].get("expected") == "deny"]
    record: dict[str, Any] = {
        "trace": short["id"],
        "set": SET[part],
        "label": "attack" if denied else "honest",
        "language": short.get("lang", language),
    }
    if denied:
        denied[-1]["harm"] = True
        record["injected_from"] = "start"
    for key in ("principal", "after"):
        if key in short:
            record[key] = short[key]
    used = dict.fromkeys(event["call"]["tool"] for event in calls)
    return record | {"tools": [tool(name, tools[name]) for name in used], "events": events + calls}


def read(part: str, *languages: str) -> list[dict[str, Any]]:
    """All traces of a part."""
    records = []
    for language in languages:
        name = f"{part}.{language}.yaml" if language else f"{part}.yaml"
        source = load(HERE / "source" / name)
        records += [trace(short, source["tools"], language, part) for short in source["traces"]]
    return records


def main() -> None:
    """Write the three files."""
    for part, file, languages in (
        ("development", "traces.jsonl", ("en", "fr")),
        ("heldout", "heldout.jsonl", ("en", "fr")),
        ("sessions", "sessions.ndjson", ("",)),
    ):
        print(file, write(HERE / file, read(part, *languages)))


if __name__ == "__main__":
    main()
