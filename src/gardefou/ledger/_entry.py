"""Entries: one JSON object for each fact, hashed as stored.

Rules:

1. The body of an entry is ``{"v":1,"kind":…,"at_us":…,"data":{…}}`` in UTF-8 JSON, at most 65,535
   bytes. It is hashed as it is stored; nobody has to write it again.
2. ``kind`` is one of `KINDS`; an unknown version or kind is refused, never skipped.
3. An entry holds pseudonyms, digests, commitments, rule names and outcomes. No prompt, no argument,
   no free text: a string of more than `MAX_TEXT` characters is refused.
4. ``at_us`` is the ledger's own clock when the entry was accepted, in microseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gardefou.errors import InputError, VerificationError
from gardefou.ledger._tiles import MAX_ENTRY_BYTES

VERSION = 1
MAX_TEXT = 512

KINDS = frozenset(
    {
        "account",
        "action.finished",
        "action.started",
        "action.unknown",
        "amendment",
        "breakglass.closed",
        "breakglass.opened",
        "clock.backwards",
        "decision",
        "erasure",
        "gap",
        "grant.redeemed",
        "hold",
        "key.rotated",
        "legal_hold.released",
        "legal_hold.set",
        "log.created",
        "order",
        "policy.activated",
        "resolution",
        "retention",
        "tools.settled",
        "usage",
        "vote",
    }
)


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fact as it is stored; ``data`` is the JSON object of its kind."""

    v: int = VERSION
    kind: str
    at_us: int
    data: Any


class EntryHead(msgspec.Struct, frozen=True, gc=False):
    """The part of an entry that reading in bulk needs."""

    v: int
    kind: str
    at_us: int


class DecisionRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the ledger says of one decision; enough to reproduce it with the payload beside it.

    The digests name the documents that decided: ``constitution``, ``catalogue``, ``orders`` and
    ``engine`` (the package and its language version). ``action`` and ``facts`` are salted
    commitments to the payload's two parts, the labelled action and the session facts; without facts
    the second is empty.
    ``grounds`` are short words for what tightened the verdict, such as ``deny payments 2 rule``.
    ``decided_at_us`` is the time that was passed to the decision, not the time of recording.
    ``tokens`` are those of the model call that an answer ends, as the vendor counted them.
    ``mode`` is ``observe`` where the decision was recorded and not enforced, otherwise empty.
    """

    decision_id: str
    verdict: str
    articles: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    decided_at_us: int
    constitution: str
    catalogue: str
    engine: str
    orders: str = ""
    action: str = ""
    facts: str = ""
    subject: str = ""
    session: str = ""
    tenant: str = "default"
    application: str = ""
    agent: str = ""
    action_kind: str = "tool.call"
    tool: str = ""
    vendor: str = ""
    model: str = ""
    channel: str = ""
    system: str = ""
    tokens: int = 0
    trace_id: str = ""
    mode: str = ""


class UsageRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tokens of a streamed answer, as the vendor counted them at its end.

    The answer was decided when it began, as ``decision_id``; the other fields are those of that
    decision, so that a count needs no second look. ``ended_at_us`` is when the stream ended.
    """

    decision_id: str
    ended_at_us: int
    tokens: int
    tenant: str
    application: str = ""
    system: str = ""
    vendor: str = ""
    channel: str = ""
    model: str = ""


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)
_head_decoder = msgspec.json.Decoder(EntryHead)


def encode_entry(kind: str, at_us: int, data: Any) -> bytes:
    """The body of an entry; about 2 µs for a decision.

    Raises:
        InputError: when the kind is unknown, the data is no JSON object or the body is too long.
    """
    if kind not in KINDS:
        raise InputError(
            f"`{kind[:40]}` is not a kind of entry",
            code="ledger.kind",
            found=kind[:40],
            expected=", ".join(sorted(KINDS)),
            help="choose one of the kinds, or record the fact elsewhere",
        )
    try:
        body = _encoder.encode(Entry(kind=kind, at_us=at_us, data=data))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"the entry is not JSON: {type(error).__name__}",
            code="ledger.entry_form",
            expected="a JSON object",
            help="turn the values into text, numbers, lists and objects",
        ) from None
    if len(body) > MAX_ENTRY_BYTES:
        raise InputError(
            f"the entry has {len(body)} bytes",
            code="ledger.entry_size",
            expected=f"at most {MAX_ENTRY_BYTES} bytes",
            help="put large values into a payload; the entry holds its commitment",
        )
    return body


def check_data(data: Any) -> None:
    """Refuse data that is no JSON object or that holds free text (rule 3); for outside callers.

    Raises:
        InputError: naming the place.
    """
    if not isinstance(data, dict):
        raise InputError(
            "the data of an entry is not an object",
            code="ledger.entry_form",
            expected="a JSON object",
            help="pass an object with the fields of the kind",
        )
    _check_texts(data, "")


def _check_texts(value: Any, path: str) -> None:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise InputError(
            f"the text at `{path}` has {len(value)} characters",
            code="ledger.free_text",
            path=path,
            expected=f"at most {MAX_TEXT} characters",
            help="an entry lasts for ever: put texts into a payload, which can be erased",
        )
    if isinstance(value, dict):
        for key, item in value.items():
            _check_texts(key, path)
            _check_texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            _check_texts(item, f"{path}[{number}]")


def decode_entry(body: bytes, seq: int) -> Entry:
    """Read a stored body.

    Raises:
        VerificationError: when it is not an entry of a known version and kind.
    """
    try:
        entry = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(seq, str(error)) from None
    _check_head(entry.v, entry.kind, seq)
    return entry


def decode_head(body: bytes, seq: int) -> EntryHead:
    """Read version, kind and time of a stored body; about 0.5 µs.

    Raises:
        VerificationError: as `decode_entry`.
    """
    try:
        head = _head_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(seq, str(error)) from None
    _check_head(head.v, head.kind, seq)
    return head


def decode_heads(bodies: Sequence[bytes]) -> list[EntryHead]:
    """Read version, kind and time of many bodies; kinds are left to the caller.

    Raises:
        VerificationError: when one of them is not an entry of a known version.
    """
    decode = _head_decoder.decode
    try:
        heads = [decode(body) for body in bodies]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(-1, str(error)) from None
    if any(head.v != VERSION for head in heads):
        raise _unreadable(-1, "an unknown version")
    return heads


def decode_decision(entry: Entry, seq: int) -> DecisionRecord:
    """Read the data of a decision entry.

    Raises:
        VerificationError: when a field is missing, unknown or of the wrong type.
    """
    try:
        return msgspec.convert(entry.data, DecisionRecord)
    except msgspec.ValidationError as error:
        raise _unreadable(seq, str(error)) from None


def _check_head(version: int, kind: str, seq: int) -> None:
    if version != VERSION or kind not in KINDS:
        raise VerificationError(
            f"entry {seq} has version {version} and kind `{kind[:40]!a}`, "
            f"expected version {VERSION} and a known kind",
            code="ledger.entry_version",
            help="a newer program wrote this ledger: read it with that one",
        )


def _unreadable(seq: int, cause: str) -> VerificationError:
    return VerificationError(
        f"entry {seq} is not an entry: {cause[:200]}",
        code="ledger.entry_form",
        help="something else wrote into this ledger; compare it with a copy",
    )
