"""Settings of a request that OpenAI's wires spell alike, and how they become the other's."""

from __future__ import annotations

from typing import Literal

from gardefou.wires.translation._core import Request
from gardefou.wires.translation._reading import unsupported

TIERS = {"auto": "auto", "standard": "default"}
EFFORTS = frozenset({"low", "medium", "high", "xhigh", "max"})


def output_limit(old: int | None, new: int | None) -> int | None:
    """The most tokens of an answer, which has an old and a new name.

    Raises:
        InputError: ``translate.unsupported`` when the two differ.
    """
    if old is not None and new is not None and old != new:
        raise unsupported(
            "max_tokens", "it differs from `max_completion_tokens`", "give one of the two"
        )
    return new if new is not None else old


def effort(value: str | None, path: str) -> tuple[str, Literal["", "off", "adaptive"]]:
    """How hard the model thinks, and whether it does.

    Raises:
        InputError: ``translate.unsupported`` for a level that the other vendor does not have.
    """
    if value is None:
        return "", ""
    if value == "none":
        return "", "off"
    if value not in EFFORTS:
        raise unsupported(
            path, f"the level `{value[:40]}` has no counterpart", "take `low` to `max`"
        )
    return value, "adaptive"


def end_user(user: str | None, safety_identifier: str | None) -> str:
    """The id of the end user, which has an old and a new name.

    Raises:
        InputError: ``translate.unsupported`` when the two differ.
    """
    if user and safety_identifier and user != safety_identifier:
        raise unsupported("safety_identifier", "it differs from `user`", "give one of the two")
    return user or safety_identifier or ""


def tier(value: str | None) -> Literal["", "auto", "standard"]:
    """The class of service.

    Raises:
        InputError: ``translate.unsupported`` for a class that the other vendor does not sell.
    """
    if value is None:
        return ""
    if value == "auto":
        return "auto"
    if value == "default":
        return "standard"
    raise unsupported(
        "service_tier", f"`{value[:40]}` has no counterpart", "take `auto` or `default`"
    )


def reasoning_effort(request: Request) -> str | None:
    """The level of reasoning in OpenAI's words.

    Raises:
        InputError: ``translate.unsupported`` when thinking is off and an effort is asked for.
    """
    if request.thinking != "off":
        return request.effort or None
    if request.effort:
        raise unsupported(request.paths["effort"], "without thinking there is no effort to set")
    return "none"
