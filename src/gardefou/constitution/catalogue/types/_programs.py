"""Programs that run other programs, for the reading of command lines.

A program that is missing here is a plain program: its name is seen, what it runs is not. Each
entry says how many words and which options stand before the command it runs.
"""

from __future__ import annotations

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "rbash", "fish", "mksh"})

# After these, names no longer mean what they say, or the text that runs is elsewhere.
OPAQUE_BUILTINS = frozenset(
    {"alias", "source", ".", "enable", "hash", "trap", "bind", "complete", "parallel", "ssh", "at"}
    | {"batch", "expect", "osascript", "powershell", "pwsh", "cmd", "busybox", "toybox", "make"}
    | {"docker-entrypoint", "screen", "tmux", "script", "crontab", "systemd-run", "su", "runuser"}
)

# Interpreters and the options that hand them code; none: the first argument is code.
INTERPRETERS: dict[str, frozenset[str]] = {
    "python": frozenset({"-c", "-"}),
    "python2": frozenset({"-c", "-"}),
    "python3": frozenset({"-c", "-"}),
    "pypy3": frozenset({"-c", "-"}),
    "perl": frozenset({"-e", "-E", "-ne", "-pe", "-"}),
    "ruby": frozenset({"-e", "-"}),
    "node": frozenset({"-e", "--eval", "-p", "--print", "-"}),
    "deno": frozenset({"eval"}),
    "bun": frozenset({"-e", "--eval", "-"}),
    "php": frozenset({"-r", "-"}),
    "lua": frozenset({"-e", "-"}),
    "Rscript": frozenset({"-e", "-"}),
    "julia": frozenset({"-e", "-"}),
    "awk": frozenset(),
    "gawk": frozenset(),
    "mawk": frozenset(),
}

# Runner: the options that take a value, and the number of words before the command.
RUNNERS: dict[str, tuple[frozenset[str], int]] = {
    "sudo": (frozenset({"-u", "-g", "-h", "-p", "-C", "-T", "-r", "-t", "-D", "-R", "-U"}), 0),
    "doas": (frozenset({"-u", "-C"}), 0),
    "env": (frozenset({"-u", "-C", "-S"}), 0),
    "nohup": (frozenset(), 0),
    "nice": (frozenset({"-n"}), 0),
    "ionice": (frozenset({"-c", "-n", "-p"}), 0),
    "timeout": (frozenset({"-k", "-s"}), 1),
    "time": (frozenset({"-o", "-f"}), 0),
    "stdbuf": (frozenset({"-i", "-o", "-e"}), 0),
    "setsid": (frozenset(), 0),
    "exec": (frozenset({"-a"}), 0),
    "command": (frozenset(), 0),
    "builtin": (frozenset(), 0),
    "xargs": (frozenset({"-I", "-n", "-P", "-L", "-a", "-d", "-E", "-s"}), 0),
    "watch": (frozenset({"-n"}), 0),
    "strace": (frozenset({"-e", "-o", "-p", "-s", "-u"}), 0),
    "chroot": (frozenset(), 1),
    "flock": (frozenset({"-w", "-E"}), 1),
    "unshare": (frozenset(), 0),
    "taskset": (frozenset(), 1),
    "chrt": (frozenset(), 1),
    "unbuffer": (frozenset(), 0),
    "caffeinate": (frozenset({"-t", "-w"}), 0),
}

LOOKUP_VARIABLES = frozenset(
    {"PATH", "BASH_ENV", "ENV", "IFS", "PROMPT_COMMAND", "SHELLOPTS", "BASHOPTS", "PYTHONSTARTUP"}
    | {"GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "PAGER", "GIT_PAGER", "EDITOR", "NODE_OPTIONS"}
    | {"PERL5OPT", "RUBYOPT", "PYTHONPATH"}
)


def skip_options(program: str, words: list[str | None]) -> list[str | None]:
    """The words of the command that a runner runs; empty when it runs none."""
    with_value, leading = RUNNERS[program]
    i = 0
    while i < len(words):
        word = words[i]
        if word is None:
            break
        if word == "--":
            i += 1
            break
        if word.startswith("-") and len(word) > 1:
            i += 2 if word in with_value else 1
        elif program in {"env", "sudo"} and "=" in word and not word.startswith("="):
            i += 1
        else:
            break
    return words[i + leading :]
