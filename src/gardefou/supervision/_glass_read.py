"""Break-glass as a value, and what a reviewer is shown of one.

Names are those of people who have a role now; whoever has none any more, or was erased, is nameless.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from gardefou.ledger import Entry, decode_entry
from gardefou.supervision._core import Core, is_name
from gardefou.supervision._model import ANYBODY, Hold
from gardefou.supervision._refusals import Refused, refused


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """For which rules (articles' ids, or causes of the engine) and which tools."""

    rules: tuple[str, ...]
    tools: tuple[str, ...]


class Glass(msgspec.Struct, frozen=True, kw_only=True):
    """One break-glass; ``person`` is a pseudonym, times are microseconds, 0 for "not yet"."""

    id: str
    tenant: str
    person: str
    scope: Scope
    opened_us: int
    until_us: int
    closed_us: int
    uses: int
    seq: int

    @property
    def is_unreviewed(self) -> bool:
        """Whether nobody else has looked at it yet."""
        return self.closed_us == 0

    def is_open(self, now_us: int) -> bool:
        """Whether it can be used at this moment."""
        return self.closed_us == 0 and now_us < self.until_us

    def covers(self, hold: Hold) -> bool:
        """Whether a hold is within its scope; one that a red line holds never is."""
        rules = hold.ask.rules
        return (
            not hold.ask.red_line
            and self.tenant == hold.tenant
            and bool(rules)
            and set(rules) <= set(self.scope.rules)
            and hold.tool in self.scope.tools
        )


class GlassUse(msgspec.Struct, frozen=True, kw_only=True):
    """One hold that was approved with a break-glass, and why."""

    hold: str
    tool: str
    at_us: int
    reason: str


class GlassView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a reviewer is shown: who, why, what came of it, and who has looked at it."""

    glass: Glass
    person: str
    reason: str
    uses: tuple[GlassUse, ...]
    closed_by: str = ""
    closed_reason: str = ""


def glass_challenge(glass_id: str, tenant: str, person: str, scope: Scope, minutes: int) -> bytes:
    """What the person's key signs; the id is new for each one, so that nothing can be replayed."""
    value = msgspec.json.encode(["hold-glass/v1", glass_id, tenant, person, scope, minutes])
    return hashlib.sha256(value).digest()


def glass_use_challenge(glass_id: str, hold: Hold, person: str) -> bytes:
    """What the person's key signs to approve this very call alone; it is no vote."""
    parts = ["hold-glass-use/v1", glass_id, hold.id, hold.digest, hold.nonce, person]
    return hashlib.sha256(msgspec.json.encode(parts)).digest()


def glasses(core: Core, tenant: str = "", *, unreviewed: bool = False) -> tuple[Glass, ...]:
    """Every break-glass, the newest first."""
    with core.store.reading() as session:
        rows = session.run(f"{_SELECT} ORDER BY seq DESC", ()).fetchall()
    found = (_glass(row) for row in rows)
    return tuple(
        glass
        for glass in found
        if tenant in ("", glass.tenant) and (glass.is_unreviewed or not unreviewed)
    )


def read_glass(core: Core, glass_id: str) -> Glass:
    """One break-glass.

    Raises:
        Refused: ``breakglass.missing``.
    """
    row = None
    if is_name(glass_id):
        with core.store.reading() as session:
            row = session.run(f"{_SELECT} WHERE id = ?", (glass_id,)).fetchone()
    if row is None:
        raise refused("breakglass.missing", "there is no such break-glass", "check the id")
    return _glass(row)


def glass_view(core: Core, glass: Glass) -> GlassView:
    """What a reviewer is shown; linear in what its people have written since it was opened."""
    with core.store.reading():
        names = {
            core.pseudonym(glass.tenant, name): name for name in core.roles(glass.tenant)[ANYBODY]
        }
        found = list(_entries(core, glass, tuple(name for name in names if name)))
        closing = next((about for about in found if about.entry.kind == "breakglass.closed"), None)
        return GlassView(
            glass=glass,
            person=names.get(glass.person, ""),
            reason=_reason(core, glass.seq),
            uses=tuple(_use(core, about) for about in found if about.entry.kind == "resolution"),
            closed_by="" if closing is None else names.get(closing.entry.data["by"], ""),
            closed_reason="" if closing is None else _reason(core, closing.seq),
        )


def used_on(core: Core, hold: Hold) -> tuple[GlassView, GlassUse] | None:
    """The break-glass with which a hold was approved, and that use of it; None for any other hold."""
    if hold.state == "pending":
        return None
    for glass in glasses(core, hold.tenant):
        if glass.uses and glass.covers(hold) and glass.until_us > hold.opened_us:
            found = glass_view(core, glass)
            use = next((use for use in found.uses if use.hold == hold.id), None)
            if use is not None:
                return found, use
    return None


class _About(NamedTuple):
    seq: int
    entry: Entry


_SELECT = (
    "SELECT id, tenant, person, scope, opened_us, until_us, closed_us, uses, seq FROM break_glass"
)


def _glass(row: Any) -> Glass:
    return Glass(
        id=str(row[0]),
        tenant=str(row[1]),
        person=str(row[2]),
        scope=msgspec.json.decode(row[3], type=Scope),
        opened_us=int(row[4]),
        until_us=int(row[5]),
        closed_us=int(row[6]),
        uses=int(row[7]),
        seq=int(row[8]),
    )


def _entries(core: Core, glass: Glass, members: tuple[str, ...]) -> Iterator[_About]:
    """The entries about a break-glass, found by the reasons that people wrote with them."""
    subjects = sorted({glass.person, *members})
    marks = ", ".join("?" for _ in subjects)
    with core.store.reading() as session:
        rows = session.run(
            f"SELECT seq FROM payload WHERE subject IN ({marks})"  # noqa: S608 - marks only
            " AND part = 'reason' AND seq > ? ORDER BY seq",
            (*subjects, glass.seq),
        ).fetchall()
        for (seq,) in rows:
            row = next(session.rows(int(seq), int(seq) + 1), None)
            if row is None:
                continue  # pruned
            entry = decode_entry(row.body, row.seq)
            if entry.data.get("glass") == glass.id:
                yield _About(row.seq, entry)
                if entry.kind == "breakglass.closed":
                    return


def _use(core: Core, about: _About) -> GlassUse:
    hold = core.read(about.entry.data["hold"])
    reason = _reason(core, about.seq)
    return GlassUse(hold=hold.id, tool=hold.tool, at_us=about.entry.at_us, reason=reason)


def _reason(core: Core, seq: int) -> str:
    try:
        return str(core.sealed_at(seq, "reason")["reason"])
    except Refused:
        return ""  # erased with whoever wrote it
