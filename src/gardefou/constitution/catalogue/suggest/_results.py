"""Who can write what a tool returns.

1. What reaches an organisation from people it does not choose (mail, the web, reviews, tickets,
   shared files, invitations, the subject of a transfer) is written by outsiders.
2. What its own system of record keeps (accounts, balances, users' own data) is written by the
   organisation, but not the free words in it: a note, a comment. Those fields stay with outsiders.
   Orders and products hold words of customers and sellers under any name: they stay mixed.
3. What nobody can place is ``mixed``: partly people outside, partly the organisation.
"""

from __future__ import annotations

from collections.abc import Iterable

from gardefou.constitution.catalogue import ResultField, Writer
from gardefou.constitution.catalogue.suggest._claims import Claim

_OUTSIDE = frozenset({"message", "public", "review", "work", "channel", "web"})
_MIXED = frozenset({"file", "event", "money", "repo", "product", "order"})
# Kept by the organisation itself, with free words of others in it.
_RECORDS = frozenset({"cart", "subject", "member"})
_OWN = frozenset({"fact", "account", "secret", "right", "security", "service", "invoice", "math"})
_RETURNING = frozenset({"reads", "reads_outside", "executes_code", "starts_agent", "opens_url"})
_LOOKING = frozenset({"read", "verify", "watch", "open"})
# Nouns that are records by class, and yet anybody's: a market place, a public offer, a profile page.
_ANYBODYS = frozenset(
    {"listing", "offer", "profile", "author", "friend", "follower", "lead", "proposal", "bid",
     "tender", "deal", "directory", "annuaire", "annonce", "offre"}
)  # fmt: skip
# Fields in a record whose words its keeper does not write.
_FREE = (
    "comment", "comments", "note", "notes", "review", "reviews", "message", "messages", "description",
    "feedback", "answer", "answers", "question", "questions", "remark", "remarks", "instructions",
    "special_requests", "special_instructions", "delivery_instructions", "gift_message", "bio",
    "about", "memo", "subject", "title", "body", "text", "content", "reason", "details", "summary",
    "attachments", "commentaire", "commentaires", "avis", "objet", "texte", "consignes", "motif",
)  # fmt: skip


def results(claims: Iterable[Claim], effects: frozenset[str]) -> tuple[ResultField, ...]:
    """Return the writers of a result: of the whole, and of the fields that differ from it."""
    looking = [claim for claim in claims if claim.act in _LOOKING]
    classes = frozenset[str]().union(*(claim.classes for claim in looking))
    around = frozenset[str]().union(*(claim.around for claim in looking))
    nouns = {noun for claim in looking for noun in claim.nouns}
    if "opens_url" in effects:
        return (ResultField(writer="outsider"),)
    if effects and not effects & _RETURNING:
        # a calculation, or word of what was just done
        return (ResultField(writer="organisation"),)
    if classes & _OUTSIDE:
        return (ResultField(writer="outsider"),)
    if classes & _RECORDS and not classes & _MIXED and not nouns & _ANYBODYS:
        free: Writer = "outsider"
        return (
            ResultField(writer="organisation"),
            *(ResultField(path=name, writer=free) for name in _FREE),
        )
    if classes & _OWN and not (classes | around) & _MIXED and not classes & _RECORDS:
        return (ResultField(writer="organisation"),)
    return (ResultField(writer="mixed"),)
