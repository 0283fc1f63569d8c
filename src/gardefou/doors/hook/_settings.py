"""What the hook's guard works with: documents, labels, ledger, and where it listens."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from gardefou import constitution
from gardefou.action import parse
from gardefou.decide import Guard
from gardefou.errors import FileError, InputError
from gardefou.recording import Layer
from gardefou.service import Policy, compiled

FORMAT = 1


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings file of ``gardefou hook``; every path in it is absolute.

    ``layers`` come after the standard constitution and the one for coding; ``catalogue`` adds tools
    to those of the agents; ``ledger`` is where decisions are recorded, signed with ``key``.
    ``wait_s`` is how long a held call blocks the agent while people decide.
    """

    hook: int = FORMAT
    layers: tuple[str, ...] = ()
    catalogue: str = ""
    ledger: str = ""
    key: str = ""
    tenant: str = "default"
    user: str = ""
    start: bool = True
    wait_s: float = 580.0


def read_settings(path: Path) -> Settings:
    """The settings in a file; a file that is not there is the default.

    Raises:
        FileError: ``hook.settings`` when it cannot be read.
        InputError: ``hook.settings``, ``json.*`` when it is no settings file.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise FileError(
            f"`{path}` cannot be read: {(error.strerror or 'unknown reason').lower()}",
            code="hook.settings",
            help="check the path and the permissions",
        ) from None
    try:
        settings = msgspec.convert(parse(data), Settings)
    except msgspec.ValidationError as error:
        raise InputError(
            f"`{path}` holds no settings of the hook: {str(error).lower()}",
            code="hook.settings",
            help="run `gardefou hook install` again",
        ) from None
    if settings.hook != FORMAT:
        raise InputError(
            f"`{path}` has version {settings.hook}",
            code="hook.settings",
            expected=f"version {FORMAT}",
            help="run `gardefou hook install` again",
        )
    return settings


def write_settings(path: Path, settings: Settings) -> None:
    """Write the settings for their owner alone.

    Raises:
        FileError: ``hook.settings`` when it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(settings)) + b"\n")
    except OSError as error:
        raise FileError(
            f"`{path}` cannot be written: {(error.strerror or 'unknown reason').lower()}",
            code="hook.settings",
            help="check the permissions of the folder",
        ) from None


def policy_of(settings: Settings, cache: Path | None = None) -> Policy:
    """The standard constitution, the one for coding, and the user's own layers after them.

    ``cache`` is the folder where compiled documents are kept; without it they are compiled.

    Raises:
        LoadError: with every mistake of the documents.
        FileError: ``hook.settings`` when one cannot be read.
    """
    standard = Path(constitution.__file__).parent / "standard"
    layers = [Layer(name, _read(str(standard / name))) for name in ("standard.md", "coding.md")]
    layers += [Layer(path, _read(path)) for path in settings.layers]
    tools = Layer("tools.yaml", _read(str(Path(__file__).with_name("tools.yaml"))))
    catalogues = [tools]  # the agents' own tools are what they are: they come last
    if settings.catalogue:
        catalogues.insert(0, Layer(settings.catalogue, _read(settings.catalogue)))
    found = compiled(layers, catalogues, cache)
    return Policy(
        layers=tuple(layers),
        constitution=found.constitution,
        catalogue=found.catalogue,
        guard=Guard(found.constitution, found.catalogue),
    )


def settings_path(home: Path) -> Path:
    """Where the settings are, below the user's folder for configuration."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else home / ".config") / "gardefou" / "hook.json"


def socket_path(home: Path) -> Path:
    """Where the running guard listens."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    return (Path(base) if base else home / ".cache") / "gardefou" / "hook.sock"


def cache_path(home: Path) -> Path:
    """Where compiled documents are kept from one call to the next."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else home / ".cache") / "gardefou" / "policies"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise FileError(
            f"`{path}` cannot be read: {str(reason).lower()}",
            code="hook.settings",
            help="check the path, or run `gardefou hook install` again",
        ) from None
