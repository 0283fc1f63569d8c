"""What a command line does, as far as its words show it.

1. A line is *understood* when it is not opaque, writes no file, sets no variable that programs
   listen to, and every command in it is one that only looks (`_programs_known`).
2. Every command adds the effects of its program, verb and options, understood or not.
3. An opaque line is also searched for known programs among all its words: one too many tightens.
4. A line that fetches from the network and runs an interpreter brings programs from outside in.
5. Files that hold secrets, and programs that watch or protect, are known by their names.
6. A loop that requests addresses of a register of the population gathers data about persons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gardefou.constitution.catalogue import _programs_known as known
from gardefou.constitution.catalogue._finding import Finding
from gardefou.constitution.catalogue._grave_words import fires, names_population
from gardefou.constitution.catalogue._program_effects import calls_of_text
from gardefou.constitution.catalogue._shell_special import SPECIAL
from gardefou.constitution.catalogue._sql_effects import read_inside
from gardefou.constitution.catalogue.types import Shell, parse_shell
from gardefou.errors import InputError

_SECRET = re.compile(
    r"(?:^|[/~.])(?:\.?env(?:\.(?!example|sample|template|dist)\w+)?|id_(?:rsa|dsa|ecdsa|ed25519)|g?shadow-?"
    r"|netrc|pgpass|my\.cnf|npmrc|pypirc|git-credentials|(?:aws|gcloud|azure)/\S*|kube/config|docker/config\.json"
    r"|(?:bash|zsh|psql|mysql|python)_history|environ|vault[-_]?pass\w*|gnupg/\S*|ssh/(?!known_hosts|config\b)\S*)$"
    r"|(?:^|[/_.-])(?:credentials?|secrets?|passwords?|passphrases?|mots?_de_passe|private[-_]?key|api[-_]?keys?"
    r"|tokens?)(?:\.\w+)?$|\.(?:pem|key|p12|pfx|kdbx|keystore|jks|gpg|asc|ovpn)$",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(r"(?:^|[/~])env$|usr/bin/env$|\.pub$")
_RIGHTS = re.compile(r"authorized_keys$|sudoers(?:\.d/\S+)?$|/etc/(?:group|passwd)$")
_SPLIT = re.compile(r"[\s;|&()<>'\"`=@,{}]+")
_PIECE = re.compile(r"(?:[;|&()\n`'\"]|\$\()+")
_LONGEST_NAME = 256
_MOST_WORDS = 12
_URL = re.compile(r"\bhttps?://[^\s'\"|;]+", re.IGNORECASE)
_INTERPRETERS = re.compile(
    r"^(?:(?:ba|da|z|k|a|fi|mk|rba)?sh|python[\d.]*|perl|ruby|node(?:js)?|php|lua|Rscript)$"
)
_CODE = re.compile(
    r"^(?:python[\d.]*|pypy3?|node(?:js)?|deno|bun|ruby|perl|php|julia|Rscript|lua|awk|gawk)$"
)
_PLAIN_VARIABLE = re.compile(r"[a-z_][a-z0-9_]*|[A-Z]{1,3}")
_LISTENED_TO = re.compile(
    r"(?i).*(?:proxy|pager|opt|option|config|home|path|prefix|preload|rc)s?$|(?:git|ld|less|curl|ssl)_.*"
)


def read_shell(shell: Shell) -> Finding:
    """Read one command line."""
    found = Finding()
    commands = list(shell.commands)
    named = {command[0] for command in commands}
    commands += [(program,) for program in shell.programs if program not in named]
    for command in commands:
        _command(command, found)
    if shell.writes:
        found.unknown()
        found.add("writes", f"> {shell.writes[0]}")
        for path in shell.writes:
            _write(path, found)
    if any(not _harmless_variable(name) for name in shell.sets) or not commands:
        found.unknown()
    if any(name.startswith("HIST") for name in shell.sets):
        found.add("weakens_security", "the history of commands")
    if shell.opaque:
        found.unknown()
        for piece in _pieces(shell.text):
            _command(piece, found, guessed=True)
    _whole(shell, found)
    return found


def _whole(shell: Shell, found: Finding) -> None:
    """What the commands show together, and what stands in their words."""
    programs = {program for program in shell.programs if program}
    if not programs <= known.NAMES_ONLY:
        for word in _SPLIT.split(shell.text):
            word = word[-_LONGEST_NAME:]  # noqa: PLW2901 - the end of a path is its name
            if _SECRET.search(word) and not _NO_SECRET.search(word):
                found.add("reads_secrets", word)
    if (programs & known.ENDING and shell.text.find("$(") >= 0) or "xargs" in programs:
        _protection("kill" if programs & known.ENDING else "", [shell.text], found, shell.text)
    if "unset" in programs and re.search(r"\bHIST\w+", shell.text):
        found.add("weakens_security", "unset HIST…")
    fetches = programs & known.FETCHERS
    if fetches and shell.opaque and any(map(_INTERPRETERS.match, programs)):
        found.add("installs_software", f"{min(fetches)} into an interpreter")
    if any(map(_CODE.match, programs)) and (shell.opaque or "<<" in shell.text):
        found.take(calls_of_text(shell.text))
        found.unknown()
    if fetches and shell.loops:
        for address in _URL.findall(shell.text):
            if names_population(address.partition("://")[2]):
                found.add("collects_personal_data", address)


def _command(words: Sequence[str | None], found: Finding, *, guessed: bool = False) -> None:
    program = words[0] or ""
    rest = list(words[1:])
    static = [word for word in rest if word]
    shown = " ".join([program, *(word or "…" for word in rest)])
    before = set(found.reasons)
    if guessed and not (
        program in known.ACTING or any(_verbs(program, static, known.ACTING_VERBS))
    ):
        return
    special = SPECIAL.get(program)
    verdict = special(rest, found, shown) if special is not None else None
    if verdict is not True or program in known.FETCHERS:
        found.add(known.ACTING.get(program, frozenset()), shown)
        for verb, effects in _verbs(program, static, known.ACTING_VERBS):
            found.add(effects, verb)
    for option, effects in known.OPTIONS.get(program, ()):
        if any(word.startswith(option) for word in static):
            found.add(effects, shown)
    _protection(program, static, found, shown)
    if program in known.SQL_CLIENTS:
        _statement(program, static, found)
    elif any(fires([program, *static[: i + 1]]) for i in range(min(3, len(static)))):
        found.add("uses_force", shown)
    for word in static:
        if program in known.ACTING and _RIGHTS.search(word) and program not in known.FETCHERS:
            _write(word, found)
    if set(found.reasons) == before and guessed:
        return
    if not _looks(program, rest, static, found):
        found.unknown()


def _looks(program: str, rest: list[str | None], static: list[str], found: Finding) -> bool:
    """Whether the command is one that only looks; what brings outsiders' text in is noted."""
    if program in known.LOOKING or program in known.FETCHERS & {"curl"}:
        return True
    if program in known.TRANSPARENT:
        return True
    if program in {"sh", "bash", "dash"} and rest[:1] == ["-c"]:
        return True
    if program in known.SQL_CLIENTS:
        return False
    if static[:1] in (["--version"], ["--help"], ["-V"]) and len(rest) == 1:
        return program not in known.ACTING
    careful = known.CAREFUL.get(program)
    if careful is not None:
        if None in rest or any(word.startswith(careful) for word in static if careful):
            return False
        if program != "git":
            return program not in SPECIAL or SPECIAL[program](rest, Finding(), "") is not False
    if any(word is None for word in rest[:3]) and program not in {"docker", "kubectl"}:
        return False
    looking = list(_verbs(program, static, known.LOOKING_VERBS))
    if program == "git" and SPECIAL["git"](rest, Finding(), "") is True:
        return True
    for _, effects in looking:
        found.add(effects, program)
    return bool(looking) and not [
        effects
        for _, effects in _verbs(program, static, known.ACTING_VERBS)
        if effects != {"reads_secrets"}
    ]


def _verbs(
    program: str, static: list[str], table: dict[str, frozenset[str]]
) -> Iterator[tuple[str, frozenset[str]]]:
    """The verbs of a table that a command shows: options may stand before and between its words."""
    bare = [word for word in static if word[:1] != "-"][:4]
    for start in range(min(2, len(bare))):
        verb = program
        for word in bare[start : start + 3]:
            verb = f"{verb} {word}"
            if verb in table and (start == 0 or static[:1] != bare[:1]):
                yield verb, table[verb]


def _protection(program: str, static: list[str], found: Finding, shown: str) -> None:
    stops = program in known.ENDING or (
        program in known.STOPPERS and bool(known.STOPPING & set(static))
    )
    if stops and any(name in word.lower() for word in static for name in known.PROTECTORS):
        found.add("weakens_security", shown)
    if program == "set" and "history" in static:
        found.add("weakens_security", shown)


def _write(path: str, found: Finding) -> None:
    if _RIGHTS.search(path):
        found.add("grants_access", path)
    if any(
        name in path.lower()
        for name in ("/var/log", "audit", "/etc/sysctl", "selinux", "/etc/hosts.")
    ):
        found.add("weakens_security", path)


def _statement(program: str, static: list[str], found: Finding) -> None:
    """A client of a database that is handed statements."""
    options = known.SQL_CLIENTS[program]
    texts = [
        word.partition("=")[2] or (static[i + 1] if i + 1 < len(static) else "")
        for i, word in enumerate(static)
        if word.partition("=")[0] in options
    ]
    if not options:
        texts = [word for word in static if " " in word]
    for text in texts:
        found.take(read_inside(text))
    found.unknown()


def _pieces(text: str) -> Iterator[list[str | None]]:
    """The words of an opaque text, cut wherever a command could begin."""
    for piece in _PIECE.split(text[:20_000]):
        words = piece.split()
        for i, word in enumerate(words):
            program = word.lstrip("\\").rpartition("/")[2]
            if (
                program in known.ACTING
                or program in known.SQL_CLIENTS
                or program in {"git", "docker"}
            ):
                yield [program, *words[i + 1 : i + 1 + _MOST_WORDS]]


def _harmless_variable(name: str) -> bool:
    """Whether no program that only looks listens to the variable."""
    if name in known.SAFE_VARIABLES:
        return True
    return bool(_PLAIN_VARIABLE.fullmatch(name)) and not _LISTENED_TO.fullmatch(name)


def read_script(text: str) -> Finding:
    """Read a command line that stands inside another content."""
    try:
        return read_shell(parse_shell(text))
    except InputError:
        return Finding(whole=False)
