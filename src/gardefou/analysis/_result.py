"""What the analyses answer: findings with concrete cases, proofs with what they rest on."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gardefou.analysis._case import Case

Cause = Literal["action", "structure", "unknown"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why an amendment is not proved.

    ``action``: ``case`` is an action that both guards have decided, and it gets through more easily.
    ``structure``: no single action shows it; ``case`` may still show it where there is one.
    ``unknown``: neither proved nor refuted, which counts as a weakening.
    """

    cause: Cause
    code: str
    sentence: str
    articles: tuple[str, ...] = ()
    slice: str = ""
    case: Case | None = None
    old: str = ""
    new: str = ""

    def to_json(self) -> dict[str, Any]:
        """The finding as plain JSON values."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        value["case"] = None if self.case is None else self.case.to_json()
        return value


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One question that was asked: about what, the digest of its SMT-LIB text, the answers."""

    slice: str
    about: str
    digest: str
    z3: str
    cvc5: str = ""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What a proof rests on: the digests of both versions, the solvers, every question's answer.

    ``not_analysed`` are rules, facts and properties that were taken to do anything.
    """

    method: str = "non-derogation/v1"
    old_constitution: str
    old_catalogue: str
    new_constitution: str
    new_catalogue: str
    engine: str
    z3: str
    cvc5: str = ""
    result: str
    unchanged: int = 0
    not_analysed: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()

    def digest(self) -> str:
        """The digest that an entry of the ledger names."""
        from gardefou.action import digest  # noqa: PLC0415 - one use

        return digest(msgspec.to_builtins(self), label="certificate/v1")


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Whether what the red lines refuse or hold stays refused or held, and what says otherwise.

    ``holds`` is True only when every question was answered and nothing was found. ``scripts`` are
    the proved questions as SMT-LIB, whose digests the certificate names.
    """

    holds: bool
    findings: tuple[Finding, ...]
    certificate: Certificate
    slices: int = 0
    scripts: tuple[str, ...] = ()

    @property
    def verdict(self) -> Literal["proved", "weaker", "unknown"]:
        """The answer in a word; *unknown* counts as *weaker*."""
        if self.holds:
            return "proved"
        if all(finding.cause == "unknown" for finding in self.findings):
            return "unknown"
        return "weaker"

    def to_json(self) -> dict[str, Any]:
        """The proof as plain JSON values."""
        return {
            "verdict": self.verdict,
            "holds": self.holds,
            "slices": self.slices,
            "findings": [finding.to_json() for finding in self.findings],
            "certificate": msgspec.to_builtins(self.certificate),
        }
