"""Reading a quorum: how many people of which role have to agree."""

from __future__ import annotations

from gardefou.constitution._fields import integer_of
from gardefou.constitution._problems import Problems, did_you_mean, shown
from gardefou.constitution._scope import Scope
from gardefou.constitution._yaml import Table

MAX_QUORUM = 20


def quorum_of(table: Table, what: str, scope: Scope, problems: Problems) -> dict[str, int]:
    """The people by role; an unknown role and a count that is none are problems, and left out."""
    quorum: dict[str, int] = {}
    for role, value in table.values.items():
        if role not in scope.roles:
            problems.error(
                "quorum.unknown_role",
                table.keys[role],
                f"there is no role {shown(role)}",
                found=shown(role),
                expected="a role of the front matter",
                help=did_you_mean(role, scope.roles, kind="role"),
            )
            continue
        count = integer_of(value, problems, f"the {what} of `{role}`", 1, MAX_QUORUM)
        if count is not None:
            quorum[role] = count
    return quorum
