"""Answers that a later request continues by their id, so that its session can be rebuilt.

Rules:

1. An answer belongs to the principal that got it: its id opens nothing for another tenant,
   application or user.
2. What is kept is sealed under the key of whoever's erasure has to destroy it.
3. A conversation whose beginning is not known here cannot be judged: the request is refused.
4. The vendor kept the answer with the calls that were refused or held, and wants a result for each
   before it goes on: the next request gets it, in the client's place.
5. At most `MAX_STEPS` answers are followed, and what is older than a month is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gardefou.action import Principal
from gardefou.doors.gateway._replies import Refused
from gardefou.doors.gateway._sealed import SealedStore
from gardefou.wires import RELEASE, Answer, Call, Item, Result, Ruling, Words, text_for

MAX_STEPS = 1_000


class Unseen(msgspec.Struct, frozen=True):
    """A call of the model that the client never saw, and why."""

    call: Call
    text: str


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one exchange added to a conversation; ``unseen`` are calls of its answer (rule 4)."""

    previous: str = ""
    session: str = ""
    items: tuple[Item, ...] = ()
    unseen: tuple[Unseen, ...] = ()


class Continued:
    """The answers of all principals, in the gateway's state."""

    def __init__(self, store: SealedStore) -> None:
        """Keep them sealed; where nothing is kept, nothing can be continued."""
        self._store = store

    async def load(self, principal: Principal, identity: str) -> Step:
        """The whole conversation that ends with an answer; its session's name comes along.

        Raises:
            Refused: ``previous_response_not_found`` (rule 3).
            LedgerUnavailable: when the state cannot be read.
        """
        steps: list[Step] = []
        at = identity
        while at:
            step = await self._step(principal, at)
            if step is None or len(steps) >= MAX_STEPS:
                raise Refused(
                    404,
                    "previous_response_not_found",
                    "the answer that this request continues is not known here",
                )
            steps.append(step)
            at = step.previous
        items = [item for step in reversed(steps) for item in step.items]
        return Step(session=steps[-1].session, items=tuple(items), unseen=steps[0].unseen)

    async def owns(self, principal: Principal, identity: str) -> bool:
        """Whether an answer is this principal's.

        Raises:
            LedgerUnavailable: when the state cannot be read.
        """
        return await self._step(principal, identity) is not None

    async def keep(
        self, principal: Principal, answer: str, step: Step, released: Sequence[Call], at_us: int
    ) -> None:
        """Keep what an exchange added, with the calls that were let through.

        Raises:
            LedgerUnavailable: when it cannot be kept.
        """
        if not answer:
            return
        full = msgspec.structs.replace(step, items=(*step.items, *released))
        await self._store.put(principal, answer, msgspec.json.encode(full), at_us)

    async def _step(self, principal: Principal, identity: str) -> Step | None:
        data = await self._store.get(principal, identity)
        try:
            return None if data is None else msgspec.json.decode(data, type=Step)
        except msgspec.DecodeError:
            return None


def with_names(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items, with the tools' names in results whose calls stand in earlier requests."""
    names: dict[str, str] = {}
    out: list[Item] = []
    for item in items:
        if isinstance(item, Call):
            names[item.id] = item.name
        elif isinstance(item, Result) and not item.name:
            item = msgspec.structs.replace(item, name=names.get(item.id, ""))  # noqa: PLW2901 - the completed item
        out.append(item)
    return tuple(out)


def unseen_of(calls: Sequence[Call], rulings: Mapping[str, Ruling]) -> tuple[Unseen, ...]:
    """The calls of an answer that its client has to give no result for (rule 4)."""
    return tuple(
        Unseen(call, text_for(call, rulings[call.key]))
        for call in calls
        if rulings[call.key] != RELEASE and call.executor == "client"
    )


def said(answer: Answer) -> tuple[Item, ...]:
    """What the model said, as the item that a conversation would have."""
    return (Words(by="model", text=answer.text),) if answer.text else ()
