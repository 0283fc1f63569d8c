"""Which paths a command line removes and writes, and which branches it pushes over.

1. A path inside the workspace is shown relative to it; one outside is shown absolute. Symbolic
   links are followed as they stand now, so a link that leads out is outside.
2. A word that the shell computes is shown as `COMPUTED`: its place is not known.
3. After ``cd`` a relative path is read from every folder that the line may then be in.
4. A program that is missing in the tables is not seen here; its effects are the catalogue's matter.

The bounds: what stands in scripts, aliases and configuration, and what changes between the
decision and the call, is not seen.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

from gardefou.constitution.catalogue.types import Shell

COMPUTED = "$computed"
EVERYTHING = "*"

_REMOVES = frozenset({"rm", "rmdir", "unlink", "shred", "srm", "wipe", "wipefs", "truncate"})
_WRITES_LAST = frozenset({"cp", "install", "ln", "rsync", "scp"})
_WRITES_ALL = frozenset({"tee", "touch", "mkdir"})
_WRITES_AFTER_FIRST = frozenset({"chmod", "chown", "chgrp", "sed"})
_GIT_REMOVES = frozenset({"clean", "restore", "filter-branch", "filter-repo"})
_GIT_REMOVES_IF = {
    "reset": frozenset({"--hard", "--merge", "--keep"}),
    "checkout": frozenset({"-f", "--force", "--", "."}),
    "switch": frozenset({"-f", "--force", "--discard-changes"}),
}
_GIT_VALUES = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path"})
_PUSH_FORCES = frozenset({"-f", "--force", "--mirror", "--delete", "-d", "--prune"})
_PUSH_VALUES = frozenset({"-o", "--push-option", "--receive-pack", "--exec", "--repo"})
_VALUES = {"truncate": frozenset({"-s", "-r"}), "touch": frozenset({"-d", "-r", "-t"})}
# Options that name the file or folder that is written.
_INTO = {
    "curl": ("-o", "--output", "--output-dir", "-D", "--dump-header", "-c", "--cookie-jar"),
    "wget": ("-O", "--output-document", "-P", "--directory-prefix", "-o", "--output-file"),
    "tar": ("-C", "--directory"),
    "unzip": ("-d",),
}
_WILD = re.compile(r"[*?\[]")
_STREAMS = re.compile(r"/dev/(?:null|std\w+|tty|fd/\d+)")

Word = str | None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call happens: the folder of the workspace, the current one, the user's own."""

    root: str
    cwd: str
    home: str = ""

    def shown(self, word: Word, folder: str = "") -> str:
        """The path as rules see it (rules 1 and 2)."""
        if word is None or word.startswith(COMPUTED):
            return COMPUTED
        if word == "~" or word.startswith("~/"):
            if not self.home:
                return COMPUTED
            word = self.home + word[1:]
        elif word.startswith("~"):
            return COMPUTED
        if (wild := _WILD.search(word)) is not None:
            word = word[: wild.start()].rpartition("/")[0] or ("/" if word[0] == "/" else ".")
        try:
            real = os.path.realpath(os.path.join(folder or self.cwd, word))  # noqa: PTH118 - `realpath` of what need not exist
            root = os.path.realpath(self.root)
        except (OSError, ValueError):
            return COMPUTED
        if root == "/":
            return real
        if real == root:
            return "."
        return real[len(root) + 1 :] if real.startswith(root + "/") else real


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """What a command line touches, as its words show it."""

    removes: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    force_pushes: tuple[str, ...] = ()


def touched(shell: Shell, place: Place) -> Touched:
    """Read the commands of a line in their order."""
    reading = _Reading(place)
    for command in shell.commands:
        reading.command(command[0] or "", command[1:])
    for target in shell.writes:
        if not _STREAMS.fullmatch(target):
            reading.write(target)
    return Touched(
        removes=tuple(dict.fromkeys(reading.removes)),
        writes=tuple(dict.fromkeys(reading.writes)),
        force_pushes=tuple(dict.fromkeys(reading.pushes)),
    )


class _Reading:
    def __init__(self, place: Place) -> None:
        self.place = place
        self.folders: list[str | None] = [place.cwd]
        self.removes: list[str] = []
        self.writes: list[str] = []
        self.pushes: list[str] = []
        self.finds = False

    def command(self, program: str, words: Sequence[Word]) -> None:
        operands = list(_operands(program, words))
        if program in {"cd", "pushd"}:
            self._enter(operands[0] if operands else "~")
        elif program in _REMOVES or program.startswith("mkfs"):
            self._each(self.remove, operands)
        elif program == "mv":
            self._each(self.remove, operands[:-1])
            self._each(self.write, operands[-1:])
        elif program == "find":
            self._find(words)
        elif program == "git":
            self._git(list(words))
        else:
            for word in _written(program, operands, words):
                self.write(word)

    def remove(self, word: Word) -> None:
        self.removes += self._shown(word)

    def write(self, word: Word) -> None:
        self.writes += self._shown(word)

    def _each(self, note: Callable[[Word], None], operands: Sequence[Word]) -> None:
        for word in operands:
            if not (self.finds and word == "{}"):
                note(word)
        if not operands:
            note(None)  # the operands come from elsewhere: `xargs rm`

    def _shown(self, word: Word) -> list[str]:
        if word is not None and word[:1] in {"/", "~"}:
            return [self.place.shown(word)]
        return [
            COMPUTED if folder is None else self.place.shown(word, folder)
            for folder in self.folders
        ]

    def _enter(self, word: Word) -> None:
        if word is None or word == "-":
            self.folders.append(None)
            return
        if word[:1] == "~":
            word = self.place.home + word[1:] if self.place.home else None
        entered = [
            None if word is None or folder is None else os.path.join(folder, word)  # noqa: PTH118 - as above
            for folder in self.folders
        ]
        self.folders += [folder for folder in entered if folder not in self.folders]

    def _find(self, words: Sequence[Word]) -> None:
        self.finds = True
        starts = []
        for word in words:
            if word is not None and word[:1] in {"-", "(", "!"}:
                break
            starts.append(word)
        if any(word in {"-delete", "-exec", "-execdir", "-ok", "-okdir"} for word in words):
            for word in starts or ["."]:
                self.remove(word)

    def _git(self, words: list[Word]) -> None:
        folder: Word = "."
        while words and words[0] is not None and words[0][:1] == "-":
            option = words.pop(0)
            if option in _GIT_VALUES and words:
                value = words.pop(0)
                folder = value if option in {"-C", "--work-tree"} else folder
        verb = words[0] if words else ""
        discards = _GIT_REMOVES_IF.get(verb or "", frozenset())
        if verb in _GIT_REMOVES or any(word in discards for word in words[1:]):
            self.remove(folder)
        elif verb == "rm":
            self._each(self.remove, list(_operands("git", words[1:])))
        elif verb is None:
            self.remove(None)
        elif verb == "push":
            self._push(words[1:])

    def _push(self, words: Sequence[Word]) -> None:
        operands: list[Word] = []
        forced = everything = False
        skip = False
        for word in words:
            if skip:
                skip = False
            elif word is not None and word[:1] == "-" and len(word) > 1:
                skip = word in _PUSH_VALUES
                letters = word[1:] if word[1] != "-" else ""
                forced |= (
                    word in _PUSH_FORCES
                    or word.startswith("--force")
                    or "f" in letters
                    or "d" in letters
                )
                everything |= word in {"--mirror", "--all", "--branches"}
            else:
                operands.append(word)
        refs = operands[1:]
        if not forced and not any(ref is None or ref[:1] in {"+", ":"} for ref in refs):
            return
        if everything:
            self.pushes.append(EVERYTHING)
        for ref in refs:
            if ref is None:
                self.pushes.append(COMPUTED)
            elif forced or ref[:1] in {"+", ":"}:
                target = ref.lstrip("+").rpartition(":")[2]
                self.pushes.append(target.removeprefix("refs/").removeprefix("heads/"))
        if not refs and not everything:
            self.pushes.append("HEAD")


def _written(program: str, operands: list[Word], words: Sequence[Word]) -> list[Word]:
    """The words that name what a program writes; nothing for one that the tables do not know."""
    if program in _WRITES_LAST:
        return operands[-1:] or [None]
    if program in _WRITES_ALL:
        return operands or [None]
    if program in _WRITES_AFTER_FIRST and _changes(program, words):
        return operands[1:] or [None]
    if program == "dd":
        return [word and word[3:] for word in words if word is None or word[:3] == "of="]
    return _values(words, _INTO[program]) if program in _INTO else []


def _values(words: Sequence[Word], options: Sequence[str]) -> list[Word]:
    """The values of some options, whether they stand behind them or are joined to them."""
    found: list[Word] = []
    for at, word in enumerate(words):
        if word is None:
            continue
        for option in options:
            if word == option:
                found.append(words[at + 1] if at + 1 < len(words) else None)
            elif option.startswith("--") and word.startswith(option + "="):
                found.append(word[len(option) + 1 :])
            elif not option.startswith("--") and word[0] == "-" and word[1:2] != "-":
                # `-sSLo file` and `-ofile`: short options can stand together.
                letters, mark, value = word[1:].partition(option[1])
                if mark and word != option and (letters.isalpha() or not letters):
                    found.append(value or (words[at + 1] if at + 1 < len(words) else None))
    return list(dict.fromkeys(found))


def _changes(program: str, words: Sequence[Word]) -> bool:
    """Whether the program changes files: ``sed`` does only in place."""
    return program != "sed" or any(word is None or word[:2] in {"-i", "--"} for word in words)


def _operands(program: str, words: Sequence[Word]) -> Iterator[Word]:
    """The words that are neither options nor their values."""
    values = _VALUES.get(program, frozenset())
    only_operands = skip = False
    for word in words:
        if skip:
            skip = False
        elif word == "--" and not only_operands:
            only_operands = True
        elif word is not None and word[:1] == "-" and len(word) > 1 and not only_operands:
            skip = word in values
        else:
            yield word
