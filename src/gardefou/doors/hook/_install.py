"""Writing the hook into an agent's settings, and taking it out again.

1. The difference is shown before anything is written, and nothing is written without a yes.
2. What else stands in the settings stays as it is; a file that is no JSON object is left alone.
3. The file as it was is kept beside it; `undo` puts back exactly those bytes. Where somebody
   changed the file in between, it takes out the hook alone and leaves the rest.
4. What is written fails closed: where the agent knows a switch for a hook that fails, it is set.
"""

from __future__ import annotations

import difflib
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from gardefou.action import parse
from gardefou.doors.hook._dialects import dialect_of
from gardefou.errors import FileError, InputError, UsageError

TIMEOUT_S = 600
_KEPT = ".before-gardefou"
_ABSENT = b""
_CLIENT = str(Path(__file__).with_name("_client.py"))


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where an agent reads its hooks, below the user's folder or the project's."""

    user: str
    project: str


TARGETS = {
    "claude-code": Target(user=".claude/settings.json", project=".claude/settings.json"),
    "codex": Target(user=".codex/hooks.json", project=".codex/hooks.json"),
    "gemini": Target(user=".gemini/settings.json", project=".gemini/settings.json"),
    "cursor": Target(user=".cursor/hooks.json", project=".cursor/hooks.json"),
    "copilot": Target(user=".copilot/hooks/gardefou.json", project=".github/hooks/gardefou.json"),
}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One settings file before and after; ``before`` is nothing where there was no file."""

    path: Path
    before: bytes
    after: bytes

    def difference(self) -> str:
        """The change as a unified difference."""
        return "".join(
            difflib.unified_diff(
                self.before.decode("utf-8", "replace").splitlines(keepends=True),
                self.after.decode("utf-8", "replace").splitlines(keepends=True),
                fromfile=f"{self.path} (now)",
                tofile=f"{self.path} (then)",
            )
        )


def command_line(agent: str, settings: Path, socket: Path) -> str:
    """The command that an agent runs for each hook: the client as a file, with a bare interpreter."""
    words = [sys.executable, "-I", "-S", _CLIENT, agent, str(settings), str(socket)]
    return shlex.join(words)


def plan(agent: str, path: Path, command: str) -> Change:
    """The change that puts the hook into a settings file.

    Raises:
        UsageError: ``hook.agent``; ``hook.installed`` when it stands there already.
        InputError: ``json.*``, ``hook.target`` when the file is no JSON object.
        FileError: ``hook.target`` when it cannot be read.
    """
    moments = dialect_of(agent).moments
    before = _read(path)
    document = parse(before) if before.strip() else {}
    hooks = document.get("hooks", {}) if isinstance(document, dict) else None
    if not isinstance(hooks, dict) or not all(isinstance(v, list) for v in hooks.values()):
        raise InputError(
            f"`{path}` holds no settings with hooks",
            code="hook.target",
            expected="a JSON object whose `hooks` are lists by event",
            help="mend the file, then install again",
        )
    if _CLIENT in before.decode("utf-8", "replace"):
        raise UsageError(
            f"the hook stands in `{path}` already",
            code="hook.installed",
            help="run `gardefou hook uninstall` first to change it",
        )
    added = {event: [*hooks.get(event, ()), _entry(agent, event, command)] for event in moments}
    document = {**_frame(agent), **document, "hooks": {**hooks, **added}}
    text = msgspec.json.format(msgspec.json.encode(document), indent=2)
    return Change(path=path, before=before, after=text + b"\n")


def apply(change: Change) -> None:
    """Write the change, with the file as it was beside it.

    Raises:
        FileError: ``hook.target`` when it cannot be written.
        UsageError: ``hook.changed`` when the file is no longer what was shown.
    """
    if _read(change.path) != change.before:
        raise _changed(change.path)
    try:
        change.path.parent.mkdir(parents=True, exist_ok=True)
        _replace(_kept(change.path), change.before)
        _replace(change.path, change.after)
    except OSError as error:
        raise _unusable(change.path, error) from None


def undo(path: Path) -> Change:
    """The change that takes the hook out of a settings file (rule 3).

    Raises:
        UsageError: ``hook.not_installed`` when it does not stand there.
        InputError: ``json.*`` when the file is no JSON.
        FileError: ``hook.target`` when a file cannot be read.
    """
    now, kept = _read(path), _kept(path)
    if _CLIENT not in now.decode("utf-8", "replace"):
        raise UsageError(
            f"no hook stands in `{path}`",
            code="hook.not_installed",
            help="name the agent and the place that it was installed in",
        )
    before = _read(kept) if kept.exists() else _ABSENT
    was = parse(before) if before.strip() else {}
    rest = _without(parse(now), was if isinstance(was, dict) else {})
    if rest == was:
        return Change(path=path, before=now, after=before)
    text = msgspec.json.format(msgspec.json.encode(rest), indent=2)
    return Change(path=path, before=now, after=text + b"\n")


def _without(document: Any, was: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without our hooks, and without the empty places that they left."""
    hooks: dict[str, Any] = {}
    for event, entries in document.get("hooks", {}).items():
        others = [entry for entry in entries if _CLIENT not in msgspec.json.encode(entry).decode()]
        if others or event in was.get("hooks", {}):
            hooks[event] = others
    rest = {key: value for key, value in document.items() if key != "hooks"}
    if hooks or "hooks" in was:
        rest["hooks"] = hooks
    if "version" not in was and hooks == was.get("hooks", {}):
        rest.pop("version", None)
    return {key: rest[key] for key in document if key in rest}


def revert(change: Change) -> None:
    """Put back what `undo` found; a file that was not there before is removed.

    Raises:
        FileError: ``hook.target`` when it cannot be written.
    """
    try:
        if change.after == _ABSENT:
            change.path.unlink(missing_ok=True)
        else:
            _replace(change.path, change.after)
        _kept(change.path).unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(change.path, error) from None


def _entry(agent: str, event: str, command: str) -> Mapping[str, Any]:
    """One hook in the agent's own form (rule 4)."""
    if agent == "cursor":
        return {"command": command, "failClosed": True, "timeout": TIMEOUT_S}
    if agent == "copilot":
        return {"type": "command", "bash": command, "timeoutSec": TIMEOUT_S}
    if agent == "gemini":
        hook = {
            "type": "command",
            "command": command,
            "name": "gardefou",
            "timeout": TIMEOUT_S * 1000,
        }
        return {"matcher": "*", "hooks": [hook]} if "Tool" in event else {"hooks": [hook]}
    hook = {"type": "command", "command": command, "timeout": TIMEOUT_S}
    if agent == "claude-code":
        hook["onFailure"] = "block"
    return {"matcher": "*", "hooks": [hook]} if "Tool" in event else {"hooks": [hook]}


def _frame(agent: str) -> Mapping[str, Any]:
    return {"version": 1} if agent in {"cursor", "copilot"} else {}


def _kept(path: Path) -> Path:
    return path.with_name(path.name + _KEPT)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return _ABSENT
    except OSError as error:
        raise _unusable(path, error) from None


def _replace(path: Path, data: bytes) -> None:
    """Write a whole file or nothing; its mode stays."""
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o600
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(data)
    fresh.chmod(mode)
    os.replace(fresh, path)  # noqa: PTH105 - one word for what happens


def _changed(path: Path) -> UsageError:
    return UsageError(
        f"`{path}` was changed since",
        code="hook.changed",
        help="look at the file and at the one kept beside it, and mend it by hand",
    )


def _unusable(path: Path, error: OSError) -> FileError:
    return FileError(
        f"`{path}` cannot be used: {(error.strerror or 'unknown reason').lower()}",
        code="hook.target",
        help="check the permissions of the folder",
    )
