"""JSON bodies and events: read strictly, edited in place.

Rules, each refused with its own code when broken:

1. The bytes are UTF-8 and one JSON value, without NaN, infinity or half a surrogate pair.
2. No object holds a key twice: two readers would see two different requests.
3. No key at the top differs from one that is read by its case alone: some servers do not mind.
4. At most `MAX_DEPTH` levels.
5. A value that is read has the type its wire gives it; a value that is not read is not judged.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NoReturn, TypeVar

import msgspec

from gardefou.errors import InputError

MAX_DEPTH = 128
MAX_REMEMBERED_BYTES = 16 * 1024
NULL = msgspec.Raw(b"null")
_LARGE_BYTES = 8 * 1024

T = TypeVar("T")

_decode_tree = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Reader:
    """Reads one kind of object from strict JSON."""

    def __init__(self, kind: Any) -> None:
        """Keep a decoder; the fields of ``kind`` are what is read."""
        self._decode = msgspec.json.Decoder(kind).decode
        fields = msgspec.structs.fields(kind) if isinstance(kind, type) else ()
        self._names = frozenset(field.encode_name for field in fields)

    def __call__(self, data: bytes) -> Any:
        """Read ``data``.

        Raises:
            InputError: codes ``wire.*``.
        """
        tree = strict(data)
        if type(tree) is dict and not self._names.issuperset(tree):
            self._check_case(tree)
        try:
            return self._decode(data)
        except msgspec.ValidationError as error:
            _wrong_type(error)

    def _check_case(self, tree: dict[str, Any]) -> None:
        for key in tree:
            if key not in self._names and key.casefold() in self._names:
                raise InputError(
                    f"the key `{key[:80]}` differs from `{key.casefold()[:80]}` by case alone",
                    code="wire.key_case",
                    path=key[:80],
                    expected=key.casefold()[:80],
                    help="some servers take both for the same: write it as the wire does",
                )


def strict(data: bytes) -> Any:
    """Read any JSON value under rules 1, 2 and 4; 1 to 3 µs for a small one in compact form.

    Raises:
        InputError: codes ``wire.encoding``, ``wire.syntax``, ``wire.duplicate_key``, ``wire.depth``.
    """
    try:
        tree = _decode_tree(data)
        if not _surely_whole(data, _encode(tree)):
            _check_keys(data)
    except UnicodeDecodeError as error:
        raise InputError(
            f"the text is not UTF-8 at byte {error.start} of a string",
            code="wire.encoding",
            expected="UTF-8",
            help="encode the body as UTF-8",
        ) from None
    except RecursionError:
        _too_deep()
    except (msgspec.DecodeError, ValueError) as error:
        raise InputError(
            f"not JSON: {_lower(str(error))}",
            code="wire.syntax",
            expected="one JSON value",
            help="send a JSON body",
        ) from None
    # Counting brackets is quicker than looking, for a small value; for a large one, looking is.
    if len(data) > _LARGE_BYTES or data.count(b"{") + data.count(b"[") > MAX_DEPTH:
        _check_depth(tree)
    return tree


def convert(data: bytes | msgspec.Raw, kind: Any) -> Any:
    """Read a part of a value that `strict` has passed.

    Raises:
        InputError: ``wire.type``.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as error:
        _wrong_type(error)


def dump(value: Any) -> bytes:
    """Compact JSON; `msgspec.Raw` values keep their bytes."""
    return _encode(value)


def as_raw(value: Any) -> msgspec.Raw:
    """A value as JSON that is written as it stands."""
    return msgspec.Raw(_encode(value))


def text_of(raw: msgspec.Raw | bytes) -> str:
    """A JSON string's text, or any other value's own JSON text."""
    data = bytes(raw)
    return msgspec.json.decode(data, type=str) if data[:1] == b'"' else data.decode()


def remembered(read: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """Keep what ``read`` made of small parts: a conversation repeats its tools with each turn."""
    cached = lru_cache(maxsize=1024)(read)

    def either(data: bytes) -> T:
        return read(data) if len(data) > MAX_REMEMBERED_BYTES else cached(data)

    return either


def _surely_whole(data: bytes, again: bytes) -> bool:
    """Whether a value lost no member when it was read, so that no key stood twice.

    INVARIANT: a member that was lost takes its colon along. So equal numbers of colons are proof,
    unless a colon of a text was written as an escape, which only the re-encoding shows plainly.
    """
    return again == data or (b"\\u003" not in data and again.count(b":") == data.count(b":"))


def _check_keys(data: bytes) -> None:
    json.loads(data.decode(), object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> None:
    keys = {key for key, _ in pairs}
    if len(keys) == len(pairs):
        return
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise InputError(
                f"the key `{key[:80]}` stands twice in one object",
                code="wire.duplicate_key",
                path=key[:80],
                expected="each key once",
                help="readers disagree on which one counts: send one",
            )
        seen.add(key)


def _check_depth(tree: Any) -> None:
    level = [tree] if type(tree) is dict or type(tree) is list else []
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for value in level:
            for child in value.values() if type(value) is dict else value:
                if type(child) is dict or type(child) is list:
                    below.append(child)  # noqa: PERF401 - a comprehension for each value is slower
        if not below:
            return
        level = below
    _too_deep()


def _too_deep() -> NoReturn:
    raise InputError(
        f"the value is nested deeper than {MAX_DEPTH} levels",
        code="wire.depth",
        expected=f"at most {MAX_DEPTH} levels",
        help="flatten the value",
    ) from None


def _wrong_type(error: msgspec.ValidationError) -> NoReturn:
    message, _, path = str(error).partition(" - at `")
    raise InputError(
        _lower(message),
        code="wire.type",
        path=path.removesuffix("`").removeprefix("$."),
        expected="the type that the wire gives this field",
        help="see the vendor's reference for the field",
    ) from None


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]
