"""Reading a script: YAML or JSON, typed, every mistake named at its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast, get_args, get_origin

import msgspec
import re2

from gardefou.constitution import Problems, did_you_mean, shown
from gardefou.constitution.catalogue import Key, Located, locate
from gardefou.doors.simulate._script import (
    ECHO,
    MAX_FLOOD_BYTES,
    MAX_TIMES,
    MAX_WAIT_MS,
    Answer,
    Script,
    When,
)

_REFUSED: Any = object()  # stands for what could not be read, until the whole script is refused
_OTHERS = ("say", "think", "call", "refuse", "finish", "breaks")


def load_script(text: str, *, file: str = "") -> Script:
    """Read a script.

    Raises:
        LoadError: with every mistake, codes ``script.*`` and ``json.*``.
    """
    problems = Problems()
    document = locate(text, file, problems, family="script")
    script = ECHO if document is None else _Reading(document, problems).script()
    problems.check()
    return script


class _Reading:
    """Each field is read on its own, so that no mistake hides another."""

    def __init__(self, document: Located, problems: Problems) -> None:
        self._document = document
        self._problems = problems
        self._broken: set[Key] = set()

    def script(self) -> Script:
        script = self._struct(self._document.value, Script, ())
        if script is _REFUSED:
            return ECHO
        for index, answer in enumerate(script.answers):
            place = ("answers", index)
            mistakes = list(_mistakes(answer))
            if not mistakes and place not in self._broken and _is_empty(answer):
                mistakes = [
                    ("when", "the answer does nothing", "say, call, refuse, error or break")
                ]
            for key, message, expected in mistakes:
                self._complain("script.answer", (*place, key), message, expected=expected)
        return cast("Script", script)

    def _struct(self, value: Any, kind: Any, key: Key) -> Any:
        if not isinstance(value, dict):
            texts = {"found": shown(value), "expected": "keys and values"}
            self._complain("script.value", key, "this is no mapping", **texts)
            return _REFUSED
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        for name in sorted(value.keys() - fields.keys()):
            way_out = did_you_mean(name, fields, kind="key")
            self._complain(
                "script.key", (*key, name), f"the key {shown(name)} is not known", help=way_out
            )
        for name in (n for n, field in fields.items() if field.required and n not in value):
            self._complain("script.missing", key, f"the key `{name}` is missing")
        read = {
            field.name: self._value(value[name], field.type, (*key, name))
            for name, field in fields.items()
            if name in value
        }
        found = {name: part for name, part in read.items() if part is not _REFUSED}
        complete = all(f.name in found for f in fields.values() if f.required)
        return kind(**found) if complete else _REFUSED

    def _value(self, value: Any, kind: Any, key: Key) -> Any:
        struct = next((k for k in (kind, *get_args(kind)) if _is_struct(k)), None)
        if value is None and type(None) in get_args(kind):
            return None
        if struct is None or (get_origin(kind) is tuple and not isinstance(value, list)):
            return self._convert(value, kind, key)
        if get_origin(kind) is tuple:
            found = [self._struct(item, struct, (*key, i)) for i, item in enumerate(value)]
            return _REFUSED if _REFUSED in found else tuple(found)
        return self._struct(value, struct, key)

    def _convert(self, value: Any, kind: Any, key: Key) -> Any:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            message = str(error).partition(" - at `$")[0]
            self._complain(
                "script.value",
                key,
                f"{message[:1].lower()}{message[1:]}",
                found=shown(value),
                help="docs/reference/simulate.md has the keys and their values",
            )
            return _REFUSED

    def _complain(self, code: str, key: Key, message: str, **texts: str) -> None:
        self._broken.add(key[:2])
        self._problems.error(code, self._document.place(*key), message, **texts)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _is_empty(answer: Answer) -> bool:
    return answer.error is None and not any(getattr(answer, name) for name in _OTHERS)


def _mistakes(answer: Answer) -> Iterator[tuple[str, str, str]]:
    """What is typed rightly and makes no sense: the key, the mistake, what was expected."""
    spoken = [name for name in _OTHERS if getattr(answer, name)]
    if answer.error is not None and spoken:
        yield "error", f"the answer fails and has `{spoken[0]}` too", "one of the two"
    if answer.error is not None and not 400 <= answer.error.status <= 599:
        yield "error", f"{answer.error.status} is no error status", "400 to 599"
    if answer.refuse and (answer.say or answer.call):
        yield "refuse", "the answer refuses and says or calls something", "one of the two"
    if answer.breaks and answer.breaks.kind == "half_call" and not answer.call:
        yield "break", "there is no call that could be cut in half", "`call` beside it"
    if answer.breaks and not 0 <= answer.breaks.size_bytes <= MAX_FLOOD_BYTES:
        yield "break", "`size_bytes` is out of bounds", f"0 to {MAX_FLOOD_BYTES}"
    for name, most in (("delay_ms", MAX_WAIT_MS), ("pace_ms", MAX_WAIT_MS), ("times", MAX_TIMES)):
        if not 0 <= getattr(answer, name) <= most:
            yield name, f"`{name}` is out of bounds", f"0 to {most}"
    yield from _mistakes_of(answer.when)


def _mistakes_of(when: When) -> Iterator[tuple[str, str, str]]:
    if when.turn is not None and when.turn < 1:
        yield "when", "turns count from 1", "1 or more"
    for name in ("user", "result"):
        pattern = getattr(when, name)
        if pattern is not None and (fault := _fault_of(pattern)):
            yield "when", f"`{name}` is no regular expression: {fault}", "the syntax of RE2"


def _fault_of(pattern: str) -> str:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else "it cannot be read"
        return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
    return ""
