"""The charter: who may change which kind of article, with how many signatures, after how long.

```yaml
charter: 1
signers:
  issuer: [issuer.example/root+3f1a...]
  operator: [operator.example/anna+91bb..., operator.example/ben+07cd...]
changes:
  red_line:   {signers: issuer, count: 1, cooling_off: 7d}
  entrenched: {signers: issuer, count: 1, cooling_off: 3d}
  default:    {signers: operator, count: 2, cooling_off: 1d}
  guideline:  {signers: operator, count: 1, cooling_off: 0s}
```

A signer is a public key of a key file, or a passkey (`passkey+ORIGIN+NAME+KEY`). The keys of the
issuer can be held by somebody who does not run the installation. An amendment that
touches several kinds needs the signatures of each, and waits for the longest cooling-off.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import yaml

from gardefou.action import digest
from gardefou.amendments._passkeys import PREFIX, PasskeySigner, parse_passkey
from gardefou.constitution import ARTICLE_KINDS
from gardefou.errors import GardefouError, InputError, UsageError
from gardefou.ledger import Verifier, parse_vkey

_SPAN = re.compile(r"(\d{1,6})([smhd])\Z")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Rank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a change of one kind of article needs."""

    signers: str
    count: int
    cooling_off: str = "0s"

    @property
    def cooling_off_us(self) -> int:
        """The cooling-off in microseconds."""
        found = _SPAN.match(self.cooling_off)
        return int(found[1]) * _SECONDS[found[2]] * 1_000_000 if found else 0


class Charter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may change a constitution."""

    charter: int
    signers: dict[str, tuple[str, ...]]
    changes: dict[str, Rank]

    def digest(self) -> str:
        """The digest that an entry of the ledger names."""
        return digest(msgspec.to_builtins(self), label="charter/v1")

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        """The keys of key files, of all groups."""
        return tuple(parse_vkey(text) for text in self._texts if not text.startswith(PREFIX))

    @property
    def passkeys(self) -> tuple[PasskeySigner, ...]:
        """The passkeys, of all groups.

        Raises:
            UsageError: ``amendment.passkeys`` without the extra ``console``.
        """
        return tuple(parse_passkey(text) for text in self._texts if text.startswith(PREFIX))

    @property
    def _texts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(text for group in self.signers.values() for text in group))


def load_charter(text: str | bytes) -> Charter:
    """Read a charter from YAML.

    Raises:
        InputError: ``charter.form``, naming the first mistake.
        UsageError: ``amendment.passkeys`` without the extra that passkeys need.
    """
    try:
        value: Any = yaml.safe_load(text)
        found = msgspec.convert(value, Charter)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise _wrong(" ".join(str(error).split())[:200].lower()) from None
    check_charter(found)
    return found


def check_charter(charter: Charter) -> None:
    """Whether a charter makes sense.

    Raises:
        InputError: ``charter.form``, naming the first mistake.
        UsageError: ``amendment.passkeys`` without the extra that passkeys need.
    """
    if charter.charter != 1:
        raise _wrong(f"version {charter.charter} is not known")
    if set(charter.changes) != set(ARTICLE_KINDS):
        raise _wrong(f"`changes` names {', '.join(sorted(charter.changes)) or 'nothing'}")
    for group, vkeys in charter.signers.items():
        if len(set(vkeys)) != len(vkeys):
            raise _wrong(f"a key stands twice in `{group}`")
        for vkey in vkeys:
            try:
                parse = parse_passkey if vkey.startswith(PREFIX) else parse_vkey
                parse(vkey)
            except UsageError:
                raise
            except GardefouError as error:
                raise _wrong(f"`{vkey[:60]}` is no public key: {error.message}") from None
    for kind, rank in charter.changes.items():
        members = charter.signers.get(rank.signers)
        if members is None:
            raise _wrong(f"`{kind}` asks for `{rank.signers}`, and there are no such signers")
        if not 1 <= rank.count <= len(members):
            raise _wrong(
                f"`{kind}` asks for {rank.count} of {len(members)} signatures of `{rank.signers}`"
            )
        if not _SPAN.match(rank.cooling_off):
            raise _wrong(f"`{rank.cooling_off[:20]}` is no time such as 7d or 12h")


def _wrong(why: str) -> InputError:
    return InputError(
        f"this is no charter: {why}",
        code="charter.form",
        expected=f"signers with public keys, and for each of {', '.join(ARTICLE_KINDS)} who and how many",
        help="see docs/reference/amendments.md",
    )
