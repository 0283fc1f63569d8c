"""Command lines for a POSIX shell: which programs run, with which verbs, writing which files.

1. Every command counts: across pipes, lists, subshells, substitutions, loops, functions and here
   documents; after assignments; behind programs that run another (``sudo``, ``env``, ``xargs``,
   ``bash -c``, ...).
2. ``programs`` holds base names; ``verbs`` the program with its first words: ``git push``,
   ``git push origin``. Where options stand before them, each of the first words is tried.
3. ``opaque`` when the programs that will run cannot all be named: the text does not parse, a
   program's name is computed, a shell or interpreter is handed code that is computed, comes from a
   pipe or is not shell, or the look-up of programs is changed (``PATH=``, ``alias``).
4. The bounds of this reading: what a program does with its arguments, and what a script file
   holds, is not seen.
"""

from __future__ import annotations

import functools
import re
import threading
from typing import Any

import msgspec

from gardefou.constitution.catalogue.types._base import NOWHERE, Surroundings, kind_of, refuse
from gardefou.constitution.catalogue.types._programs import (
    INTERPRETERS,
    LOOKUP_VARIABLES,
    OPAQUE_BUILTINS,
    RUNNERS,
    SHELLS,
    skip_options,
)

_BAD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_LONGEST = 65_536
_DEEPEST = 6
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]*\Z")
_STATIC = {
    "word",
    "raw_string",
    "string",
    "number",
    "concatenation",
    "string_content",
    "command_name",
}
_LOCAL = threading.local()


class Shell(msgspec.Struct, frozen=True, kw_only=True):
    """What a command line would run."""

    text: str
    programs: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    opaque: bool = False


def parse_shell(value: Any, path: str = "", around: Surroundings = NOWHERE) -> Shell:  # noqa: ARG001 - one shape for all types
    """Read a command line, or a list of words that is one command.

    Raises:
        InputError: ``shell.type``, ``shell.empty``, ``shell.invisible``.
    """
    if isinstance(value, (list, tuple)) and value and all(type(word) is str for word in value):
        return _from_words(list(value), path)
    if type(value) is not str:
        refuse("shell.type", f"{kind_of(value)} is not a command line", path, expected="text")
    _check(value, path)
    if len(value) > _LONGEST:
        return Shell(text=value, opaque=True)
    return _parsed(value)


def _check(text: str, path: str) -> None:
    if not text.strip():
        refuse("shell.empty", "an empty text is no command line", path, expected="a command")
    if _BAD.search(text):
        refuse(
            "shell.invisible",
            "the command line holds characters that nobody sees",
            path,
            expected="visible characters, spaces and line breaks",
        )


def _from_words(words: list[str], path: str) -> Shell:
    _check(" ".join(words), path)
    reading = _Reading()
    reading.command([str(word) for word in words], piped=False, depth=0)
    return reading.result(" ".join(words))


@functools.lru_cache(maxsize=256)
def _parsed(text: str) -> Shell:
    reading = _Reading()
    reading.script(text, 0)
    return reading.result(text)


def _parser() -> Any:
    parser = getattr(_LOCAL, "parser", None)
    if parser is None:
        import tree_sitter  # noqa: PLC0415 - 15 ms, only for tools that take commands
        import tree_sitter_bash  # noqa: PLC0415 - 25 ms, as above

        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))
        _LOCAL.parser = parser
    return parser


class _Reading:
    """Collects what one text runs; a name that cannot be known makes the whole opaque."""

    def __init__(self) -> None:
        self.programs: dict[str, None] = {}
        self.verbs: dict[str, None] = {}
        self.writes: dict[str, None] = {}
        self.opaque = False

    def result(self, text: str) -> Shell:
        return Shell(
            text=text,
            programs=tuple(self.programs),
            verbs=tuple(self.verbs),
            writes=tuple(self.writes),
            opaque=self.opaque or not (self.programs or self.writes),
        )

    def script(self, text: str, depth: int) -> None:
        if depth > _DEEPEST:
            self.opaque = True
            return
        root = _parser().parse(text.encode()).root_node
        if root.has_error:
            self.opaque = True
        stack = [(root, False)]
        while stack:
            node, piped = stack.pop()
            piped = self._node(node, piped, depth)
            children = list(node.children)
            stack += [
                (child, piped or (node.type == "pipeline" and child.start_byte > node.start_byte))
                for child in reversed(children)
            ]

    def _node(self, node: Any, piped: bool, depth: int) -> bool:  # noqa: FBT001 - walked with its node
        kind = node.type
        if kind == "command":
            words = [
                _static(child)
                for child in node.children
                if child.type not in _NOT_WORDS and not child.type.endswith("_redirect")
            ]
            fed = piped or any(c.type.endswith("_redirect") for c in node.children)
            self.command(words, piped=fed, depth=depth)
        elif kind == "variable_assignment":
            name = node.children[0]
            if _text(name) in LOOKUP_VARIABLES or _text(name).startswith(("LD_", "DYLD_")):
                self.opaque = True
        elif kind == "file_redirect":
            self._redirect(node)
            return False
        elif kind == "redirected_statement":
            return piped or any(
                child.type.startswith("here")
                or (child.type == "file_redirect" and b"<" in child.text)
                for child in node.children
            )
        elif kind in {"declaration_command", "unset_command", "function_definition"}:
            first = node.children[0]
            self.programs.setdefault("function" if kind[0] == "f" else _text(first))
        elif kind == "ERROR":
            self.opaque = True
        return piped

    def _redirect(self, node: Any) -> None:
        signs = {child.type for child in node.children}
        if not signs & {">", ">>", ">|", "&>", "&>>", "<>"} and ">&" not in signs:
            return
        target = _static(node.children[-1])
        if target is None:
            self.opaque = True
        elif not (">&" in signs and (target.isdigit() or target == "-")) and target != "/dev/null":
            self.writes[target] = None

    def command(self, words: list[str | None], *, piped: bool, depth: int) -> None:
        """Name the program that the words run, and those behind it."""
        if not words:
            return
        if words[0] is None or not words[0]:
            self.opaque = True
            return
        program = words[0].rstrip("/").rpartition("/")[2]
        if program.endswith(".exe"):
            program = program[:-4]
        rest = words[1:]
        self.programs[program] = None
        self._verbs(program, rest)
        if program in OPAQUE_BUILTINS or depth > _DEEPEST:
            self.opaque = True
        if program in SHELLS:
            self._shell(rest, piped=piped, depth=depth)
        elif program == "eval":
            self._code(" ".join(w or "" for w in rest) if None not in rest else None, depth)
        elif program in RUNNERS:
            inner = skip_options(program, rest)
            if inner:
                self.command(inner, piped=piped, depth=depth + 1)
        elif program in INTERPRETERS:
            self._interpreter(program, rest, piped=piped)
        elif program in {"find", "fd"}:
            self._find(rest, depth)

    def _verbs(self, program: str, rest: list[str | None]) -> None:
        bare = [i for i, w in enumerate(rest) if w is not None and _BARE.match(w)][:3]
        leading = bool(bare) and bare[0] > 0
        prefix = program
        for i in bare:
            prefix = f"{prefix} {rest[i]}"
            self.verbs[prefix] = None
            if leading:
                self.verbs[f"{program} {rest[i]}"] = None

    def _code(self, text: str | None, depth: int) -> None:
        if text is None:
            self.opaque = True
        else:
            self.script(text, depth + 1)

    def _shell(self, rest: list[str | None], *, piped: bool, depth: int) -> None:
        for i, word in enumerate(rest):
            if word is None:
                self.opaque = True
                return
            if word[:1] in "-+" and word[:2] != "--" and "c" in word:
                following = [w for w in rest[i + 1 :] if w is None or w[:1] not in {"-", "+"}]
                self._code(following[0] if following else None, depth)
                return
            if word[:1] not in {"-", "+"}:
                return  # a script file: named, not read
        self.opaque = True  # it reads commands from its input

    def _interpreter(self, program: str, rest: list[str | None], *, piped: bool) -> None:
        flags = INTERPRETERS[program]
        words = [w for w in rest if w is None or w[:1] == "-"]
        if not flags:  # awk, sed: the first argument is the program
            self.opaque = True
        elif any(w is None or w in flags or (w[:2] in flags and len(w) > 2) for w in words):
            self.opaque = True
        elif len(words) == len(rest) and (piped or not rest):
            self.opaque = True
        elif "-" in rest:
            self.opaque = True

    def _find(self, rest: list[str | None], depth: int) -> None:
        for i, word in enumerate(rest):
            if word in {"-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec"}:
                inner = rest[i + 1 :]
                end = next((j for j, w in enumerate(inner) if w in {";", "+", "\\;"}), len(inner))
                self.command(inner[:end], piped=False, depth=depth + 1)
            elif word == "-delete":
                self.programs["rm"] = None
            elif word is not None and word.startswith("-fprint") and i + 1 < len(rest):
                self.writes[rest[i + 1] or ""] = None


_NOT_WORDS = {
    "variable_assignment",
    "file_redirect",
    "heredoc_redirect",
    "herestring_redirect",
    "comment",
}


def _text(node: Any) -> str:
    return bytes(node.text or b"").decode()


def _static(node: Any) -> str | None:
    """The word as the shell would pass it, or nothing when it is computed."""
    kind = node.type
    if kind in {"command_name", "concatenation"}:
        parts = [_static(child) for child in node.children]
        if kind == "concatenation" and any(_text(c) in {"{", "}"} for c in node.children):
            return None
        return None if None in parts else "".join(p or "" for p in parts)
    text = _text(node)
    if kind == "raw_string":
        return text[1:-1]
    if kind == "string":
        if any(child.type not in {'"', "string_content"} for child in node.children):
            return None
        return re.sub(r'\\([$`"\\])', r"\1", text[1:-1]).replace("\\\n", "")
    if kind in {"word", "number"}:
        plain = re.sub(r"\\(?s:(.))", lambda m: "" if m[1] == "\n" else m[1], text)
        return (
            None if re.search(r"(?<!\\)[*?{}]|(?<!\\)\[", text) and "/" not in text[:1] else plain
        )
    if kind in {";", "+", "\\;"} or not node.children:
        return text if kind not in {"ansi_c_string", "translated_string"} else None
    return None
