"""Who receives something: addresses, numbers, accounts and names, one value for each receiver.

1. A text may hold several e-mail addresses, parted by commas or semicolons: each is a party, so
   that no rule sees only the one that looks right.
2. An address is plain (``name@host``) or has a display name (``Name <name@host>``), read with the
   standard library's RFC 5322 parser. Comments, groups, routes, encoded words, quoted local
   parts, percent and bang routes are refused: mail programs disagree on where they go.
3. A display name that holds another address is refused; what holds an ``@`` and is no address is
   refused, never taken for a name.
4. Addresses are compared in lower case; hosts as in ``_domain``.
5. Text with the shape of an IBAN and a wrong checksum is a name with ``checked`` false.
6. Only an e-mail address or a web address can be ``inside``; a name is nobody's until a rule says so.
"""

from __future__ import annotations

import functools
import re
from typing import Any, Literal, NoReturn

import msgspec

from gardefou.constitution.catalogue.types._base import (
    NOWHERE,
    Surroundings,
    kind_of,
    plain_text,
    refuse,
)
from gardefou.constitution.catalogue.types._domain import host, inside, lookalike, site
from gardefou.constitution.catalogue.types._iban import claims_iban, is_iban, squeeze
from gardefou.constitution.catalogue.types._url import looks_like_url, parse_url

PartyKind = Literal["email", "phone", "iban", "url", "handle", "name"]

_LOCAL = re.compile(r"[^\s\"(),:;<>@\[\]\\%!=`|/?#]+\Z")
_BETWEEN = re.compile(r"[,;]")
_PHONE = re.compile(r"\+[0-9][0-9 ()./-]{4,28}\Z|\(?0[0-9()]*(?:[ ./-][0-9()]+){2,}\Z")
_HANDLE = re.compile(r"[@#][^\s@,;<>]+\Z")
_LONGEST = 20_000
_LONGEST_KEPT = 320  # RFC 5321: 64 octets, an at sign, 255 octets
_MOST_KEPT = 4096


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """One receiver. ``domain`` and ``site`` are empty unless it is an e-mail or web address.

    ``checked``: the form was verified (an address parses, a checksum holds). ``lookalike``: the
    domain can be read as one of the organisation's, or mixes scripts.
    """

    value: str
    kind: PartyKind
    domain: str = ""
    site: str = ""
    inside: bool = False
    display: str = ""
    checked: bool = False
    lookalike: bool = False


# Receivers recur from call to call; a value is a pure function of the text and our domains.
_KNOWN: dict[tuple[str, tuple[str, ...]], tuple[Party, ...]] = {}


def parse_parties(value: Any, path: str = "", around: Surroundings = NOWHERE) -> list[Party]:
    """Read every receiver in a value.

    Raises:
        InputError: codes ``party.*``.
    """
    if type(value) is int:
        value = str(value)
    if type(value) is not str:
        refuse("party.type", f"{kind_of(value)} is not a receiver", path, expected="text")
    key = (value, around.domains)
    known = _KNOWN.get(key)
    if known is None:
        known = tuple(_read(value, path, around))
        if len(value) <= _LONGEST_KEPT:
            if len(_KNOWN) >= _MOST_KEPT:
                _KNOWN.clear()
            _KNOWN[key] = known
    return list(known)


def _read(value: str, path: str, around: Surroundings) -> list[Party]:
    text = plain_text(value, path, "party")
    if len(text) > _LONGEST:
        refuse("party.size", "the text is too long for receivers", path, expected="a short text")
    if looks_like_url(text):
        return [_web(text, path, around)]
    if text[:7].lower() == "mailto:":
        text = text[7:].strip()
        if not text or "?" in text or "%" in text or text[:7].lower() == "mailto:":
            _unclear(path)
    if "＠" in text or "﹫" in text:
        _unclear(path)
    if "@" not in text or _HANDLE.match(text):
        return [_other(text)]
    if not _BETWEEN.search(text) and "<" not in text:
        return [_address(text, "", path, around)]
    return _addresses(text, path, around)


def _web(text: str, path: str, around: Surroundings) -> Party:
    url = parse_url(text, path, around)
    return Party(
        value=url.value,
        kind="url",
        domain=url.host,
        site=url.site,
        inside=url.inside and not url.has_credentials,
        checked=bool(url.host),
        lookalike=url.lookalike,
    )


def _other(text: str) -> Party:
    if _HANDLE.match(text):
        return Party(value=text.casefold(), kind="handle")
    squeezed = squeeze(text)
    if claims_iban(squeezed):
        checked = is_iban(squeezed)
        return Party(value=squeezed, kind="iban" if checked else "name", checked=checked)
    if _PHONE.match(text):
        digits = "".join(c for c in text if c.isdigit())
        if 6 <= len(digits) <= 15:
            plus = "+" if text[0] == "+" else ""
            return Party(value=plus + digits, kind="phone", checked=plus == "+")
    return Party(value=" ".join(text.split()), kind="name")


def _address(text: str, display: str, path: str, around: Surroundings) -> Party:
    local, _, name = text.rpartition("@")
    if (
        not _LOCAL.match(local)
        or local[0] == "."
        or local[-1] == "."
        or ".." in local
        or len(local) > 64
    ):
        _unclear(path)
    domain = host(name, path, "party")
    if ":" in domain or domain.rpartition(".")[2].isdigit():
        _unclear(path)
    return Party(
        value=f"{local.lower()}@{domain}",
        kind="email",
        domain=domain,
        site=site(domain),
        inside=inside(domain, around.domains),
        display=display,
        checked=True,
        lookalike=lookalike(domain, around.domains),
    )


@functools.cache
def _registry() -> Any:
    from email.headerregistry import HeaderRegistry  # noqa: PLC0415 - 30 ms, display names only

    return HeaderRegistry()


def _addresses(text: str, path: str, around: Surroundings) -> list[Party]:
    parts = _split(text, path)
    parties = []
    for part in parts:
        if "<" not in part and '"' not in part:
            parties.append(_address(part, "", path, around))
            continue
        if "=?" in part or "(" in part or ":" in part:
            _unclear(path)
        header = _registry()("To", part)
        found = header.addresses
        if header.defects or len(found) != 1 or header.groups[0].display_name is not None:
            _unclear(path)
        display, spec = found[0].display_name, found[0].addr_spec
        if not part.endswith(f"<{spec}>"):
            _unclear(path)
        if "@" in display and display.strip().lower() != spec.lower():
            refuse(
                "party.display_name",
                "the display name holds another address",
                path,
                expected="a name, or the same address",
                help="remove the display name",
            )
        parties.append(_address(spec, display, path, around))
    return parties


def _split(text: str, path: str) -> list[str]:
    """The parts between commas and semicolons that stand outside quotes and angles."""
    parts, start, quoted, angle = [], 0, False, False
    for i, c in enumerate(text):
        if c == "\\":
            _unclear(path)
        if c == '"':
            quoted = not quoted
        elif not quoted and c == "<":
            angle = True
        elif not quoted and c == ">":
            angle = False
        elif c in ",;" and not quoted:
            if angle:
                _unclear(path)
            parts.append(text[start:i].strip(" "))
            start = i + 1
    parts.append(text[start:].strip(" "))
    if quoted or angle:
        _unclear(path)
    if parts[-1] == "" and len(parts) > 1:
        parts.pop()  # one separator at the end is usual and says nothing
    if not all(parts):
        _unclear(path)
    return parts


def _unclear(path: str) -> NoReturn:
    refuse(
        "party.address",
        "the text is no address with one reading",
        path,
        expected="name@host, or Name <name@host>, parted by commas",
        help="write each address plainly",
    )
