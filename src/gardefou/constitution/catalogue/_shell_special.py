"""Programs whose effects stand in their options and the order of their words.

Each reader notes effects, and answers False where the command does more than look, True where it
is known only to look, None where the tables decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gardefou.constitution.catalogue._finding import Finding

Words = list[str | None]
Reader = Callable[[Words, Finding, str], bool | None]

_UPLOADS = (
    "-d", "--data", "-F", "--form", "-T", "--upload", "--json", "--url-query", "--post", "--body",
    "--method", "-K", "--config", "--mail",
)  # fmt: skip
_KEEPS = ("-o", "-O", "--output", "--remote-name", "-c", "--cookie-jar", "-D", "--dump-header", "--trace",
          "--stderr", "--hsts", "--alt-svc", "--etag-save", "--create-dirs")  # fmt: skip
_SENDING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LETTERS = re.compile(r"-[A-Za-z#]+\Z")
_SED_PRINT = re.compile(r"[\d,$;!p{} ]+|/[^/]*/[pd!]{1,2}|s([/|#,])[^/|#,]*\1[^/|#,]*\1[gip\d]*")
_REMOTE = re.compile(r"^(?:[\w.-]+@)?[\w.-]+:(?!\\)|^\w+://")


def _curl(words: Words, found: Finding, shown: str) -> bool | None:
    is_plain = None not in words
    method = ""
    for i, word in enumerate(words):
        if word is None:
            continue
        letters = word[1:] if _LETTERS.match(word) else ""
        if word.startswith(_UPLOADS) or set(letters) & set("dFTK"):
            found.add("sends_outside", shown)
            is_plain = False
        if word.startswith(_KEEPS) or set(letters) & set("oOcDJ"):
            found.add("writes", shown)
            is_plain = False
        if word in {"-X", "--request"} or (letters.endswith("X") and len(letters) < 4):
            method = (words[i + 1] or "?") if i + 1 < len(words) else "?"
        elif word.startswith(("-X", "--request=")):
            method = word.removeprefix("--request=").removeprefix("-X")
    if method.upper() in _SENDING:
        found.add("sends_outside", shown)
    if method.upper() == "DELETE":
        found.add("deletes", shown)
    if method and method.upper() not in {"GET", "HEAD", "OPTIONS"}:
        is_plain = False
    if None in words and any(word and "$(" in word for word in words):
        found.add("sends_outside", shown)
    if not is_plain:
        found.unknown()
    return is_plain


def _wget(words: Words, found: Finding, shown: str) -> bool | None:
    found.add("writes", shown)
    if any(word and word.startswith(("--post", "--body", "--method")) for word in words):
        found.add("sends_outside", shown)
    return False


def _httpie(words: Words, found: Finding, shown: str) -> bool | None:
    if any(word and (word in _SENDING or re.search(r"\w(?::?=|@)", word)) for word in words):
        found.add("sends_outside", shown)
    return False


def _copies(words: Words, found: Finding, shown: str) -> bool | None:
    """``scp``, ``rsync``: the last word is where it goes."""
    last = next((word for word in reversed(words) if word and word[:1] != "-"), None)
    if None in words[-1:] or (last and _REMOTE.match(last)):
        found.add("sends_outside", shown)
    return False


def _git(words: Words, found: Finding, shown: str) -> bool | None:
    rest = [word for word in words if word is not None]
    while rest[:1] and rest[0] in {"-C", "--git-dir", "--work-tree"}:
        rest = rest[2:]
    while rest[:1] and rest[0].startswith(
        ("--no-pager", "--git-dir=", "--work-tree=", "--no-optional")
    ):
        rest = rest[1:]
    verb, options = (rest[0], rest[1:]) if rest else ("", [])
    if verb == "push":
        forced = any(o in {"-f", "--force", "--delete", "-d", "--mirror", "--prune"} or o[:1] in {"+", ":"}
                     or o.startswith("--force") for o in options)  # fmt: skip
        if forced:
            found.add("deletes", shown)
        return False
    if verb in {"branch", "tag"}:
        if any(o in {"-d", "-D", "--delete"} for o in options):
            found.add("deletes", shown)
        listing = {
            "-a",
            "-r",
            "-v",
            "-vv",
            "--list",
            "-l",
            "--show-current",
            "--all",
            "--remotes",
            "-n",
        }
        return None not in words and set(options) <= listing
    if verb in {"stash", "worktree", "reflog"}:
        return None not in words and (options[:1] == ["list"] or (verb == "reflog" and not options))
    if verb == "remote":
        return None not in words and (not options or options in (["-v"], ["--verbose"]))
    if verb == "config":
        if "credential" in " ".join(options) or "sslVerify" in " ".join(options):
            found.add("weakens_security", shown)
        looks = {"-l", "--list", "--get", "--get-all", "--get-regexp"}
        return None not in words and bool(looks & set(options))
    return None


def _sed(words: Words, found: Finding, shown: str) -> bool | None:  # noqa: ARG001 - one shape for all readers
    scripts = [word for word in words if word is not None and word not in {"-n", "-E", "-r", "-e"}]
    return bool(scripts) and bool(_SED_PRINT.fullmatch(scripts[0])) and words.count("-e") <= 1


def _positions(most: int) -> Reader:
    """More words than these name a file to write, or set something."""

    def read(words: Words, found: Finding, shown: str) -> bool | None:  # noqa: ARG001 - one shape for all readers
        return len([word for word in words if word is None or word[:1] != "-"]) <= most

    return read


def _date(words: Words, found: Finding, shown: str) -> bool | None:  # noqa: ARG001 - one shape for all readers
    skip = False
    for word in words:
        if word is None:
            return False
        if skip:
            skip = False
        elif word in {"-d", "--date", "-r"}:
            skip = True
        elif word[:1] not in {"+", "-"}:
            return False
    return True


def _ip(words: Words, found: Finding, shown: str) -> bool | None:  # noqa: ARG001 - one shape for all readers
    verbs = {word for word in words if word and word[:1] != "-"}
    return not verbs & {
        "add",
        "del",
        "delete",
        "set",
        "change",
        "replace",
        "flush",
        "netns",
        "exec",
    }


def _getent(words: Words, found: Finding, shown: str) -> bool | None:
    if {"shadow", "gshadow"} & set(words):
        found.add("reads_secrets", shown)
    return True


def _archive(flags: str) -> Reader:
    """Archives that are only listed."""

    def read(words: Words, found: Finding, shown: str) -> bool | None:  # noqa: ARG001 - one shape for all readers
        first = (words[0] or "") if words else ""
        letters = set(first.lstrip("-"))
        return bool(letters & set(flags)) and not letters & set("xcruAIdo")

    return read


def _env(words: Words, found: Finding, shown: str) -> bool | None:
    if all(word is not None and (word[:1] == "-" or "=" in word) for word in words):
        found.add("reads_secrets", shown)
    return True


def _module(words: Words, found: Finding, shown: str) -> bool | None:
    """``python -m pip install``."""
    if words[:1] == ["-m"] and len(words) > 2 and words[1] in {"pip", "pipx", "ensurepip"}:
        if words[2] in {"install", "download"}:
            found.add(frozenset({"installs_software", "opens_url"}), shown)
        elif words[2] == "uninstall":
            found.add("deletes", shown)
    return None


def _mailing(words: Words, found: Finding, shown: str) -> bool | None:  # noqa: ARG001 - one shape for all readers
    found.add("sends_outside", shown)
    return False


def _api(words: Words, found: Finding, shown: str) -> bool | None:
    """``gh api``: a method that is not a plain read changes something there."""
    if words[:1] == ["api"] and any(
        w in _SENDING or w in {"-f", "-F", "--field", "--input"} for w in words
    ):
        found.add(frozenset({"writes", "sends_outside"}), shown)
        if "DELETE" in words:
            found.add("deletes", shown)
    if words[:2] == ["repo", "create"] and "--private" in words:
        found.add("writes", shown)
    return None


def _chmod(words: Words, found: Finding, shown: str) -> bool | None:
    if any(word and re.fullmatch(r"0?777|a\+rwx|o\+w|\+s|u\+s|[2-7]\d{3}", word) for word in words):
        found.add("weakens_security", shown)
    return False


SPECIAL: dict[str, Reader] = {
    "curl": _curl,
    "wget": _wget,
    "http": _httpie,
    "https": _httpie,
    "xh": _httpie,
    "scp": _copies,
    "rsync": _copies,
    "git": _git,
    "sed": _sed,
    "uniq": _positions(1),
    "hostname": _positions(0),
    "date": _date,
    "ip": _ip,
    "getent": _getent,
    "tar": _archive("t"),
    "unzip": _archive("lt"),
    "env": _env,
    "python": _module,
    "python3": _module,
    "sendmail": _mailing,
    "gh": _api,
    "chmod": _chmod,
}
