"""The verdict without a running guard: decided in this process, and a guard started for the next.

It is run as a file by the client (``python -I _embedded.py AGENT SETTINGS SOCKET``).
Whatever fails blocks: exit code 2.
"""

import os
import sys
from pathlib import Path

# `python -I` knows only what is installed: the package that this file belongs to comes first.
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))


def main(argv: list[str]) -> int:
    """Decide the payload on standard input."""
    from gardefou.doors.hook._desk import refused  # noqa: PLC0415 - after the path is set
    from gardefou.doors.hook._event import Surroundings  # noqa: PLC0415 - as above
    from gardefou.doors.hook._open import open_desk  # noqa: PLC0415 - as above
    from gardefou.doors.hook._settings import read_settings  # noqa: PLC0415 - as above
    from gardefou.errors import GardefouError  # noqa: PLC0415 - as above

    _, agent, settings_file, socket_file = argv
    data = sys.stdin.buffer.read()
    around = Surroundings(
        agent=agent,
        cwd=os.getcwd(),  # noqa: PTH109 - the text that the agent's own paths are relative to
        project=os.environ.get("CLAUDE_PROJECT_DIR") or os.environ.get("GEMINI_PROJECT_DIR") or "",
        entrypoint=os.environ.get("CLAUDE_CODE_ENTRYPOINT", ""),
    )
    try:
        settings = read_settings(Path(settings_file))
        with open_desk(settings, Path.home()) as desk:
            reply = desk.answer(data, around)
    except GardefouError as error:
        settings, reply = None, refused(error)
    sys.stdout.write(reply.out)
    sys.stderr.write(reply.err)
    if settings is not None and settings.start:
        start_guard(settings_file, socket_file)
    return reply.code


def start_guard(settings_file: str, socket_file: str) -> None:
    """Start a guard that outlives this process; where it cannot start, the next call is embedded."""
    null = os.open(os.devnull, os.O_RDWR)
    program = [sys.executable, "-I", __file__, "--serve", settings_file, socket_file]
    redirected = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)]
    os.posix_spawn(sys.executable, program, os.environ, file_actions=redirected, setsid=True)


def serve_settings(settings_file: str, socket_file: str, idle_s: float) -> None:
    """Run the guard under the settings; it ends as `serve` does.

    Raises:
        GardefouError: when the documents, the ledger or the socket cannot be used.
    """
    from gardefou.doors.hook._current import Current  # noqa: PLC0415 - after the path is set
    from gardefou.doors.hook._open import open_desk  # noqa: PLC0415 - as above
    from gardefou.doors.hook._server import listen, serve  # noqa: PLC0415 - as above
    from gardefou.doors.hook._settings import read_settings  # noqa: PLC0415 - as above

    path = Path(socket_file)
    listener = listen(path)
    try:
        settings = read_settings(Path(settings_file))
        with open_desk(settings, Path.home()) as desk:
            desk.service.policies.common.guard.prepare()
            serve(listener, Current(desk, settings, Path(settings_file)), idle_s=idle_s)
    finally:
        listener.close()
        path.unlink(missing_ok=True)


IDLE_S = 3600.0

if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        try:
            serve_settings(sys.argv[2], sys.argv[3], IDLE_S)
        except Exception:  # noqa: BLE001 - nobody reads it here: the next call decides by itself
            sys.exit(3)
        sys.exit(0)
    try:
        code = main(sys.argv)
    except Exception as error:  # noqa: BLE001 - Python would end in 1, which lets the call pass
        sys.stderr.write(f"refused by gardefou: a defect, {type(error).__name__} [cli.defect]\n")
        code = 2
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
