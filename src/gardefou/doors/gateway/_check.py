"""Looking at settings and documents without opening anything."""

from __future__ import annotations

from pathlib import Path

from gardefou.doors.gateway._load import load_settings
from gardefou.doors.gateway._open import load_policies


def check_settings(path: Path) -> str:
    """Say in one line what the settings make.

    Raises:
        LoadError: with every mistake of the settings, or of a document that they name.
        FileError: when a file cannot be read.
    """
    settings = load_settings(path)
    common, tenants = load_policies(settings)
    return (
        f"good: {len(settings.upstreams)} upstreams, {len(settings.tenants)} tenants, "
        f"{1 + len(tenants)} policies, constitution {common.constitution.digest}"
    )
