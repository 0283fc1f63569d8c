"""Reading what articles and facts are on."""

from __future__ import annotations

import re

from gardefou.action import KINDS
from gardefou.constitution._articles import Selector
from gardefou.constitution._problems import Place, Problems, did_you_mean, shown
from gardefou.constitution._yaml import Items, Scalar, Table, Value, describe
from gardefou.constitution.catalogue import EFFECTS, Catalogue

_TOOL = re.compile(r"[^\s*]{1,200}\*?\Z")
_FORMS = "`effect pays`, `tool mail.*`, `kind model.request`, `vendor NAME` or `anything`"


class Selectors:
    """Reads the key ``on``; ``catalogue`` is None when the tools are not known."""

    def __init__(self, catalogue: Catalogue | None, problems: Problems) -> None:
        """Check tools against ``catalogue``, if there is one."""
        self._catalogue = catalogue
        self._problems = problems

    def read(self, value: Value | None, place: Place, what: str) -> tuple[Selector, ...]:
        """The selectors of an ``on``, without any when it has mistakes."""
        if value is None:
            self._problems.error(
                "on.missing",
                place,
                f"{what} does not say what it is on",
                expected=f"`on:` with {_FORMS}",
                help="add `on: effect …`",
            )
            return ()
        found = []
        for item in value.items if isinstance(value, Items) else (value,):
            selector = self._one(item)
            if selector is not None and selector in found:
                self._problems.error(
                    "value.duplicate",
                    item.place,
                    f"`{selector}` stands twice in `on`",
                    found=f"`{selector}`",
                    expected="each item once",
                    help="delete one",
                )
            elif selector is not None:
                found.append(selector)
        if not found and isinstance(value, Items) and not value.items:
            self._malformed(value, "an empty list")
        by_tool = {selector.by == "tool" for selector in found}
        if len(by_tool) > 1:
            self._problems.error(
                "on.mixed",
                value.place,
                f"{what} is on tools and on something else",
                found=", ".join(f"`{selector}`" for selector in found),
                expected="tools only, or no tool",
                help="write two blocks: on tools `args` are the tool's own, elsewhere they are roles",
            )
            return ()
        return tuple(found)

    def _one(self, value: Value) -> Selector | None:
        if not isinstance(value, Scalar) or not isinstance(value.value, str):
            self._malformed(value, describe(value))
            return None
        by, _, name = value.value.strip().partition(" ")
        name = name.strip()
        if by == "anything" and not name:
            return Selector("anything")
        if by == "effect" and name:
            return self._known(Selector("effect", name), tuple(EFFECTS), value)
        if by == "kind" and name:
            return self._known(Selector("kind", name), KINDS, value)
        if by == "tool" and _TOOL.match(name):
            return self._tool(Selector("tool", name), value)
        if by == "vendor" and name and " " not in name:
            return Selector("vendor", name)
        self._malformed(value, describe(value), by)
        return None

    def _malformed(self, value: Scalar | Items | Table, found: str, word: str = "") -> None:
        way_out = "write a word for what it is on, a space, and the name"
        if word in EFFECTS:
            way_out = f"did you mean `effect {word}`?"
        elif word in KINDS:
            way_out = f"did you mean `kind {word}`?"
        elif word:
            way_out = did_you_mean(
                word, ("effect", "tool", "kind", "vendor", "anything"), kind="selector"
            )
        self._problems.error(
            "on.form",
            value.place,
            "this is nothing that an article can be on",
            found=found,
            expected=_FORMS,
            help=way_out,
        )

    def _known(self, selector: Selector, known: tuple[str, ...], value: Scalar) -> Selector | None:
        if selector.value in known:
            return selector
        self._problems.error(
            "on.unknown_effect" if selector.by == "effect" else "on.unknown_kind",
            value.place,
            f"there is no {selector.by} {shown(selector.value)}",
            found=shown(selector.value),
            expected=f"one of the closed list of {selector.by}s",
            help=did_you_mean(selector.value, known, kind=selector.by),
        )
        return None

    def _tool(self, selector: Selector, value: Scalar) -> Selector | None:
        if self._catalogue is None or any(map(selector.covers_tool, self._catalogue.tools)):
            return selector
        self._problems.error(
            "on.unknown_tool",
            value.place,
            f"the catalogue has no tool {shown(selector.value)}",
            found=shown(selector.value),
            expected="a tool of the catalogue",
            help=did_you_mean(selector.value, self._catalogue.tools, kind="tool"),
        )
        return None
