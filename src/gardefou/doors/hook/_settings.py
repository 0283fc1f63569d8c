"""What the hook's guard works with: documents, labels, ledger, and where it listens."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

import msgspec

from gardefou.action import parse
from gardefou.constitution import load_layers
from gardefou.constitution.catalogue import Catalogue, load_catalogue
from gardefou.decide import Guard
from gardefou.errors import FileError, InputError
from gardefou.recording import Layer
from gardefou.service import Policy

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


def policy_of(settings: Settings) -> Policy:
    """The standard constitution, the one for coding, and the user's own layers after them.

    Raises:
        LoadError: with every mistake of the documents.
        FileError: ``hook.settings`` when one cannot be read.
    """
    standard = resources.files("gardefou.constitution") / "standard"
    layers = [
        Layer(name, (standard / name).read_text(encoding="utf-8"))
        for name in ("standard.md", "coding.md")
    ]
    layers += [Layer(path, _read(path)) for path in settings.layers]
    tools = (resources.files("gardefou.doors.hook") / "tools.yaml").read_text(encoding="utf-8")
    catalogue = load_catalogue(tools, file="tools.yaml")
    if settings.catalogue:
        added = load_catalogue(_read(settings.catalogue), file=settings.catalogue)
        catalogue = Catalogue(tools={**added.tools, **catalogue.tools})
    law = load_layers(
        [layer.text for layer in layers],
        files=[layer.file for layer in layers],
        catalogue=catalogue,
    )
    return Policy(
        layers=tuple(layers), constitution=law, catalogue=catalogue, guard=Guard(law, catalogue)
    )


def settings_path(home: Path) -> Path:
    """Where the settings are, below the user's folder for configuration."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else home / ".config") / "gardefou" / "hook.json"


def socket_path(home: Path) -> Path:
    """Where the running guard listens."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    return (Path(base) if base else home / ".cache") / "gardefou" / "hook.sock"


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
