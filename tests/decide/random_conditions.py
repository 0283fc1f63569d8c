"""Random well-typed conditions and random environments, for us and for Google's C++ evaluator."""

from __future__ import annotations

import datetime as dt
import json
import random
import unicodedata
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings
from google.protobuf import message_factory

from gardefou.constitution.catalogue.types import Money, literal
from gardefou.constitution.conditions import (
    BOOL,
    DOUBLE,
    DURATION,
    INT,
    STRING,
    TIMESTAMP,
    Field,
    Record,
    Type,
    Vocabulary,
    domain_type,
    list_of,
)
from gardefou.constitution.conditions._checker import _Messages

MONEY = domain_type("money")
PERSON = Type("record", "person_record")

VOCABULARY = Vocabulary(
    roots={
        "args": Type("record", "call"),
        "facts": Type("record", "facts"),
        "sets": Type("record", "sets"),
        "now": TIMESTAMP,
    },
    records={
        "call": Record(
            {
                "n": Field(INT),
                "count": Field(INT, optional=True),
                "x": Field(DOUBLE),
                "y": Field(DOUBLE, optional=True),
                "s": Field(STRING),
                "t": Field(STRING, optional=True),
                "flag": Field(BOOL),
                "maybe": Field(BOOL, optional=True),
                "at": Field(TIMESTAMP),
                "until": Field(TIMESTAMP, optional=True),
                "span": Field(DURATION),
                "names": Field(list_of(STRING)),
                "numbers": Field(list_of(INT)),
                "doubles": Field(list_of(DOUBLE)),
                "flags": Field(list_of(BOOL)),
                "amount": Field(MONEY),
                "cap": Field(MONEY, optional=True),
                "prices": Field(list_of(MONEY)),
                "people": Field(list_of(PERSON)),
                "owner": Field(PERSON),
                "agent": Field(PERSON, optional=True),
            }
        ),
        "person_record": Record(
            {
                "name": Field(STRING),
                "age": Field(INT),
                "mail": Field(STRING, optional=True),
                "born": Field(TIMESTAMP, optional=True),
                "tags": Field(list_of(STRING)),
                "paid": Field(MONEY),
            }
        ),
        "facts": Record({"sum": Field(MONEY), "calls": Field(INT), "seen": Field(BOOL)}),
        "sets": Record({"known": Field(list_of(STRING)), "none": Field(list_of(STRING))}),
    },
    sets={"known": ("a", "ab", "é", "x@b.example"), "none": ()},
)

TEXTS = ["", "a", "ab", "AB", "b", "aab", "é", "É", "e\u0301", "漢字", "a漢", "\U0001f600", "x y"]
TEXTS += ["x@b.example", "X@B.example", "İ", "ß", "\n", '"', "\\", "10", "a.b", "\u212a"]
INTS = [0, 1, -1, 2, 3, 5, 10, 100, -100, 2**31, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)]
DOUBLES = [0.0, 1.0, -1.5, 0.1, 2.5, 1e300, -1e300, 5e-324, 0.30000000000000004]
MOMENTS = [0, 1, -1, 1_700_000_000_000_000, 1_767_225_600_000_000, -62_135_596_800_000_000]
MOMENTS += [253_402_300_799_000_000, 951_782_400_000_000, 951_868_799_999_999]
SPANS = [0, 1, -1, 1_000_000, 3_600_000_000, 86_400_000_000, -90_000_000]
AMOUNTS = ["0 EUR", "0.01 EUR", "10.00 EUR", "1000 EUR", "10.00 USD", "5 JPY"]
PATTERNS = ["^a", "b+$", "(?i)^x@", ".", "^$", "é", "[[:alpha:]]{2}", r"\d", r"a|漢", r"^.$", r"\."]
PATTERNS += [r"\bb\b", "(?s)^.+$", r"^\pL+$", "x*"]


class Texts:
    """Writes random conditions; every text it writes must load."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._count = 0

    def condition(self, *, careless: bool = False) -> str:
        """A condition; a careless one reads optional fields that nothing guards, and may not load."""
        scope = _Scope(
            [("args", VOCABULARY.roots["args"]), ("facts", VOCABULARY.roots["facts"])],
            careless=self._random if careless else None,
        )
        return self._bool(scope, self._random.randint(1, 4), 2)

    def _pick(self, options: Any) -> Any:
        return options[self._random.randrange(len(options))]

    def _bool(self, scope: _Scope, depth: int, loops: int) -> str:
        if depth <= 0:
            return self._pick([self._compare, self._flag, self._member])(scope, 0)
        kinds = ["and", "or", "not", "cond", "guard", "compare", "compare", "member", "text"]
        kinds += ["money", "flag"] + ["loop"] * (3 if loops else 0)
        match self._pick(kinds):
            case "and" | "or" as op:
                sign = " && " if op == "and" else " || "
                count = self._random.randint(2, 3)
                parts = (self._bool(scope, depth - 1, loops) for _ in range(count))
                return "(" + sign.join(parts) + ")"
            case "not":
                return f"!({self._bool(scope, depth - 1, loops)})"
            case "cond":
                test, then, other = (self._bool(scope, depth - 1, loops) for _ in range(3))
                return f"({test} ? {then} : {other})"
            case "guard":
                return self._guard(scope, depth, loops)
            case "loop":
                return self._loop(scope, depth, loops)
            case "compare":
                return self._compare(scope, depth - 1)
            case "member":
                return self._member(scope, depth - 1)
            case "text":
                return self._text_test(scope)
            case "money":
                return self._money(scope)
        return self._flag(scope, 0)

    def _flag(self, scope: _Scope, _depth: int) -> str:
        return self._pick([*scope.read(BOOL), "true", "false"])

    def _guard(self, scope: _Scope, depth: int, loops: int) -> str:
        paths = scope.optional()
        if not paths:
            return self._bool(scope, depth - 1, loops)
        path = self._pick(paths)
        inside = self._bool(scope.knowing(path), depth - 1, loops)
        outside = self._bool(scope, depth - 1, loops)
        return self._pick(
            [
                f"(has({path}) && {inside})",
                f"(!has({path}) || {inside})",
                f"(has({path}) ? {inside} : {outside})",
                f"(!(!has({path}) || {outside}) && {inside})",
                f"(has({path}) && ({outside} || {inside}))",
            ]
        )

    def _loop(self, scope: _Scope, depth: int, loops: int) -> str:
        values, item = self._list(scope)
        self._count += 1
        name = f"v{self._count}"
        body = self._bool(scope.with_variable(name, item), depth - 1, loops - 1)
        return f"{values}.{self._pick(['exists', 'all', 'exists', 'all', 'exists_one'])}({name}, {body})"

    def _list(self, scope: _Scope) -> tuple[str, Type]:
        kinds = [STRING, INT, DOUBLE, BOOL, MONEY, PERSON]
        options = [(path, kind) for kind in kinds for path in scope.read(list_of(kind))]
        if self._random.random() < 0.2:
            kind = self._pick([STRING, INT, DOUBLE])
            items = ", ".join(self._literal(kind) for _ in range(self._random.randint(1, 3)))
            return f"[{items}]", kind
        if self._random.random() < 0.1:
            return "sets.known", STRING
        return self._pick(options)

    def _compare(self, scope: _Scope, depth: int) -> str:
        of = self._pick([INT, INT, DOUBLE, STRING, STRING, BOOL, TIMESTAMP, DURATION])
        sign = self._pick(["==", "!=", "<", "<=", ">", ">="])
        left, right = self._value(scope, of, depth), self._value(scope, of, depth)
        return f"({left} {sign} {right})"

    def _member(self, scope: _Scope, depth: int) -> str:
        of = self._pick([INT, DOUBLE, STRING, STRING, BOOL])
        lists = scope.read(list_of(of))
        if of == STRING:
            lists = [*lists, "sets.known", "sets.none"]
        if not lists or self._random.random() < 0.5:
            count = self._random.randint(1, 4)
            lists = ["[" + ", ".join(self._literal(of) for _ in range(count)) + "]"]
        return f"({self._value(scope, of, depth)} in {self._pick(lists)})"

    def _text_test(self, scope: _Scope) -> str:
        text = self._value(scope, STRING, 1)
        if self._random.random() < 0.3:
            return f"{text}.matches({quote(self._pick(PATTERNS))})"
        other = self._value(scope, STRING, 0)
        return f"{text}.{self._pick(['startsWith', 'endsWith', 'contains'])}({other})"

    def _money(self, scope: _Scope) -> str:
        path = self._pick(scope.read(MONEY))
        if self._random.random() < 0.2:
            path = f"({self._pick(scope.read(BOOL) or ['true'])} ? {path} : facts.sum)"
        return f'{path}.{self._pick(["over", "at_least"])}("{self._pick(AMOUNTS)}")'

    def _value(self, scope: _Scope, of: Type, depth: int) -> str:
        options = [*scope.read(of)] or [self._literal(of)]
        if self._random.random() < 0.3:
            return self._literal(of)
        if depth > 0 and self._random.random() < 0.5:
            computed = self._computed(scope, of, depth)
            if computed:
                return computed
        return self._pick(options)

    def _computed(self, scope: _Scope, of: Type, depth: int) -> str | None:
        value = self._value
        if self._random.random() < 0.15:
            test = self._bool(scope, 0, 0)
            return f"({test} ? {value(scope, of, 0)} : {value(scope, of, 0)})"
        match of.kind:
            case "int":
                money = self._pick(scope.read(MONEY))
                texts = [value(scope, STRING, 0), *scope.read(list_of(STRING))]
                parts = ["FullYear", "Month", "Date", "DayOfWeek", "Hours", "Minutes"]
                return self._pick(
                    [
                        f"({value(scope, INT, depth - 1)} + {value(scope, INT, 0)})",
                        f"({value(scope, INT, depth - 1)} - {value(scope, INT, 0)})",
                        f"({self._pick([-3, 0, 2, 7])} * {value(scope, INT, depth - 1)})",
                        f"-({value(scope, INT, depth - 1)})",
                        f"size({self._pick(texts)})",
                        f"{self._pick(texts)}.size()",
                        f"{money}.minor",
                        f"{value(scope, TIMESTAMP, 0)}.get{self._pick(parts)}()",
                    ]
                )
            case "string":
                money = self._pick(scope.read(MONEY))
                return self._pick(
                    [
                        f"({value(scope, STRING, 0)} + {value(scope, STRING, 0)})",
                        f"{value(scope, STRING, 0)}.lowerAscii()",
                        f"{money}.currency",
                    ]
                )
            case "timestamp":
                sign = self._pick("+-")
                return f"({value(scope, TIMESTAMP, 0)} {sign} {value(scope, DURATION, 0)})"
            case "duration":
                both = [TIMESTAMP, TIMESTAMP], [DURATION, DURATION]
                left, right = self._pick(both)
                return f"({value(scope, left, 0)} - {value(scope, right, 0)})"
        return None

    def _literal(self, of: Type) -> str:
        match of.kind:
            case "int":
                number = self._pick(INTS)
                return str(number) if number >= 0 else f"({number})"
            case "double":
                return repr(self._pick(DOUBLES))
            case "string":
                # Our literals are brought to NFC, as the values of calls are; those of CEL are not.
                return quote(unicodedata.normalize("NFC", self._pick(TEXTS)))
            case "timestamp":
                return f'timestamp("{moment(self._pick(MOMENTS)).isoformat()}")'
            case "duration":
                span = self._pick(SPANS)
                return f'duration("{"-" if span < 0 else ""}{abs(span)}us")'
        return self._pick(["true", "false"])


class _Scope:
    """Which paths can be read at a place, by type."""

    def __init__(
        self,
        variables: list[tuple[str, Type]],
        known: frozenset[str] = frozenset(),
        careless: random.Random | None = None,
    ) -> None:
        self._variables = variables
        self._known = known
        self._careless = careless
        self._read: list[tuple[str, Type]] = [("now", TIMESTAMP)]
        self._optional: list[str] = []
        for path, of in variables:
            self._add(path, of)

    def _add(self, path: str, of: Type) -> None:
        self._read.append((path, of))
        if of.kind == "record":
            for name, field in VOCABULARY.records[of.name].fields.items():
                inner = f"{path}.{name}"
                is_careless = self._careless is not None and self._careless.random() < 0.3
                if not field.optional or inner in self._known or is_careless:
                    self._add(inner, field.type)
                if field.optional and inner not in self._known:
                    self._optional.append(inner)

    def read(self, of: Type) -> list[str]:
        return [path for path, found in self._read if found == of]

    def optional(self) -> list[str]:
        return self._optional

    def knowing(self, path: str) -> _Scope:
        return _Scope(self._variables, self._known | {path}, self._careless)

    def with_variable(self, name: str, of: Type) -> _Scope:
        return _Scope([*self._variables, (name, of)], self._known, self._careless)


class Foreign:
    """Google's evaluator over the messages that the checker itself builds from the vocabulary."""

    def __init__(self) -> None:
        kinds = cel.Type
        builder = _Messages(VOCABULARY, {})
        names = {
            root: builder.full_name(of)
            for root, of in VOCABULARY.roots.items()
            if of.kind == "record"
        }
        pool = builder.pool()
        self._classes = {
            root: message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
            for root, name in names.items()
        }
        money = next(name for name, of in builder.types_by_name.items() if of == MONEY)
        functions = [
            cel.FunctionDecl(
                name,
                [
                    cel.Overload(
                        f"money_{name}",
                        kinds.BOOL,
                        [kinds(money), kinds.STRING],
                        is_member=True,
                        impl=impl,
                    )
                ],
            )
            for name, impl in (("over", _over), ("at_least", _at_least))
        ]
        self.bool = kinds.BOOL
        self.error = kinds.ERROR
        self.env = cel.NewEnv(
            pool,
            variables={
                **{root: kinds(name) for root, name in names.items()},
                "now": kinds.TIMESTAMP,
            },
            extensions=[ext_strings.ExtStrings()],
            functions=functions,
        )

    def data(self, env: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {"now": moment(env["now"])}
        for root, made in self._classes.items():
            value = VOCABULARY.sets if root == "sets" else env[root]
            result[root] = made()
            _fill(result[root], value, VOCABULARY.roots[root])
        return result


def _over(amount: Any, limit: str) -> bool:
    return amount.minor > _units(amount, limit)


def _at_least(amount: Any, limit: str) -> bool:
    return amount.minor >= _units(amount, limit)


def _units(amount: Any, limit: str) -> int:
    other = literal(limit)
    if other.currency != amount.currency:
        raise ValueError("other currency")
    return other.minor


def _fill(message: Any, value: dict[str, Any], of: Type) -> None:
    for name, item in value.items():
        field = VOCABULARY.records[of.name].fields[name].type
        if field.item is None:
            _set(message, name, item, field)
            continue
        for part in item:
            if field.item.kind in ("record", "domain"):
                _set_message(getattr(message, name).add(), part, field.item)
            else:
                getattr(message, name).append(part)


def _set(message: Any, name: str, value: Any, of: Type) -> None:
    if of.kind in ("record", "domain"):
        getattr(message, name).SetInParent()
        _set_message(getattr(message, name), value, of)
    elif of.kind == "timestamp":
        getattr(message, name).FromDatetime(moment(value))
    elif of.kind == "duration":
        getattr(message, name).FromTimedelta(dt.timedelta(microseconds=value))
    else:
        setattr(message, name, value)


def _set_message(message: Any, value: Any, of: Type) -> None:
    if of.kind == "record":
        _fill(message, value, of)
    else:
        message.minor, message.currency = value.minor, value.currency


CURRENCIES = ("EUR", "EUR", "USD", "JPY", "XXX")


def environment(source: random.Random, currencies: tuple[str, ...] = CURRENCIES) -> dict[str, Any]:
    """Random values of the vocabulary's types, from the pools that the literals come from."""

    def value(of: Type) -> Any:
        if of.item is not None:
            return [value(of.item) for _ in range(source.choice([0, 1, 1, 2, 3]))]
        match of.kind:
            case "record":
                return {
                    name: value(field.type)
                    for name, field in VOCABULARY.records[of.name].fields.items()
                    if not field.optional or source.random() < 0.6
                }
            case "domain":
                return source.choice(
                    [
                        Money(minor=source.choice([0, 1, 999, 1000, 100_000]), currency=currency)
                        for currency in currencies
                    ]
                )
            case "bool":
                return source.random() < 0.5
        pools: dict[str, list[Any]] = {
            "int": INTS,
            "double": DOUBLES,
            "string": TEXTS,
            "timestamp": MOMENTS,
            "duration": SPANS,
        }
        return source.choice(pools[of.kind])

    env = {root: value(of) for root, of in VOCABULARY.roots.items() if root not in ("sets", "now")}
    # The wrapper counts nanoseconds in 64 bits for a timestamp outside a message: 1678 to 2262.
    return {**env, "now": source.choice([at for at in MOMENTS if abs(at) < 8 * 10**15])}


def moment(at_us: int) -> dt.datetime:
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=at_us)


def quote(text: str) -> str:
    """A CEL literal of a text; half of the non-ASCII ones raw, half escaped."""
    return json.dumps(
        text, ensure_ascii=len(text) % 2 == 0 and max(text, default="a") < "\U00010000"
    )
