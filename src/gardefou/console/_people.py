"""People, roles and passkeys; and what their votes say about how they decide.

The figures against automation bias: how long a vote took, how many approvals came within five
seconds, how much each person approves, and how many test holds they missed. They speak of habits,
and prove nothing about one vote.

A test hold asks for what should be refused. Whoever asks is named in the settings alone, so that
its card looks like any other.
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gardefou.console._desk import Desk, charter_line, desk_of, who_asks
from gardefou.console._pages import page
from gardefou.console._settings import PATH
from gardefou.console._sign_in import field

FAST_US = 5_000_000
MANY = 10_000


class Habit(msgspec.Struct, frozen=True, kw_only=True):
    """How one person has voted; times are in microseconds, ``missed`` are tests approved."""

    person: str
    votes: int
    approved: int
    fast: int
    median_us: int
    tests: int
    missed: int


class _Cast(NamedTuple):
    approves: bool
    taken_us: int
    is_test: bool


def routes() -> list[BaseRoute]:
    """The pages of people."""
    return [
        Route("/people", people, methods=["GET"]),
        Route("/people/passkeys/remove", remove, methods=["POST"]),
        Route("/figures", figures, methods=["GET"]),
    ]


def people(request: Request) -> Response:
    """Who has which role, and who can sign in."""
    desk, who = desk_of(request), who_asks(request)
    roles = {
        role: names for role, names in desk.holds.core.roles(who.tenant).items() if role != "*"
    }
    known = {person.name: person for person in desk.accounts.people(who.tenant)}
    names = sorted({*known, *(name for members in roles.values() for name in members)})
    return page(
        request,
        "people.html",
        names=names,
        known=known,
        roles={
            name: [role for role, members in roles.items() if name in members] for name in names
        },
        mine=[
            (item, charter_line(desk, item))
            for item in desk.accounts.credentials(who.tenant, who.person)
        ],
    )


async def remove(request: Request) -> Response:
    """Forget one of the reader's own passkeys."""
    desk, who = desk_of(request), who_asks(request)
    form = await request.form()
    desk.accounts.remove_credential(who.tenant, who.person, field(form, "credential"))
    return RedirectResponse(f"{PATH}/people", 303)


def figures(request: Request) -> Response:
    """How people decide, together and each."""
    desk, who = desk_of(request), who_asks(request)
    habits = _habits(desk, who.tenant)
    return page(request, "figures.html", habits=habits, all=_together(habits))


def _habits(desk: Desk, tenant: str) -> list[Habit]:
    names = desk.names(tenant)
    with desk.ledger.store.reading() as session:
        rows = session.run(
            "SELECT vote.voter, vote.verdict, vote.at_us - hold.opened_us, hold.subject FROM vote"
            " JOIN hold ON hold.id = vote.hold WHERE hold.tenant = ?"
            " ORDER BY vote.seq DESC LIMIT ?",
            (tenant, MANY),
        ).fetchall()
    testers = {desk.holds.core.pseudonym(tenant, name) for name in desk.settings.test_users}
    votes: dict[str, list[_Cast]] = defaultdict(list)
    for voter, verdict, taken_us, asker in rows:
        cast = _Cast(verdict == "approve", int(taken_us), is_test=str(asker) in testers)
        votes[names.get(str(voter), "")].append(cast)
    return [_habit(name, cast) for name, cast in sorted(votes.items())]


def _habit(name: str, cast: list[_Cast]) -> Habit:
    approved = [vote for vote in cast if vote.approves]
    return Habit(
        person=name,
        votes=len(cast),
        approved=len(approved),
        fast=sum(vote.taken_us < FAST_US for vote in approved),
        median_us=int(median(vote.taken_us for vote in cast)),
        tests=sum(vote.is_test for vote in cast),
        missed=sum(vote.is_test for vote in approved),
    )


def _together(habits: list[Habit]) -> Habit:
    return Habit(
        person="",
        votes=sum(habit.votes for habit in habits),
        approved=sum(habit.approved for habit in habits),
        fast=sum(habit.fast for habit in habits),
        median_us=int(median(habit.median_us for habit in habits)) if habits else 0,
        tests=sum(habit.tests for habit in habits),
        missed=sum(habit.missed for habit in habits),
    )
