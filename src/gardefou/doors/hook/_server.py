"""The running guard: a Unix socket of one user, one payload for each connection.

1. The folder and the socket are the owner's alone; a peer of another user gets no answer.
2. Each peer has a thread of its own, at most `MOST_PEERS` at once; the desk decides in turn.
3. A socket that answers is never taken over; one that nobody answers at is replaced.
4. The documents are those of this moment (`_current`); changed settings end the guard.
5. A defect refuses: the peer gets a block, the guard goes on.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
import time
from pathlib import Path

from gardefou.doors.hook._current import Current
from gardefou.doors.hook._desk import refused
from gardefou.doors.hook._dialects import refusal
from gardefou.doors.hook._event import Reply, Surroundings
from gardefou.errors import FileError, GardefouError, UsageError

MOST_BYTES = 16 * 1024 * 1024 + 65_536
MOST_PEERS = 64
_READ_S = 10.0
_LOOK_S = 1.0  # how often the settings are looked at while nobody asks


def listen(path: Path) -> socket.socket:
    """Listen at a path that is the owner's alone.

    Raises:
        UsageError: ``hook.running`` when a guard answers there.
        FileError: ``hook.socket`` when the place cannot be used.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = path.parent.stat()
        if owner.st_uid != os.getuid():
            raise FileError(
                f"the folder `{path.parent}` belongs to another user",
                code="hook.socket",
                help="choose another place with --socket",
            )
        if _answers(path):
            raise UsageError(
                f"a guard is already running at `{path}`",
                code="hook.running",
                help="stop it first, or use it",
            )
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        finally:
            os.umask(before)
        listener.listen(64)
    except OSError as error:
        raise FileError(
            f"cannot listen at `{path}`: {(error.strerror or str(error)).lower()}",
            code="hook.socket",
            help="choose another place with --socket",
        ) from None
    return listener


def serve(listener: socket.socket, current: Current, *, idle_s: float = 0.0) -> None:
    """Answer until the settings change, or nobody has asked for ``idle_s`` (0: for ever)."""
    room = threading.BoundedSemaphore(MOST_PEERS)
    listener.settimeout(_LOOK_S)
    idle_since = time.monotonic()
    while not current.is_over:
        try:
            peer, _ = listener.accept()
        except TimeoutError:
            if idle_s and time.monotonic() - idle_since >= idle_s:
                return
            continue
        if current.is_over:
            peer.close()  # the client decides by itself, under the new settings
            return
        idle_since = time.monotonic()
        room.acquire()
        threading.Thread(target=_peer, args=(peer, current, room), daemon=True).start()


def _peer(peer: socket.socket, current: Current, room: threading.BoundedSemaphore) -> None:
    with peer:
        try:
            _one(peer, current)
        except OSError:
            return  # the peer has left: it blocks by itself
        finally:
            room.release()


def _one(peer: socket.socket, current: Current) -> None:
    peer.settimeout(_READ_S)
    _, uid, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    if uid != os.getuid():
        return
    data = _received(peer)
    if data is None:
        reply = refusal("refused by gardefou: the payload is too large to be read [hook.size]\n")
    else:
        reply = reply_to(data, current)
    out = reply.out.encode()
    peer.sendall(bytes([reply.code]) + len(out).to_bytes(4, "big") + out + reply.err.encode())


def reply_to(data: bytes, current: Current) -> Reply:
    """The reply to one message of a client: the size of the head, its four texts, the payload."""
    size = int.from_bytes(data[:4], "big")
    texts = [field.decode("utf-8", "replace") for field in data[4 : 4 + size].split(b"\0")]
    if len(data) < 4 + size or len(texts) != 4:
        return refusal("refused by gardefou: the client is not this version's [hook.client]\n")
    agent, cwd, project, entrypoint = texts
    try:
        around = Surroundings(agent=agent, cwd=cwd, project=project, entrypoint=entrypoint)
        return current.desk().answer(data[4 + size :], around)
    except GardefouError as error:
        return refused(error)
    except Exception as error:  # noqa: BLE001 - rule 5: a defect refuses, and the guard goes on
        sys.stderr.write(f"a defect of Gardefou: {type(error).__name__}: {error}\n")
        return refusal(f"refused by gardefou: a defect, {type(error).__name__} [cli.defect]\n")


def _received(peer: socket.socket) -> bytes | None:
    parts = []
    size = 0
    while part := peer.recv(65536):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            return None
    return b"".join(parts)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True
