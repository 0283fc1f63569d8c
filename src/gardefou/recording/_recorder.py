"""Decisions into a ledger.

What decided is kept with the log: the constitution's layers and the catalogue, by their digests.
What was decided about, and the facts at that moment, are the entry's payload.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from gardefou import __version__
from gardefou.constitution import Constitution
from gardefou.constitution.catalogue.types import Money
from gardefou.constitution.facts import FactValue
from gardefou.decide import Decision, Guard, Labelled
from gardefou.ledger import (
    Change,
    DecisionRecord,
    Keyring,
    Ledger,
    SealedPart,
    Ticket,
    UsageRecord,
    keep_document,
    record_decision,
)
from gardefou.recording._layer import Layer

ENGINE = f"gardefou/{__version__}"


# Before the id of a waiver among the facts; no fact's name has a space.
WAIVED = "waived "


class Recorder:
    """Records decisions; what each one was decided under is kept first."""

    def __init__(self, ledger: Ledger, keyring: Keyring) -> None:
        """Record into an open ledger."""
        self.ledger = ledger
        self.keyring = keyring
        self._kept: set[str] = set()
        self._tickets: list[Ticket] = []

    def keep_constitution(self, law: Constitution, layers: Sequence[Layer]) -> None:
        """Keep a constitution with the log; without layers it is the standard one.

        Raises:
            LedgerUnavailable: when it could not be made durable.
        """
        if law.digest not in self._kept:
            body = msgspec.json.encode(list(layers))
            keep_document(self.ledger, "constitution", law.digest, body)
            self._kept.add(law.digest)

    def keep_catalogue(self, guard: Guard) -> None:
        """Keep a guard's catalogue with the log.

        Raises:
            LedgerUnavailable: when it could not be made durable.
        """
        digest = guard.catalogue_digest
        if digest not in self._kept:
            body = msgspec.json.encode(guard.catalogue)
            keep_document(self.ledger, "catalogue", digest, body)
            self._kept.add(digest)

    def keep_orders(self, guard: Guard) -> None:
        """Keep a guard's register of orders with the log, if it has one.

        Raises:
            LedgerUnavailable: when it could not be made durable.
        """
        digest = guard.orders_digest
        if guard.orders is not None and digest not in self._kept:
            keep_document(self.ledger, "orders", digest, guard.orders.document())
            self._kept.add(digest)

    def submit(
        self,
        guard: Guard,
        labelled: Labelled,
        decision: Decision,
        facts: Mapping[str, FactValue],
        *,
        decision_id: str,
        mode: str = "",
        trace_id: str = "",
        tokens: int = 0,
        parts: tuple[SealedPart, ...] = (),
        changes: tuple[Change, ...] = (),
        waker: Any = None,
        context: Any = None,
    ) -> Ticket:
        """Hand one decision to the ledger; act only after the ticket says that it is durable.

        ``parts`` and ``changes`` are stored in the same transaction, such as the hold that the
        decision opens. ``waker`` and ``context`` are the ticket's, for asynchronous callers.

        Raises:
            InputError: when the action has no canonical form.
            LedgerUnavailable: when nothing can be accepted.
        """
        self.keep_catalogue(guard)
        self.keep_orders(guard)
        record = record_of(
            labelled,
            decision,
            decision_id=decision_id,
            mode=mode,
            trace_id=trace_id,
            tokens=tokens,
        )
        return record_decision(
            self.ledger,
            self.keyring,
            record,
            subject=subject_of(labelled),
            action=action_part(labelled),
            facts=facts_part(facts, decision.waivers),
            parts=parts,
            changes=changes,
            waker=waker,
            context=context,
        )

    def used(
        self,
        labelled: Labelled,
        decision_id: str,
        tokens: int,
        ended_at_us: int,
        *,
        waker: Any = None,
        context: Any = None,
    ) -> Ticket:
        """Hand the tokens of a stream to the ledger, which only its end could tell.

        Raises:
            LedgerUnavailable: when nothing can be accepted.
        """
        action = labelled.action
        record = UsageRecord(
            decision_id=decision_id,
            ended_at_us=ended_at_us,
            tokens=tokens,
            tenant=action.principal.tenant,
            application=action.principal.application,
            system=action.attributes.system,
            vendor=action.vendor,
            channel=action.channel,
            model=action.model,
        )
        data = msgspec.to_builtins(record)
        return self.ledger.submit("usage", data, waker=waker, context=context)

    def __call__(
        self,
        guard: Guard,
        labelled: Labelled,
        decision: Decision,
        facts: Mapping[str, FactValue],
    ) -> None:
        """Record one decision of a run whose actions lie in the past; `flush` waits for them."""
        ticket = self.submit(guard, labelled, decision, facts, decision_id=uuid.uuid4().hex)
        self._tickets.append(ticket)
        if len(self._tickets) >= 1_000:
            self.flush()

    def flush(self) -> None:
        """Wait until everything handed over is durable.

        Raises:
            LedgerUnavailable: when the ledger refused.
        """
        for ticket in self._tickets:
            ticket.wait()
        self._tickets.clear()


def record_of(
    labelled: Labelled,
    decision: Decision,
    *,
    decision_id: str,
    mode: str = "",
    trace_id: str = "",
    tokens: int = 0,
) -> DecisionRecord:
    """What the ledger says of one decision."""
    action = labelled.action
    return DecisionRecord(
        decision_id=decision_id,
        verdict=decision.verdict.word,
        articles=decision.articles,
        grounds=grounds_of(decision),
        decided_at_us=decision.at_us,
        constitution=decision.constitution,
        catalogue=decision.catalogue,
        orders=decision.orders,
        engine=ENGINE,
        tenant=action.principal.tenant,
        application=action.principal.application,
        agent=action.principal.agent,
        action_kind=action.kind,
        tool=action.tool,
        vendor=action.vendor,
        model=action.model,
        channel=action.channel,
        system=action.attributes.system,
        mode=mode,
        trace_id=trace_id,
        tokens=tokens,
    )


def went_ahead(decision: Mapping[str, Any]) -> bool:
    """Whether an action went ahead by its decision alone, from the data of the entry.

    What was only observed counts as done, also where a red line refused it: never too little.
    """
    return decision.get("verdict") == "allow" or decision.get("mode") == "observe"


def subject_of(labelled: Labelled) -> str:
    """Whose erasure destroys the payload: the user, else the session."""
    action = labelled.action
    who = action.principal.user or action.session or "nobody"
    return f"{action.principal.tenant}/{who}"


def action_part(labelled: Labelled) -> dict[str, Any]:
    """The labelled action as the payload keeps it."""
    labels = labelled.labels
    action = msgspec.to_builtins(labelled.action)
    # JSON has lists only: so the canonical form is written the quick way.
    action["principal"]["on_behalf_of"] = list(labelled.action.principal.on_behalf_of)
    part = {
        "action": action,
        "origin": None if labels is None else msgspec.to_builtins(labels.origin),
        "intent": None if labels is None else msgspec.to_builtins(labels.intent),
    }
    return {**part, "stop": labelled.stop} if labelled.stop else part


def facts_part(
    facts: Mapping[str, FactValue], waivers: Mapping[str, int] = MappingProxyType({})
) -> dict[str, Any]:
    """The facts as the payload keeps them, and the calls that waivers had let pass."""
    plain = {name: _plain(value) for name, value in facts.items()}
    return {**plain, **{WAIVED + waiver: count for waiver, count in waivers.items()}}


def grounds_of(decision: Decision) -> tuple[str, ...]:
    """The grounds in the short words of an entry, such as ``deny payments#2 rule``."""
    return tuple(
        " ".join(
            part
            for part in (
                ground.verdict.word,
                f"{ground.article}#{ground.rule}" if ground.article else "",
                ground.cause,
                ground.order,
                ground.code,
            )
            if part
        )
        for ground in decision.grounds
    )


def _plain(value: FactValue) -> Any:
    return {"money": msgspec.to_builtins(value)} if isinstance(value, Money) else value
