"""YAML and JSON text as plain values, with the line of every key.

JSON is YAML here, but for tabs: a text that begins with ``{`` is read as JSON and has no lines.
Only ``true`` and ``false`` are booleans, so ``on`` and ``no`` are text, as in constitutions. There
are no anchors, aliases and tags, and no key stands twice.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from gardefou.action import MAX_BYTES, normal, parse
from gardefou.constitution._problems import Place, Problems, shown
from gardefou.errors import InputError

Key = tuple[str | int, ...]

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})\Z")
_DOUBLE = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+][0-9]+)?\Z")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_DEEPEST = 64
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Located:
    """A document's value and the places of its parts."""

    def __init__(self, value: Any, file: str, places: dict[Key, Place]) -> None:
        """Keep the value beside the places."""
        self.value = value
        self._file = file
        self._places = places

    def place(self, *key: str | int) -> Place:
        """The place of a part; of the nearest part around it that has one."""
        while key and key not in self._places:
            key = key[:-1]
        return self._places.get(key, Place(self._file))


def locate(
    text: str, file: str, problems: Problems, *, family: str = "catalogue"
) -> Located | None:
    """Read a document; nothing and problems when it cannot be read.

    ``family`` is the first part of the problems' codes.
    """
    if not _is_text(text):
        reason = "it holds half of a surrogate pair"
        problems.error(f"{family}.syntax", Place(file), f"neither JSON nor YAML: {reason}")
        return None
    if text.lstrip()[:1] == "{":
        try:
            return Located(parse(text), file, {})
        except InputError as error:
            # Flow style is YAML too, and begins the same way.
            if error.code != "json.syntax":
                _complain(problems, error, Place(file))
                return None
    try:
        _refuse_references(text, file, problems, family)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        reason = getattr(error, "problem", None) or "it holds characters that cannot be printed"
        problems.error(
            f"{family}.syntax",
            place,
            f"neither JSON nor YAML: {reason}",
            help="check indentation and quotes",
        )
        return None
    if problems.errors:
        return None
    reading = _Reading(file, problems, family)
    value = reading.read(node, ()) if node is not None else None
    try:
        return Located(normal(value), file, reading.places)
    except InputError as error:
        _complain(problems, error, Place(file))
        return None


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _complain(problems: Problems, error: InputError, place: Place) -> None:
    where = f"{error.path}: " if error.path else ""
    problems.error(error.code, place, f"{where}{error.message}", help=error.help)


def _refuse_references(text: str, file: str, problems: Problems, family: str) -> None:
    if len(text) > MAX_BYTES:
        problems.error(f"{family}.size", Place(file), "the document is too large")
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST or getattr(event, "anchor", None) or getattr(event, "tag", None):
            mark: Any = event.start_mark  # None only for events that nobody parsed
            problems.error(
                f"{family}.reference",
                Place(file, mark.line + 1, mark.column + 1),
                "an anchor, an alias, a tag or too many levels",
                help="write the value out",
            )
            return


class _Reading:
    def __init__(self, file: str, problems: Problems, family: str) -> None:
        self.file = file
        self.problems = problems
        self.family = family
        self.places: dict[Key, Place] = {}

    def read(self, node: Any, key: Key) -> Any:
        place = Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)
        self.places.setdefault(key, place)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*key, i)) for i, item in enumerate(node.value)]
        result: dict[str, Any] = {}
        for name_node, item in node.value:
            mark = name_node.start_mark
            here = Place(self.file, mark.line + 1, mark.column + 1)
            if not isinstance(name_node, yaml.ScalarNode):
                self.problems.error(f"{self.family}.key", here, "a key is no text")
                continue
            name = name_node.value
            if name in result:
                self.problems.error(
                    f"{self.family}.duplicate_key",
                    here,
                    f"the key {shown(name)} stands twice",
                    help="readers disagree on which one counts: keep one",
                )
                continue
            self.places[*key, name] = here
            result[name] = self.read(item, (*key, name))
        return result


def _scalar(node: Any) -> Any:
    text: str = node.value
    if node.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    return float(text) if _DOUBLE.match(text) else text
