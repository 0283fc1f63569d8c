"""Who may vote, and whether those who did are enough.

Rules (promises 4 and 5):

1. Roles are those of the constitution in force now, as the directory knows their members now.
2. One person counts once, whatever roles they hold.
3. Nobody in the principal's chain votes, under any spelling of the name.
4. A vote counts only for roles that its voter still has; one in a terminal only for roles that may
   vote there.
5. Where no rule names a role, any one person of any role decides.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from gardefou.action import Principal
from gardefou.constitution import Constitution, persons_short
from gardefou.supervision._model import ANYBODY, Cast, Channel, Hold

Roles = Mapping[str, tuple[str, ...]]
PseudonymOf = Callable[[str], str | None]


class Directory(Protocol):
    """Who has a role now, according to the organisation's own records."""

    def members(self, tenant: str, role: str, listed: tuple[str, ...]) -> tuple[str, ...]:
        """The members of a role; ``listed`` are those that the constitution names."""


class Listed:
    """The directory of whoever has none: exactly whom the constitution names."""

    def members(self, tenant: str, role: str, listed: tuple[str, ...]) -> tuple[str, ...]:
        """The members that the constitution names."""
        del tenant, role
        return listed


def roles_now(constitution: Constitution, directory: Directory, tenant: str) -> Roles:
    """Every role with its members, and `ANYBODY` with the members of all (rules 1 and 5)."""
    roles = {
        role: tuple(dict.fromkeys(directory.members(tenant, role, listed)))
        for role, listed in constitution.roles.items()
    }
    everybody = dict.fromkeys(name for members in roles.values() for name in members)
    return {**roles, ANYBODY: tuple(everybody)}


def folded(name: str) -> str:
    """A name without what two spellings of it differ in."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def chain(principal: Principal) -> frozenset[str]:
    """Everybody in the principal's chain, folded; empty places are nobody."""
    names = (principal.application, principal.agent, principal.user, *principal.on_behalf_of)
    return frozenset(folded(name) for name in names if name.strip())


def without(roles: Roles, names: frozenset[str]) -> Roles:
    """The roles without some people (rule 3)."""
    return {
        role: tuple(member for member in members if folded(member) not in names)
        for role, members in roles.items()
    }


def short_of(quorum: Mapping[str, int], roles: Roles) -> int:
    """How many seats of a quorum nobody can fill."""
    return persons_short(quorum, roles)


def is_voter(hold: Hold, person: str, roles: Roles) -> bool:
    """Whether a person has a role that the hold asks for, now or once it escalates."""
    wanted = {*hold.ask.quorum, *hold.ask.escalated}
    return any(person in roles.get(role, ()) for role in wanted)


def roles_for(channel: Channel, roles: Roles, terminal_roles: Sequence[str]) -> Roles:
    """The roles whose members may vote in a channel (rule 4)."""
    if channel != "terminal":
        return roles
    allowed = {role: roles.get(role, ()) for role in terminal_roles}
    everybody = dict.fromkeys(name for members in allowed.values() for name in members)
    return {**allowed, ANYBODY: tuple(everybody)}


def counted(
    votes: Sequence[Cast], roles: Roles, terminal_roles: Sequence[str], pseudonym_of: PseudonymOf
) -> tuple[Roles, frozenset[str]]:
    """The roles with those members who approved, and the voters who denied and may.

    ``pseudonym_of`` gives the pseudonym of a member, None for one who never voted or was erased.
    """
    approved = {vote.voter: vote.channel for vote in votes if vote.verdict == "approve"}
    denied = {vote.voter: vote.channel for vote in votes if vote.verdict == "deny"}
    at_terminal = roles_for("terminal", roles, terminal_roles)
    known = {name: pseudonym_of(name) for name in roles.get(ANYBODY, ())} if votes else {}

    def counts(role: str, name: str) -> bool:
        voter = known.get(name)
        channel = approved.get(voter or "")
        if channel is None:
            return False
        return channel != "terminal" or name in at_terminal.get(role, ())

    seats = {
        role: tuple(name for name in members if counts(role, name))
        for role, members in roles.items()
    }
    against = frozenset(voter for voter in known.values() if voter is not None and voter in denied)
    return seats, against
