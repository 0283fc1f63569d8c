"""What holds for the answers of every wire."""

from __future__ import annotations

from collections.abc import Sequence

from gardefou.errors import InputError
from gardefou.wires.translation._core import Call, Refusal, Stop, Text
from gardefou.wires.translation._reading import object_text, unreadable


def call_arguments(text: str, stop: Stop) -> bytes | None:
    """The arguments of a call, or None for a call that the limit of tokens cut off.

    Raises:
        InputError: ``translate.answer`` when they are no JSON object.
    """
    try:
        return object_text((text.strip() or "{}").encode("utf-8", "replace"), "arguments")
    except InputError as error:
        if stop == "length":
            return None
        raise unreadable(f"the arguments of a call are no JSON object: {error.message}") from None


def check_calls(stop: Stop, parts: Sequence[Text | Refusal | Call]) -> Stop:
    """Why the answer ended, where some servers say `stop` although they call tools or refuse."""
    if stop == "end" and any(isinstance(part, Call) for part in parts):
        return "calls"
    if stop == "end" and any(isinstance(part, Refusal) for part in parts):
        return "refusal"
    return stop
