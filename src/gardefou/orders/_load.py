"""Reading one instrument: every mistake with its place, or the instrument.

1. A file is one mapping in the YAML of constitutions; JSON is read as such.
2. It has the form of the published schema; every moment in it exists and has a zone.
3. What it says makes sense by itself: an interval ends after it begins, a waiver expires, a basis
   that a status names is listed, an expression compiles.
What concerns several instruments is checked by the register.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from gardefou.constitution.reading import Items, Place, Problems, Scalar, Value, read
from gardefou.errors import InputError
from gardefou.orders._instruments import KINDS, Instrument
from gardefou.orders._schema import faults
from gardefou.orders._sense import Complaint, complaints
from gardefou.orders._time import moment
from gardefou.orders._words import Instant

Path_ = tuple[str | int, ...]


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument, and where its parts stand for later messages."""

    instrument: Instrument
    file: str
    root: Value | None

    def place(self, path: Path_) -> Place:
        """The place of a part; of the nearest part around it that stands there."""
        return Place(self.file) if self.root is None else _place(self.root, path)


def load_instrument(text: str | bytes, *, file: str = "") -> Instrument:
    """Read one instrument.

    Raises:
        LoadError: with every mistake: codes ``order.*``, ``key.*``, ``value.type`` and ``yaml.*``.
    """
    problems = Problems()
    loaded = read_instrument(text, file, problems)
    problems.check()
    if loaded is None:
        raise InputError("nothing was read", code="order.empty")  # unreachable: a problem was noted
    return loaded.instrument


def read_folder(paths: list[Path], problems: Problems) -> list[Loaded]:
    """The instruments in files, and in the ``*.yaml``, ``*.yml`` and ``*.json`` of folders."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml", ".json"))
        else:
            files.append(path)
    loaded = []
    for file in files:
        try:
            text = file.read_bytes()
        except OSError as error:
            problems.error(
                "order.file",
                Place(str(file)),
                f"the file cannot be read: {(error.strerror or 'unknown reason').lower()}",
                expected="a file that can be read",
                help="check the path and the permissions",
            )
            continue
        found = read_instrument(text, str(file), problems)
        if found is not None:
            loaded.append(found)
    return loaded


def read_instrument(text: str | bytes, file: str, problems: Problems) -> Loaded | None:
    """Read one instrument; None and problems when it has mistakes."""
    before = len(problems.errors)
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            problems.error(
                "order.encoding",
                Place(file),
                f"the file is not UTF-8 at byte {error.start}",
                expected="UTF-8",
                help="encode the file as UTF-8",
            )
            return None
    root = read(text, file, 1, problems)
    if root is None or len(problems.errors) > before:
        return None
    value: dict[str, Any] = _plain(root)
    for fault in faults(value):
        problems.error(
            fault.code,
            _place(root, fault.path),
            fault.message,
            expected=fault.expected,
            help=fault.help,
        )
    if len(problems.errors) > before:
        return None
    instrument = msgspec.convert(value, KINDS[value["instrument"]])
    for path, wrong in _wrong_moments(instrument):
        problems.error(
            wrong.code,
            _place(root, path),
            wrong.message,
            found=wrong.found,
            expected=wrong.expected,
            help=wrong.help,
        )
    if len(problems.errors) > before:
        return None
    for complaint in complaints(instrument):
        complain(problems, _place(root, complaint.path), complaint)
    if len(problems.errors) > before:
        return None
    return Loaded(instrument=instrument, file=file, root=root)


def complain(problems: Problems, place: Place, complaint: Complaint) -> None:
    """Note a complaint at its place."""
    problems.error(
        complaint.code,
        place,
        complaint.message,
        expected=complaint.expected,
        help=complaint.help,
    )


def _wrong_moments(value: msgspec.Struct, path: Path_ = ()) -> Iterator[tuple[Path_, InputError]]:
    for field in msgspec.structs.fields(value):
        here = (*path, field.encode_name)
        inner = getattr(value, field.name)
        if field.type is Instant and inner:
            try:
                moment(inner)
            except InputError as error:
                yield here, error
        elif isinstance(inner, msgspec.Struct):
            yield from _wrong_moments(inner, here)
        elif isinstance(inner, tuple):
            for number, item in enumerate(inner):
                if isinstance(item, msgspec.Struct):
                    yield from _wrong_moments(item, (*here, number))


def _plain(value: Value) -> Any:
    if isinstance(value, Scalar):
        return value.value
    if isinstance(value, Items):
        return [_plain(item) for item in value.items]
    return {key: _plain(item) for key, item in value.values.items()}


def _place(value: Value, path: Path_) -> Place:
    place = value.place
    for step in path:
        if isinstance(value, Items) and isinstance(step, int) and step < len(value.items):
            value = value.items[step]
            place = value.place
        elif not isinstance(value, Scalar | Items) and step in value.values:
            place = value.keys[str(step)]
            value = value.values[str(step)]
            place = value.place if isinstance(value, Scalar) and value.text else place
        else:
            break
    return place
