"""What the domain types share: the surroundings of a value, refusals, invisible characters."""

from __future__ import annotations

import re
from typing import NoReturn

import msgspec

from gardefou.errors import InputError

# C0 and C1 controls, zero-width and direction marks, separators, byte order mark, soft hyphen,
# tag characters: what a person does not see must not decide where a thing goes.
INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffd"
    "\U000e0000-\U000e0fff]"
)


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What the meaning of a value depends on beside the value itself.

    ``currency`` is the parameter's own, or its sibling argument's, or the organisation's default;
    ``currency_is_default`` says that it was only the default, which the value itself may override.
    """

    domains: tuple[str, ...] = ()
    currency: str = ""
    currency_is_default: bool = True


NOWHERE = Surroundings()


def refuse(
    code: str,
    message: str,
    path: str,
    *,
    expected: str = "",
    help: str = "",  # noqa: A002 - the word users see
) -> NoReturn:
    """Raise an `InputError` that names the place."""
    raise InputError(message, code=code, path=path, expected=expected, help=help)


def kind_of(value: object) -> str:
    """The JSON name of a value's kind, for messages (the value itself may be a secret)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, (list, tuple)) else "an object"


def plain_text(value: object, path: str, name: str) -> str:
    """The text without surrounding spaces, free of characters that nobody sees.

    Raises:
        InputError: ``<name>.type`` for what is not text, ``<name>.empty`` for nothing,
            ``<name>.invisible`` for controls, line breaks, zero-width and direction characters.
    """
    if type(value) is not str:
        refuse(f"{name}.type", f"{kind_of(value)} is not a {name}", path, expected="text")
    text = value.strip(" ")
    if not text or text.isspace():
        refuse(f"{name}.empty", f"an empty text is not a {name}", path, expected=f"a {name}")
    if INVISIBLE.search(text):
        refuse(
            f"{name}.invisible",
            "the text holds a line break or a character that nobody sees",
            path,
            expected="visible characters on one line",
            help="remove control, zero-width and direction characters",
        )
    return text
