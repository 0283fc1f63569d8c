"""The tools of coding agents, brought to the few that a constitution speaks of.

1. Every agent's shell is ``shell``, every editor ``edit_file``, and so on: one catalogue, one
   constitution for all. ``mcp__server__tool`` is ``mcp.server.tool``.
2. A tool that nobody knows keeps its name behind its agent's: ``claude-code.NewTool``. The
   catalogue does not list it, so ``unlisted`` decides (law 2).
3. No argument is dropped: what has no part of its own stands in ``options``, so that the digest of
   the action covers it.
4. Paths are shown as `Place` reads them; what a command line touches is worked out beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gardefou.action import Action, Principal
from gardefou.constitution.catalogue.types import parse_shell
from gardefou.doors.hook._event import Event
from gardefou.doors.hook._paths import COMPUTED, Place, touched
from gardefou.errors import InputError

Arguments = dict[str, Any]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One of our tools, and which of the agent's argument names fill its parameters."""

    name: str
    parts: Mapping[str, tuple[str, ...]] = {}


_PATH = (
    "file_path",
    "path",
    "absolute_path",
    "notebook_path",
    "filePath",
    "target_file",
    "dir_path",
)
_CONTENT = ("content", "file_text", "contents")
_NEW = ("new_string", "new_source", "new_str", "edits", "insert_text")

SHELL = Kind(name="shell", parts={"command": ("command", "cmd", "script")})
READ = Kind(name="read_file", parts={"path": (*_PATH, "paths", "include")})
SEARCH = Kind(name="search_files", parts={"path": _PATH, "pattern": ("pattern", "query", "glob")})
WRITE = Kind(name="write_file", parts={"path": _PATH, "content": _CONTENT})
EDIT = Kind(name="edit_file", parts={"path": _PATH, "content": (*_NEW, *_CONTENT)})
DELETE = Kind(name="delete_file", parts={"path": _PATH})
PATCH = Kind(name="edit_file", parts={"content": ("command", "patch", "input")})
FETCH = Kind(name="fetch_url", parts={"url": ("url", "urls"), "prompt": ("prompt",)})
WEB = Kind(name="search_web", parts={"query": ("query", "search_query", "search_term")})
AGENT = Kind(name="start_agent", parts={"prompt": ("prompt", "task", "objective", "description")})
OWN = Kind(name="own_notes")

KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        ("Bash", "bash", "Shell", "shell", "run_shell_command", "local_shell", "exec_command"), SHELL
    ),
    **dict.fromkeys(("Read", "read_file", "view", "ReadFile", "NotebookRead", "read_many_files"), READ),
    **dict.fromkeys(
        ["Glob", "Grep", "LS", "glob", "grep", "rg", "list_directory", "search_file_content", "grep_search", "ListDir", "LSP"],
        SEARCH,
    ),
    **dict.fromkeys(("Write", "write_file", "create"), WRITE),
    **dict.fromkeys(
        ["Edit", "MultiEdit", "NotebookEdit", "replace", "edit", "str_replace", "StrReplace", "str_replace_editor", "insert", "TabWrite"],
        EDIT,
    ),
    **dict.fromkeys(("Delete", "delete_file"), DELETE),
    "apply_patch": PATCH,
    **dict.fromkeys(("WebFetch", "fetch", "web_fetch", "fetch_url"), FETCH),
    **dict.fromkeys(("WebSearch", "google_web_search", "web_search"), WEB),
    **dict.fromkeys(("Task", "Agent", "task", "spawn_agent", "delegate_to_agent"), AGENT),
    **dict.fromkeys(
        ["TodoWrite", "TodoRead", "TaskCreate", "TaskUpdate", "TaskList", "TaskGet", "TaskOutput", "TaskStop", "BashOutput", "KillShell", "KillBash", "AskUserQuestion", "ExitPlanMode", "EnterPlanMode", "Skill", "ToolSearch", "write_todos", "ask_user", "update_plan", "update_todo", "report_intent", "read_bash", "stop_bash", "save_memory"],
        OWN,
    ),
}  # fmt: skip


def action_of(agent: str, event: Event, place: Place, principal: Principal) -> Action:
    """The action that an agent is about to do, in our words.

    Raises:
        InputError: codes ``json.*`` and ``hook.payload`` when the arguments have no such form.
    """
    kind = KINDS.get(event.tool)
    if kind is None:
        tool, arguments = _foreign(agent, event.tool), dict(event.arguments)
    else:
        tool, arguments = kind.name, _parts(kind, event.arguments)
        if shape := _SHAPES.get(kind.name):
            shape(arguments, place)
    return Action(
        principal=principal,
        session=event.session,
        call_id=event.call_id,
        channel=f"hook/{agent}",
        tool=tool,
        arguments=arguments,
    )


def _foreign(agent: str, name: str) -> str:
    if name.startswith("mcp__"):
        server, _, tool = name[5:].partition("__")
        return f"mcp.{server}.{tool}"
    return f"{agent}.{name}"


def _parts(kind: Kind, given: Mapping[str, Any]) -> Arguments:
    """Our parameters from the agent's; the rest are options (rule 3)."""
    arguments: Arguments = {}
    rest = dict(given)
    for part, names in kind.parts.items():
        for name in names:
            if name in rest:
                if part in arguments:
                    break
                arguments[part] = rest.pop(name)
    if rest:
        arguments["options"] = rest
    return arguments


def _shell(arguments: Arguments, place: Place) -> None:
    command = arguments.get("command")
    options = arguments.get("options", {})
    folder = next(
        (options[key] for key in ("directory", "workdir", "cwd", "dir_path") if options.get(key)),
        "",
    )
    if folder and isinstance(folder, str):
        place = msgspec.structs.replace(place, cwd=place.shown(folder))
        if not place.cwd.startswith("/"):
            place = msgspec.structs.replace(place, cwd=f"{place.root}/{place.cwd}")
    if options.get("dangerouslyDisableSandbox") or options.get("with_escalated_permissions"):
        arguments["unsandboxed"] = True
    try:
        shell = parse_shell(command)
    except InputError:
        return  # the guard refuses it with the reason
    found = touched(shell, place)
    for name in ("removes", "writes", "force_pushes"):
        if values := getattr(found, name):
            arguments[name] = list(values)


def _file(arguments: Arguments, place: Place) -> None:
    path = arguments.get("path")
    if isinstance(path, str):
        arguments["path"] = place.shown(path)
    elif isinstance(path, list):
        arguments["path"] = [place.shown(item) if isinstance(item, str) else item for item in path]
    content = arguments.get("content")
    if content is not None and not isinstance(content, str):
        arguments["content"] = msgspec.json.encode(content).decode()


def _patch(arguments: Arguments, place: Place) -> None:
    """A patch names its files in its own lines: ``*** Update File: src/a.py``."""
    if "path" in arguments:
        _file(arguments, place)
        return
    content = arguments.get("content")
    text = content if isinstance(content, str) else " ".join(map(str, content or ()))
    arguments["content"] = text
    named = [
        line.partition(": ")[2].strip()
        for line in text.splitlines()
        if line.startswith(
            ("*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: ")
        )
    ]
    arguments["path"] = [place.shown(name) for name in named] or COMPUTED


_SHAPES: dict[str, Callable[[Arguments, Place], None]] = {
    "shell": _shell,
    "read_file": _file,
    "search_files": _file,
    "write_file": _file,
    "edit_file": _patch,
    "delete_file": _file,
}
