"""The constitution in the model's context: the prose of the articles that apply, within a budget.

It informs the model and binds nobody: what the engine decides does not depend on it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from gardefou.action import Action
from gardefou.decide import Guard, Session
from gardefou.wires import Tool

CHARS_PER_TOKEN = 4  # about; a tokenizer for every vendor would cost more than it says
_KEPT = 256
_HEAD = "You work under this constitution. Its rules are enforced outside of you.\n\n"


class Context:
    """Makes the texts, and keeps those that were made."""

    def __init__(self) -> None:
        """Begin with none."""
        self._texts: OrderedDict[tuple[str, str, tuple[str, ...], int], str] = OrderedDict()

    def text(
        self, guard: Guard, session: Session, tools: Sequence[Tool], tokens: int, now_us: int
    ) -> str:
        """The prose of the articles that speak of a request and its tools; empty when none does."""
        names = tuple(sorted({tool.name for tool in tools}))
        key = (guard.constitution_digest, guard.catalogue_digest, names, tokens)
        found = self._texts.get(key)
        if found is None:
            found = _made(guard, session, names, tokens, now_us)
            self._texts[key] = found
            if len(self._texts) > _KEPT:
                self._texts.popitem(last=False)
        return found


def _made(guard: Guard, session: Session, names: Sequence[str], tokens: int, now_us: int) -> str:
    actions = [Action(kind="model.request"), *(Action(tool=name) for name in names)]
    wanted = {
        article
        for action in actions
        for article in guard.shape_of(guard.label(action, session, now_us)).articles
    }
    left = tokens * CHARS_PER_TOKEN - len(_HEAD)
    parts = []
    for article in guard.constitution.articles:
        if article.id not in wanted or not article.prose:
            continue
        prose = guard.constitution.prose_for([article.id])
        if len(prose) > left:
            break  # whole articles only: half a sentence of law is worse than none
        left -= len(prose) + 2
        parts.append(prose)
    return _HEAD + "\n\n".join(parts) if parts else ""
