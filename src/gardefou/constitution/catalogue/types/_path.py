"""Paths of files, brought to one form without looking at a disk.

1. ``/`` divides; a back slash is read as ``/``, because some tools do. A drive makes a Windows
   path, and so do two back slashes at the start (a server), which become one ``/``.
2. ``.``, doubled slashes and ``..`` are resolved lexically; ``..`` that leaves a relative path
   stays at its front. Symbolic links are the tool's business: no path here proves where a link
   points.
3. A path that starts at a home (``~``), climbs out, or holds a variable or a wildcard has no known
   place: `Path.within` cannot be judged.
4. A plain relative path is relative to the tool's own folder; it is within no absolute root.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import msgspec

from gardefou._late import late
from gardefou.constitution.catalogue.types._base import (
    NOWHERE,
    Surroundings,
    plain_text,
    refuse,
)
from gardefou.errors import Unevaluable

_DRIVE = late(r"(?:[\\/]{2}[?.][\\/])?([A-Za-z]):(?=[\\/]|\Z)")
_DRIVE_RELATIVE = late(r"[A-Za-z]:[^\\/]")
_ENCODED = late(r"%(?:2[eEfF]|5[cC]|00|25)")
_WILD = late(r"[*?]")
_MOVES = late(r"\$|%[A-Za-z_()0-9]+%|(?:\A|/)\.\.(?:/|\Z)")


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """A path with forward slashes; ``windows`` compares without case."""

    value: str
    name: str
    suffix: str = ""
    absolute: bool = False
    windows: bool = False
    known: bool = True

    def within(self, root: str) -> bool:
        """Whether the path is the root or below it.

        Raises:
            Unevaluable: when the place of the path is not known (rule 3).
        """
        other = _root(root)
        mine, its = self.value, other.value
        if self.windows or other.windows:
            mine, its = mine.casefold(), its.casefold()
        its = its if its.endswith("/") else its + "/"
        if self.known:
            return f"{mine}/".startswith(its)
        if not _MOVES.search(mine):
            # Only a wildcard or a home is unknown: what stands before it is not.
            fixed = _WILD.split(mine, maxsplit=1)[0].rpartition("/")[0] + "/"
            if _WILD.search(mine) is None:
                fixed = f"{mine}/"
            if fixed.startswith(its):
                return True
            if not its.startswith(fixed) and not mine.startswith("~"):
                return False
        raise Unevaluable(
            "the place of the path is not known",
            code="path.unknown_place",
            help="send the absolute path, without variables and wildcards",
        )


_ROOTS: dict[str, Path] = {}


def _root(text: str) -> Path:
    found = _ROOTS.get(text)
    if found is None:
        found = parse_path(text)
        if len(_ROOTS) < 4096:
            _ROOTS[text] = found
    return found


def parse_path(value: Any, path: str = "", around: Surroundings = NOWHERE) -> Path:  # noqa: ARG001 - one shape for all types
    """Read a path under the rules above.

    Raises:
        InputError: codes ``path.*``.
    """
    text = plain_text(value, path, "path") if value != "" else "."
    if text[:7].lower() == "file://":
        text = _from_file_url(text, path)
    if "://" in text:
        refuse("path.form", "the text is a web address", path, expected="a path of a file")
    if _ENCODED.search(text):
        refuse(
            "path.encoded",
            "the path holds encoded separators or dots",
            path,
            expected="plain characters",
            help="decode the path before it is sent",
        )
    drive = _DRIVE.match(text)
    windows = drive is not None
    if drive:
        head, rest = f"{drive[1].upper()}:", text[drive.end() :]
    elif _DRIVE_RELATIVE.match(text) and "\\" in text:
        refuse("path.form", "the path is relative to a drive", path, expected="a path from a root")
    elif text.startswith("\\\\"):
        head, rest, windows = "", text, True
    else:
        head, rest = "", text
    rest = rest.replace("\\", "/")
    if windows and (":" in rest or "?" in rest):
        refuse("path.form", "the path names a stream or a device", path, expected="a plain file")
    absolute = bool(head) or rest.startswith("/")
    parts = _resolve(rest, absolute=absolute, windows=windows)
    if parts and parts[-1].endswith(" "):
        refuse("path.form", "the last name ends in a space", path, expected="a name without it")
    joined = "/".join(parts)
    result = head + ("/" if absolute else "") + joined or ("/" if absolute else ".")
    name = parts[-1] if parts and parts[-1] != ".." else ""
    dot = name.rfind(".")
    return Path(
        value=result,
        name=name,
        suffix=name[dot:].lower() if dot > 0 else "",
        absolute=absolute,
        windows=windows,
        known=not (result[0] == "~" or _WILD.search(result) or _MOVES.search(result)),
    )


def _resolve(rest: str, *, absolute: bool, windows: bool) -> list[str]:
    parts: list[str] = []
    for raw in rest.split("/"):
        # Windows drops dots and spaces at the end of a name: `secret.txt. ` is `secret.txt`.
        part = raw.rstrip(". ") if windows and raw.strip(".") else raw
        if part in {"", "."}:
            continue
        if part != "..":
            parts.append(part)
        elif parts and parts[-1] != ".." and (len(parts) > 1 or parts[0][0] != "~"):
            parts.pop()
        elif not absolute:
            parts.append(part)
    return parts


def _from_file_url(text: str, path: str) -> str:
    server, slash, rest = text[7:].partition("/")
    if server.lower() not in {"", "localhost"} or not slash or "?" in rest or "#" in rest:
        refuse("path.form", "the file address names a server", path, expected="file:///folder/file")
    plain = unquote(rest)
    return plain if _DRIVE.match(plain) else "/" + plain
