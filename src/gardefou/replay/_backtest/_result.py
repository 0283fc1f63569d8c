"""The result of a backtest: counts, and groups of decisions that changed alike.

The same cases and documents give the same result, byte for byte, on one worker or many.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gardefou.action import digest
from gardefou.recording import Layer

EXAMPLES = 5


class Draft(msgspec.Struct, frozen=True):
    """The documents to decide under, as texts, so that they can travel to other processes."""

    layers: tuple[Layer, ...]
    catalogue: str = ""
    catalogue_file: str = ""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Decisions of one tool that changed in the same way and for the same reasons.

    ``examples`` are the first of them, as their numbers in the order of the cases.
    """

    tool: str
    kind: str
    before: str
    after: str
    grounds_before: tuple[str, ...]
    grounds_after: tuple[str, ...]
    count: int
    examples: tuple[int, ...]


class Tally(msgspec.Struct):
    """What one worker counted; grows while it works."""

    decisions: int = 0
    same: int = 0
    looser: int = 0
    stricter: int = 0
    groups: dict[tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]], list[int]] = {}

    def add(
        self,
        key: tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]],
        number: int,
        *,
        looser: bool,
    ) -> None:
        """Count a changed decision; its number stays with the group while it is among the first."""
        self.looser += looser
        self.stricter += not looser
        group = self.groups.setdefault(key, [0])
        group[0] += 1
        if len(group) <= EXAMPLES:
            group.append(number)


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """What would have been decided otherwise under the draft.

    ``gone`` are decisions that cannot be made again, since their payload was erased or has expired.
    """

    version: int = 1
    constitution: str
    catalogue: str
    decisions: int
    gone: int
    same: int
    looser: int
    stricter: int
    groups: tuple[Group, ...]

    def digest(self) -> str:
        """What a signature speaks of."""
        return digest(msgspec.to_builtins(self), label="backtest/v1")


def merged(
    tallies: Iterable[Tally], *, constitution: str, catalogue: str, gone: int = 0
) -> Backtest:
    """Put together what the workers counted; the order of the workers changes nothing."""
    total = Tally()
    for tally in tallies:
        total.decisions += tally.decisions
        total.same += tally.same
        total.looser += tally.looser
        total.stricter += tally.stricter
        for key, (count, *numbers) in tally.groups.items():
            group = total.groups.setdefault(key, [0])
            group[0] += count
            group[1:] = sorted((*group[1:], *numbers))[:EXAMPLES]
    groups = sorted(total.groups.items(), key=lambda item: (-item[1][0], item[0]))
    return Backtest(
        constitution=constitution,
        catalogue=catalogue,
        decisions=total.decisions,
        gone=gone,
        same=total.same,
        looser=total.looser,
        stricter=total.stricter,
        groups=tuple(
            Group(
                tool=tool,
                kind=kind,
                before=before,
                after=after,
                grounds_before=grounds_before,
                grounds_after=grounds_after,
                count=count,
                examples=tuple(numbers),
            )
            for (tool, kind, before, after, grounds_before, grounds_after), (
                count,
                *numbers,
            ) in groups
        ),
    )
