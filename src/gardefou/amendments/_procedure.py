"""The procedure: begin, draft, sign, activate. Each step is an entry, and a refused one is too.

1. A draft is taken only with a proof; what is not proved is refused and recorded with what speaks
   against it. *Unknown* counts as *weaker* (law 8).
2. A signature is a signed note over the draft's digest, or a passkey's assertion whose challenge
   is made of it, by a key of the charter; once per key.
3. Activation is one entry: before it the old version is in force, from its moment on the new one.
4. No step is taken that a reading of the chain would not accept: the same checks, before writing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.action import digest
from gardefou.amendments._chain import KIND, Chain, read_chain, signed_text, signer_of
from gardefou.amendments._charter import Charter
from gardefou.amendments._draft import Amendment, Proved, Version, kinds_of, version_of
from gardefou.decide import Guard
from gardefou.errors import UsageError
from gardefou.ledger import Change, Ledger, Receipt, SigningKey

MAX_CODES = 10
MAX_SIGNATURE = (
    16_384  # characters; an assertion has some hundred, a note of several keys a few thousand
)


class Refusal(UsageError):  # noqa: N818 - an answer of the procedure, not a fault
    """Raised when a step is refused; the chain is as before."""


def begin(ledger: Ledger, charter: Charter, version: Version, *, tenant: str = "") -> Receipt:
    """Begin the chain of a tenant with the version that is in force.

    Raises:
        Refusal: ``amendment.begun`` when there is a chain already.
        LedgerUnavailable: when it could not be made durable.
    """
    if _chain_of(ledger, tenant) is not None:
        raise _refused("amendment.begun", "there is a charter already", "amend under it")
    name = charter.digest()
    data = {
        "amendment": "charter",
        "tenant": tenant,
        "charter": name,
        "constitution": version.constitution,
        "catalogue": version.catalogue,
    }
    return ledger.append(KIND, data, changes=(_kept(name, msgspec.to_builtins(charter)),))


def draft(
    ledger: Ledger,
    old: Guard,
    new: Guard,
    *,
    proved: Proved,
    backtest: str = "",
    tenant: str = "",
    from_us: int = 0,
) -> Amendment:
    """Make a draft of two versions and record it.

    Raises:
        As `enter_draft`.
    """
    made = make_draft(old, new, proved=proved, backtest=backtest, tenant=tenant, from_us=from_us)
    return enter_draft(ledger, made, proved)


def make_draft(
    old: Guard,
    new: Guard,
    *,
    proved: Proved,
    backtest: str = "",
    tenant: str = "",
    from_us: int = 0,
) -> Amendment:
    """What changes into what, with the digests of what was found out; nothing is recorded."""
    return Amendment(
        old=version_of(old),
        new=version_of(new),
        kinds=kinds_of(old, new),
        certificate=digest(proved.certificate, label="certificate/v1"),
        difference=digest(proved.difference, label="difference/v1"),
        backtest=backtest,
        tenant=tenant,
        from_us=from_us,
    )


def enter_draft(ledger: Ledger, made: Amendment, proved: Proved) -> Amendment:
    """Record a draft that is proved; a draft that is not is recorded as refused (rule 1).

    Raises:
        Refusal: ``amendment.not_proved``, ``amendment.none``, ``amendment.other_version``,
            ``amendment.no_charter``.
        LedgerUnavailable: when it could not be made durable.
    """
    chain = _must(ledger, made.tenant)
    if not proved.holds:
        _record_refusal(ledger, made, proved)
        raise _refused(
            "amendment.not_proved",
            f"it is not proved that no red line gets weaker: {proved.verdict}",
            "`gardefou prove` shows an action that would get through",
        )
    if made.old == made.new:
        raise _refused("amendment.none", "the two versions are the same", "change something first")
    if made.old != chain.links[-1].version:
        raise _refused(
            "amendment.other_version",
            "the old version is not the last one of the chain",
            "draft against what was activated last; `gardefou amend show` names it",
        )
    name = made.digest()
    if name not in chain.drafts:
        data = {
            "amendment": "draft",
            "tenant": made.tenant,
            "draft": name,
            "kinds": made.kinds,
        }
        documents = (
            _kept(name, msgspec.to_builtins(made)),
            _kept(made.certificate, proved.certificate),
            _kept(made.difference, proved.difference),
        )
        ledger.append(KIND, data, changes=documents)
    return made


def sign(ledger: Ledger, name: str, signature: str, *, tenant: str = "") -> str:
    """Record a signature of a draft; returns the public key that signed.

    Raises:
        Refusal: ``amendment.no_draft``, ``amendment.signed``, ``amendment.size``.
        VerificationError: when the signature is nobody's of the charter, or of something else.
        UsageError: ``amendment.passkeys`` without the extra that an assertion needs.
        LedgerUnavailable: when it could not be made durable.
    """
    chain = _must(ledger, tenant)
    step = chain.drafts.get(name)
    if step is None:
        raise _no_draft(name)
    if len(signature) > MAX_SIGNATURE:
        raise _refused(
            "amendment.size",
            f"the signature has {len(signature)} characters, expected at most {MAX_SIGNATURE}",
            "send the signed note or the assertion alone",
        )
    signer = signer_of(chain.charter, name, signature)
    if signer in step.signed:
        raise _refused("amendment.signed", "this key has signed already", "one key, one signature")
    made = {"signature": signature}
    kept = digest(made, label="signature/v1")
    data = {"amendment": "signature", "tenant": tenant, "draft": name, "signature": kept}
    ledger.append(KIND, data, changes=(_kept(kept, made),))
    return signer


def activate(ledger: Ledger, name: str, *, tenant: str = "") -> Version:
    """Put a draft in force, at its moment or now; returns the new version.

    Raises:
        Refusal: ``amendment.no_draft``, ``amendment.not_due`` naming what is missing.
        LedgerUnavailable: when it could not be made durable.
    """
    chain = _must(ledger, tenant)
    step = chain.drafts.get(name)
    if step is None:
        raise _no_draft(name)
    if lacking := chain.lacks(step, ledger.now()):
        raise _refused(
            "amendment.not_due", f"it cannot be activated: {lacking}", "see to that first"
        )
    data = {
        "amendment": "activated",
        "tenant": tenant,
        "draft": name,
        "from_us": step.amendment.from_us,
        "constitution": step.amendment.new.constitution,
        "catalogue": step.amendment.new.catalogue,
    }
    ledger.append(KIND, data)
    return step.amendment.new


def signature(key: SigningKey, name: str, *, now_s: int) -> str:
    """What a signer sends: a signed note over the digest of a draft."""
    return str(key.note(signed_text(name), at_s=now_s))


def _record_refusal(ledger: Ledger, made: Amendment, proved: Proved) -> None:
    findings = list(proved.findings[:MAX_CODES])
    kept = digest(findings, label="findings/v1")
    data = {
        "amendment": "refused",
        "tenant": made.tenant,
        "constitution": made.new.constitution,
        "catalogue": made.new.catalogue,
        "verdict": proved.verdict,
        "codes": sorted({str(finding["code"]) for finding in proved.findings})[:MAX_CODES],
        "findings": kept,
    }
    ledger.append(KIND, data, changes=(_kept(kept, findings),))


def _chain_of(ledger: Ledger, tenant: str) -> Chain | None:
    with ledger.store.reading() as session:
        return read_chain(session, tenant)


def _must(ledger: Ledger, tenant: str) -> Chain:
    chain = _chain_of(ledger, tenant)
    if chain is None:
        raise _refused(
            "amendment.no_charter",
            "nobody has said who may amend",
            "begin with `gardefou amend begin`",
        )
    return chain


def _kept(name: str, value: Any) -> Change:
    return Change(
        "INSERT INTO document (digest, body) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (name, msgspec.json.encode(value)),
        None,
    )


def _no_draft(name: str) -> Refusal:
    return _refused(
        "amendment.no_draft",
        f"there is no open draft `{name[:80]}`",
        "`gardefou amend show` lists them",
    )


def _refused(code: str, message: str, way_out: str) -> Refusal:
    return Refusal(message, code=code, help=way_out)
