"""Texts and numbers that the ingress reads as a wanted typed value.

Candidates are made from what is wanted, read by the ingress's own functions, and compared; the first
that has every wanted property is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gardefou.analysis.regular import Property, Unreadable, has, language
from gardefou.constitution import Constitution
from gardefou.constitution.catalogue import Tool
from gardefou.constitution.catalogue.types import (
    DIGITS,
    Surroundings,
    parse_domain,
    parse_iban,
    parse_parties,
    parse_path,
    parse_persons,
    parse_shell,
    parse_sql,
    parse_url,
)
from gardefou.errors import InputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ACCOUNTS = ("GB33BUKB20201555555555", "DE89370400440532013000", "FR1420041010050500013M02606")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of one value: of its fields, or of the value itself under the name ``""``.

    ``others`` are what the other version's domains of the organisation, ``other_domains``, make of it.
    """

    texts: Mapping[str, list[tuple[Property, bool]]] = {}
    witnesses: Mapping[str, str] = {}
    numbers: Mapping[str, Any] = {}
    flags: Mapping[str, bool] = {}
    lists: Mapping[str, list[str]] = {}
    others: Mapping[str, bool] = {}
    other_domains: tuple[str, ...] = ()


def raw(type_: str, wanted: Wanted, tool: Tool, path: str, law: Constitution) -> Any:
    """A value to send: of the kind that the schema at the path asks for."""
    schema = _schema_at(tool, path)
    kind = schema.get("type")
    if type_ == "money":
        return _money(wanted, tool, path, law, kind)
    if type_ in ("integer", "number", "boolean"):
        return _plain(type_, wanted)
    if type_ == "timestamp":
        return (_EPOCH + timedelta(microseconds=int(wanted.numbers.get("", 0)))).isoformat()
    if type_ in ("text", "json"):
        return _as_kind(wanted, schema)
    best, most = sample(type_, schema), -1
    around = Surroundings(domains=law.organisation_domains)
    for text in _candidates(type_, wanted, law):
        value = _read(type_, text, around)
        score = -1 if value is None else fitting(value, wanted)
        if wanted.others and value is not None:
            seen = _read(type_, text, Surroundings(domains=wanted.other_domains))
            score += sum(getattr(seen, name, None) == wish for name, wish in wanted.others.items())
        if score > most:
            best, most = text, score
        if score == _all(wanted):
            break
    return best


def _as_kind(wanted: Wanted, schema: Mapping[str, Any]) -> Any:
    if schema.get("type") == "boolean":
        return bool(wanted.flags.get("", False))
    if schema.get("type") in ("integer", "number"):
        return int(wanted.numbers.get("", 0))
    return wanted.witnesses.get("", sample("text", schema))


def _plain(type_: str, wanted: Wanted) -> Any:
    if type_ == "boolean":
        return bool(wanted.flags.get("", False))
    value = wanted.numbers.get("", 1)
    if type_ == "integer":
        return int(value)
    return int(value) if int(value) == value else float(value)


def _money(wanted: Wanted, tool: Tool, path: str, law: Constitution, kind: object) -> Any:
    own = tool.parameters[path].currency if path in tool.parameters else ""
    currency = wanted.witnesses.get("currency") or own or law.currency or "EUR"
    for prop, value in wanted.texts.get("currency", ()):
        if not value and prop.constant == currency:
            currency = "USD" if currency != "USD" else "EUR"
    minor = int(wanted.numbers.get("minor", 100))
    digits = DIGITS.get(currency, 2)
    whole, rest = divmod(minor, 10**digits)
    text = f"{whole}.{rest:0{digits}d}" if digits else str(whole)
    if kind in ("number", "integer"):
        return whole if not rest else float(text)
    return text if currency == own else f"{text} {currency}"


def _schema_at(tool: Tool, path: str) -> dict[str, Any]:
    here: Any = tool.schema
    for part in path.split("."):
        name = part.removesuffix("[]")
        inner = here.get("properties") if isinstance(here, dict) else None
        here = inner.get(name, {}) if isinstance(inner, dict) else {}
        if part.endswith("[]"):
            here = here.get("items", {}) if isinstance(here, dict) else {}
    return here if isinstance(here, dict) else {}


def sample(type_: str, schema: Mapping[str, Any]) -> Any:
    """A harmless value of a type."""
    listed = schema.get("enum")
    if isinstance(listed, list) and listed:
        return listed[0]
    if schema.get("type") in ("integer", "number"):
        return 1
    if schema.get("type") == "boolean":
        return False
    return {
        "party": "desk@outside.example",
        "domain": "outside.example",
        "iban": _ACCOUNTS[0],
        "url": "https://outside.example/",
        "path": "notes.txt",
        "person": "someone",
        "sql": "select 1",
        "shell": "ls",
        "money": "1.00 EUR",
    }.get(type_, "text")


def fitting(value: Any, wanted: Wanted) -> int:
    """How many of the wanted properties a typed value has."""
    score = 0
    for field, said in wanted.texts.items():
        text = getattr(value, field, None)
        score += sum(isinstance(text, str) and _is(text, prop) == truth for prop, truth in said)
    for name, wish in (*wanted.flags.items(), *wanted.numbers.items()):
        score += getattr(value, name, None) == wish
    for name, items in wanted.lists.items():
        have = getattr(value, name, ())
        score += sum(item in have for item in items) + (not items and not have)
    return score


def _all(wanted: Wanted) -> int:
    texts = sum(map(len, wanted.texts.values()))
    lists = sum(max(1, len(items)) for items in wanted.lists.values())
    return texts + lists + len(wanted.flags) + len(wanted.numbers) + len(wanted.others)


def _is(text: str, prop: Property) -> bool | None:
    try:
        return has(text, language(prop))
    except Unreadable:
        return None


def _read(type_: str, text: str, around: Surroundings) -> Any:
    parse = _PARSERS.get(type_)
    if parse is None:
        return None
    try:
        value = parse(text, "", around)
    except InputError:
        return None
    if isinstance(value, list):
        return value[0] if len(value) == 1 else None
    return value


_PARSERS: dict[str, Callable[[Any, str, Surroundings], Any]] = {
    "party": parse_parties,
    "person": parse_persons,
    "domain": parse_domain,
    "iban": parse_iban,
    "url": parse_url,
    "path": parse_path,
    "sql": parse_sql,
    "shell": parse_shell,
}


def _words(wanted: Wanted) -> list[str]:
    """Texts that the wanted properties speak of."""
    words = list(wanted.witnesses.values())
    for said in wanted.texts.values():
        for prop, truth in said:
            if truth and not isinstance(prop.constant, str):
                words += prop.constant[:20]
            elif truth and isinstance(prop.constant, str) and prop.op != "matches":
                words.append(prop.constant)
    return list(dict.fromkeys(word for word in words if word))


def _candidates(type_: str, wanted: Wanted, law: Constitution) -> Iterator[str]:
    """Texts that may read as what is wanted; the plain ones first."""
    own = (*law.organisation_domains, *wanted.other_domains)
    words = _words(wanted)
    plain = str(sample(type_, {}))
    yield plain
    yield from words
    hosts = [*own, *(f"www.{domain}" for domain in own), "outside.example", "other.example"]
    hosts += [word.lstrip("@.") for word in words]
    hosts += [f"a{word}" for word in words if word[0] in ".-"]
    if type_ == "party":
        yield from (f"a@{host}" for host in hosts)
        yield from (f"a{word}" for word in words)
        yield from (f"{word}outside.example" for word in words)
        yield from (f"{word}@{host}" for word in words for host in hosts[:6])
        yield from (
            "someone",
            "+33 1 23 45 67 89",
            "@handle",
            _ACCOUNTS[0],
            "https://outside.example/",
        )
    elif type_ == "domain":
        yield from hosts
    elif type_ == "url":
        tails = ["", *(word.lstrip("/") for word in words)]
        schemes = ("https", "http", *(word for word in words if word.isalpha()))
        yield from (f"{s}://{host}/{tail}" for s in schemes for host in hosts for tail in tails)
        yield from (f"https://user:pass@{host}/" for host in hosts)
    elif type_ == "path":
        folders = [word.rstrip("/") for word in words if word.startswith("/")]
        yield from (f"{folder}/a{end}" for folder in folders for end in words if end[0] == ".")
        yield from (
            f"{start}{word}{end}"
            for word in words
            for start in ("/", "/srv/", "a/", "a")
            for end in ("", "/a")
        )
        yield from ("/etc/a", "a", "*.txt", "~/a", "C:/a")
    elif type_ == "iban":
        yield from _ACCOUNTS
    elif type_ == "sql":
        yield from _statements(wanted, words)
    elif type_ == "shell":
        yield from _commands(wanted, words)
    elif type_ == "person":
        yield from (f"a{word}" for word in words)
        yield from (f"{word}a" for word in words)


_STATEMENTS = (
    "select * from {0}",
    "select * from {0} limit {1}",
    "select * from {0} where id = 1",
    "select count(*) from {0}",
    "delete from {0}",
    "drop table {0}",
    "update {0} set a = 1",
    "insert into {0} values (1)",
    "truncate table {0}",
    "execute immediate 'select * from {0}'",
    "select * from {0}; select * from {0}",
    "select * from {0} limit {1}; select * from {0} limit {1}",
)


def _statements(wanted: Wanted, words: list[str]) -> Iterator[str]:
    tables = wanted.lists.get("tables") or words or ["t"]
    limit = max(int(wanted.numbers.get("limit", 10)), 1)
    for table in tables:
        yield from (form.format(table, limit) for form in _STATEMENTS)
    yield "call p()"


def _commands(wanted: Wanted, words: list[str]) -> Iterator[str]:
    programs = [*wanted.lists.get("verbs", ()), *wanted.lists.get("programs", ())]
    files = [f" > {name}" for name in wanted.lists.get("writes", ())]
    if programs or files:
        yield "; ".join(programs or ["ls"]) + "".join(files)
        yield "; ".join([*(programs or ["ls"]), "$X"]) + "".join(files)
    yield from words
    yield from ("$X", "eval $X")
