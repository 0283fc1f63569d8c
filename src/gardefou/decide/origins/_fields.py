"""Reading a tool's result: fields of records, and prose.

1. JSON values are walked; text is read as JSON, as the printed form of Python values, or as
   ``key: value`` lines (YAML and its relatives), whichever fits; what fits nothing is prose.
2. A field is a *value* if it is short and no sentence, else *prose*: only prose can instruct.
3. Reading is linear in the size of the result and bounded (`MAX_CHARS`, `MAX_FIELDS`, `MAX_DEPTH`);
   what lies beyond the bounds is kept as one piece of prose, never dropped unseen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import msgspec

from gardefou._late import late
from gardefou.decide.origins._markup import plain_of

MAX_CHARS = 400_000
MAX_FIELDS = 20_000
MAX_DEPTH = 24
_MAX_LITERAL_CHARS = 100_000
_VALUE_WORDS = 5
_VALUE_CHARS = 120

_LINE = late(r"^([ \t]*)((?:- )*)([^\W\d][\w .()/-]{0,40}?)['\"]? ?:(?:[ \t]+(.*))?$")
_ITEM = late(r"^([ \t]*)- (.*)$")


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One scalar of a result: where it stands, which record it belongs to, and its text."""

    path: str
    record: int
    text: str
    prose: bool


def is_prose(text: str) -> bool:
    """Tell whether a text is long enough to say something, not only to name something."""
    if len(text) > _VALUE_CHARS:
        return True
    return text.count(" ") >= _VALUE_WORDS - 1 or ("\n" in text.strip() and " " in text)


def read_fields(content: Any) -> list[Field]:
    """Read a result into its fields; never raises, whatever the content is."""
    value = content
    if isinstance(content, str):
        value = _parse(plain_of(content[:MAX_CHARS]))
        rest = content[MAX_CHARS:]
        if isinstance(value, str):
            return [*_lines(value), *_rest(rest)]
        out = list(_bounded(_walk(value)))
        return [*out, *_rest(rest)]
    return list(_bounded(_walk(value)))


def _rest(text: str) -> list[Field]:
    return [Field(path="", record=-1, text=text, prose=True)] if text else []


def _bounded(fields: Iterator[Field]) -> Iterator[Field]:
    for count, field in enumerate(fields):
        if count >= MAX_FIELDS:
            return
        yield field


def _parse(text: str) -> Any:
    """Return the value that a text spells, or the text itself."""
    head = text.lstrip()[:1]
    if head not in ("{", "["):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        pass
    if len(text) <= _MAX_LITERAL_CHARS:
        try:
            return ast.literal_eval(text.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            pass
    return _salvage(text)


_PAIR = late(
    r"""["']([\w .-]{1,40})["']\s*:\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(-?\d[\d.]*))|([{}])"""
)


def _salvage(text: str) -> Any:
    """Read what is left of a broken object: its pairs, a new record at each brace."""
    records: list[dict[str, str]] = [{}]
    for match in _PAIR.finditer(text):
        key, double, single, number, brace = match.groups()
        if brace:
            if records[-1]:
                records.append({})
            continue
        records[-1][key] = next(v for v in (double, single, number) if v is not None)
        if len(records) > MAX_FIELDS:
            break
    known = [record for record in records if record]
    said = sum(len(value) for record in known for value in record.values())
    return [*known, text] if known and said * 4 < len(text) else known or text


def _printed(value: Any) -> str:
    try:
        return str(value)[:MAX_CHARS]
    except RecursionError:
        return "what stands here is nested too deeply to be read"


class _Counter:
    """Numbers the records of one result."""

    def __init__(self) -> None:
        self.last = 0

    def new(self) -> int:
        self.last += 1
        return self.last


def _walk(value: Any) -> Iterator[Field]:
    counter = _Counter()
    stack: list[tuple[Any, str, int, int]] = [(value, "", 0, 0)]
    while stack:
        item, path, record, depth = stack.pop()
        if isinstance(item, dict):
            inner = counter.new()
            if depth > MAX_DEPTH:
                yield Field(path=path, record=inner, text=_printed(item), prose=True)
                continue
            children = []
            for name, child in item.items():
                key = str(name)
                where = f"{path}.{key}" if path else key
                if isinstance(child, dict):
                    # a mapping of names to records: the name belongs to the record
                    children.append((_Keyed(key, child), where, inner, depth + 1))
                else:
                    children.append((child, where, inner, depth + 1))
            stack.extend(reversed(children))
        elif isinstance(item, _Keyed):
            stack.append(({"": item.name, **item.value}, path, record, depth))
        elif isinstance(item, (list, tuple, set, frozenset)):
            if depth > MAX_DEPTH:
                yield Field(path=path, record=record, text=_printed(item), prose=True)
                continue
            stack.extend((child, f"{path}[]", record, depth + 1) for child in reversed(list(item)))
        elif item is not None and not isinstance(item, bool):
            text = item if isinstance(item, str) else str(item)
            if isinstance(item, str) and depth and text[:1] in "{[" and len(text) > 2:
                inner_value = _parse(text)
                if not isinstance(inner_value, str):
                    stack.append((inner_value, path, record, depth + 1))
                    continue
            yield Field(path=path, record=record, text=text, prose=is_prose(text))


class _Keyed:
    """A record that stands under a name."""

    def __init__(self, name: str, value: dict[Any, Any]) -> None:
        self.name = name
        self.value = value


def _lines(text: str) -> list[Field]:
    """Read ``key: value`` lines with folded, quoted and block values; else the text is prose."""
    lines = text.split("\n")
    heads = sum(1 for line in lines[:400] if _LINE.match(line))
    if heads < 2 or heads * 4 < sum(1 for line in lines[:400] if line.strip()) - _folded(lines):
        return [Field(path="", record=0, text=text, prose=is_prose(text))]
    fields: list[Field] = []
    record, indent, key = 0, 0, ""
    parts: list[str] = []
    place = 0

    def flush() -> None:
        if parts:
            value = _unquote("\n".join(parts))
            if value and value not in ("[]", "{}", "null", "''"):
                fields.append(Field(path=key, record=place, text=value, prose=is_prose(value)))
            parts.clear()

    for line in lines:
        stripped = line.strip()
        open_quote = bool(parts) and _is_open(parts)
        match = None if open_quote else _LINE.match(line)
        deeper = len(line) - len(line.lstrip()) > indent + 1
        if match and not (
            deeper
            and parts
            and parts[0]
            and not parts[0].startswith(("|", ">"))
            and match.group(3).count(" ") > 2
        ):
            flush()
            indent = len(match.group(1))
            if match.group(2):
                record += 1
            key, place = match.group(3), record
            parts.append((match.group(4) or "").strip())
            continue
        item = None if open_quote else _ITEM.match(line)
        if item and (not parts or parts == [""] or key.endswith("[]")):
            flush()
            if not key.endswith("[]"):
                key = f"{key}[]"
            place = record
            parts.append(item.group(2).strip())
            continue
        if stripped or parts:
            parts.append(stripped)
    flush()
    return fields[:MAX_FIELDS]


def _folded(lines: list[str]) -> int:
    return sum(1 for line in lines[:400] if line.startswith(("    ", "\t", "  ")) and line.strip())


def _is_open(parts: list[str]) -> bool:
    first = parts[0]
    if not first or first[0] not in "'\"":
        return False
    quote = first[0]
    if len(parts) == 1:
        body = first[1:].rstrip()
        return not (body.endswith(quote) and not body.endswith("\\" + quote))
    last = parts[-1].rstrip()
    return not (last.endswith(quote) and not last.endswith("\\" + quote))


def _unquote(value: str) -> str:
    value = value.strip()
    if value[:1] in "|>" and "\n" in value:
        return value.partition("\n")[2].strip()
    if value[:1] == '"' and value[-1:] == '"' and len(value) > 1:
        body = value[1:-1].replace("\\\n", "").replace("\\n", "\n").replace("\\t", "\t")
        return body.replace('\\"', '"').replace("\\ ", " ").strip()
    if value[:1] == "'" and value[-1:] == "'" and len(value) > 1:
        return value[1:-1].replace("''", "'").strip()
    return value
