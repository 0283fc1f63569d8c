"""Documents compiled, or taken from where an earlier process kept what it had compiled.

1. What is kept is found by a digest of everything that it came from: the documents and their names,
   the version, how the compiler's files and libraries stand. So another document, or another
   compiler, finds nothing.
2. Kept is data of fixed types, never code. It is read only from a folder and a file that belong to
   this user and that no other user may read or write, reached without following a link; and only
   whole, as its checksum says. Anything else is as if nothing were there: the documents are compiled.
3. Only documents without a mistake are kept, and only where what comes back is equal.

The bound: whoever works as this user can write there, as in the settings and the documents.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import msgspec

from gardefou import __version__, constitution
from gardefou.constitution import Constitution, catalogue
from gardefou.constitution.catalogue import Catalogue
from gardefou.recording import Layer

FORMAT = 1
MOST_KEPT = 8
MOST_BYTES = 16 * 1024 * 1024
_DIGEST_BYTES = 32
# What reads and checks the documents: its own rooms, then the libraries.
_ROOMS = ("constitution", "action")
_LIBRARIES = ("cel_expr_python.cel", "markdown_it", "msgspec", "publicsuffixlist", "re2", "yaml")


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """What some documents say."""

    constitution: Constitution
    catalogue: Catalogue


def compiled(
    layers: Sequence[Layer], catalogues: Sequence[Layer], folder: Path | None = None
) -> Compiled:
    """The constitution in some layers and the catalogue in some files, of which a later one counts.

    ``folder`` is where compiled documents are kept; None keeps none.

    Raises:
        LoadError: with every mistake of the documents.
    """
    name = "" if folder is None else _name_of(layers, catalogues)
    if folder is None or not name:
        return _compile(layers, catalogues)
    found = _taken(folder, name)
    if found is None:
        found = _compile(layers, catalogues)
        with suppress(OSError, OverflowError, TypeError):  # what cannot be kept is compiled again
            _keep(folder, name, found)
    return found


def _compile(layers: Sequence[Layer], catalogues: Sequence[Layer]) -> Compiled:
    known = [catalogue.load_catalogue(one.text, file=one.file) for one in catalogues]
    tools = Catalogue(tools={name: tool for one in known for name, tool in one.tools.items()})
    law = constitution.load_layers(
        [layer.text for layer in layers], files=[layer.file for layer in layers], catalogue=tools
    )
    return Compiled(constitution=law, catalogue=tools)


# Names (rule 1)


def _name_of(layers: Sequence[Layer], catalogues: Sequence[Layer]) -> str:
    """The digest of all that compiling reads; nothing where the compiler's files cannot be seen."""
    try:
        compiler = list(_compiler())
    except OSError:
        return ""
    read = (FORMAT, __version__, sys.version, compiler, tuple(layers), tuple(catalogues))
    return sha256(msgspec.msgpack.encode(read)).hexdigest()


def _compiler() -> Iterator[tuple[str, int, int]]:
    """The files of the compiler and its libraries, each with its size and its time of change."""
    waiting = [os.path.join(os.path.dirname(os.path.dirname(__file__)), room) for room in _ROOMS]  # noqa: PTH118, PTH120 - a `Path` for each file would take longer than the rest
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir():
                    waiting.append(entry.path)
                elif not entry.name.endswith(".pyc"):
                    yield _mark(entry.path)
    for library in _LIBRARIES:
        spec = find_spec(library)
        if spec is None or spec.origin is None:
            raise FileNotFoundError(library)
        yield _mark(spec.origin)


def _mark(path: str) -> tuple[str, int, int]:
    found = os.stat(path)  # noqa: PTH116 - as above
    return path, found.st_size, found.st_mtime_ns


# Files (rule 2)


def _taken(folder: Path, name: str) -> Compiled | None:
    """What is kept under a name; None where there is nothing that may be used."""
    try:
        room = _own_folder(folder)
    except OSError:
        return None
    try:
        data = _own_file(room, name)
    except OSError:
        return None
    finally:
        os.close(room)
    body = data[_DIGEST_BYTES:]
    if sha256(body).digest() != data[:_DIGEST_BYTES]:
        return None
    try:
        return msgspec.msgpack.decode(body, type=Compiled)
    except msgspec.DecodeError:
        return None


def _own_folder(folder: Path) -> int:
    """The folder opened, once it is known that it is this user's alone.

    Raises:
        OSError: when it is not there, or not so.
    """
    room = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    found = os.fstat(room)
    if found.st_uid != os.geteuid() or found.st_mode & 0o077:
        os.close(room)
        raise PermissionError(folder)
    return room


def _own_file(room: int, name: str) -> bytes:
    """A whole file, once it is known that it is this user's alone.

    Raises:
        OSError: when it is not there, or not so.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(name, flags, dir_fd=room), "rb") as file:  # noqa: PTH123 - a descriptor
        found = os.fstat(file.fileno())
        is_plain = stat.S_ISREG(found.st_mode) and found.st_size <= MOST_BYTES
        if not is_plain or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise PermissionError(name)
        return file.read()


def _keep(folder: Path, name: str, found: Compiled) -> None:
    """Keep what was compiled, whole or not at all; the oldest beyond `MOST_KEPT` go.

    Raises:
        OSError: when the folder is not this user's alone, or cannot be written.
        OverflowError, TypeError: when it has no form that can be kept.
    """
    body = msgspec.msgpack.encode(found)
    if msgspec.msgpack.decode(body, type=Compiled) != found:
        return  # rule 3
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    room = _own_folder(folder)
    try:
        fresh = f"{name}.{os.getpid()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(fresh, flags, 0o600, dir_fd=room), "wb") as file:  # noqa: PTH123 - as above
            file.write(sha256(body).digest() + body)
        os.replace(fresh, name, src_dir_fd=room, dst_dir_fd=room)
        _prune(room)
    finally:
        os.close(room)


def _prune(room: int) -> None:
    kept = [(os.stat(name, dir_fd=room).st_mtime_ns, name) for name in os.listdir(room)]
    for _, name in sorted(kept)[:-MOST_KEPT]:
        os.unlink(name, dir_fd=room)
