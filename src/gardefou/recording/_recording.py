"""Decisions into a ledger, and out of it again to be decided once more.

What decided is kept with the log: the constitution's layers and the catalogue, by their digests.
What was decided about, and the facts at that moment, are the entry's payload. Deciding again types
the arguments anew; origins and intent are taken from the record, since they stand for words that
were heard before and are not kept.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from gardefou import __version__
from gardefou.action import Action
from gardefou.constitution import Constitution, load_layers, standard
from gardefou.constitution.catalogue import Catalogue
from gardefou.constitution.catalogue.types import Money
from gardefou.constitution.facts import FactBook, FactValue, Keys
from gardefou.decide import Decision, Guard, Labelled, Session
from gardefou.decide.origins import Intent, Origin
from gardefou.errors import VerificationError
from gardefou.ledger import (
    Case,
    DecisionRecord,
    Keyring,
    Ledger,
    Outcome,
    Store,
    Ticket,
    keep_document,
    record_decision,
    stored_document,
)

ENGINE = f"gardefou/{__version__}"


class Layer(msgspec.Struct, frozen=True):
    """One document of a constitution, as it was given."""

    file: str
    text: str


class Recorder:
    """Records every decision of a run; `flush` waits until all of them are durable."""

    def __init__(
        self, ledger: Ledger, keyring: Keyring, law: Constitution, layers: Sequence[Path]
    ) -> None:
        """Keep the constitution with the log; without layers it is the standard one."""
        self._ledger = ledger
        self._keyring = keyring
        self._kept: set[str] = set()
        self._tickets: list[Ticket] = []
        texts = [Layer(str(path), path.read_text(encoding="utf-8")) for path in layers]
        keep_document(ledger, "constitution", law.digest, msgspec.json.encode(texts))

    def __call__(
        self,
        guard: Guard,
        labelled: Labelled,
        decision: Decision,
        facts: Mapping[str, FactValue],
    ) -> None:
        """Hand one decision to the ledger."""
        digest = guard.catalogue_digest
        if digest not in self._kept:
            body = msgspec.json.encode(guard.catalogue)
            keep_document(self._ledger, "catalogue", digest, body)
            self._kept.add(digest)
        action = labelled.action
        record = DecisionRecord(
            decision_id=uuid.uuid4().hex,
            verdict=decision.verdict.word,
            articles=decision.articles,
            grounds=_grounds(decision),
            decided_at_us=decision.at_us,
            constitution=decision.constitution,
            catalogue=decision.catalogue,
            engine=ENGINE,
            tenant=action.principal.tenant,
            application=action.principal.application,
            agent=action.principal.agent,
            action_kind=action.kind,
            tool=action.tool,
            vendor=action.vendor,
            model=action.model,
        )
        who = action.principal.user or action.session or "nobody"
        ticket = record_decision(
            self._ledger,
            self._keyring,
            record,
            subject=f"{action.principal.tenant}/{who}",
            action=_action_part(labelled),
            facts={name: _plain(value) for name, value in facts.items()},
        )
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


class Again:
    """Decides a recorded case under the documents that its ledger keeps."""

    def __init__(self, store: Store) -> None:
        """Guards are made when a case first names their documents."""
        self._store = store
        self._guards: dict[tuple[str, str], Guard] = {}

    def __call__(self, case: Case) -> Outcome:
        """Decide once more.

        Raises:
            VerificationError: when a document is missing or is not what its digest says.
        """
        guard = self._guard(case.record)
        action = msgspec.convert(case.action["action"], Action)
        facts = {name: _value(value) for name, value in case.facts.items()}
        session = Session(Remembered(facts))
        at_us = case.record.decided_at_us
        labelled = guard.label(action, session, at_us)
        if (origin := case.action["origin"]) is not None:
            labelled.env["origin"] = {
                role: msgspec.convert(value, Origin) for role, value in origin.items()
            }
            labelled.env["intent"] = msgspec.convert(case.action["intent"], Intent)
        decision = guard.decide(labelled, session, at_us)
        return Outcome(
            verdict=decision.verdict.word, articles=decision.articles, grounds=_grounds(decision)
        )

    def _guard(self, record: DecisionRecord) -> Guard:
        key = (record.constitution, record.catalogue)
        if key not in self._guards:
            with self._store.reading() as session:
                texts = stored_document(session, record.constitution)
                tools = stored_document(session, record.catalogue)
            if texts is None or tools is None:
                raise _unlike("the constitution or catalogue is not kept in this ledger")
            catalogue = msgspec.json.decode(tools, type=Catalogue)
            layers = msgspec.json.decode(texts, type=list[Layer])
            law = (
                load_layers(
                    [layer.text.encode() for layer in layers],
                    files=[layer.file for layer in layers],
                )
                if layers
                else standard()
            )
            guard = Guard(law, catalogue)
            if (guard.constitution_digest, guard.catalogue_digest) != key:
                raise _unlike("a kept document has another digest than the decision names")
            self._guards[key] = guard
        return self._guards[key]


class Remembered(FactBook):
    """A book that reads what it said at the time of the decision."""

    def __init__(self, values: Mapping[str, FactValue]) -> None:
        """Hold the recorded values."""
        super().__init__((), lambda _: None)  # type: ignore[arg-type,return-value] # - nothing to generate
        self._values = dict(values)

    def read(self, now_us: int, keys: Keys) -> dict[str, FactValue]:
        """The recorded values, whatever the time."""
        del now_us, keys
        return dict(self._values)


def _action_part(labelled: Labelled) -> dict[str, Any]:
    labels = labelled.labels
    return {
        "action": msgspec.to_builtins(labelled.action),
        "origin": None if labels is None else msgspec.to_builtins(labels.origin),
        "intent": None if labels is None else msgspec.to_builtins(labels.intent),
    }


def _grounds(decision: Decision) -> tuple[str, ...]:
    return tuple(
        " ".join(
            part
            for part in (
                ground.verdict.word,
                f"{ground.article}#{ground.rule}" if ground.article else "",
                ground.cause,
                ground.code,
            )
            if part
        )
        for ground in decision.grounds
    )


def _plain(value: FactValue) -> Any:
    return {"money": msgspec.to_builtins(value)} if isinstance(value, Money) else value


def _value(value: Any) -> FactValue:
    if isinstance(value, dict):
        return msgspec.convert(value["money"], Money)
    found: FactValue = value
    return found


def _unlike(message: str) -> VerificationError:
    return VerificationError(
        message, code="ledger.document", help="restore the ledger from a complete copy"
    )
