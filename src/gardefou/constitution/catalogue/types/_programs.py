"""Which programs a list of words runs: itself, and those that it was told to run.

A program that is missing in these tables is a plain program: its name is seen, what it does with
its arguments is not. An option that a table does not know makes the reading opaque, because the
word after it may be its value or the program.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash", "rbash", "fish", "mksh"})

# After these, names no longer mean what they say, or the text that runs is elsewhere.
_ELSEWHERE = frozenset(
    {"alias", "source", ".", "enable", "hash", "trap", "bind", "complete", "parallel", "ssh", "at"}
    | {"batch", "expect", "osascript", "powershell", "pwsh", "cmd", "busybox", "toybox", "screen"}
    | {
        "tmux",
        "script",
        "crontab",
        "systemd-run",
        "su",
        "runuser",
        "awk",
        "gawk",
        "mawk",
        "nsenter",
    }
    | {"coproc", "select"}
)

LOOKUP_VARIABLES = frozenset(
    {"PATH", "BASH_ENV", "ENV", "IFS", "PROMPT_COMMAND", "SHELLOPTS", "BASHOPTS", "PYTHONSTARTUP"}
    | {"GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "PAGER", "GIT_PAGER", "EDITOR", "NODE_OPTIONS"}
    | {"PERL5OPT", "RUBYOPT", "PYTHONPATH", "GIT_SSH", "VISUAL", "BROWSER"}
)


class _Interpreter(msgspec.Struct, frozen=True):
    """Letters of the options that hand it code, and of those that take another value."""

    code: str
    values: str = ""


_INTERPRETERS = {
    **dict.fromkeys(("python", "python2", "python3", "pypy", "pypy3"), _Interpreter("c", "WX")),
    "perl": _Interpreter("eE", "I"),
    "ruby": _Interpreter("e", "Ir"),
    **dict.fromkeys(("node", "nodejs", "bun", "deno"), _Interpreter("ep", "r")),
    "php": _Interpreter("rBRE", "dc"),
    "lua": _Interpreter("e", "l"),
    "Rscript": _Interpreter("e"),
    "julia": _Interpreter("eE", "L"),
}
_HARMLESS = frozenset({"--version", "-V", "--help", "-h", "-v"})


class _Runner(msgspec.Struct, frozen=True):
    """Letters of options with and without a value, long options without one, words before."""

    values: str = ""
    flags: str = ""
    long: frozenset[str] = frozenset()
    leading: int = 0


_RUNNERS: dict[str, _Runner] = {
    "sudo": _Runner(
        "ughpCTrtDRU", "nEHSkbAPBKv", frozenset({"--preserve-env", "--non-interactive"})
    ),
    "doas": _Runner("uC", "nL"),
    "env": _Runner("uC", "i0v", frozenset({"--ignore-environment"})),
    "nohup": _Runner(),
    "nice": _Runner("n"),
    "ionice": _Runner("cnp", "t"),
    "timeout": _Runner("ks", "v", frozenset({"--preserve-status", "--foreground"}), 1),
    "time": _Runner("of", "pvaq"),
    "stdbuf": _Runner("ioe"),
    "setsid": _Runner("", "cfw", frozenset({"--wait", "--fork"})),
    "exec": _Runner("a", "cl"),
    "command": _Runner("", "pvV"),
    "builtin": _Runner(),
    "xargs": _Runner("InPLadEs", "0rtpxo", frozenset({"--null", "--no-run-if-empty", "--verbose"})),
    "watch": _Runner("n", "dtbecgx"),
    "strace": _Runner("eopsu", "fqtTvxy"),
    "chroot": _Runner(leading=1),
    "flock": _Runner("wE", "nxsu", leading=1),
    "taskset": _Runner("", "ac", leading=1),
    "chrt": _Runner("", "bfiro", leading=1),
    **dict.fromkeys(("noglob", "nocorrect"), _Runner()),
    "unbuffer": _Runner("", "p"),
    "caffeinate": _Runner("tw", "dimsu"),
}
_NEEDS_A_COMMAND = frozenset({"sudo", "doas", "chroot"})
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]*\Z")
_DEEPEST = 6


class Commands:
    """Collects what words run; a name that cannot be known makes the whole opaque.

    ``script`` reads shell code that a program was handed, one level deeper.
    """

    def __init__(self, script: Callable[[str, int], None]) -> None:
        """Start with nothing seen."""
        self._script = script
        self.programs: dict[str, None] = {}
        self.verbs: dict[str, None] = {}
        self.writes: dict[str, None] = {}
        self.commands: dict[tuple[str | None, ...], None] = {}
        self.sets: dict[str, None] = {}
        self.loops = False
        self.opaque = False

    def command(self, words: list[str | None], depth: int) -> None:
        """Name the program that the words run, and those behind it."""
        if not words:
            return
        if not words[0] or depth > _DEEPEST:
            self.opaque = True
            return
        program = words[0].rstrip("/").rpartition("/")[2].removesuffix(".exe")
        rest = words[1:]
        self.programs[program] = None
        self.commands[program, *rest] = None
        self._verbs(program, rest)
        if program in _ELSEWHERE:
            self.opaque = True
        elif program in SHELLS:
            self._shell(rest, depth)
        elif program == "eval":
            self._code(None if None in rest else " ".join(word or "" for word in rest), depth)
        elif program in _RUNNERS:
            self._runner(program, _RUNNERS[program], rest, depth)
        elif program.rstrip("0123456789.") in _INTERPRETERS or program in _INTERPRETERS:
            known = _INTERPRETERS.get(program) or _INTERPRETERS[program.rstrip("0123456789.")]
            self._interpreter(known, rest)
        elif program in {"find", "fd", "fdfind"}:
            self._find(rest, depth)

    def _verbs(self, program: str, rest: list[str | None]) -> None:
        bare = [i for i, word in enumerate(rest) if word and _BARE.match(word)][:3]
        after_options = bool(bare) and bare[0] > 0
        prefix = program
        for i in bare:
            prefix = f"{prefix} {rest[i]}"
            self.verbs[prefix] = None
            if after_options:
                self.verbs[f"{program} {rest[i]}"] = None

    def _code(self, text: str | None, depth: int) -> None:
        if text is None or depth >= _DEEPEST:
            self.opaque = True
        else:
            self._script(text, depth + 1)

    def _shell(self, rest: list[str | None], depth: int) -> None:
        for i, word in enumerate(rest):
            if word is None:
                break
            if word[:2] != "--" and word[:1] in {"-", "+"} and "c" in word:
                after = [w for w in rest[i + 1 :] if w is None or w[:1] not in {"-", "+"}]
                self._code(after[0] if after else None, depth)
                return
            if word in _HARMLESS or word[:1] not in {"-", "+"}:
                return  # a script file: named, not read
            if word in {"-O", "+O", "-o", "+o", "--rcfile", "--init-file"}:
                break
        self.opaque = True  # it reads commands from its input, or from a word nobody knows

    def _interpreter(self, known: _Interpreter, rest: list[str | None]) -> None:
        skip = unsure = named = False
        for word in rest:
            if skip:
                skip = False
            elif word is None or word in {"-", "eval", "--eval", "--print"}:
                break
            elif word[:1] != "-" and unsure:
                unsure, named = False, True  # the value of the option before, or a script file
            elif word in _HARMLESS or word[:1] != "-":
                return  # a script file or a module: named, not read
            elif word[:2] == "--":
                if word.startswith(("--eval", "--print")):
                    break
                unsure = "=" not in word
            elif set(word[1:]) & set(known.code):
                break
            else:
                skip = word[-1] in known.values
                if word == "-m":
                    return
        else:
            if named:
                return
        self.opaque = True  # code in an argument, or from its input

    def _runner(self, program: str, known: _Runner, rest: list[str | None], depth: int) -> None:
        i = 0
        while i < len(rest):
            word = rest[i]
            if word is None:
                break
            if word == "--":
                i += 1
                break
            if word[:1] == "-" and len(word) > 1:
                i += self._option(known, word)
            elif program in {"env", "sudo"} and "=" in word[1:]:
                self.sets[word.partition("=")[0]] = None
                if word.partition("=")[0] in LOOKUP_VARIABLES or word.startswith("LD_"):
                    self.opaque = True
                i += 1
            else:
                break
        inner = rest[i + known.leading :]
        if inner and program == "xargs":
            self.loops = True
            inner = [*inner, None]  # words that come from its input
        if inner:
            self.command(inner, depth + 1)
        elif program in _NEEDS_A_COMMAND:
            self.opaque = True

    def _option(self, known: _Runner, word: str) -> int:
        """How many words the option takes; an unknown one makes the reading opaque."""
        if word[:2] == "--":
            if "=" not in word and word not in known.long:
                self.opaque = True
            if word.startswith("--split-string"):
                self.opaque = True
            return 1
        letters = word[1:]
        if letters.isdigit():
            return 1
        for i, letter in enumerate(letters):
            if letter in known.values:
                return 2 if i == len(letters) - 1 else 1
            if letter not in known.flags:
                self.opaque = True
                return 1
        return 1

    def _find(self, rest: list[str | None], depth: int) -> None:
        for i, word in enumerate(rest):
            if word in {"-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec"}:
                inner = rest[i + 1 :]
                end = next((j for j, w in enumerate(inner) if w in {";", "+"}), len(inner))
                self.command(inner[:end], depth + 1)
            elif word == "-delete":
                self.programs["rm"] = None
            elif word and word.startswith(("-fprint", "-fls")) and i + 1 < len(rest):
                target = rest[i + 1]
                if target is None:
                    self.opaque = True
                else:
                    self.writes[target] = None
