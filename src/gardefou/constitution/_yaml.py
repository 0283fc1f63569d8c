"""YAML with places, restricted so that every reader understands the same.

1. The core schema of YAML 1.2: only ``true`` and ``false`` are booleans, so ``on``, ``no`` and
   ``yes`` are text, and ``1_000``, ``010`` and ``12:30`` are text too.
2. One document, a mapping; each key once, and a key is plain text.
3. No anchors, aliases, tags, directives or merge keys.
4. At most `MAX_DEPTH` levels and `MAX_NODES` values.

The parser is PyYAML's in Python, on every machine the same; values are built here from its events.
Source: YAML 1.2.2, section 10.3.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec
import yaml

from gardefou.constitution._problems import Place, Problems, shown

MAX_DEPTH = 12
MAX_NODES = 20_000
MAX_BLOCK = 128 * 1024

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}


class Scalar(msgspec.Struct, frozen=True, kw_only=True):
    """A text, integer, boolean or null; ``text`` is what was written, without its quotes.

    A text of several lines has them in ``lines``, as they stand in the document. ``source`` is the
    place of the first character of ``lines`` or, without them, of ``text``.
    """

    text: str
    value: str | int | bool | None
    place: Place
    source: Place
    lines: str = ""


class Items(msgspec.Struct, frozen=True, kw_only=True):
    """A list."""

    items: tuple[Scalar | Items | Table, ...]
    place: Place


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping, in the order of the document. ``keys`` hold the places of the keys."""

    values: dict[str, Scalar | Items | Table]
    keys: dict[str, Place]
    place: Place


Value = Scalar | Items | Table


class _Stop(Exception):  # noqa: N818 - ends the reading of one block, never leaves this module
    pass


def read(source: str, file: str, first_line: int, problems: Problems) -> Table | None:
    """The mapping in a block of YAML, or None and problems.

    An empty block is an empty mapping. ``first_line`` is the line of the document that the block
    begins on.
    """
    return _Reader(source, file, first_line, problems).read()


class _Reader:
    def __init__(self, source: str, file: str, first_line: int, problems: Problems) -> None:
        self._source = source
        self._file = file
        self._line = first_line
        self._problems = problems
        self._nodes = 0

    def read(self) -> Table | None:
        if len(self._source) > MAX_BLOCK:
            self._problems.error(
                "yaml.size",
                Place(self._file, self._line, 1),
                f"the block has {len(self._source)} characters",
                expected=f"at most {MAX_BLOCK}",
                help="split it into several blocks",
            )
            return None
        try:
            return self._document(self._events())
        except _Stop:
            return None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._problems.error(
                "yaml.syntax",
                self._place(mark) if mark else Place(self._file, self._line, 1),
                f"not YAML: {error.problem or error.context or 'cannot be read'}",
                expected="YAML 1.2",
                help="check indentation, and quote text that holds `: `, ` #`, `{`, `[`, `!` or `&`",
            )
        except yaml.YAMLError as error:
            self._problems.error(
                "yaml.syntax",
                Place(self._file, self._line, 1),
                f"not YAML: {shown(error)}",
                expected="YAML 1.2",
                help="delete characters that cannot be printed",
            )
        return None

    def _events(self) -> Iterator[Any]:
        loader: Any = yaml.SafeLoader(self._source)
        try:
            while loader.check_event():
                yield loader.get_event()
        finally:
            loader.dispose()

    def _document(self, events: Iterator[Any]) -> Table:
        next(events)  # stream start
        first = next(events)
        if isinstance(first, yaml.StreamEndEvent):
            return Table(values={}, keys={}, place=Place(self._file, self._line, 1))
        if first.explicit:
            self._refuse(
                first, "yaml.document", "a document marker or directive stands in the block"
            )
        root = self._value(next(events), events, 0)
        next(events)  # document end
        last = next(events)
        if not isinstance(last, yaml.StreamEndEvent):
            self._refuse(last, "yaml.document", "a second document begins in the block")
        if isinstance(root, Scalar) and root.value is None:
            return Table(values={}, keys={}, place=root.place)
        if not isinstance(root, Table):
            self._problems.error(
                "yaml.type",
                root.place,
                "the block is no mapping",
                found=describe(root),
                expected="keys and values",
                help="write `key: value` lines",
            )
            raise _Stop
        return root

    def _value(self, event: Any, events: Iterator[Any], depth: int) -> Value:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            self._refuse(event, "yaml.limit", "the block is nested too deeply or holds too much")
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            self._note(
                event,
                "yaml.alias",
                f"{shown(event.anchor)} is an anchor or alias",
                "write the value out; quote text that begins with `&` or `*`",
            )
        if isinstance(event, yaml.AliasEvent):
            return self._broken(event)
        if event.tag:
            self._note(
                event,
                "yaml.tag",
                f"{shown(event.tag)} is a tag",
                "leave the tag out; quote text that begins with `!`, such as a negated condition",
            )
            if isinstance(event, yaml.ScalarEvent):
                return self._broken(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        place = self._place(event.start_mark)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := next(events), yaml.SequenceEndEvent):
                items.append(self._value(inner, events, depth + 1))
            return Items(items=tuple(items), place=place)
        return self._table(place, events, depth)

    def _table(self, place: Place, events: Iterator[Any], depth: int) -> Table:
        values: dict[str, Value] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._value(event, events, depth + 1)
            value = self._value(next(events), events, depth + 1)
            if not isinstance(key, Scalar) or key.value is None:
                self._problems.error(
                    "yaml.key",
                    key.place,
                    "a key is no text",
                    found=describe(key),
                    expected="text",
                    help="quote the key",
                )
                continue
            name = unicodedata.normalize("NFC", key.text)
            if name in keys:
                self._problems.error(
                    "yaml.duplicate_key",
                    key.place,
                    f"the key {shown(name)} stands twice, first on line {keys[name].line}",
                    expected="each key once",
                    help="readers disagree on which one counts: keep one",
                )
                continue
            keys[name] = key.place
            values[name] = value
        return Table(values=values, keys=keys, place=place)

    def _scalar(self, event: Any) -> Scalar:
        text = unicodedata.normalize("NFC", event.value)
        place = self._place(event.start_mark)
        value: str | int | bool | None = _core(text) if event.style is None else text
        source = Place(place.file, place.line, place.column + (event.style in ("'", '"')))
        lines = ""
        if event.style in ("|", ">"):
            source = Place(place.file, place.line + 1, 1)
            lines = self._lines(event, skip=1)
        elif event.start_mark.line != event.end_mark.line:
            source = Place(place.file, place.line, 1)
            lines = self._lines(event, skip=0)
        return Scalar(text=text, value=value, place=place, source=source, lines=lines)

    def _lines(self, event: Any, skip: int) -> str:
        """A text of several lines as it stands in the document, every line at its column."""
        start, end = event.start_mark, event.end_mark
        body = self._source[start.index : end.index]
        quoted = event.style in ("'", '"')
        if quoted:
            if "\\" in body or "''" in body:
                return ""
            body = body[1:-1]
        lines = body.split("\n")[skip:]
        first = [] if skip else [" " * (start.column + quoted) + lines.pop(0)]
        kept = [*first, *lines]
        return unicodedata.normalize("NFC", "\n".join(kept).rstrip())

    def _broken(self, event: Any) -> Scalar:
        """What stands in for a value that was refused: others may still be checked."""
        place = self._place(event.start_mark)
        self._problems.spoil(place)
        return Scalar(text="", value=None, place=place, source=place)

    def _refuse(self, event: Any, code: str, message: str) -> NoReturn:
        self._note(event, code, message, "write one mapping of plain keys and values")
        raise _Stop

    def _note(self, event: Any, code: str, message: str, way_out: str) -> None:
        self._problems.error(
            code,
            self._place(event.start_mark),
            message,
            expected="one plain mapping without anchors, tags or directives",
            help=way_out,
        )

    def _place(self, mark: Any) -> Place:
        return Place(self._file, self._line + mark.line, mark.column + 1)


def _core(text: str) -> str | int | bool | None:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    return int(text) if _INTEGER.match(text) else text


def describe(value: Value) -> str:
    """What stands there, as a message says it."""
    if isinstance(value, Items):
        return "a list"
    if isinstance(value, Table):
        return "a mapping"
    if value.value is None:
        return "nothing"
    if isinstance(value.value, bool):
        return f"the boolean {shown(value.text)}"
    return f"the number {shown(value.text)}" if isinstance(value.value, int) else shown(value.text)
