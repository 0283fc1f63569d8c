"""Notices to suppliers, and what they answered.

1. A notice has one text for an order; its digest says which version a supplier received.
2. A supplier that has not answered is ``unknown``; an answer says in use, not in use, or unknown.
3. A designation reaches those who deal with its party through declared relations, at any tier.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import msgspec

from gardefou.errors import UsageError
from gardefou.orders._instruments import Answer, Order, Party
from gardefou.orders._register import Register
from gardefou.orders._words import Reply


class Notice(NamedTuple):
    """A notice to one supplier."""

    party: str
    tier: int
    text: str
    digest: str


def notices(register: Register, order: str, us: str, due: str) -> tuple[Notice, ...]:
    """The notice of an order for every supplier of a party, nearest tier first.

    Raises:
        UsageError: ``order.unknown``, ``party.unknown``.
    """
    known = register.orders.get(order)
    if known is None:
        raise UsageError(
            f"there is no order `{order}`",
            code="order.unknown",
            help="`gardefou order status` lists the orders",
        )
    if us not in register.parties.by_id:
        raise UsageError(
            f"there is no party `{us}`",
            code="party.unknown",
            help="add the party to the register, with those who supply it",
        )
    text = _text(known, due)
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    return tuple(
        Notice(supplier.party.id, supplier.tier, text, digest)
        for supplier in register.parties.suppliers_of(us)
    )


def noticed(party: Party, notice: Notice, order: str, sent_at: str, due: str) -> Party:
    """The next version of a party that was sent a notice."""
    answer = Answer(order=order, notice=notice.digest, sent_at=sent_at, due=due)
    return msgspec.structs.replace(
        party, version=party.version + 1, answers=(*party.answers, answer)
    )


def answered(
    party: Party, order: str, reply: Reply, replied_at: str, *, sub_tier_notified: bool = False
) -> Party:
    """The next version of a party that answered the notice of an order.

    Raises:
        UsageError: ``party.not_asked`` when it was sent no notice.
    """
    places = [n for n, answer in enumerate(party.answers) if answer.order == order]
    if not places:
        raise UsageError(
            f"`{party.id}` was sent no notice of `{order}`",
            code="party.not_asked",
            help="send one: `gardefou supplier notify`",
        )
    answers = list(party.answers)
    answers[places[-1]] = msgspec.structs.replace(
        answers[places[-1]],
        reply=reply,
        replied_at=replied_at,
        sub_tier_notified=sub_tier_notified,
    )
    return msgspec.structs.replace(party, version=party.version + 1, answers=tuple(answers))


def _text(order: Order, due: str) -> str:
    subjects = "; ".join(
        ", ".join(f"{name} {value}" for name, value in msgspec.to_builtins(subject).items())
        for subject in order.subjects
    )
    bases = "; ".join(basis.citation for basis in order.bases)
    return (
        f"Notice of the order {order.id}, version {order.version}: {order.title}\n"
        f"Issued by {order.authority.issuer} on {bases}.\n\n"
        f"It restricts: {subjects}.\n\n"
        "Do you, or those who supply you, use it in what you provide to us?\n"
        "Answer in use, not in use or unknown, and say whether you have told those who supply you.\n"
        f"We expect your answer by {due}. Without one we treat it as unknown, never as not in use.\n"
    )
