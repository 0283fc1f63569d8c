"""The hook's own process: hands the payload to the running guard, or decides by itself.

It is run as a file (``python -I -S _client.py AGENT SETTINGS SOCKET``). Where a guard answers, it
imports two modules that are part of the interpreter and nothing else; it ends after one answer. Whatever fails blocks: exit code 2.

1. The socket and its peer belong to the user who runs the agent, or the socket is not used.
2. Without a running guard the verdict is the embedded one, never a free pass.
3. An answer that is cut short is no answer.
"""

import _socket  # the C module: `socket` would double the start
import os
import sys

_PEER = 17  # SO_PEERCRED
_LONGEST = 16 * 1024 * 1024
_WAIT_S = 595.0  # the agents end a hook after 600 s


def main(argv: list[str]) -> int:
    """Answer one payload; the exit code is the agent's."""
    if len(argv) != 4:
        os.write(2, b"usage: _client.py AGENT SETTINGS SOCKET\n")
        return 2
    _, agent, settings, path = argv
    data = _everything(0)
    if len(data) > _LONGEST:
        os.write(2, b"held by gardefou: the payload is too large to be read [hook.size]\n")
        return 2
    peer = _connected(path)
    if peer is None:
        return _embedded(agent, settings, path, data)
    try:
        head = [agent, os.getcwd()]  # noqa: PTH109 - `pathlib` would double the start
        head += [
            os.environ.get("CLAUDE_PROJECT_DIR") or os.environ.get("GEMINI_PROJECT_DIR") or "",
            os.environ.get("CLAUDE_CODE_ENTRYPOINT", ""),
        ]
        first = "\0".join(head).encode("utf-8", "surrogateescape")
        peer.sendall(len(first).to_bytes(4, "big") + first + data)
        peer.shutdown(1)
        answer = _received(peer)
    except OSError:
        answer = b""
    if not answer:  # the guard has ended: as if there were none
        return _embedded(agent, settings, path, data)
    if len(answer) < 5:
        os.write(2, b"held by gardefou: the guard gave no whole answer [hook.no_answer]\n")
        return 2
    size = int.from_bytes(answer[1:5], "big")
    out, err = answer[5 : 5 + size], answer[5 + size :]
    if len(out) != size:
        os.write(2, b"held by gardefou: the guard gave no whole answer [hook.no_answer]\n")
        return 2
    _write(1, out)
    _write(2, err)
    return answer[0]


def _connected(path: str) -> "_socket.socket | None":
    """The guard's socket, when it is there and ours (rule 1)."""
    try:
        found = os.lstat(path)
        if found.st_uid != os.getuid() or found.st_mode & 0o077:
            return None
        peer = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        peer.settimeout(_WAIT_S)
        peer.connect(path)
        uid = int.from_bytes(peer.getsockopt(_socket.SOL_SOCKET, _PEER, 12)[4:8], sys.byteorder)
    except OSError:
        return None
    return peer if uid == os.getuid() else None


def _embedded(agent: str, settings: str, path: str, data: bytes) -> int:
    """Decide in this process (rule 2): only now it learns what is installed, and loads the engine."""
    try:
        import gc  # noqa: PLC0415 - only here
        import site  # noqa: PLC0415 - the interpreter was started without it

        gc.disable()  # the process ends before there is anything to collect
        site.main()
        # The package that this file belongs to comes before any other of that name.
        sys.path.insert(0, __file__.rsplit("/", 4)[0])
        from gardefou.doors.hook._embedded import decide_here  # noqa: PLC0415 - as above

        code = decide_here(agent, settings, path, data)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as error:  # noqa: BLE001 - Python would end in 1, which lets the call pass
        reason = f"refused by gardefou: a defect, {type(error).__name__} [cli.defect]\n"
        os.write(2, reason.encode())
        code = 2
    os._exit(code)  # nothing is left to do, and taking the engine down would take its time


def _received(peer: "_socket.socket") -> bytes:
    parts = []
    while part := peer.recv(65536):
        parts.append(part)
    return b"".join(parts)


def _everything(fd: int) -> bytes:
    parts = []
    size = 0
    while size <= _LONGEST and (part := os.read(fd, 1 << 20)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


if __name__ == "__main__":
    sys.exit(main(sys.argv))
