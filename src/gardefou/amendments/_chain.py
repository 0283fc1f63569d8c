"""The chain of what was in force, from the ledger alone.

Rules (law 8):

1. A chain begins with a charter and the version that is in force then.
2. The next version follows by an amendment that is proved, signed as the charter asks for each kind
   of article that it touches, and old enough for the longest cooling-off.
3. Everything is checked again at each reading: documents against their digests, signatures against
   the charter, times against those of the entries. What does not fit is no link, and the chain ends
   in an error.
4. Where a ledger has a chain, nothing else is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from gardefou.action import digest
from gardefou.amendments._charter import Charter
from gardefou.amendments._draft import Amendment, Version
from gardefou.amendments._passkeys import passkey_challenge
from gardefou.errors import GardefouError, VerificationError
from gardefou.ledger import LedgerSession, decode_entry, open_note, parse_note, stored_document

KIND = "amendment"
TITLE = "gardefou/amendment/v1"


class Entry(NamedTuple):
    """One entry about amendments."""

    seq: int
    at_us: int
    data: dict[str, Any]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A draft with what has come in for it: its entry's time, and who signed."""

    amendment: Amendment
    seq: int
    at_us: int
    signed: frozenset[str] = frozenset()


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One version and the moment from which it is in force."""

    version: Version
    from_us: int
    seq: int


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """The charter, the versions of one tenant in their order, and the drafts that are open."""

    charter: Charter
    links: tuple[Link, ...]
    drafts: dict[str, Step]

    def in_force(self, at_us: int) -> Version:
        """The version at a moment."""
        return [link for link in self.links if link.from_us <= at_us or link is self.links[0]][
            -1
        ].version

    def lacks(self, step: Step, now_us: int) -> str:
        """What still stands against activating a draft; empty when nothing does (rule 2)."""
        amendment = step.amendment
        if amendment.old != self.links[-1].version:
            return "it changes another version than the last one"
        for kind in amendment.kinds:
            rank = self.charter.changes[kind]
            signed = step.signed & set(self.charter.signers[rank.signers])
            if len(signed) < rank.count:
                what = "signature" if rank.count == 1 else "signatures"
                return (
                    f"`{kind}` needs {rank.count} {what} of `{rank.signers}`, and has {len(signed)}"
                )
            if now_us < step.at_us + rank.cooling_off_us:
                return f"`{kind}` cools off for {rank.cooling_off}, and that is not over"
        return ""


def signed_text(draft: str) -> str:
    """The text that a signature of an amendment stands under."""
    return f"{TITLE}\n{draft}\n"


def draft_challenge(draft: str) -> bytes:
    """What a passkey signs for a draft, 32 bytes."""
    return passkey_challenge(signed_text(draft))


def read_chain(session: LedgerSession, tenant: str = "") -> Chain | None:
    """The chain of a tenant (the common one is that of the empty name); None without a charter.

    Raises:
        VerificationError: ``amendment.chain`` when a link does not hold (rule 3).
    """
    charter: Charter | None = None
    links: list[Link] = []
    drafts: dict[str, Step] = {}
    for seq, at_us, data in _entries(session):
        if data.get("tenant", "") != tenant:
            continue
        what = data.get("amendment")
        if what == "charter":
            if charter is not None:
                raise _broken(seq, "a second charter")
            charter = _charter(session, str(data["charter"]), seq)
            version = Version(str(data["constitution"]), str(data["catalogue"]))
            links.append(Link(version=version, from_us=at_us, seq=seq))
        elif charter is None:
            raise _broken(seq, "an amendment before any charter")
        elif what == "draft":
            amendment = _amendment(session, str(data["draft"]), seq)
            drafts[amendment.digest()] = Step(amendment=amendment, seq=seq, at_us=at_us)
        elif what == "signature":
            step = drafts.get(str(data["draft"]))
            if step is None:
                raise _broken(seq, "a signature of no draft")
            text = _document(session, str(data["signature"]), "signature/v1", seq)["signature"]
            signer = signer_of(charter, str(data["draft"]), str(text))
            drafts[str(data["draft"])] = msgspec.structs.replace(
                step, signed=step.signed | {signer}
            )
        elif what == "activated":
            chain = Chain(charter=charter, links=tuple(links), drafts={})
            step = drafts.pop(str(data.get("draft", "")), None)
            links.append(_activated(session, chain, step, Entry(seq, at_us, data)))
    if charter is None:
        return None
    return Chain(charter=charter, links=tuple(links), drafts=drafts)


def signer_of(charter: Charter, draft: str, signature: str) -> str:
    """The public key in the charter that signed a draft: by a signed note, or by an assertion.

    Raises:
        VerificationError: when it is nobody's of the charter, or a signature of something else.
        UsageError: ``amendment.passkeys`` without the extra that an assertion needs.
    """
    if signature.startswith("{"):
        challenge = draft_challenge(draft)
        for passkey in charter.passkeys:
            if passkey.made(signature, challenge):
                return passkey.text
        raise VerificationError(
            "no passkey of the charter has signed this draft",
            code="amendment.signature",
            help="sign it on the console's page of amendments",
        )
    parsed = parse_note(signature)
    if parsed.text != signed_text(draft):
        raise VerificationError(
            "the signature stands under another text",
            code="amendment.signature",
            help="sign the digest that `gardefou amend show` prints",
        )
    return open_note(parsed, charter.verifiers)[0].vkey


def check(session: LedgerSession, loaded: Version, now_us: int, tenant: str = "") -> None:
    """Refuse to load a version that the chain does not lead to (rule 4).

    Raises:
        VerificationError: ``amendment.chain``, ``amendment.not_in_force``.
    """
    chain = read_chain(session, tenant)
    if chain is None:
        return
    wanted = chain.in_force(now_us)
    if loaded != wanted:
        part = "constitution" if loaded.constitution != wanted.constitution else "catalogue"
        raise VerificationError(
            f"the {part} on disk is not the one that is in force by the ledger",
            code="amendment.not_in_force",
            help="restore the documents of the last activated amendment, or amend them",
        )


def _activated(session: LedgerSession, chain: Chain, step: Step | None, entry: Entry) -> Link:
    if step is None:
        raise _broken(entry.seq, "an activation of no draft")
    if lacking := chain.lacks(step, entry.at_us):
        raise _broken(entry.seq, f"an activation that was not due: {lacking}")
    _proved(session, step.amendment, entry.seq)
    from_us = max(entry.at_us, int(entry.data["from_us"]))
    if from_us < chain.links[-1].from_us:
        raise _broken(entry.seq, "an activation before the version that it changes")
    return Link(version=step.amendment.new, from_us=from_us, seq=entry.seq)


def _proved(session: LedgerSession, amendment: Amendment, seq: int) -> None:
    """The certificate is there, says so, and speaks of these two versions."""
    value = _document(session, amendment.certificate, "certificate/v1", seq)
    old, new = amendment.old, amendment.new
    wanted = {
        "result": "proved",
        "old_constitution": old.constitution,
        "old_catalogue": old.catalogue,
        "new_constitution": new.constitution,
        "new_catalogue": new.catalogue,
    }
    if any(value.get(name) != expected for name, expected in wanted.items()):
        raise _broken(seq, "an amendment whose certificate proves something else")


def _entries(session: LedgerSession) -> Iterator[Entry]:
    head = session.head()
    marker = b'"kind":"amendment"'
    for row in session.rows(head.minimum, head.size):
        if marker in row.body[:64]:
            entry = decode_entry(row.body, row.seq)
            if entry.kind == KIND:
                yield Entry(row.seq, entry.at_us, entry.data)


def _document(session: LedgerSession, name: str, label: str, seq: int) -> dict[str, Any]:
    body = stored_document(session, name)
    try:
        value: dict[str, Any] = msgspec.json.decode(body or b"null")
        good = digest(value, label=label) == name
    except (msgspec.DecodeError, GardefouError):
        good = False
    if not good:
        raise _broken(seq, "a document that is missing or is not what its digest says")
    return value


def _charter(session: LedgerSession, name: str, seq: int) -> Charter:
    return msgspec.convert(_document(session, name, "charter/v1", seq), Charter)


def _amendment(session: LedgerSession, name: str, seq: int) -> Amendment:
    return msgspec.convert(_document(session, name, "amendment/v1", seq), Amendment)


def _broken(seq: int, what: str) -> VerificationError:
    return VerificationError(
        f"the chain of amendments is broken at entry {seq}: {what}",
        code="amendment.chain",
        help="nothing is loaded; compare the ledger with a copy, and look at who could write to it",
    )
