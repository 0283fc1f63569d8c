"""What of a condition the solver is not asked about: it has no meaning there, and is never guessed."""

from __future__ import annotations

from gardefou.constitution.conditions._node import Node


def not_analysed(condition: Node | None) -> str:
    """What lies outside the analysable subset, in words; empty when nothing does."""
    if condition is None or condition.op == "set":
        return ""
    is_list = condition.op == "field" and condition.type.kind == "list"
    if is_list and _is_chosen(condition.args[0]):
        return "a list of a value that is chosen by `? :`"
    return next(filter(None, map(not_analysed, condition.args)), "")


def _is_chosen(node: Node) -> bool:
    return node.op == "cond" or (node.op == "field" and _is_chosen(node.args[0]))
