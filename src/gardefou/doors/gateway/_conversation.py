"""The session of a request, rebuilt from the conversation that it carries.

Rules:

1. Folding the items of a conversation from the first to the last gives the session; nothing else
   does. What is kept from earlier requests only saves work: the result is the same without it.
2. What is kept belongs to one principal under one policy, and is found by the digest of everything
   that was folded. Another tenant, user or policy never finds it.
3. Who takes a kept session has it alone; it is given back when the request has ended well.
4. Kept sessions stay within `limit_bytes`; the one that was not used for longest goes first.
5. A call in the conversation counts as carried out; its result is what outsiders may have written.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import msgspec

from gardefou.action import Action, Principal, parse
from gardefou.constitution.catalogue import Tool
from gardefou.decide import Guard, Labelled, Session
from gardefou.errors import InputError
from gardefou.wires import Call, Item, Media, Opaque, Result, Words

_COST_FACTOR = 8  # what a session keeps of a text, against the text itself; measured
_COST_BASE = 4_096
_LABEL = b"gardefou conversation/v1"


class Known:
    """A session with what has been folded into it."""

    def __init__(self, guard: Guard, session: Session, owner: bytes) -> None:
        """Begin before the first item."""
        self.guard = guard
        self.session = session
        self.digest = owner
        self.cost = _COST_BASE
        self.calls: dict[str, Labelled] = {}
        self.released: list[tuple[bytes, Labelled]] = []

    def fold(self, item: Item, digest: bytes, now_us: int) -> None:
        """Take in the next item."""
        self.digest = digest
        if isinstance(item, Words):
            self.cost += _COST_FACTOR * len(item.text)
            if item.by == "user":
                self.session.user(item.text)
            elif item.by == "operator":
                self.session.operator(item.text)
            elif item.by == "model":
                self.session.model(item.text)
            else:
                self._result(Tool(name=""), {}, item.text)
        elif isinstance(item, Call):
            self.cost += _COST_FACTOR * len(item.arguments)
            self._call(item, now_us)
        elif isinstance(item, Result):
            self.cost += _COST_FACTOR * len(item.text)
            made = self.calls.get(item.id)
            tool = made.tool if made is not None else self._tool(item.name)
            arguments = made.action.arguments if made is not None else {}
            self._result(tool, arguments, item.text or ("[not text]" if item.is_opaque else ""))
        elif isinstance(item, (Media, Opaque)) and item.by == "tool":
            # What it says cannot be read: it counts as an outsider's text that asks for nothing.
            self._result(Tool(name=""), {}, "[not text]")

    def release(self, call: Call, labelled: Labelled) -> None:
        """Note that a call was let through; the next request will bring it back as an item."""
        self.released.append((_body(call), labelled))

    def continues(self, items: Sequence[Item]) -> bool:
        """Whether a conversation goes on with exactly the calls that were let through."""
        turn: list[bytes] = []
        for item in items:
            if isinstance(item, Call):
                turn.append(_body(item))
            elif isinstance(item, Result) or (isinstance(item, Words) and item.by == "user"):
                break
        return turn == [body for body, _ in self.released]

    def _call(self, call: Call, now_us: int) -> None:
        if self.released:
            # INVARIANT: `continues` was true; the memory has counted this call already.
            _, self.calls[call.id] = self.released.pop(0)
            return
        try:
            arguments = arguments_of(call)
        except InputError:
            arguments = {}
        labelled = self.guard.label(
            Action(tool=call.name, arguments=arguments), self.session, now_us
        )
        self.calls[call.id] = labelled
        if labelled.ingested is not None:
            self.session.memory.called(labelled.tool, labelled.ingested)

    def _tool(self, name: str) -> Tool:
        return self.guard.catalogue.tools.get(name) or Tool(name=name)

    def _result(self, tool: Tool, arguments: dict[str, Any], content: str) -> None:
        self.session.result(tool, arguments, content)


class Conversations:
    """Sessions kept between the requests of a conversation."""

    def __init__(self, limit_bytes: int) -> None:
        """Keep at most about this many bytes; 0 keeps nothing."""
        self._limit = limit_bytes
        self._kept: OrderedDict[bytes, Known] = OrderedDict()
        self._cost = 0
        self.hits = 0
        self.misses = 0

    def take(
        self,
        guard: Guard,
        session: Session,
        principal: Principal,
        items: Sequence[Item],
        now_us: int,
    ) -> Known:
        """The session after these items; ``session`` is a new one, used when nothing is kept."""
        owner = owner_digest(guard, principal)
        digests = chain(owner, items)
        for at in range(len(items), 0, -1):
            known = self._kept.pop(digests[at - 1], None)
            if known is None:
                continue
            self._cost -= known.cost
            is_same = known.guard is guard and known.session.facts is session.facts
            if is_same and known.continues(items[at:]):
                self.hits += 1
                break
        else:
            at, known = 0, Known(guard, session, owner)
            self.misses += bool(items)
        for item, digest in zip(items[at:], digests[at:], strict=True):
            known.fold(item, digest, now_us)
        return known

    def give_back(self, known: Known) -> None:
        """Keep a session for the next request of its conversation."""
        if known.cost > self._limit:
            return
        old = self._kept.pop(known.digest, None)
        if old is not None:
            self._cost -= old.cost
        self._kept[known.digest] = known
        self._cost += known.cost
        while self._cost > self._limit:
            _, gone = self._kept.popitem(last=False)
            self._cost -= gone.cost


def owner_digest(guard: Guard, principal: Principal) -> bytes:
    """Where the digests of a conversation begin (rule 2)."""
    owner = msgspec.json.encode((principal, guard.constitution_digest, guard.catalogue_digest))
    return hashlib.blake2b(owner, digest_size=16, key=_LABEL).digest()


def chain(owner: bytes, items: Sequence[Item]) -> list[bytes]:
    """The digest after each item."""
    out = []
    digest = owner
    for item in items:
        digest = hashlib.blake2b(_body(item), digest_size=16, key=digest).digest()
        out.append(digest)
    return out


def _body(item: Item) -> bytes:
    return msgspec.json.encode(normal(item))


def normal(item: Item) -> Item:
    """The item without what a client may write in another way: white space of arguments, keys."""
    if not isinstance(item, Call):
        return item
    try:
        arguments = msgspec.json.encode(arguments_of(item), order="deterministic").decode()
    except InputError:
        arguments = item.arguments
    return msgspec.structs.replace(item, key="", arguments=arguments)


def arguments_of(call: Call) -> dict[str, Any]:
    """The arguments of a call as an object; free text stands under ``input``.

    Raises:
        InputError: ``json.*`` or ``call.arguments`` when they are no object.
    """
    if call.type not in ("function", "tool_use", "server_tool_use", "mcp_tool_use", "mcp_call"):
        try:
            value = parse(call.arguments)
        except InputError:
            return {"input": call.arguments}
        return value if isinstance(value, dict) else {"input": call.arguments}
    value = parse(call.arguments or "{}")
    if not isinstance(value, dict):
        raise InputError(
            "the arguments of a call are no object",
            code="call.arguments",
            found=type(value).__name__,
            expected="a JSON object",
            help="let the model try again",
        )
    return value
