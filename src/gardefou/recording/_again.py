"""Recorded decisions, decided once more.

Deciding again types the arguments anew; origins and intent are taken from the record, since they
stand for words that were heard before and are not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gardefou.action import Action
from gardefou.constitution import load_layers, standard
from gardefou.constitution.catalogue import Catalogue
from gardefou.constitution.catalogue.types import Money
from gardefou.constitution.facts import FactBook, FactValue, Keys
from gardefou.decide import Guard, Labelled, Session
from gardefou.decide.origins import Intent, Origin
from gardefou.errors import VerificationError
from gardefou.ledger import Case, Outcome, Store, stored_document
from gardefou.orders import Register
from gardefou.recording._layer import Layer
from gardefou.recording._recorder import WAIVED, grounds_of


class Again:
    """Decides a recorded case under the documents that its ledger keeps."""

    def __init__(self, store: Store) -> None:
        """Guards are made when a case first names their documents."""
        self._store = store
        self._guards: dict[tuple[str, str], Guard] = {}
        self._registers: dict[str, Register | None] = {"": None}

    def __call__(self, case: Case) -> Outcome:
        """Decide once more.

        Raises:
            VerificationError: when a document is missing or is not what its digest says.
        """
        record = case.record
        guard = self.guard(record.constitution, record.catalogue, record.orders)
        session = Session(Remembered(facts_from(case.facts)))
        at_us = case.record.decided_at_us
        labelled = label_again(guard, case.action)
        decision = guard.decide(labelled, session, at_us)
        return Outcome(
            verdict=decision.verdict.word, articles=decision.articles, grounds=grounds_of(decision)
        )

    def guard(self, constitution: str, catalogue: str, orders: str = "") -> Guard:
        """The guard that kept documents make, by their digests.

        Raises:
            VerificationError: when a document is missing or is not what its digest says.
        """
        key = (constitution, catalogue)
        if key not in self._guards:
            with self._store.reading() as session:
                texts = stored_document(session, constitution)
                tools = stored_document(session, catalogue)
            if texts is None or tools is None:
                raise _unlike("the constitution or catalogue is not kept in this ledger")
            known = msgspec.json.decode(tools, type=Catalogue)
            layers = msgspec.json.decode(texts, type=list[Layer])
            law = (
                load_layers(
                    [layer.text.encode() for layer in layers],
                    files=[layer.file for layer in layers],
                )
                if layers
                else standard()
            )
            guard = Guard(law, known)
            if (guard.constitution_digest, guard.catalogue_digest) != key:
                raise _unlike("a kept document has another digest than the decision names")
            self._guards[key] = guard
        return self._guards[key].under(self._register(orders))

    def _register(self, digest: str) -> Register | None:
        if digest not in self._registers:
            with self._store.reading() as session:
                body = stored_document(session, digest)
            if body is None:
                raise _unlike("the register of orders is not kept in this ledger")
            register = Register.from_document(body)
            if register.digest != digest:
                raise _unlike("a kept register has another digest than the decision names")
            self._registers[digest] = register
        return self._registers[digest]


class Remembered(FactBook):
    """A book that reads what it said at the time of the decision."""

    def __init__(self, values: Mapping[str, FactValue]) -> None:
        """Hold the recorded values."""
        super().__init__((), lambda _: None)  # type: ignore[arg-type,return-value] # - nothing to generate
        self._values = {name: value for name, value in values.items() if WAIVED not in name}
        self._calls = {
            name.removeprefix(WAIVED): value
            for name, value in values.items()
            if name.startswith(WAIVED) and isinstance(value, int)
        }

    def read(self, now_us: int, keys: Keys) -> dict[str, FactValue]:
        """The recorded values, whatever the time."""
        del now_us, keys
        return dict(self._values)

    def waived(self, waiver: str, now_us: int) -> int:
        """The recorded number of calls, whatever the time."""
        del now_us
        return self._calls.get(waiver, 0)


def label_again(guard: Guard, part: Mapping[str, Any]) -> Labelled:
    """The labelled action from `action_part`: typed anew, origins and intent as recorded."""
    labelled = guard.recall(
        msgspec.convert(part["action"], Action),
        msgspec.convert(part["origin"], dict[str, Origin] | None),
        msgspec.convert(part["intent"], Intent | None),
    )
    stop = part.get("stop")
    return msgspec.structs.replace(labelled, stop=stop) if stop else labelled


def facts_from(part: Mapping[str, Any]) -> dict[str, FactValue]:
    """The facts from `facts_part`."""
    return {name: _value(value) for name, value in part.items()}


def _value(value: Any) -> FactValue:
    if isinstance(value, dict):
        return msgspec.convert(value["money"], Money)
    found: FactValue = value
    return found


def _unlike(message: str) -> VerificationError:
    return VerificationError(
        message, code="ledger.document", help="restore the ledger from a complete copy"
    )
