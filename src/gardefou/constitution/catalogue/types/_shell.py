"""Command lines for a POSIX shell: which programs run, with which verbs, writing which files.

1. Every command counts: across pipes, lists, subshells, substitutions, loops, functions and here
   documents; after assignments; behind programs that run another (``sudo``, ``env``, ``xargs``,
   ``bash -c``, ...).
2. ``programs`` holds base names; ``verbs`` the program with its first words: ``git push``,
   ``git push origin``. Where options stand before them, each of the first words is tried.
   ``writes`` holds the files that redirections write.
3. ``opaque`` when the programs that will run cannot all be named: the text does not parse, a
   program's name is computed, a shell or interpreter is handed code that is computed, comes from
   its input or is not shell, or the look-up of programs is changed (``PATH=``, ``alias``).
4. ``commands`` holds the words of every command, with nothing for a word that is computed;
   ``sets`` the variables that are set; ``loops`` says that something is done again and again.
5. The bounds of this reading: what a program does with its arguments, and what a script file
   holds, is not seen.
"""

from __future__ import annotations

import functools
import re
import threading
from typing import Any

import msgspec

from gardefou.constitution.catalogue.types._base import NOWHERE, Surroundings, kind_of, refuse
from gardefou.constitution.catalogue.types._programs import LOOKUP_VARIABLES, Commands

_BAD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e0fff]"
)
_LONGEST = 65_536
_MOST_PIPES = 400  # the grammar takes time with the square of a pipeline's length
_NO_WORDS = frozenset(
    {"variable_assignment", "file_redirect", "heredoc_redirect", "herestring_redirect", "comment"}
)
_LOOPS = frozenset({"for_statement", "c_style_for_statement", "while_statement"})
_COMPUTED = re.compile(r"(?<!\\)(?:[*?\[]|\{[^}]*(?:,|\.\.))")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LOCAL = threading.local()


class Shell(msgspec.Struct, frozen=True, kw_only=True):
    """What a command line would run."""

    text: str
    programs: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    opaque: bool = False
    commands: tuple[tuple[str | None, ...], ...] = ()
    sets: tuple[str, ...] = ()
    loops: bool = False


def parse_shell(value: Any, path: str = "", around: Surroundings = NOWHERE) -> Shell:  # noqa: ARG001 - one shape for all types
    """Read a command line, or a list of words that is one command.

    Raises:
        InputError: ``shell.type``, ``shell.empty``, ``shell.invisible``.
    """
    if isinstance(value, (list, tuple)) and value and all(type(word) is str for word in value):
        _check(" ".join(value), path)
        reading = _Reading()
        reading.commands.command(list(value), 0)
        return reading.result(" ".join(value))
    if type(value) is not str:
        refuse("shell.type", f"{kind_of(value)} is not a command line", path, expected="text")
    _check(value, path)
    if len(value) > _LONGEST or value.count("|") > _MOST_PIPES:
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
    """One text and every text inside it."""

    def __init__(self) -> None:
        self.commands = Commands(self.script)

    def result(self, text: str) -> Shell:
        found = self.commands
        return Shell(
            text=text,
            programs=tuple(found.programs),
            verbs=tuple(found.verbs),
            writes=tuple(found.writes),
            opaque=found.opaque or not (found.programs or found.writes),
            commands=tuple(found.commands),
            sets=tuple(found.sets),
            loops=found.loops,
        )

    def script(self, text: str, depth: int) -> None:
        # The grammar's scanner looks characters up in tables of ASCII: one of a higher plane made
        # it crash. A colon is a plain character of a word, and one byte, so places stay the same.
        plain = text if text.isascii() else _NOT_ASCII.sub(":", text)
        root = _parser().parse(plain.encode("ascii")).root_node
        if root.has_error:
            self.commands.opaque = True
        stack = [root]
        while stack:
            node = stack.pop()
            self._node(node, text, depth)
            stack += reversed(node.children)

    def _node(self, node: Any, text: str, depth: int) -> None:
        kind = node.type
        if kind == "command":
            words = [_static(child, text) for child in node.children if child.type not in _NO_WORDS]
            self.commands.command(words, depth)
        elif kind == "variable_assignment":
            name = _text(node.children[0], text)
            self.commands.sets[name] = None
            if name in LOOKUP_VARIABLES or name.startswith(("LD_", "DYLD_", "BASH_FUNC")):
                self.commands.opaque = True
        elif kind == "file_redirect":
            self._redirect(node, text)
        elif kind in _LOOPS:
            self.commands.loops = True
        elif kind in {"declaration_command", "unset_command"}:
            self.commands.programs[_text(node.children[0], text)] = None

    def _redirect(self, node: Any, text: str) -> None:
        signs = {child.type for child in node.children}
        if not signs & {">", ">>", ">|", "&>", "&>>", "<>", ">&"}:
            return
        target = _static(node.children[-1], text)
        if target is None:
            self.commands.opaque = True
        elif target != "/dev/null" and not (">&" in signs and re.fullmatch(r"\d+-?|-", target)):
            self.commands.writes[target] = None


def _text(node: Any, whole: str) -> str:
    return whole[node.start_byte : node.end_byte]


def _static(node: Any, whole: str) -> str | None:
    """The word as the shell would pass it, or nothing when the shell computes it."""
    kind, text = node.type, _text(node, whole)
    if kind == "raw_string":
        return text[1:-1]
    if kind == "string":
        if any(child.type not in {'"', "string_content"} for child in node.children):
            return None
        return re.sub(r'\\([$`"\\])', r"\1", text[1:-1].replace("\\\n", ""))
    if kind in {"word", "number"} and not node.children:
        if _COMPUTED.search(text):
            return None
        return re.sub(r"\\(.)", r"\1", text.replace("\\\n", ""), flags=re.DOTALL)
    if kind in {"command_name", "concatenation"}:
        if _COMPUTED.search(text) and "{" in (_text(child, whole) for child in node.children):
            return None  # the grammar takes `{a,b}` apart into words
        parts = [_static(child, whole) for child in node.children]
        return None if None in parts else "".join(part or "" for part in parts)
    return None
