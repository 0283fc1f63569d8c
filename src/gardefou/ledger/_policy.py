"""Trust policies: which log keys count, and which witnesses must have signed. Pure.

Source: c2sp.org/tlog-policy. A policy is lines of ``log``, ``witness``, ``group`` and exactly one
``quorum``; a name is used only after it was defined, and by one group at most.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import msgspec

from gardefou.errors import UsageError, VerificationError
from gardefou.ledger._checkpoint import Checkpoint, open_checkpoint
from gardefou.ledger._note import Verifier, check_signature, parse_vkey

NONE = "none"


class Group(msgspec.Struct, frozen=True):
    """A group signs when at least ``least`` of its members do."""

    least: int
    members: tuple[str, ...]


class Policy(msgspec.Struct, frozen=True):
    """Who must have signed a checkpoint for it to count."""

    logs: tuple[Verifier, ...]
    witnesses: dict[str, Verifier]
    groups: dict[str, Group]
    quorum: str

    def check(self, note: str | bytes) -> Checkpoint:
        """Accept only a checkpoint of a listed log with a quorum of witnesses.

        Raises:
            VerificationError: naming the witnesses that signed.
        """
        checkpoint, parsed = open_checkpoint(note, self.logs)
        signed = set()
        for name, verifier in self.witnesses.items():
            for signature in parsed.signatures:
                if (signature.name, signature.key_id) == (verifier.name, verifier.key_id):
                    check_signature(verifier, parsed.text, signature)
                    signed.add(name)
        if not self._holds(self.quorum, signed):
            raise VerificationError(
                f"cosigned by {', '.join(sorted(signed)) or 'nobody'}, "
                f"expected the quorum `{self.quorum}`",
                code="policy.quorum",
                help="fetch a checkpoint that more witnesses have signed",
            )
        return checkpoint

    def _holds(self, name: str, signed: set[str]) -> bool:
        if name == NONE:
            return True
        group = self.groups.get(name)
        if group is None:
            return name in signed
        return sum(self._holds(member, signed) for member in group.members) >= group.least


def parse_policy(text: str) -> Policy:
    """Read a policy file.

    Raises:
        UsageError: with the number of the line that is wrong.
    """
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            rule = reader.rules.get(words[0])
            if rule is None:
                _bad(f"`{words[0][:40]}` is not a rule")
            rule(words[1:])
        except (VerificationError, ValueError) as error:
            raise UsageError(
                f"line {number} of the policy: {error}",
                code="policy.form",
                help="see c2sp.org/tlog-policy for the form",
            ) from None
    if reader.quorum is None:
        raise UsageError(
            "the policy has no quorum line", code="policy.form", help="add one, such as quorum none"
        )
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum)


class _Reader:
    def __init__(self) -> None:
        self.logs: list[Verifier] = []
        self.witnesses: dict[str, Verifier] = {}
        self.groups: dict[str, Group] = {}
        self.grouped: set[str] = set()
        self.quorum: str | None = None
        self.rules: dict[str, Callable[[list[str]], None]] = {
            "log": self.log,
            "witness": self.witness,
            "group": self.group,
            "quorum": self.set_quorum,
        }

    def log(self, words: list[str]) -> None:
        if not 1 <= len(words) <= 2:
            _bad("log takes a vkey and perhaps a URL")
        verifier = parse_vkey(words[0])
        if any(v.public == verifier.public for v in self.logs):
            _bad("this log stands twice")
        self.logs.append(verifier)

    def witness(self, words: list[str]) -> None:
        if not 2 <= len(words) <= 3:
            _bad("witness takes a name, a vkey and perhaps a URL")
        verifier = parse_vkey(words[1])
        if any(v.public == verifier.public for v in self.witnesses.values()):
            _bad("this witness stands twice")
        self.witnesses[self._new(words[0])] = verifier

    def group(self, words: list[str]) -> None:
        if len(words) < 3:
            _bad("group takes a name, a threshold and members")
        name, threshold, members = words[0], words[1], words[2:]
        for member in members:
            if not self._known(member) or member in self.grouped:
                _bad(f"`{member[:40]}` is not defined, or is in a group already")
            self.grouped.add(member)
        least = {"all": len(members), "any": 1}.get(threshold) or int(threshold)
        if not 1 <= least <= len(members):
            _bad(f"the threshold {least} is not between 1 and {len(members)}")
        self.groups[self._new(name)] = Group(least, tuple(members))

    def set_quorum(self, words: list[str]) -> None:
        if self.quorum is not None or len(words) != 1:
            _bad("there is one quorum line, with one name")
        if words[0] != NONE and not self._known(words[0]):
            _bad(f"`{words[0][:40]}` is not defined")
        self.quorum = words[0]

    def _known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _new(self, name: str) -> str:
        if name == NONE or self._known(name):
            _bad(f"`{name[:40]}` is taken")
        return name


def _bad(message: str) -> NoReturn:
    raise ValueError(message)
