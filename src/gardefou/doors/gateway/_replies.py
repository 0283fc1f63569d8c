"""What the caller is told besides the vendor's bytes: headers, notices, errors.

Every answer carries ``gardefou-decision`` (allow, hold or deny), ``gardefou-decision-id`` and
``gardefou-constitution``; a refusal also ``x-should-retry: false``, so that no SDK asks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gardefou.doors.gateway._headers import Headers
from gardefou.service import Judgement
from gardefou.verdict import Verdict
from gardefou.wires import RELEASE, Reply, Ruling

NO_RETRY = (b"x-should-retry", b"false")
_DECISIONS = {verdict: verdict.word.encode() for verdict in Verdict}


class Refused(Exception):  # noqa: N818 - an answer, no fault
    """Raised to answer with an error of our own in the wire's form."""

    def __init__(self, status: int, code: str, message: str, *, may_retry: bool = False) -> None:
        """Keep what the caller is told."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.may_retry = may_retry


def decision_headers(judgement: Judgement) -> Headers:
    """The headers about a decision."""
    return [
        (b"gardefou-decision", _DECISIONS[judgement.verdict]),
        (b"gardefou-decision-id", judgement.id.encode()),
        (b"gardefou-constitution", judgement.decision.constitution.encode()),
        *([(b"gardefou-mode", b"observe")] if judgement.mode == "observe" else []),
    ]


def reply_headers(reply: Reply) -> Headers:
    """The headers of a reply of ours."""
    return [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]


def strictest_of(judgements: Sequence[Judgement]) -> Judgement:
    """The judgement that decides about all: the strictest, the first of several."""
    return max(judgements, key=lambda judgement: (not judgement.goes_ahead, judgement.verdict))


def sentence(judgement: Judgement) -> str:
    """Why, in one sentence for the caller, with the decision's id."""
    return f"{judgement.explain().sentence} (decision {judgement.id})"


def ruling_of(judgement: Judgement, *, is_unreadable: bool) -> Ruling:
    """What happens to a call that nobody waits for: it goes, or it is refused."""
    if judgement.goes_ahead and not is_unreadable:
        return RELEASE
    return Ruling(action="refuse", text=sentence(judgement))


def hold_headers(held: Sequence[Any]) -> Headers:
    """The ids of the holds that an answer is about."""
    ids = [one.hold for one in held if one.hold]
    return [(b"gardefou-hold", ", ".join(ids).encode())] if ids else []


def accepted(hold: str, text: str) -> Reply:
    """The answer to a caller that knows holds (RFC 7240, ``respond-async``)."""
    body = msgspec.json.encode({"hold": hold, "state": "pending", "message": text})
    headers = {
        "content-type": "application/json",
        "location": f"/v1/holds/{hold}",
        "retry-after": "5",
        "preference-applied": "respond-async",
    }
    return Reply(status=202, headers=headers, body=body)
