"""Cases and findings as sentences."""

from __future__ import annotations

import json
from typing import Any

from gardefou.analysis._case import Case, Strength
from gardefou.decide import quoted
from gardefou.verdict import Verdict

_LONGEST = 300


def action_words(case: Case) -> str:
    """The action in words: the tool and its arguments, then what the session knows."""
    action = case.action
    if action.kind == "tool.call" and case.tool is not None:
        labels = ", ".join(case.tool.effects)
        text = f"a tool labelled {labels}, {action.tool}({_arguments(action.arguments)}),"
    elif action.kind == "tool.call":
        text = f"{action.tool}({_arguments(action.arguments)})"
    else:
        text = f"{action.kind} {action.tool}".strip()
    details = [
        f"{name} {quoted(str(value))}"
        for name, value in (
            ("vendor", action.vendor),
            ("case", action.case),
            ("purpose", action.purpose),
            ("user", action.principal.user),
        )
        if value
    ]
    if action.autonomy.supervised:
        details.append("supervised")
    details += [
        f"{name} = {_fact(value)}"
        for name, value in case.state.facts.items()
        if value and not case.executed
    ]
    details += _intents(case)
    text = f"{text} with {', '.join(details)}" if details else text.rstrip(",")
    return f"after {_past(case)}, {text}" if case.executed else text


def _past(case: Case) -> str:
    count = sum(step.times for step in case.executed)
    first = case.executed[0].action
    what = f"{first.tool}({_arguments(first.arguments)})"
    if count == 1:
        return f"{what} was executed"
    last = case.executed[-1].action
    if last.tool != first.tool:
        return f"{count} executed actions, from {what} to {last.tool}({_arguments(last.arguments)})"
    return f"{count} executed actions such as {what}"


def _intents(case: Case) -> list[str]:
    intent = case.state.intent
    return [f"intent.{name}" for name in intent.__struct_fields__ if getattr(intent, name)]


def _fact(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['minor']} minor units {value['currency']}"
    return json.dumps(value)


def _arguments(arguments: dict[str, Any]) -> str:
    text = ", ".join(f"{name}: {json.dumps(v, ensure_ascii=True)}" for name, v in arguments.items())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def strength_words(strength: Strength, other: Strength | None = None) -> str:
    """What stands in the way, in words; the deadlines where the other's differ."""
    if strength.verdict is not Verdict.HOLD:
        return {Verdict.ALLOW: "allowed", Verdict.DENY: "denied"}[strength.verdict]
    if strength.by_user:
        return "held for the user's consent"
    who = " and ".join(f"{count} of {role}" for role, count in strength.quorum.items())
    who = f" for {who}" if who else ""
    details = []
    if other is not None and other.verdict is Verdict.HOLD:
        if strength.decide_by_s != other.decide_by_s:
            details.append(f"to decide in {strength.decide_by_s} s")
        if strength.use_by_s != other.use_by_s:
            details.append(f"to use in {strength.use_by_s} s")
        if strength.denials != other.denials:
            details.append(f"until {strength.denials} deny it")
        if strength.escalate_to != other.escalate_to:
            later = " and ".join(f"{n} of {role}" for role, n in strength.escalate_to.items())
            details.append(f"later for {later}" if later else "without another quorum later")
    return f"held{who}{', ' if details else ''}{', '.join(details)}"


def told(
    case: Case, before: Strength, whole: Strength, red: Strength, articles: tuple[str, ...]
) -> str:
    """A weakening as one sentence."""
    was = "denied" if before.verdict is Verdict.DENY else strength_words(before, red)
    by = f" by `{'`, `'.join(articles)}`" if articles else " by a red line"
    now = strength_words(whole, before)
    if whole.verdict is before.verdict and red.verdict is not before.verdict:
        now = f"{now}, but by no red line, so that the next amendment could allow it"
    return f"{action_words(case)} was {was}{by} and would be {now}"
