"""International bank account numbers (ISO 13616): structure, length of the country, checksum."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from gardefou.constitution.catalogue.types._base import (
    NOWHERE,
    Surroundings,
    plain_text,
    refuse,
)

_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}\Z")

# Source: SWIFT IBAN registry, release 99; a country that is not here is checked by checksum only.
_LENGTH_LIST = (
    "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BI:27 BR:29 BY:28 CH:21 CR:22 "
    "CY:28 CZ:24 DE:22 DJ:27 DK:18 DO:28 EE:20 EG:29 ES:24 FI:18 FK:18 FO:18 FR:27 GB:22 "
    "GE:22 GI:23 GL:18 GR:27 GT:28 HN:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 "
    "KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 LY:25 MC:27 MD:24 ME:22 MK:19 MN:20 "
    "MR:27 MT:31 MU:30 NI:28 NL:18 NO:15 OM:23 PK:24 PL:28 PS:29 PT:25 QA:29 RO:24 RS:22 "
    "RU:33 SA:24 SC:31 SD:18 SE:24 SI:19 SK:24 SM:27 SO:23 ST:25 SV:28 TL:23 TN:24 TR:26 "
    "UA:29 VA:22 VG:24 XK:20 YE:30"
)
_LENGTHS = {entry[:2]: int(entry[3:]) for entry in _LENGTH_LIST.split()}


_AS_DIGITS = str.maketrans({chr(ord("A") + i): str(10 + i) for i in range(26)})


class Iban(msgspec.Struct, frozen=True, kw_only=True):
    """An account number whose length and checksum are right."""

    value: str
    country: str


def squeeze(text: str) -> str:
    """The text in capitals without the spaces that people group it with."""
    return text.replace(" ", "").replace("\u00a0", "").replace("\u202f", "").upper()


def claims_iban(squeezed: str) -> bool:
    """Whether the text has the shape of an IBAN, right or wrong."""
    return _SHAPE.match(squeezed) is not None


def is_iban(squeezed: str) -> bool:
    """Whether shape, length and checksum (ISO 7064, mod 97-10) are right."""
    if not claims_iban(squeezed):
        return False
    if len(squeezed) != _LENGTHS.get(squeezed[:2], len(squeezed)):
        return False
    turned = squeezed[4:] + squeezed[:4]
    return int(turned.translate(_AS_DIGITS)) % 97 == 1


def parse_iban(value: Any, path: str = "", around: Surroundings = NOWHERE) -> Iban:  # noqa: ARG001 - one shape for all types
    """Read an IBAN.

    Raises:
        InputError: codes ``iban.*``; ``iban.checksum`` when it cannot be right.
    """
    text = squeeze(plain_text(value, path, "iban"))
    if not is_iban(text):
        refuse(
            "iban.checksum",
            "the account number is no valid IBAN",
            path,
            expected="an IBAN with the length and checksum of its country",
            help="check the number with its owner by another channel",
        )
    return Iban(value=text, country=text[:2])
