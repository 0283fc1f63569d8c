"""The ledger: an append-only, Merkle-hashed record that outsiders can verify (floor 1).

It does not protect what came after the last checkpoint that left the machine: whoever owns the
host and the key can rewrite that. See docs/why/ledger.md.
"""

from typing import TYPE_CHECKING

from gardefou._rooms import on_demand

if TYPE_CHECKING:
    from gardefou.ledger._anchors import Sent, parse_anchor
    from gardefou.ledger._async import AsyncAppender
    from gardefou.ledger._checkpoint import (
        Checkpoint,
        Proof,
        check_proof,
        open_checkpoint,
        parse_proof,
    )
    from gardefou.ledger._counter import Counter, Desk, ask_owner, counter_path, open_counter
    from gardefou.ledger._entropy import random_bytes
    from gardefou.ledger._entry import KINDS, DecisionRecord, Entry, UsageRecord, decode_entry
    from gardefou.ledger._erasure import (
        Erased,
        EraseRequest,
        complete_erasures,
        erase,
        erasure_desk,
    )
    from gardefou.ledger._export import export, verify_directory
    from gardefou.ledger._keyring import Keyring, Subject
    from gardefou.ledger._keys import SigningKey, load_key, make_key, save_key
    from gardefou.ledger._ledger import (
        Ledger,
        create_ledger,
        is_postgres,
        open_keyring,
        open_ledger,
        open_store,
        prove,
    )
    from gardefou.ledger._note import Verifier, open_note, parse_note, parse_vkey
    from gardefou.ledger._payload import Sealed, seal, unseal
    from gardefou.ledger._policy import Policy, parse_policy
    from gardefou.ledger._publisher import (
        Opened,
        Publisher,
        configure_anchor,
        open_anchored,
        publish,
        rotate_key,
    )
    from gardefou.ledger._replay import (
        Case,
        Difference,
        Outcome,
        ReplayReport,
        cases,
        keep_document,
        open_case,
        record_decision,
        replay,
        stored_document,
    )
    from gardefou.ledger._store import SEQ, Change, LedgerSession, SealedPart, Session, Store
    from gardefou.ledger._ticket import Receipt, Ticket, Waker
    from gardefou.ledger._verify import verify_store
    from gardefou.ledger._walk import Finding, Report
    from gardefou.ledger._watch import Watch, tell_replicas, watch

__all__ = [
    "KINDS",
    "SEQ",
    "AsyncAppender",
    "Case",
    "Change",
    "Checkpoint",
    "Counter",
    "DecisionRecord",
    "Desk",
    "Difference",
    "Entry",
    "EraseRequest",
    "Erased",
    "Finding",
    "Keyring",
    "Ledger",
    "LedgerSession",
    "Opened",
    "Outcome",
    "Policy",
    "Proof",
    "Publisher",
    "Receipt",
    "ReplayReport",
    "Report",
    "Sealed",
    "SealedPart",
    "Sent",
    "Session",
    "SigningKey",
    "Store",
    "Subject",
    "Ticket",
    "UsageRecord",
    "Verifier",
    "Waker",
    "Watch",
    "ask_owner",
    "cases",
    "check_proof",
    "complete_erasures",
    "configure_anchor",
    "counter_path",
    "create_ledger",
    "decode_entry",
    "erase",
    "erasure_desk",
    "export",
    "is_postgres",
    "keep_document",
    "load_key",
    "make_key",
    "open_anchored",
    "open_case",
    "open_checkpoint",
    "open_counter",
    "open_keyring",
    "open_ledger",
    "open_note",
    "open_store",
    "parse_anchor",
    "parse_note",
    "parse_policy",
    "parse_proof",
    "parse_vkey",
    "prove",
    "publish",
    "random_bytes",
    "record_decision",
    "replay",
    "rotate_key",
    "save_key",
    "seal",
    "stored_document",
    "tell_replicas",
    "unseal",
    "verify_directory",
    "verify_store",
    "watch",
]

__getattr__ = on_demand(
    __name__,
    {
        "_anchors": ("Sent", "parse_anchor"),
        "_async": ("AsyncAppender",),
        "_checkpoint": ("Checkpoint", "Proof", "check_proof", "open_checkpoint", "parse_proof"),
        "_counter": ("Counter", "Desk", "ask_owner", "counter_path", "open_counter"),
        "_entropy": ("random_bytes",),
        "_entry": ("KINDS", "DecisionRecord", "Entry", "UsageRecord", "decode_entry"),
        "_erasure": ("EraseRequest", "Erased", "complete_erasures", "erase", "erasure_desk"),
        "_export": ("export", "verify_directory"),
        "_keyring": ("Keyring", "Subject"),
        "_keys": ("SigningKey", "load_key", "make_key", "save_key"),
        "_ledger": (
            "Ledger",
            "create_ledger",
            "is_postgres",
            "open_keyring",
            "open_ledger",
            "open_store",
            "prove",
        ),
        "_note": ("Verifier", "open_note", "parse_note", "parse_vkey"),
        "_payload": ("Sealed", "seal", "unseal"),
        "_policy": ("Policy", "parse_policy"),
        "_publisher": (
            "Opened",
            "Publisher",
            "configure_anchor",
            "open_anchored",
            "publish",
            "rotate_key",
        ),
        "_replay": (
            "Case",
            "Difference",
            "Outcome",
            "ReplayReport",
            "cases",
            "keep_document",
            "open_case",
            "record_decision",
            "replay",
            "stored_document",
        ),
        "_store": ("SEQ", "Change", "SealedPart", "Session", "Store", "LedgerSession"),
        "_ticket": ("Receipt", "Ticket", "Waker"),
        "_verify": ("verify_store",),
        "_walk": ("Finding", "Report"),
        "_watch": ("Watch", "tell_replicas", "watch"),
    },
)
