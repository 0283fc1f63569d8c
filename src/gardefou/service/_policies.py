"""Policies: what is in force for each tenant, exchanged as a whole or not at all.

1. A policy is a constitution in layers, a catalogue and the guard that both make.
2. `Policies.exchange` puts a complete new set in force in one assignment; whoever loads it has met
   every mistake before, so a bad document never replaces a good one.
3. A tenant without a policy of its own has the common one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from gardefou import constitution
from gardefou.constitution import Constitution
from gardefou.constitution.catalogue import Catalogue
from gardefou.decide import Guard
from gardefou.errors import FileError
from gardefou.recording import Layer
from gardefou.service._compiled import compiled


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What decides for one tenant; ``layers`` are the documents as they are kept with a ledger."""

    layers: tuple[Layer, ...]
    constitution: Constitution
    catalogue: Catalogue
    guard: Guard


def load_policy(layers: Sequence[Path], catalogue: Path | None = None) -> Policy:
    """Load a constitution and a catalogue from files; no layer is the standard constitution.

    Raises:
        LoadError: with every mistake of the documents.
        FileError: ``policy.file`` when one cannot be read.
    """
    texts = tuple(Layer(str(path), _read(path)) for path in layers)
    known = () if catalogue is None else (Layer(str(catalogue), _read(catalogue)),)
    found = compiled(texts or (Layer("standard.md", constitution.standard_text()),), known)
    guard = Guard(found.constitution, found.catalogue)
    guard.prepare()
    return Policy(
        layers=texts,
        constitution=found.constitution,
        catalogue=found.catalogue,
        guard=guard,
    )


class Policies:
    """The policies in force."""

    def __init__(self, common: Policy, tenants: Mapping[str, Policy] | None = None) -> None:
        """Begin with a common policy and those of single tenants."""
        self._now = (common, dict(tenants or {}))

    @property
    def common(self) -> Policy:
        """The policy of every tenant that has none of its own."""
        return self._now[0]

    def of(self, tenant: str) -> Policy:
        """The policy of a tenant."""
        common, tenants = self._now
        return tenants.get(tenant, common)

    def all(self) -> tuple[Policy, ...]:
        """Every policy in force, the common one first."""
        common, tenants = self._now
        return (common, *tenants.values())

    def snapshot(self) -> tuple[Policy, dict[str, Policy]]:
        """What is in force, so that it can be put in force again."""
        common, tenants = self._now
        return common, dict(tenants)

    def exchange(self, common: Policy, tenants: Mapping[str, Policy] | None = None) -> None:
        """Put other policies in force, all at once; decisions under way end under the old ones."""
        self._now = (common, dict(tenants or {}))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise FileError(
            f"`{path}` cannot be read: {str(reason).lower()}",
            code="policy.file",
            help="check the path and its permissions",
        ) from None
