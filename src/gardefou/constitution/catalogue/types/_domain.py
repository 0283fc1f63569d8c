"""Host names and registrable domains.

1. A host name is ASCII, lower case, without a trailing dot; international names are punycode
   (RFC 5891). What IDNA 2008 does not allow is refused: mapping it is where parsers disagree.
2. A site is the registrable domain by the Public Suffix List, its private section too:
   ``a.pages.example`` and ``b.pages.example`` are two sites when ``pages.example`` is on the list.
3. A numeric host is an IP address in its one usual form; other spellings are refused.
"""

from __future__ import annotations

import functools
import ipaddress
import unicodedata
from typing import Any

import msgspec

from gardefou._late import late
from gardefou.constitution.catalogue.types._base import (
    NOWHERE,
    Surroundings,
    plain_text,
    refuse,
)

_LABEL = late(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_OTHER_DOTS = late("[\u3002\uff0e\uff61]")
_NUMERIC = late(r"(?:0[xX][0-9a-fA-F]*|[0-9]+)\Z")

# Letters of other scripts that look like Latin ones, and Latin pairs that look like one letter
# (Unicode Technical Standard 39, confusables, the part that domain names are forged with).
_PAIRS = "аaсcԁdеeһhіiјjӏlқkмmоoрpԛqгrѕsтtуyѵvѡwхxᴢzαaβbεeιiκkνvοoρpτtυuχxγyωwոnıiłløođd"
_TWINS = str.maketrans(dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)))
_FIGURES = str.maketrans("01", "ol")


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """A host name, its site, and whether it is the organisation's own.

    ``lookalike``: it mixes scripts, or it can be read as one of the organisation's domains and is
    not.
    """

    value: str
    site: str
    inside: bool = False
    lookalike: bool = False


def parse_domain(value: Any, path: str = "", around: Surroundings = NOWHERE) -> Domain:
    """Read a domain name.

    Raises:
        InputError: codes ``domain.*``.
    """
    name = host(plain_text(value, path, "domain"), path, "domain")
    return Domain(
        value=name,
        site=site(name),
        inside=inside(name, around.domains),
        lookalike=lookalike(name, around.domains),
    )


def host(text: str, path: str, name: str) -> str:
    """The one form of a host name or an IP address (IPv6 without brackets).

    Raises:
        InputError: ``<name>.host`` when the text is no host name under the rules above.
    """
    try:
        return _host(text)
    except ValueError:
        refuse(
            f"{name}.host",
            "the host name has no single reading",
            path,
            expected="letters, digits and hyphens between dots, or an IP address in its usual form",
            help="write the name as its owner registered it",
        )


@functools.lru_cache(maxsize=4096)
def _host(text: str) -> str:
    name = text.lower()
    if ":" in name:
        return str(ipaddress.IPv6Address(name.partition("%")[0] if "%" in name else name))
    name = name.removesuffix(".")
    if not name.isascii():
        if _OTHER_DOTS.search(name):
            raise ValueError(text)
        import idna  # noqa: PLC0415 - 30 ms, and few names need it

        name = idna.encode(name, uts46=False, std3_rules=True).decode("ascii")
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.match(label) for label in labels):
        raise ValueError(text)
    if _NUMERIC.match(labels[-1]):
        return str(ipaddress.IPv4Address(name))
    return name


@functools.cache
def _list() -> Any:
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - 40 ms, only for what has a host

    return PublicSuffixList()


@functools.lru_cache(maxsize=4096)
def site(name: str) -> str:
    """The registrable domain of a host; the host itself when it has none (IP, ``localhost``)."""
    if ":" in name or "." not in name or name.rpartition(".")[2].isdigit():
        return name
    return _list().privatesuffix(name) or name


@functools.lru_cache(maxsize=64)
def _own(domains: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    names = tuple(host(d.strip().lstrip("@"), "organisation.domains", "domain") for d in domains)
    return names, frozenset(skeleton(n) for n in names)


def inside(name: str, domains: tuple[str, ...]) -> bool:
    """Whether the host is one of the organisation's domains or below one."""
    return any(name == own or name.endswith("." + own) for own in _own(domains)[0])


@functools.lru_cache(maxsize=4096)
def lookalike(name: str, domains: tuple[str, ...]) -> bool:
    """Whether the host mixes scripts in one label or passes itself off as the organisation's."""
    shown = _shown(name)
    if any(mixes_scripts(label) for label in shown.split(".")):
        return True
    if inside(name, domains):
        return False
    own = _own(domains)[1]
    parts = skeleton(name).split(".")
    return any(".".join(parts[i:]) in own for i in range(len(parts)))


def skeleton(name: str) -> str:
    """What the name looks like at a glance: equal skeletons are taken for each other."""
    shown = twin_letters(_shown(name)).translate(_FIGURES)
    shown = "".join(c for c in unicodedata.normalize("NFD", shown) if not unicodedata.combining(c))
    return shown.replace("rn", "m").replace("vv", "w").replace("cl", "d")


def twin_letters(text: str) -> str:
    """The text with letters of other scripts replaced by the Latin ones that they look like."""
    return text.translate(_TWINS)


def _shown(name: str) -> str:
    if "xn--" not in name:
        return name
    labels = []
    for label in name.split("."):
        try:
            labels.append(label[4:].encode().decode("punycode") if label[:4] == "xn--" else label)
        except UnicodeError:
            labels.append(label)
    return ".".join(labels)


def mixes_scripts(label: str) -> bool:
    """Whether a name holds letters of several scripts that do not belong together."""
    if label.isascii():
        return False
    scripts = {unicodedata.name(c, "?").partition(" ")[0] for c in label if c.isalpha()}
    # Japanese and Korean names mix their own scripts as a matter of course.
    east = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}
    return len(scripts - east) > 1 or bool(scripts & east and scripts & {"CYRILLIC", "GREEK"})
