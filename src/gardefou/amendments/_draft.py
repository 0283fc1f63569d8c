"""Amendments as values: what changes into what, of which kinds, and what was found out about it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from gardefou.action import digest
from gardefou.constitution import ARTICLE_KINDS, content
from gardefou.decide import Guard


class Version(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A constitution with its catalogue, by their digests."""

    constitution: str
    catalogue: str


class Amendment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One change, proved; ``kinds`` are the kinds of article that it touches.

    ``certificate`` and ``difference`` are digests of what the solver answered, ``backtest`` of what
    the past says; empty where nobody ran one. ``reason`` is a commitment in the entry.
    """

    old: Version
    new: Version
    kinds: tuple[str, ...]
    certificate: str
    difference: str
    backtest: str = ""
    tenant: str = ""
    from_us: int = 0

    def digest(self) -> str:
        """What signatures speak of."""
        return digest(msgspec.to_builtins(self), label="amendment/v1")


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """What the solver answered about a change, as plain JSON values.

    The solver's room is not loaded by whoever only checks a chain, so its values come as JSON.
    """

    verdict: str
    certificate: dict[str, Any]
    findings: tuple[dict[str, Any], ...] = ()
    difference: dict[str, Any]

    @staticmethod
    def of(proof: dict[str, Any], difference: dict[str, Any]) -> Proved:
        """From ``Proof.to_json`` and ``Difference.to_json``."""
        return Proved(
            verdict=str(proof["verdict"]),
            certificate=proof["certificate"],
            findings=tuple(proof["findings"]),
            difference=difference,
        )

    @property
    def holds(self) -> bool:
        """Proved, with nothing against it; *unknown* is not."""
        return (
            self.verdict == "proved"
            and self.certificate.get("result") == "proved"
            and not self.findings
        )


def version_of(guard: Guard) -> Version:
    """The version that a guard decides under."""
    return Version(guard.constitution_digest, guard.catalogue_digest)


def kinds_of(old: Guard, new: Guard) -> tuple[str, ...]:
    """The kinds of article that a change touches, the gravest first.

    An article that is new, gone or not the same touches its kind, before and after. What everything
    rests on (definitions, sets, facts, roles, `unlisted`, domains, the catalogue) touches every kind
    of article that is there: nobody has to guess what reads it.
    """
    before, after = content(old.constitution), content(new.constitution)
    olds, news = _articles(before), _articles(after)
    if _common(before) != _common(after) or old.catalogue_digest != new.catalogue_digest:
        touched = {article["kind"] for found in (olds, news) for article in found.values()}
        return _ordered(touched or ARTICLE_KINDS)
    kinds = {
        found[name]["kind"]
        for name in olds.keys() | news.keys()
        if olds.get(name) != news.get(name)
        for found in (olds, news)
        if name in found
    }
    if not kinds and old.constitution_digest != new.constitution_digest:
        kinds = {"guideline"}  # only prose outside the articles, or names and numbers of versions
    return _ordered(kinds)


def _ordered(kinds: Iterable[str]) -> tuple[str, ...]:
    found = set(kinds)
    return tuple(kind for kind in ARTICLE_KINDS if kind in found)


def _articles(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The articles by their ids; those that a later layer has replaced count too."""
    replaced = {f"{item['id']} (replaced)": item for item in found["replaced"]}
    return {**{item["id"]: item for item in found["articles"]}, **replaced}


def _common(found: dict[str, Any]) -> dict[str, Any]:
    """All that decides and stands in no article."""
    return {
        name: value
        for name, value in found.items()
        if name not in ("articles", "replaced", "documents")
    }
