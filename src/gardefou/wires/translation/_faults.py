"""Errors of one vendor in another vendor's form, with the same meaning for whoever tries again.

A client tries again after a time-out, a conflict, a limit of rate and any error of the server's;
it does not after anything else. Anthropic says `billing_error` where OpenAI says `429
insufficient_quota`: trying again helps in neither case, and `x-should-retry` says so.
"""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.wires._model import Reply
from gardefou.wires.translation._core import Failure, Fault

_MAX_MESSAGE = 2_000

# Fault: OpenAI's status, type and code; Anthropic's status and type.
_FORMS: dict[Fault, tuple[int, str, str | None, int, str]] = {
    "request": (400, "invalid_request_error", None, 400, "invalid_request_error"),
    "authentication": (401, "invalid_request_error", "invalid_api_key", 401, "authentication_error"),
    "billing": (429, "insufficient_quota", "insufficient_quota", 402, "billing_error"),
    "permission": (403, "invalid_request_error", "permission_denied", 403, "permission_error"),
    "not_found": (404, "invalid_request_error", "not_found", 404, "not_found_error"),
    "conflict": (409, "invalid_request_error", "conflict", 409, "invalid_request_error"),
    "too_large": (413, "invalid_request_error", "request_too_large", 413, "request_too_large"),
    "rate": (429, "rate_limit_error", "rate_limit_exceeded", 429, "rate_limit_error"),
    "server": (500, "server_error", "server_error", 500, "api_error"),
    "timeout": (504, "server_error", "timeout", 504, "timeout_error"),
    "overloaded": (503, "server_error", "overloaded", 529, "overloaded_error"),
}  # fmt: skip
_BY_STATUS: dict[int, Fault] = {
    401: "authentication",
    402: "billing",
    403: "permission",
    404: "not_found",
    408: "timeout",
    409: "conflict",
    413: "too_large",
    429: "rate",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}
_BY_WORD: dict[str, Fault] = {
    **{form[4]: fault for fault, form in _FORMS.items() if fault != "conflict"},
    **{form[2]: fault for fault, form in _FORMS.items() if form[2]},
    "insufficient_quota": "billing",
    "invalid_prompt": "request",
    "rate_limit_error": "rate",
    "server_error": "server",
}


class Details(msgspec.Struct, frozen=True):
    """The inner object of an error, in either form."""

    message: str | None = None
    type: str | None = None
    code: Any = None


class _Error(msgspec.Struct, frozen=True):
    error: Details


def read_failure(status: int, body: bytes) -> Failure:
    """What a vendor's error says; the body may be in any form."""
    try:
        details = msgspec.json.decode(body, type=_Error).error
    except (msgspec.DecodeError, RecursionError):
        message = f"the vendor answered with status {status} and no error in its own form"
        return Failure(fault=_fault(status), message=message)
    fault: Fault = _fault(status)
    if fault == "rate" and "insufficient_quota" in {details.type, details.code}:
        fault = "billing"
    return Failure(fault=fault, message=_message(details, status))


def failure_of(details: Details) -> Failure:
    """What an error within a stream says: its words name the fault, there is no status."""
    words = [word for word in (details.code, details.type) if isinstance(word, str)]
    fault: Fault = next((_BY_WORD[word] for word in words if word in _BY_WORD), "server")
    return Failure(fault=fault, message=_message(details, 0))


def _fault(status: int) -> Fault:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return "server" if status >= 500 else "request"


def _message(details: Details, status: int) -> str:
    fallback = f"the vendor answered with status {status}" if status else "the vendor failed"
    return (details.message or fallback)[:_MAX_MESSAGE]


def openai_error(failure: Failure) -> dict[str, Any]:
    """The error object of OpenAI's wires."""
    _, kind, code, _, _ = _FORMS[failure.fault]
    return {"message": failure.message, "type": kind, "param": None, "code": code}


def anthropic_error(failure: Failure) -> dict[str, Any]:
    """The error body of Anthropic's wire."""
    kind = _FORMS[failure.fault][4]
    return {"type": "error", "error": {"type": kind, "message": failure.message}}


def openai_reply(failure: Failure) -> Reply:
    """A whole answer that is an error, on OpenAI's wires."""
    body = msgspec.json.encode({"error": openai_error(failure)})
    return Reply(status=_FORMS[failure.fault][0], body=body, headers=_headers(failure))


def anthropic_reply(failure: Failure) -> Reply:
    """A whole answer that is an error, on Anthropic's wire."""
    body = msgspec.json.encode(anthropic_error(failure))
    return Reply(status=_FORMS[failure.fault][3], body=body, headers=_headers(failure))


def _headers(failure: Failure) -> dict[str, str]:
    headers = {"content-type": "application/json"}
    return headers | {"x-should-retry": "false"} if failure.fault == "billing" else headers
