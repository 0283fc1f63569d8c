"""The canonical form of a JSON value and its digest.

Rules, each refused with its own code when broken:

1. Text is UTF-8 without a byte order mark; JSON per RFC 8259, restricted as I-JSON (RFC 7493).
2. No duplicate key in an object; no lone surrogate in a string.
3. Integers fit in 64 bits, signed; no NaN, no infinity.
4. Strings and keys are written in Unicode NFC; two keys that become equal are duplicates.
5. Keys are sorted by code point; no white space; the shortest round-trip form of a double.
6. At most `MAX_DEPTH` levels and `MAX_BYTES` bytes.

What has no canonical form cannot be decided, approved or replayed: it is refused.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any, NoReturn

import msgspec

from gardefou.errors import InputError

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_INTEGER = 2**63 - 1
MIN_INTEGER = -(2**63)
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def parse(data: bytes | str) -> Any:
    """Read one JSON value under the rules above.

    Raises:
        InputError: codes ``json.*``, naming what was found and where.
    """
    if isinstance(data, str):
        _check_size(len(data))
        text = data
    else:
        _check_size(len(data))
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"the text is not UTF-8 at byte {error.start}",
                code="json.encoding",
                expected="UTF-8",
                help="encode the document as UTF-8 and send it again",
            ) from None
    try:
        value = _decoder().decode(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"not JSON at line {error.lineno}, column {error.colno}: {error.msg.lower()}",
            code="json.syntax",
            expected="one JSON value",
            help="check the document with a JSON tool and send it again",
        ) from None
    except RecursionError:
        _too_deep()
    return _normal(value, 0)


@cache
def _decoder() -> json.JSONDecoder:
    """The library's decoder under our rules, made once: making it takes a quarter of a message."""
    return json.JSONDecoder(
        object_pairs_hook=_object,
        parse_constant=_constant,
        parse_int=_integer,
        parse_float=_double,
    )


def normal(value: Any) -> Any:
    """Bring a Python value into normal form: NFC strings, checked numbers, plain dicts and lists.

    Raises:
        InputError: codes ``json.*``, as `parse`.
    """
    return _normal(value, 0)


def canonical(value: Any) -> bytes:
    """The canonical bytes of a JSON value.

    Raises:
        InputError: codes ``json.*``, as `parse`.
    """
    if (quick := _quick(value)) is not None:
        return quick
    data = _ENCODER.encode(_normal(value, 0)).encode("utf-8")
    _check_size(len(data))
    return data


def _quick(value: Any) -> bytes | None:
    """The canonical bytes of a plain value, in a third of the time; None when it may not be plain.

    INVARIANT: whatever this gives is what the long way gives. It reads its own output back: only
    objects, lists, texts, integers, true, false and null come back equal. Whatever the two ways could
    write differently goes the long way: text beyond ASCII, fractions, long integers, depth.
    """
    try:
        data = _encode(value)
        if (
            len(data) > _QUICK_BYTES
            or not data.isascii()
            or data.count(b"{") + data.count(b"[") > MAX_DEPTH
            or _decode(data) != value
            or (_MANY_DIGITS in data.translate(_DIGITS) and _LONG.search(data))
        ):
            return None
    except (TypeError, ValueError, OverflowError, RecursionError):
        return None
    return data


def _no_fraction(text: str) -> NoReturn:
    raise ValueError(text)


_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(float_hook=_no_fraction).decode
_QUICK_BYTES = 65_536
_MANY_DIGITS = b"0" * 18
_DIGITS = bytes(ord("0") if chr(byte) in "0123456789" else ord(" ") for byte in range(256))
_LONG = re.compile(
    rb"(?:^|[:\[,])-?[0-9]{18}"
)  # integers that may be too long, or text that looks so


def digest(value: Any, *, label: str) -> str:
    """``sha256:`` and the hex digest of label, a zero byte and the canonical bytes.

    The label says what is digested (``action/v1``), so that two kinds of thing never collide.

    Raises:
        InputError: codes ``json.*``, as `parse`.
    """
    return "sha256:" + hashlib.sha256(label.encode() + b"\0" + canonical(value)).hexdigest()


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise InputError(
            f"the value has {size} bytes",
            code="json.size",
            expected=f"at most {MAX_BYTES} bytes",
            help="send the large part by reference",
        )


def _too_deep() -> NoReturn:
    raise InputError(
        f"the value is nested deeper than {MAX_DEPTH} levels",
        code="json.depth",
        expected=f"at most {MAX_DEPTH} levels",
        help="flatten the value",
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                _duplicate(key)
            seen.add(key)
    return result


def _duplicate(key: str) -> NoReturn:
    raise InputError(
        f"the key `{key[:80]}` stands twice in one object",
        code="json.duplicate_key",
        expected="each key once",
        help="readers disagree on which one counts: send one",
    )


def _constant(name: str) -> NoReturn:
    raise InputError(
        f"`{name}` is not a number",
        code="json.not_finite",
        found=name,
        expected="a finite number",
        help="send a number, or leave the field out",
    )


def _integer(text: str) -> int:
    # A literal of more than 20 characters cannot fit; this also bounds the work of int().
    if len(text) <= 20:
        value = int(text)
        if MIN_INTEGER <= value <= MAX_INTEGER:
            return value
    raise InputError(
        f"the integer `{text[:30]}` does not fit in 64 bits",
        code="json.integer",
        expected=f"{MIN_INTEGER} to {MAX_INTEGER}",
        help="send large identifiers as text",
    )


def _double(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        _constant(text[:30])
    return value


def _text(value: str) -> str:
    if value.isascii():
        return value
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(
            "a string holds half a surrogate pair",
            code="json.surrogate",
            expected="whole Unicode characters",
            help="repair the encoding of the text",
        ) from None
    return unicodedata.normalize("NFC", value)


def _normal(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _text(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return _checked_integer(value)
    if kind is float:
        return _checked_double(value)
    if depth >= MAX_DEPTH:
        _too_deep()
    if isinstance(value, dict):
        return _normal_object(value, depth)
    if isinstance(value, (list, tuple)):
        return _normal_list(value, depth)
    raise InputError(
        f"a value of type {kind.__name__} is not JSON",
        code="json.type",
        expected="null, true, false, a number, text, a list or an object",
        help="convert the value before it is sent",
    )


def _checked_integer(value: int) -> int:
    if MIN_INTEGER <= value <= MAX_INTEGER:
        return value
    # str() of a huge integer is slow by itself, so only a moderate one is shown.
    return _integer(str(value)[:30] if value.bit_length() < 4096 else "9" * 30)


def _checked_double(value: float) -> int | float:
    if not math.isfinite(value):
        _constant(str(value))
    # One number, one form: 5.0 and 5 are the same value on every wire.
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _normal_list(value: Sequence[Any], depth: int) -> list[Any]:
    result: list[Any] = []
    try:
        for item in value:
            result.append(_normal(item, depth + 1))  # noqa: PERF401 - its length is the place
    except InputError as error:
        raise _inside(error, f"[{len(result)}]") from None
    return result


def _normal_object(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        if type(key) is not str:
            raise InputError(
                f"an object has a key of type {type(key).__name__}",
                code="json.key",
                expected="text keys",
                help="turn the key into text",
            )
        name = key if key.isascii() else _text(key)
        if name in result:
            _duplicate(name)
        try:
            result[name] = _normal(item, depth + 1)
        except InputError as error:
            raise _inside(error, name) from None
    return result


def _inside(error: InputError, step: str) -> InputError:
    """The same error, one step further out: places cost nothing where nothing is wrong."""
    below = error.path
    if below and not below.startswith("["):
        below = f".{below}"
    error.path = step + below
    return error
