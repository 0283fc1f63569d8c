"""The front door of break-glass."""

from __future__ import annotations

from typing import Any

from gardefou.supervision._core import Core
from gardefou.supervision._glass import (
    GlassBallot,
    check_person,
    check_scope,
    close_glass,
    open_glass,
    roles_of,
    rules_of,
    use_glass,
)
from gardefou.supervision._glass_read import (
    Glass,
    GlassUse,
    GlassView,
    Scope,
    glass_use_challenge,
    glass_view,
    glasses,
    read_glass,
    used_on,
)
from gardefou.supervision._model import Hold
from gardefou.supervision._people import folded


class BreakGlass:
    """The front door of break-glass; one for each `Holds`."""

    def __init__(self, core: Core) -> None:
        """Share the parts of the holds."""
        self._core = core

    def new_id(self) -> str:
        """An id for one that is to be opened; it is signed with the rest."""
        return self._core.make_id().replace("hold-", "glass-")

    def open(self, glass_id: str, **what: Any) -> Glass:
        """Break the glass; the fields are those of `open_glass`."""
        return open_glass(self._core, glass_id, **what)

    def check(self, tenant: str, person: str, scope: Scope, minutes: int) -> None:
        """Whether a person could open this one, evidence apart.

        Raises:
            Refused: codes ``breakglass.*``.
        """
        check_scope(self._core, tenant, scope, minutes)
        check_person(self._core, tenant, person)

    def challenge(self, glass_id: str, hold_id: str, person: str) -> bytes:
        """What a person's key signs to approve a hold alone."""
        return glass_use_challenge(glass_id, self._core.read(hold_id), person)

    def use(self, request: GlassBallot) -> Hold:
        """Approve a hold alone."""
        return use_glass(self._core, request)

    def get(self, glass_id: str) -> Glass:
        """One break-glass."""
        return read_glass(self._core, glass_id)

    def view(self, glass: Glass) -> GlassView:
        """What a reviewer is shown of one."""
        return glass_view(self._core, glass)

    def used_on(self, hold: Hold) -> tuple[GlassView, GlassUse] | None:
        """The break-glass with which a hold was approved, and that use of it."""
        return used_on(self._core, hold)

    def may(self, tenant: str, person: str) -> bool:
        """Whether a person may break the glass, evidence apart."""
        return bool(roles_of(self._core, tenant, person))

    def may_help(self, hold: Hold, person: str) -> bool:
        """Whether a break-glass of this person could release a hold that waits, evidence apart."""
        return (
            hold.state == "pending"
            and not hold.ask.red_line
            and hold.ask.kind == "supervision"
            and self.may(hold.tenant, person)
            and folded(person) not in self._core.call_of(hold).face.barred
        )

    def usable(self, hold: Hold, person: str) -> Glass | None:
        """A person's own break-glass that is open now and covers a hold."""
        core = self._core
        me, now_us = core.pseudonym(hold.tenant, person), core.now()
        found = (g for g in self.list(hold.tenant, unreviewed=True) if g.person == me)
        return next((g for g in found if g.is_open(now_us) and g.covers(hold)), None)

    def rules(self, tenant: str) -> tuple[str, ...]:
        """What a scope may name: no red line."""
        return rules_of(self._core, tenant)

    def close(self, glass_id: str, *, person: str, reason: str) -> Glass:
        """Somebody else has looked at it."""
        return close_glass(self._core, glass_id, person=person, reason=reason)

    def list(self, tenant: str = "", *, unreviewed: bool = False) -> tuple[Glass, ...]:
        """Every break-glass, the newest first."""
        return glasses(self._core, tenant, unreviewed=unreviewed)
