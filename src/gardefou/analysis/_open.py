"""What of a constitution is not analysed, by name: in every answer it is taken to do anything."""

from __future__ import annotations

from collections.abc import Iterator

from gardefou.constitution import Constitution, Rule, Trigger
from gardefou.constitution.conditions import not_analysed


def is_analysed(rule: Rule | Trigger) -> bool:
    """Whether the solver knows when a rule's condition holds."""
    return not not_analysed(rule.condition)


def left_out(*laws: Constitution) -> tuple[str, ...]:
    """The rules, facts and properties of some versions whose conditions are not analysed, and why."""
    return tuple(dict.fromkeys(told for law in laws for told in _left_out(law)))


def _left_out(law: Constitution) -> Iterator[str]:
    for article in law.articles:
        for rule in article.rules:
            if why := not_analysed(rule.condition):
                yield f"rule {rule.index} of `{article.id}`: it holds {why}"
    for fact in law.facts:
        reset = None if fact.reset is None else fact.reset.condition
        if why := not_analysed(fact.condition) or not_analysed(reset):
            yield f"fact `{fact.name}`: it holds {why}"
    for prop in law.properties:
        after = None if prop.after is None else prop.after.condition
        if why := not_analysed(prop.actions.condition) or not_analysed(after):
            yield f"property `{prop.name}`: it holds {why}"
