"""The Python door: functions that are decided before they run.

1. A guarded function runs only when its call is allowed, or when people agreed to exactly it.
2. It is given the decoded stored copy of its arguments (`_calls`), at once and after an approval.
3. ``on_hold`` says what a held call does: ``raise`` `HoldPending`, ``return`` it, or ``wait``.
4. ``resume`` takes a hold's id and nothing else; it runs the stored call once.
5. Words and results belong to the session in force (`Door.session`); without one, to the door's own.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, Literal, ParamSpec, TypeVar, overload

import msgspec

from gardefou.action import Action, Principal
from gardefou.constitution.catalogue import Catalogue, Tool
from gardefou.decide import Grant, Guard, Session
from gardefou.doors._rulings import Ruling, Rulings
from gardefou.doors.python._calls import Shape
from gardefou.doors.python._outcomes import Denied, HoldPending
from gardefou.errors import UsageError
from gardefou.verdict import Verdict

P = ParamSpec("P")
R = TypeVar("R")

OnHold = Literal["raise", "return", "wait"]
WAIT_S = 3600.0


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Whose work it is, and what was said and read in it."""

    session: Session
    principal: Principal
    id: str = ""
    case: str = ""
    purpose: str = ""


class _Guarded(msgspec.Struct, frozen=True, kw_only=True):
    tool: str
    function: Callable[..., Any]
    shape: Shape
    on_hold: OnHold
    wait_s: float


class Door:
    """Guards the functions of one program."""

    def __init__(self, rulings: Rulings, principal: Principal | None = None) -> None:
        """``principal`` is on whose behalf calls are made outside of a session."""
        self.rulings = rulings
        who = principal or Principal()
        self._own = Task(session=rulings.service.session(who.tenant), principal=who)
        self._task: ContextVar[Task | None] = ContextVar("gardefou_task", default=None)
        self._functions: dict[str, _Guarded] = {}
        self._hidden: dict[str, dict[str, Any]] = {}

    # Sessions

    @property
    def task(self) -> Task:
        """The task in force here."""
        found = self._task.get()
        if found is None:
            found = self._own
            # A function that was guarded later brought another policy, and its book of facts.
            found.session.facts = self.rulings.service.book(found.principal.tenant)
        return found

    @contextmanager
    def session(
        self,
        *,
        user: str = "",
        operator: str = "",
        principal: Principal | None = None,
        id: str = "",  # noqa: A002 - the word of the action
        case: str = "",
        purpose: str = "",
        grants: Iterable[Grant] = (),
    ) -> Iterator[Session]:
        """A session of its own: whose work it is, what the user said, what the task may do."""
        who = principal or self._own.principal
        session = self.rulings.service.session(who.tenant, grants=grants)
        if operator:
            session.operator(operator)
        if user:
            session.user(user)
        task = Task(session=session, principal=who, id=id, case=case, purpose=purpose)
        token = self._task.set(task)
        try:
            yield session
        finally:
            self._task.reset(token)

    # Functions

    @overload
    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]: ...
    @overload
    def __call__(
        self,
        *,
        tool: str = ...,
        effects: Iterable[str] = ...,
        roles: Mapping[str, str] | None = ...,
        hidden: Iterable[str] = ...,
        on_hold: OnHold = ...,
        wait_s: float = ...,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
    def __call__(
        self,
        function: Callable[..., Any] | None = None,
        *,
        tool: str = "",
        effects: Iterable[str] = (),
        roles: Mapping[str, str] | None = None,
        hidden: Iterable[str] = (),
        on_hold: OnHold = "raise",
        wait_s: float = WAIT_S,
    ) -> Any:
        """Guard a function, plain or asynchronous; usable with and without arguments.

        ``effects`` and ``roles`` label it here where the catalogue does not.

        Raises:
            UsageError: ``call.twice`` when another function has the tool's name.
        """

        def wrap(wrapped: Callable[..., Any]) -> Any:
            name = tool or wrapped.__name__
            shape = Shape(wrapped, hidden)
            made = shape.tool(name, inspect.getdoc(wrapped) or "", tuple(effects), roles or {})
            guarded = _Guarded(
                tool=name, function=wrapped, shape=shape, on_hold=on_hold, wait_s=wait_s
            )
            self._register(guarded, made)
            return self._wrapped(guarded)

        return wrap if function is None else wrap(function)

    def _register(self, guarded: _Guarded, made: Tool) -> None:
        known = self._functions.get(guarded.tool)
        if known is not None and known.function.__qualname__ != guarded.function.__qualname__:
            raise UsageError(
                f"two functions are the tool `{guarded.tool}`",
                code="call.twice",
                help="give one of them another name with tool=",
            )
        self._functions[guarded.tool] = guarded
        service = self.rulings.service
        policy = service.policies.common
        if guarded.tool in policy.catalogue.tools or not made.effects:
            return
        catalogue = Catalogue(
            tools={**policy.catalogue.tools, made.name: made},
            effects_version=policy.catalogue.effects_version,
        )
        guard = Guard(policy.constitution, catalogue)
        service.policies.exchange(msgspec.structs.replace(policy, catalogue=catalogue, guard=guard))
        service.keep()

    def _wrapped(self, guarded: _Guarded) -> Any:
        if inspect.iscoroutinefunction(guarded.function):

            @functools.wraps(guarded.function)
            async def run_async(*args: Any, **kwargs: Any) -> Any:
                task = self.task
                action, hidden = _action(guarded, task, args, kwargs)
                ruling = await self.rulings.rule_async(
                    action, task.session, wait_s=_budget(guarded)
                )
                if not ruling.goes_ahead:
                    return self._refused(guarded, ruling, hidden)
                return await self._run_async(guarded, task, ruling, hidden)

            return run_async

        @functools.wraps(guarded.function)
        def run(*args: Any, **kwargs: Any) -> Any:
            task = self.task
            action, hidden = _action(guarded, task, args, kwargs)
            ruling = self.rulings.rule(action, task.session, wait_s=_budget(guarded))
            if not ruling.goes_ahead:
                return self._refused(guarded, ruling, hidden)
            return self._run(guarded, task, ruling, hidden)

        return run

    # Holds

    def resume(self, hold_id: str) -> Any:
        """Run the stored call of an approved hold, once; what it was called with is not asked.

        Raises:
            Refused: when nobody has agreed, or it was used already, or it is another principal's.
            UsageError: ``call.unknown`` when no guarded function is the tool.
        """
        guarded, ruling, hidden = self._resumed(hold_id)
        if inspect.iscoroutinefunction(guarded.function):
            return self._run_async(guarded, self.task, ruling, hidden)
        return self._run(guarded, self.task, ruling, hidden)

    def _resumed(self, hold_id: str) -> tuple[_Guarded, Ruling, Mapping[str, Any]]:
        holds = self.rulings.holds
        if (
            holds is not None
        ):  # before the approval is used: a function that is not there runs nothing
            self._function(holds.call(holds.get(hold_id)).action.tool)
        task = self.task
        ruling = self.rulings.redeem(hold_id, task.principal, task.session)
        return self._function(ruling.action.tool), ruling, self._hidden.pop(hold_id, {})

    def _function(self, tool: str) -> _Guarded:
        found = self._functions.get(tool)
        if found is None:
            raise UsageError(
                f"no guarded function is the tool `{tool}`",
                code="call.unknown",
                help="define the function before its calls are resumed",
            )
        return found

    # Blocks

    @contextmanager
    def call(self, tool: str, /, **arguments: Any) -> Iterator[Ruling]:
        """Decide a call and run a block of code in its place; use ``ruling.action.arguments``.

        Raises:
            Denied: when it is refused.
            HoldPending: when it waits for people; make the same call again once they agreed.
        """
        ruling = self.rulings.rule(self.action(tool, arguments), self.task.session)
        with self._block(ruling):
            yield ruling

    @asynccontextmanager
    async def acall(self, tool: str, /, **arguments: Any) -> AsyncIterator[Ruling]:
        """As `call`, on an event loop."""
        ruling = await self.rulings.rule_async(self.action(tool, arguments), self.task.session)
        with self._block(ruling):
            yield ruling

    @contextmanager
    def _block(self, ruling: Ruling) -> Iterator[None]:
        if not ruling.goes_ahead:
            raise self.refusal(ruling)
        try:
            yield
        except BaseException:
            self.rulings.fail(ruling)
            raise
        self.rulings.finish(ruling, self.task.session, None)

    # For adapters

    def action(self, tool: str, arguments: Mapping[str, Any], *, call_id: str = "") -> Action:
        """The action that a call of a tool is, under the task in force."""
        return _action_of(self.task, tool, dict(arguments), call_id)

    def refusal(self, ruling: Ruling) -> Denied | HoldPending:
        """What a call that may not run ends in."""
        if ruling.verdict is Verdict.HOLD:
            return HoldPending(ruling)
        return Denied(ruling)

    # Inside

    def _refused(self, guarded: _Guarded, ruling: Ruling, hidden: dict[str, Any]) -> HoldPending:
        refusal = self.refusal(ruling)
        if isinstance(refusal, HoldPending):
            if hidden and refusal.hold_id:
                self._hidden[refusal.hold_id] = hidden
            if guarded.on_hold == "return":
                return refusal
        raise refusal

    def _run(self, guarded: _Guarded, task: Task, ruling: Ruling, hidden: Mapping[str, Any]) -> Any:
        try:
            args, kwargs = guarded.shape.decode(ruling.action.arguments, hidden)
            result = guarded.function(*args, **kwargs)
        except BaseException:
            self.rulings.fail(ruling)
            raise
        self.rulings.finish(ruling, task.session, result)
        return result

    async def _run_async(
        self, guarded: _Guarded, task: Task, ruling: Ruling, hidden: Mapping[str, Any]
    ) -> Any:
        try:
            args, kwargs = guarded.shape.decode(ruling.action.arguments, hidden)
            result = await guarded.function(*args, **kwargs)
        except BaseException:
            self.rulings.fail(ruling)
            raise
        self.rulings.finish(ruling, task.session, result)
        return result


def _action(
    guarded: _Guarded, task: Task, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Action, dict[str, Any]]:
    arguments, hidden = guarded.shape.encode(args, kwargs)
    return _action_of(task, guarded.tool, arguments), hidden


def _action_of(task: Task, tool: str, arguments: dict[str, Any], call_id: str = "") -> Action:
    return Action(
        principal=task.principal,
        session=task.id,
        call_id=call_id,
        channel="python",
        tool=tool,
        arguments=arguments,
        case=task.case,
        purpose=task.purpose,
    )


def _budget(guarded: _Guarded) -> float:
    return guarded.wait_s if guarded.on_hold == "wait" else 0.0
