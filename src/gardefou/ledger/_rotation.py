"""Key rotation: an entry that the old and the new key both signed.

The statement is a signed note of three lines, ``origin``, ``rotate`` and the new vkeys separated
by spaces; it stands in the entry ``key.rotated`` with the signatures of both keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gardefou.errors import VerificationError
from gardefou.ledger._keys import SigningKey
from gardefou.ledger._note import Note, Verifier, check_signature, open_note, parse_note, parse_vkey


def rotation(old: SigningKey, new: SigningKey) -> dict[str, Any]:
    """The data of a ``key.rotated`` entry."""
    vkeys = " ".join(verifier.vkey for verifier in new.verifiers)
    text = f"{old.name}\nrotate\n{vkeys}\n"
    first = old.signers[0].sign(text)
    second = new.signers[0].sign(text)
    return {"statement": str(Note(text, (first, second)))}


def check_rotation(
    origin: str, data: dict[str, Any], trusted: Sequence[Verifier]
) -> tuple[Verifier, ...]:
    """The new keys, when a trusted key and the new one signed the statement for this log.

    Raises:
        VerificationError: when they did not.
    """
    note = parse_note(data["statement"])
    lines = note.text.split("\n")
    if len(lines) != 4 or lines[:2] != [origin, "rotate"]:
        raise VerificationError(
            f"the rotation is for `{lines[0][:80]!a}`, expected `{origin}`",
            code="ledger.rotation",
            help="the entry was forged; compare the log with a copy",
        )
    new = tuple(parse_vkey(vkey) for vkey in lines[2].split(" "))
    open_note(note, trusted)
    for signature in note.signatures:
        if (signature.name, signature.key_id) == (new[0].name, new[0].key_id):
            check_signature(new[0], note.text, signature)
            return new
    raise VerificationError(
        "the new key did not sign its own rotation",
        code="ledger.rotation",
        help="the entry was forged; compare the log with a copy",
    )
