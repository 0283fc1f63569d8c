"""What a request and an answer mean as actions.

1. A request is one ``model.request``; each tool result that is new in it is a ``tool.result``; each
   tool that the vendor would run by itself is a ``tool.call`` before the vendor can run it.
2. An answer is one ``model.response``; each call in it is a ``tool.call``, also one whose arguments
   cannot be read: such a call is never released.
3. An action says what and how much, by digest: the words stay with the session and the caller.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from gardefou.action import Action, Attributes, Principal
from gardefou.doors.gateway._conversation import arguments_of
from gardefou.doors.gateway._keys import MAX_USER
from gardefou.errors import InputError
from gardefou.vendors import Resolved
from gardefou.wires import Call, Item, Request, Result, Words


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What all actions of one exchange share."""

    principal: Principal
    session: str
    vendor: str
    model: str
    channel: str
    attributes: Attributes = Attributes()

    def action(self, **fields: Any) -> Action:
        """An action of this exchange."""
        return Action(
            principal=self.principal,
            session=self.session,
            vendor=self.vendor,
            model=self.model,
            channel=self.channel,
            attributes=self.attributes,
            **fields,
        )


def frame_of(
    request: Request,
    principal: Principal,
    resolved: Resolved,
    *,
    session: str,
    attributes: Attributes,
) -> Frame:
    """The frame of a request; without a session of the caller's it is named by how it begins."""
    return Frame(
        principal=principal,
        session=session[:MAX_USER] or session_of(request.items),
        vendor=resolved.developer,
        model=request.model,
        channel=resolved.channel,
        attributes=attributes,
    )


def session_of(items: Sequence[Item]) -> str:
    """A name that stays the same while a conversation grows: the digest of its beginning."""
    digest = hashlib.blake2b(digest_size=12)
    for item in items:
        if isinstance(item, Words) and item.by in ("operator", "user"):
            digest.update(item.by.encode() + item.text.encode("utf-8", "surrogatepass"))
            if item.by == "user":
                break
    return f"c-{digest.hexdigest()}"


def request_actions(frame: Frame, request: Request, body: bytes) -> list[Action]:
    """The actions of a request (rule 1), the request itself first."""
    content = {"sha256": hashlib.sha256(body).hexdigest(), "items": len(request.items)}
    actions = [frame.action(kind="model.request", content=content)]
    for result in new_results(request.items):
        text = result.text.encode("utf-8", "surrogatepass")
        actions.append(
            frame.action(
                kind="tool.result",
                tool=result.name,
                call_id=result.id[:MAX_USER],
                content={
                    "sha256": hashlib.sha256(text).hexdigest(),
                    "characters": len(result.text),
                },
            )
        )
    actions += [
        frame.action(kind="tool.call", tool=tool.name, call_id="offered to the vendor")
        for tool in request.tools
        if tool.executor == "vendor"
    ]
    return actions


def new_results(items: Sequence[Item]) -> list[Result]:
    """The results behind the model's last turn: those the model has not seen yet."""
    found: list[Result] = []
    for item in reversed(items):
        if isinstance(item, Result):
            if item.executor == "client":
                found.append(item)
        elif isinstance(item, Call) or (isinstance(item, Words) and item.by == "model"):
            break
    return found[::-1]


def call_action(frame: Frame, call: Call) -> tuple[Action, InputError | None]:
    """The action of a call, and why it cannot be released whatever is decided (rule 2)."""
    refusal = None
    try:
        arguments = arguments_of(call)
    except InputError as error:
        refusal = error
        arguments = {"unreadable": hashlib.sha256(call.arguments.encode()).hexdigest()}
    action = frame.action(
        kind="tool.call", tool=call.name, call_id=call.id[:MAX_USER], arguments=arguments
    )
    return action, refusal


def response_action(frame: Frame, *, streams: bool, body: bytes = b"") -> Action:
    """The action of an answer; a streamed one is decided before its first byte leaves."""
    content: dict[str, Any] = {"streams": True}
    if not streams:
        content = {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
    return frame.action(kind="model.response", content=content)
