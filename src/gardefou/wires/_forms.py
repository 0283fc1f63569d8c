"""The model in the body of an opaque endpoint: orders and keys go by it, so it is read strictly.

1. JSON is read under the rules of every wire, whatever the content type says of it.
2. A form (RFC 7578) names the model in at most one part, under exactly that name.
3. What is neither names no model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

import msgspec

from gardefou.errors import InputError
from gardefou.wires._json import Reader, strict

_MAX_HEAD_BYTES = 8 * 1024
_MAX_MODEL_BYTES = 1024
_BOUNDARY = re.compile(r'boundary=(?:"([^"\r\n]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'[;\s]name=(?:"([^"\r\n]*)"|([^\s;"]+))', re.IGNORECASE)


class _Model(msgspec.Struct):
    model: str | None = None


_read = Reader(_Model)


def model_in(body: bytes, content_type: str) -> str:
    """The model that a body names, or nothing.

    Raises:
        InputError: codes ``wire.*``; ``wire.form`` when a form can be read in two ways.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return _in_form(body, content_type)
    start = body[:64].lstrip(b" \t\r\n\xef\xbb\xbf")[:1]
    if start == b"{":
        return _read(body).model or ""
    if kind == "application/json" and body:
        strict(body)
    return ""


def _in_form(body: bytes, content_type: str) -> str:
    found = _BOUNDARY.findall(content_type)
    if len(found) != 1:
        _ambiguous("the content type has no boundary, or several")
    quoted, plain = found[0]
    models = []
    for head, content in _parts(body, b"--" + (quoted or plain).encode()):
        names = [quoted or plain for quoted, plain in _NAME.findall(head)]
        if len(names) != 1 or b"name*" in head.lower() or b"\\" in head:
            _ambiguous("a part of the form has no name, or several")
        if names[0].lower() == b"model":
            models.append((names[0], content))
    if not models:
        return ""
    if len(models) > 1 or models[0][0] != b"model":
        _ambiguous("the form names the model twice, or in another spelling")
    try:
        model = models[0][1].decode()
    except UnicodeDecodeError:
        _ambiguous("the name of the model is not UTF-8")
    if len(model) > _MAX_MODEL_BYTES or not model.isprintable():
        _ambiguous("the name of the model is no name")
    return model


def _parts(body: bytes, boundary: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The head and the content of each part."""
    if not body.startswith(boundary + b"\r\n"):
        _ambiguous("the form does not begin with its boundary")
    start = len(boundary) + 2
    separator = b"\r\n" + boundary
    while True:
        end = body.find(separator, start)
        gap = body.find(b"\r\n\r\n", start, start + _MAX_HEAD_BYTES)
        if end < 0 or not start <= gap < end:
            _ambiguous("a part of the form has no head or no end")
        yield body[start : gap + 2], body[gap + 4 : end]
        start = end + len(separator)
        if body.startswith(b"--", start):
            return
        if not body.startswith(b"\r\n", start):
            _ambiguous("a line of the form begins with its boundary and goes on")
        start += 2


def _ambiguous(message: str) -> NoReturn:
    raise InputError(
        message,
        code="wire.form",
        expected="parts with one name each, and at most one `model`",
        help="readers disagree on such a form: send it as the vendor's SDK does",
    ) from None
