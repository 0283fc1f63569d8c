"""Whether different persons can fill a quorum: one person counts once, whatever their roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def persons_short(quorum: Mapping[str, int], roles: Mapping[str, Sequence[str]]) -> int:
    """How many seats stay empty when as many as possible are filled by different persons.

    A maximum matching of seats and persons, by augmenting paths; seats times memberships at worst.
    Source: Kuhn, The Hungarian method for the assignment problem (1955).
    """
    seats = [role for role, count in quorum.items() for _ in range(count)]
    seat_of: dict[str, int] = {}
    return sum(not _fill(seat, seats, roles, seat_of, set()) for seat in range(len(seats)))


def _fill(
    seat: int,
    seats: Sequence[str],
    roles: Mapping[str, Sequence[str]],
    seat_of: dict[str, int],
    tried: set[str],
) -> bool:
    for person in roles.get(seats[seat], ()):
        if person in tried:
            continue
        tried.add(person)
        if person not in seat_of or _fill(seat_of[person], seats, roles, seat_of, tried):
            seat_of[person] = seat
            return True
    return False
