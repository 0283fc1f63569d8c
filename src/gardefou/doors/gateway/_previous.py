"""Answers that a later request continues by their id, so that its session can be rebuilt.

Rules:

1. An answer belongs to the principal that got it: its id opens nothing for another tenant,
   application or user.
2. What is kept is sealed under the key of whoever's erasure has to destroy it.
3. A conversation whose beginning is not known here cannot be judged: the request is refused.
4. The vendor kept the answer with the calls that were refused or held, and wants a result for each
   before it goes on: the next request gets it, in the client's place.
5. At most `MAX_STEPS` answers are followed, and what is older than `KEEP_US` is forgotten.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gardefou.action import Principal
from gardefou.doors.gateway._replies import Refused
from gardefou.doors.gateway._state import Run, State
from gardefou.ledger import Keyring
from gardefou.wires import RELEASE, Answer, Call, Item, Result, Ruling, Words, text_for

MAX_STEPS = 1_000
KEEP_US = 30 * 86_400 * 1_000_000
_NONCE = 12


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

    def __init__(self, state: State, keyring: Keyring | None) -> None:
        """Keep them under the keys of this ring; without one nothing can be continued."""
        self._state = state
        self._keyring = keyring

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
        if self._keyring is None or not answer:
            return
        full = msgspec.structs.replace(step, items=(*step.items, *released))
        owner = self._keyring.subject(_subject(principal))
        nonce = os.urandom(_NONCE)
        sealed = nonce + AESGCM(owner.key).encrypt(
            nonce, msgspec.json.encode(full), _bound(principal, answer)
        )

        def work(run: Run) -> None:
            run(
                "DELETE FROM gateway_answer WHERE tenant = ? AND id = ?",
                (principal.tenant, answer),
            )
            run(
                "INSERT INTO gateway_answer (tenant, id, at_us, body) VALUES (?, ?, ?, ?)",
                (principal.tenant, answer, at_us, sealed),
            )
            run("DELETE FROM gateway_answer WHERE at_us < ?", (at_us - KEEP_US,))

        await self._state.transact(work)

    async def _step(self, principal: Principal, identity: str) -> Step | None:
        owner = None if self._keyring is None else self._keyring.find(_subject(principal))
        if owner is None:
            return None
        rows, _ = await self._state.transact(
            lambda run: run(
                "SELECT body FROM gateway_answer WHERE tenant = ? AND id = ?",
                (principal.tenant, identity),
            )
        )
        if not rows:
            return None
        sealed = bytes(rows[0][0])
        try:
            data = AESGCM(owner.key).decrypt(
                sealed[:_NONCE], sealed[_NONCE:], _bound(principal, identity)
            )
            return msgspec.json.decode(data, type=Step)
        except (InvalidTag, ValueError, msgspec.DecodeError):
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


def _subject(principal: Principal) -> str:
    return f"{principal.tenant}/{principal.user or principal.application or 'nobody'}"


def _bound(principal: Principal, identity: str) -> bytes:
    return msgspec.json.encode((principal, identity))
