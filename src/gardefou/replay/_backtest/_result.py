"""The result of a backtest: counts, and groups of decisions that changed alike.

The same cases and documents give the same result, byte for byte, on one worker or many.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from gardefou.action import digest
from gardefou.errors import InputError
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


_Change = tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]


class Tally(msgspec.Struct):
    """What one worker counted; grows while it works.

    ``bad`` is the number of the case that it stopped at, with the reason.
    """

    decisions: int = 0
    same: int = 0
    looser: int = 0
    stricter: int = 0
    groups: dict[_Change, list[int]] = {}
    bad: tuple[int, str] | None = None

    def add(self, key: _Change, number: int, *, looser: bool) -> None:
        """Count a changed decision; its number stays with the group while it is among the first."""
        self.looser += looser
        self.stricter += not looser
        group = self.groups.setdefault(key, [0])
        group[0] += 1
        if len(group) <= EXAMPLES:
            group.append(number)

    def moved(self, first: int) -> Tally:
        """The same tally with the numbers counted from another first case."""
        groups = {
            key: [total, *(first + number for number in numbers)]
            for key, (total, *numbers) in self.groups.items()
        }
        bad = self.bad and (first + self.bad[0], self.bad[1])
        return msgspec.structs.replace(self, groups=groups, bad=bad)


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


def bad_case(line: int, why: str) -> InputError:
    """The error for a line that is no case."""
    return InputError(
        f"case {line} cannot be read: {why}",
        code="backtest.case",
        path=f"[{line}]",
        expected="one case as JSON in each line, as `--keep-cases` writes them",
        help="write the cases again from the ledger",
    )


def numbered(tallies: Iterable[Tally]) -> list[Tally]:
    """Tallies of parts that follow each other, with the numbers of the whole."""
    found: list[Tally] = []
    first = 0
    for tally in tallies:
        found.append(tally.moved(first))
        first += tally.decisions
    return found


def merged(
    tallies: Iterable[Tally], *, constitution: str, catalogue: str, gone: int = 0
) -> Backtest:
    """Put together what the workers counted; the order of the workers changes nothing.

    Raises:
        InputError: ``backtest.case`` naming the first case that is none.
    """
    tallies = tuple(tallies)
    bad = min((tally.bad for tally in tallies if tally.bad is not None), default=None)
    if bad is not None:
        raise bad_case(*bad)
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
