"""Addresses on the web, with one reading or none.

1. Where browsers (WHATWG URL) and libraries (RFC 3986) disagree, the address is refused: back
   slashes, white space inside, control characters, percent signs in the host, numeric hosts in
   another form than four decimals.
2. ``shop.example/a`` and ``//shop.example/a`` have a host without a scheme; a host must look like
   one (a dot and a letter in its last part, or ``localhost``). ``git@host:folder`` is SSH.
3. The path is percent-decoded once and freed of ``.`` and ``..``; query and fragment stay raw.
4. Text that is neither has no host and is nobody's: ``inside`` is false.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote, urlsplit

import msgspec

from gardefou._late import late
from gardefou.constitution.catalogue.types._base import (
    NOWHERE,
    Surroundings,
    plain_text,
    refuse,
)
from gardefou.constitution.catalogue.types._domain import host as one_host
from gardefou.constitution.catalogue.types._domain import inside, lookalike, site

_SCHEME = late(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WITH_HOST = frozenset({"http", "https", "ws", "wss", "ftp", "ftps", "sftp", "ssh", "git"})
_HOST_FIRST = late(r"(?:[^/?#@:\s]+\.[^/?#@:\s]*[^\W\d][^/?#@:\s]*|localhost)(?::\d+)?(?=[/?#]|\Z)")

_USER_FIRST = late(r"[^/?#@\s]*@" + _HOST_FIRST.pattern)
# `git@host:folder`, as programs that copy over SSH write it.
_COPIED = late(r"([^/?#@:\s]+@[^/?#@:\s]+):(?!\d+(?:[/?#]|\Z))([^\s]*)\Z")


class Url(msgspec.Struct, frozen=True, kw_only=True):
    """An address in parts; ``host`` and ``site`` are empty where there is none."""

    value: str
    scheme: str = ""
    host: str = ""
    port: int = 0
    site: str = ""
    path: str = ""
    query: str = ""
    fragment: str = ""
    has_credentials: bool = False
    inside: bool = False
    lookalike: bool = False


def parse_url(value: Any, path: str = "", around: Surroundings = NOWHERE) -> Url:
    """Read an address.

    Raises:
        InputError: codes ``url.*``.
    """
    text = plain_text(value, path, "url")
    if "\\" in text or any(c.isspace() for c in text):
        refuse(
            "url.form",
            "readers disagree on back slashes and spaces in an address",
            path,
            expected="an address without back slashes and spaces",
            help="percent-encode them",
        )
    named = _SCHEME.match(text)
    if named and not _HOST_FIRST.match(text):
        return _with_scheme(text, named[1].lower(), path, around)
    if text.startswith("//"):
        return _parts(text, "", path, around)
    copied = _COPIED.match(text)
    if copied:
        return _parts(f"ssh://{copied[1]}/{copied[2]}", "ssh", path, around)
    if _HOST_FIRST.match(text) or _USER_FIRST.match(text):
        return _parts("//" + text, "", path, around)
    # No host: a path or a name on a site that the tool knows.
    before, _, fragment = text.partition("#")
    before, _, query = before.partition("?")
    return Url(value=text, path=clean_path(before), query=query, fragment=fragment)


def _with_scheme(text: str, scheme: str, path: str, around: Surroundings) -> Url:
    rest = text[len(scheme) + 1 :]
    if scheme not in _WITH_HOST and ("." in scheme or "://" in rest):
        refuse(
            "url.form",
            "one address stands inside another, or a host where a scheme belongs",
            path,
            expected="scheme://host/path",
        )
    if scheme not in _WITH_HOST and not rest.startswith("//"):
        return Url(value=f"{scheme}:{rest}", scheme=scheme, path=rest)
    if not rest.startswith("//") or rest.startswith("///"):
        # `https:evil.example` and `https:///evil.example` reach a host in browsers only.
        if scheme != "file":
            refuse(
                "url.host",
                "the address has no host where one belongs",
                path,
                expected="two slashes and a host",
            )
        return Url(value=f"file:{rest}", scheme="file", path=clean_path("/" + rest.lstrip("/")))
    return _parts(text, scheme, path, around)


def _parts(text: str, scheme: str, path: str, around: Surroundings) -> Url:
    try:
        split = urlsplit(text)
        port = split.port or 0
        raw_host = split.hostname or ""
    except ValueError:
        refuse("url.form", "the address cannot be taken apart", path, expected="scheme://host/path")
    netloc = split.netloc
    user, at, server = netloc.rpartition("@")
    if "@" in user or "%" in server or not raw_host:
        refuse(
            "url.host",
            "the host of the address has no single reading",
            path,
            expected="one host after two slashes",
            help="write the address without credentials and escapes in the host",
        )
    name = one_host(raw_host, path, "url")
    shown = f"[{name}]" if ":" in name else name
    where = clean_path(split.path)
    value = (
        (f"{scheme}://" if scheme else "//")
        + (f"{user}@" if at else "")
        + shown
        + (f":{port}" if port else "")
        + quote(where, safe="/:@!$&'()*+,;=~-._")
        + (f"?{split.query}" if split.query else "")
        + (f"#{split.fragment}" if split.fragment else "")
    )
    return Url(
        value=value,
        scheme=scheme,
        host=name,
        port=port,
        site=site(name),
        path=where,
        query=split.query,
        fragment=split.fragment,
        has_credentials=bool(at),
        inside=inside(name, around.domains),
        lookalike=lookalike(name, around.domains),
    )


def clean_path(raw: str) -> str:
    """The path decoded once, without ``.`` and ``..`` (RFC 3986, section 5.2.4)."""
    if "%" not in raw and "./" not in raw and not raw.endswith("."):
        return raw
    parts: list[str] = []
    decoded = unquote(raw)
    for part in decoded.split("/"):
        if part == "..":
            if len(parts) > 1:
                parts.pop()
        elif part != ".":
            parts.append(part)
    if decoded.endswith(("/.", "/..")):
        parts.append("")
    return "/".join(parts)


def looks_like_url(text: str) -> bool:
    """Whether a text is an address of its own accord: a scheme and two slashes."""
    named = _SCHEME.match(text)
    return named is not None and text.startswith("//", named.end())
