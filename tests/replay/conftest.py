"""Files and guards for replay tests: invented runs in the shape of each benchmark."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from replay_samples import Write

from gardefou.replay import Options, Subject


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write records as JSON lines, compressed or not, under a name."""

    def make(name: str, *records: Any, compressed: bool = False) -> Path:
        text = "".join(json.dumps(record) + "\n" for record in records).encode()
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text) if compressed else text)
        return path

    return make


@pytest.fixture
def options() -> Options:
    subject = Subject(
        engine="gardefou 0",
        constitution="Constitution of the Harbour Office",
        constitution_digest="sha256:constitution",
        catalogue="auto",
    )
    return Options(subject=subject)
