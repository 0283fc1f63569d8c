"""Google's CEL parser and type checker, given the types of one vocabulary.

cel-expr-python, protobuf and their C++ are imported when a checker is made, not before: a node
that loads compiled conditions never pays for them.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from gardefou.constitution.conditions._types import DOMAINS, METHODS, SCALARS, Field, Type
from gardefou.constitution.conditions._vocabulary import Vocabulary
from gardefou.constitution.conditions._wire import Tree, read_tree

_PACKAGE = "gardefou"
_SCALAR_NUMBERS = {"double": 1, "int": 3, "bool": 8, "string": 9}
_WELL_KNOWN = {
    "timestamp": ".google.protobuf.Timestamp",
    "duration": ".google.protobuf.Duration",
}
_COMPLAINT = re.compile(
    r"^(?:INVALID_ARGUMENT: |CANCELLED: )?ERROR: <input>:(-?\d+):(-?\d+): (.*)$"
)
_MAX_CHECKERS = 64


class Complaint(msgspec.Struct, frozen=True):
    """One message of the C++ library and its place in the text; line 0 when it gives none."""

    line: int
    column: int
    text: str


class Rejected(Exception):  # noqa: N818 - a verdict of the checker, turned into a LoadError at once
    """Raised inside this package when the library refuses a text; never leaves it."""

    def __init__(self, complaints: list[Complaint]) -> None:
        """Keep every complaint."""
        super().__init__(f"{len(complaints)} complaints")
        self.complaints = complaints


class Checker:
    """Parses and checks texts against one vocabulary; `types` reads the library's type names."""

    def __init__(self, vocabulary: Vocabulary, definitions: dict[str, Type]) -> None:
        """Build the library's environment: messages for records, overloads for methods."""
        from cel_expr_python import cel  # noqa: PLC0415 - only when something is compiled

        builder = _Messages(vocabulary, definitions)
        kinds = cel.Type
        scalar = {
            "bool": kinds.BOOL,
            "int": kinds.INT,
            "double": kinds.DOUBLE,
            "string": kinds.STRING,
            "timestamp": kinds.TIMESTAMP,
            "duration": kinds.DURATION,
        }

        def library_type(of: Type) -> Any:
            if of.item is not None:
                return kinds.List(library_type(of.item))
            return scalar.get(of.kind) or kinds(builder.full_name(of))

        roots = dict(vocabulary.roots)
        roots["defs"] = Type("record", "defs")
        functions = [
            cel.FunctionDecl(
                name,
                [
                    cel.Overload(
                        f"{domain}_{name}",
                        library_type(method.result),
                        [library_type(Type("domain", domain)), kinds.STRING],
                        is_member=True,
                    )
                ],
            )
            for domain, methods in METHODS.items()
            for name, method in methods.items()
        ]
        functions.append(
            cel.FunctionDecl(
                "lowerAscii",
                [cel.Overload("string_lower_ascii", kinds.STRING, [kinds.STRING], is_member=True)],
            )
        )
        self._env = cel.NewEnv(
            builder.pool(),
            variables={name: library_type(of) for name, of in roots.items()},
            functions=functions,
        )
        self._names = builder.types_by_name

    def check(self, text: str) -> Tree:
        """Parse and check.

        Raises:
            Rejected: with every complaint of the library.
        """
        return self._run(text, disable_check=False)

    def parse(self, text: str) -> Tree:
        """Parse only, to look for further mistakes in a text that does not check.

        Raises:
            Rejected: with every complaint of the library.
        """
        return self._run(text, disable_check=True)

    def _run(self, text: str, *, disable_check: bool) -> Tree:
        try:
            expression = self._env.compile(text, disable_check=disable_check)
            return read_tree(expression.serialize())
        except Exception as error:  # noqa: BLE001 - pybind11 raises several; each means: not loaded
            raise Rejected(_complaints(str(error))) from None

    def type(self, name: str) -> Type | None:
        """The type behind a type name of the library; None for those outside the language."""
        if name.startswith("list<"):
            item = self.type(name[5:-1])
            return None if item is None else Type("list", "", item)
        return SCALARS.get(name) or self._names.get(name)


_Key = tuple[int, tuple[tuple[str, Type], ...]]
_checkers: dict[_Key, tuple[Vocabulary, Checker]] = {}


def checker_for(vocabulary: Vocabulary, definitions: dict[str, Type]) -> Checker:
    """The checker of a vocabulary; the latest are kept, because articles hold many conditions."""
    key = (id(vocabulary), tuple(sorted(definitions.items())))
    kept = _checkers.get(key)
    # The vocabulary is kept beside its checker, so that its id cannot be given to another one.
    if kept is not None and kept[0] is vocabulary:
        return kept[1]
    if len(_checkers) >= _MAX_CHECKERS:
        _checkers.pop(next(iter(_checkers)), None)
    made = Checker(vocabulary, definitions)
    _checkers[key] = (vocabulary, made)
    return made


def _complaints(message: str) -> list[Complaint]:
    found = []
    for line in message.split("\n"):
        match = _COMPLAINT.match(line)
        if match:
            at_line, column = int(match[1]), int(match[2])
            found.append(Complaint(max(at_line, 0), max(column, 0), match[3].split(" [INV")[0]))
    return found or [Complaint(0, 0, message.split("\n", maxsplit=1)[0].split(" [", maxsplit=1)[0])]


class _Messages:
    """Describes the records of a vocabulary as protobuf messages."""

    def __init__(self, vocabulary: Vocabulary, definitions: dict[str, Type]) -> None:
        self._records = {("domain", name): record.fields for name, record in DOMAINS.items()}
        for name, record in vocabulary.records.items():
            self._records["", name] = record.fields
        self._records["", "defs"] = {name: Field(of) for name, of in definitions.items()}
        self._numbers = {key: number for number, key in enumerate(self._records)}
        self.types_by_name: dict[str, Type] = {}

    def full_name(self, of: Type) -> str:
        key = ("domain" if of.kind == "domain" else "", of.name)
        name = f"{_PACKAGE}.m{self._numbers[key]}"
        self.types_by_name[name] = of
        return name

    def pool(self) -> Any:
        from google.protobuf import (  # noqa: PLC0415 - only when something is compiled
            descriptor_pb2,
            descriptor_pool,
            duration_pb2,
            timestamp_pb2,
        )

        # proto2 has optional fields without the extra oneofs of proto3.
        file = descriptor_pb2.FileDescriptorProto(
            name="gardefou.proto", package=_PACKAGE, syntax="proto2"
        )
        pool = descriptor_pool.DescriptorPool()
        for known in (timestamp_pb2, duration_pb2):
            copy = descriptor_pb2.FileDescriptorProto()
            known.DESCRIPTOR.CopyToProto(copy)
            pool.Add(copy)
            file.dependency.append(copy.name)
        for key, fields in self._records.items():
            message = file.message_type.add(name=f"m{self._numbers[key]}")
            for number, (name, field) in enumerate(fields.items(), 1):
                of = field.type.item or field.type
                entry: Any = message.field.add(
                    name=name,
                    number=number if number < 19000 else number + 1000,  # 19000-19999 are reserved
                    label=3 if field.type.item is not None else 1,
                    # The derived JSON names of `user_id` and `userId` would collide.
                    json_name=f"f{number}",
                )
                if of.kind in _SCALAR_NUMBERS:
                    entry.type = _SCALAR_NUMBERS[of.kind]
                else:
                    entry.type = 11
                    entry.type_name = _WELL_KNOWN.get(of.kind) or "." + self.full_name(of)
        pool.Add(file)
        return pool
