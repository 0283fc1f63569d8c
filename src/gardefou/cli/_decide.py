"""``gardefou decide``: one action, one decision."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from gardefou.action import Action
from gardefou.analysis import Case, State, Step, prepared
from gardefou.cli._documents import Labels, Layers, catalogue_of, constitution_of
from gardefou.cli._ledger import KeyFile, recording
from gardefou.cli._output import AsJson, ContentError, Exit, command, put, put_json, read_json
from gardefou.cli._registers import register_in
from gardefou.constitution.catalogue import Catalogue, Tool
from gardefou.constitution.facts import Keys
from gardefou.decide import Guard, explanation
from gardefou.errors import UsageError
from gardefou.orders import load_register
from gardefou.verdict import Verdict

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Said(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came before the action: words, or a result that entered the session."""

    user: str = ""
    operator: str = ""
    model: str = ""
    tool: str = ""
    arguments: dict[str, object] = {}
    result: object = None


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An action with what was said and read before it.

    Or a case of the analysis: ``state`` gives facts, origins and intent as they are to be,
    ``executed`` what went ahead before, ``tool`` a tool that the catalogue lacks; ``expect`` is for
    people and for programs that compare.
    """

    action: Action
    before: tuple[Said, ...] = ()
    state: State | None = None
    executed: tuple[Step, ...] = ()
    tool: Tool | None = None
    at_us: int = 0
    expect: dict[str, str] = {}


@command
def decide(
    action: Annotated[
        Path,
        typer.Argument(
            help="The action as JSON; - reads standard input.",
            metavar="ACTION",
            readable=False,
            show_default=False,
        ),
    ],
    *,
    constitution: Layers = None,
    catalogue: Labels = "auto",
    at: Annotated[
        datetime | None,
        typer.Option(
            help="The time of the decision, UTC unless it says otherwise.  [default: now]",
            metavar="TIME",
        ),
    ] = None,
    orders: Annotated[
        list[Path] | None,
        typer.Option(
            help="Files or folders of instruments; orders in force count.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    ledger: Annotated[
        str,
        typer.Option(
            help="Decide under the orders of this ledger, and record the decision in it.",
            show_default=False,
        ),
    ] = "",
    key: KeyFile = None,
    as_json: AsJson = False,
) -> Exit:
    """Decide one action: allow, hold or deny, with the reason."""
    question = _question(action)
    known = catalogue_of(catalogue)
    law = constitution_of(constitution or [], known)
    if orders and ledger:
        raise UsageError(
            "orders come from files or from a ledger",
            code="decide.orders",
            help="leave out --orders or --ledger",
        )
    register = load_register(orders) if orders else register_in(ledger, "", ()) if ledger else None
    guard = Guard(law, _proposed(question) if known is None else known, orders=register)
    now = at or datetime.now(UTC)
    now = now.astimezone(UTC) if now.tzinfo else now.replace(tzinfo=UTC)
    now_us = (now - _EPOCH) // datetime.resolution
    session = guard.session()
    for said in question.before:
        for speaker in ("user", "operator", "model"):
            if text := getattr(said, speaker):
                getattr(session, speaker)(text)
        if said.tool:
            tool = guard.catalogue.tools.get(said.tool) or Tool(name=said.tool)
            session.result(tool, said.arguments, said.result)
    labelled = None
    if question.state is not None or question.executed:
        case = Case(
            action=question.action,
            tool=question.tool,
            state=question.state or State(),
            at_us=question.at_us or now_us,
            executed=question.executed,
        )
        guard, labelled, session, now_us = prepared(guard, case)
    if labelled is None:
        labelled = guard.label(question.action, session, now_us)
    decision = guard.decide(labelled, session, now_us)
    facts = session.facts.read(now_us, Keys.of(question.action))
    told = explanation(guard, labelled, decision, facts)
    with recording(ledger, key, law, constitution or []) as record:
        if record is not None:
            record(guard, labelled, decision, facts)
    if as_json:
        put_json({**decision.to_json(), "explanation": told.to_json()})
    else:
        put(told.sentence)
    return Exit.YES if decision.verdict is Verdict.ALLOW else Exit.NO


def _question(path: Path) -> Question:
    """Read an action, alone or under ``action`` with what came ``before``.

    Raises:
        ContentError: ``action.form``, or ``json.*`` when it is no JSON value.
    """
    value = read_json(path)
    if not (isinstance(value, dict) and "action" in value):
        value = {"action": value}
    try:
        return msgspec.convert(value, Question)
    except msgspec.ValidationError as error:
        raise ContentError(
            f"this is no action: {str(error).lower()}",
            code="action.form",
            path=str(path),
            expected='an object such as {"tool": "send_mail", "arguments": {}}',
            help="see docs/reference/action.md for the fields",
        ) from None


def _proposed(question: Question) -> Catalogue:
    """Labels proposed from nothing but the call itself."""
    # The lexicon is large, and a guard with a catalogue never loads it.
    from gardefou.constitution.catalogue.suggest import tool_from_calls  # noqa: PLC0415 - see above

    calls: dict[str, list[dict[str, object]]] = {}
    if question.action.tool:
        calls[question.action.tool] = [question.action.arguments]
    for said in question.before:
        if said.tool:
            calls.setdefault(said.tool, []).append(said.arguments)
    return Catalogue(tools={name: tool_from_calls(name, seen) for name, seen in calls.items()})
