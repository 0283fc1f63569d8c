"""Our own trace format (docs/reference/trace-format.md): one session on each line, strict.

1. Unknown keys, wrong types and missing keys are refused; nothing is guessed.
2. An event is exactly one of ``operator``, ``user``, ``model``, ``call``; ``result`` and
   ``injected`` belong to a call.
3. An attack has exactly one call with ``harm: true``, and a start: a result with
   ``injected: true`` before it, or ``injected_from: "start"`` when the user is the attacker.
4. An honest trace has neither.
"""

from __future__ import annotations

from typing import Any, Literal, NoReturn

import msgspec

from gardefou.action import Principal
from gardefou.errors import InputError
from gardefou.replay._readers._common import convert
from gardefou.replay._trace import Call, Said, Speaker, Tools, Trace, Window


class CallRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value of ``call``."""

    tool: str
    arguments: dict[str, Any]
    id: str = ""
    expected: Literal["", "allow", "hold", "deny", "not_deny"] = ""
    harm: bool = False
    supervised: bool = False
    case: str = ""
    purpose: str = ""
    why: str = ""


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the session."""

    operator: str | None = None
    user: str | None = None
    model: str | None = None
    call: CallRecord | None = None
    result: Any = None
    injected: bool = False


class Session(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One session, as it is written."""

    trace: str
    set: str
    label: Literal["attack", "honest"]
    events: tuple[Event, ...]
    template: str | None = None
    language: str = "en"
    constitution: str = ""
    task: str = ""
    injected_from: Literal["", "start"] = ""
    tools: tuple[dict[str, Any], ...] = ()
    principal: Principal = Principal()
    note: str = ""


def claims(record: dict[str, Any]) -> bool:
    """Say whether a record is of this family."""
    return {"trace", "events"} <= record.keys()


def read(record: dict[str, Any]) -> Trace:
    """Turn a record into a trace.

    Raises:
        InputError: when one of the rules above is broken.
    """
    session = convert(record, Session)
    events = tuple(_event(event, index) for index, event in enumerate(session.events))
    calls = [event for event in events if isinstance(event, Call)]
    window = _window(session, calls)
    return Trace(
        id=session.trace,
        set=session.set,
        label=session.label,
        template=session.template,
        kind=_kind(session),
        window=window,
        exposed=window is not None,
        task=session.task,
        peer=session.label == "honest" and bool(session.task),
        achieved=True,
        own=True,
        language=session.language,
        constitution=session.constitution,
        principal=session.principal,
        tools=Tools(definitions=session.tools),
        events=events,
    )


def _kind(session: Session) -> Literal["", "prompt", "injection"]:
    if session.label == "honest":
        return ""
    return "prompt" if session.injected_from else "injection"


def _event(event: Event, index: int) -> Said | Call:
    path = f"events[{index}]"
    texts: dict[Speaker, str | None] = {
        "operator": event.operator,
        "user": event.user,
        "model": event.model,
    }
    words = [Said(speaker, text) for speaker, text in texts.items() if text is not None]
    found = [said.speaker for said in words] + (["call"] if event.call else [])
    if len(found) != 1:
        _refuse("an event is not one thing", path, " and ".join(found) or "nothing known")
    if event.call is None:
        if event.result is not None or event.injected:
            _refuse("a result stands beside words", path, f"a result with `{found[0]}`")
        return words[0]
    made = event.call
    return Call(
        tool=made.tool,
        arguments=made.arguments,
        id=made.id,
        result=event.result,
        injected=event.injected,
        harm=made.harm,
        expected=made.expected,
        supervised=made.supervised,
        case=made.case,
        purpose=made.purpose,
    )


def _window(session: Session, calls: list[Call]) -> Window | None:
    harm = [i for i, made in enumerate(calls) if made.harm]
    injected = [i for i, made in enumerate(calls) if made.injected]
    if session.label == "honest":
        if harm or injected or session.injected_from:
            _refuse("an honest trace is marked as attacked", "label", "harm or injected")
        return None
    if len(harm) != 1:
        _refuse("an attack needs one call that does the harm", "events", f"{len(harm)} such calls")
    if session.injected_from == "start":
        return Window(0, harm[0])
    if not injected or injected[0] >= harm[0]:
        _refuse("an attack needs a start before its harm", "events", "no injected result before it")
    return Window(injected[0] + 1, harm[0])


def _refuse(message: str, path: str, found: str) -> NoReturn:
    raise InputError(
        message,
        code="trace.session",
        path=path,
        found=found,
        expected="operator, user, model or call in each event; harm and injected in attacks only",
        help="see the trace format in the reference",
    )
