"""The short notation in which our own traces are written, and how it becomes trace records.

1. YAML with the JSON kinds of scalars only: a date, a time, ``yes`` and ``on`` stay text.
2. A tool is ``{d: description, p: {name: "s What it is"}}``. The first word is the kind: ``s`` text,
   ``i`` integer, ``n`` number, ``b`` boolean, ``l`` list of texts, ``o`` object, ``e(a|b)`` one of.
   A ``*`` after the name says that the parameter is required. ``schema`` in place of ``p`` is a
   JSON schema as it stands.
3. ``gen:KIND:COUNT`` stands for a list of invented persons, plates, handles or numbers.
4. ``IBAN(CC,bban)`` stands for an account number with right check digits (ISO 13616), ``IBAN4(…)``
   for the same one in groups of four.

Everything is a function of the text: the same source gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

KINDS: dict[str, dict[str, Any]] = {
    "s": {"type": "string"},
    "i": {"type": "integer"},
    "n": {"type": "number"},
    "b": {"type": "boolean"},
    "l": {"type": "array", "items": {"type": "string"}},
    "o": {"type": "object"},
}
_FIRST = (
    "Adna Bero Cyla Dovan Elka Feren Gwena Haldo Ilse Jorun Kirel Lomea Mavik Nerys Olvan Perla "
    "Quill Runa Sorel Tavia Ulric Vesna Wilmar Ysolde"
)
_LAST = (
    "Abrant Brindel Corvane Dallisk Estrane Fellmar Gorvin Hastrel Irvane Jolibrand Kestrin "
    "Lorvelle Marnoux Nestrin Obreval Pralong Quenast Ravelin Sandrel Torvane Ulmeric Valdrin "
    "Wexmar Yvrande Zoldane Arvieux Belcastre Crozenne Dravelle Embrun"
)
FIRST, LAST = _FIRST.split(), _LAST.split()


class _Loader(yaml.SafeLoader):
    """YAML 1.2's JSON kinds: see rule 1."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|)$"), ["n", ""])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?(?:0|[1-9][0-9]*)\.[0-9]+$"), list("-0123456789")
)


def load(path: Path) -> Any:
    """Read a source file (rule 1)."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # the loader is a safe one


def tool(name: str, short: dict[str, Any]) -> dict[str, Any]:
    """Write out a tool's definition (rule 2)."""
    if "schema" in short:
        return {"name": name, "description": short["d"], "parameters": short["schema"]}
    properties: dict[str, Any] = {}
    required = []
    for key, text in (short.get("p") or {}).items():
        kind, _, meaning = text.partition(" ")
        schema = (
            {"type": "string", "enum": kind[2:-1].split("|")}
            if kind.startswith("e(")
            else dict(KINDS[kind])
        )
        properties[key.removesuffix("*")] = {**schema, "description": meaning}
        if key.endswith("*"):
            required.append(key.removesuffix("*"))
    parameters: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        parameters["required"] = required
    return {"name": name, "description": short["d"], "parameters": parameters}


def invented(kind: str, index: int, prefix: str = "") -> str:
    """The invented person, plate, handle or number at an index; all different."""
    first, last = FIRST[index % len(FIRST)], LAST[(index // len(FIRST) + index) % len(LAST)]
    if kind == "names":
        return f"{first} {last}"
    if kind == "handles":
        return f"@{first.lower()}_{last.lower()}{index // 100 or ''}"
    if kind == "plates":
        letters = "ABCDEFGHJKLMNPQRSTVWXYZ"
        a, b = letters[index % 23], letters[(index * 7 + 3) % 23]
        return f"{a}{b}-{(index * 37) % 900 + 100}-{b}{a}"
    if kind == "ids":
        return f"{prefix}{1000 + index * 3}"
    raise KeyError(kind)


def generated(spec: str) -> list[Any]:
    """The list that ``KIND:COUNT``, ``KIND:BATCHESxSIZE``, ``ids:PREFIX:COUNT`` stands for."""
    kind, *rest = spec.split(":")
    prefix = rest.pop(0) if kind == "ids" else ""
    count, start = rest[0], int(rest[1]) if len(rest) > 1 else 0
    if "x" not in count:
        return [invented(kind, start + i, prefix) for i in range(int(count))]
    batches, size = (int(n) for n in count.split("x"))
    return [
        [invented(kind, start + b * size + i, prefix) for i in range(size)] for b in range(batches)
    ]


def iban(country: str, bban: str) -> str:
    """An account number with right check digits (ISO 13616, ISO 7064 MOD 97-10)."""
    digits = "".join(str(int(c, 36)) for c in bban + country + "00")
    return f"{country}{98 - int(digits) % 97:02d}{bban}"


def _expand_ibans(text: str) -> str:
    def write(match: re.Match[str]) -> str:
        whole = iban(match[2], match[3])
        return " ".join(re.findall("..?.?.?", whole)) if match[1] else whole

    return re.sub(r"IBAN(4?)\(([A-Z]{2}),(\w+)\)", write, text)


def each_text(value: Any, change: Callable[[str], Any]) -> Any:
    """Apply a change to every text inside a JSON value, keys left alone."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [each_text(item, change) for item in value]
    if isinstance(value, dict):
        return {key: each_text(item, change) for key, item in value.items()}
    return value


def expand(value: Any) -> Any:
    """Replace rules 3 and 4 inside a JSON value."""
    return each_text(
        value, lambda t: generated(t[4:]) if t.startswith("gen:") else _expand_ibans(t)
    )


def write(path: Path, records: Iterable[dict[str, Any]]) -> int:
    """Write records as JSON lines and return how many."""
    lines = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in records]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)
