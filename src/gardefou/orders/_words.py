"""The words and small values that instruments are made of, with their JSON Schema."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

Id = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$",
        description="Small letters, digits, `.`, `_` and `-`.",
    ),
]
Name = Annotated[
    str,
    Meta(
        pattern=r"^[^\s\x00-\x1f][^\x00-\x1f]{0,199}$",
        description="One line, as it stands in actions.",
    ),
]
Text = Annotated[str, Meta(min_length=1, max_length=1000)]
Digest = Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$")]
Instant = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
        r"(Z|[+-][0-9]{2}:[0-9]{2}|\[[A-Za-z0-9_+/-]{1,64}\])$",
        description="A date and time with its zone: `2027-03-01T17:00:00Z`, `…+01:00` or"
        " `…[Europe/Paris]`.",
    ),
]
Date = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Version = Annotated[int, Meta(ge=1, le=1_000_000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]

Status = Literal[
    "announced", "verified", "effective", "stayed", "superseded", "rescinded", "expired"
]
# What ends or suspends a basis; the others announce it or put it in force.
ENDING: frozenset[Status] = frozenset({"stayed", "superseded", "rescinded", "expired"})

OrderKind = Literal["cease_use", "remove", "restrict_access", "restrict_model"]
Source = Literal[
    "statute", "directive", "memo", "clause", "court", "regulator", "internal", "press"
]
Nexus = Literal["all_use", "any_commercial", "in_performance", "government_data", "new_procurement"]
Opaque = Literal["hold", "deny", "allow"]
Streams = Literal["cut", "finish"]
Effect = Literal["deny", "hold"]
Affiliates = Literal["named", "controlled", "successors"]
DesignationEffect = Literal["exclude", "remove", "restrict", "notice"]
Metric = Literal[
    "open_uses", "live_calls", "live_tokens", "suppliers_unanswered", "systems_on_fallback"
]
Duty = Literal[
    "freeze_new",
    "block_traffic",
    "inventory",
    "plan",
    "remove",
    "report",
    "notify_suppliers",
    "flow_down",
    "certify",
    "preserve",
    "restore",
    "check_register",
    "review",
]
Anchor = Literal[
    "issued",
    "received",
    "effective",
    "identified",
    "prior_submission",
    "modification",
    "clock_time",
]
Unit = Literal["minutes", "hours", "calendar_days", "business_days", "months"]
Statement = Literal[
    "no_use", "removed", "residual_waived", "inquiry_done", "suppliers_flowed", "restored"
]
WaiverState = Literal["draft", "submitted", "granted", "denied", "revoked"]
Reply = Literal["none", "in_use", "not_in_use", "unknown"]
SupplierRole = Literal["developer", "operator", "integrator", "provider", "sub"]
