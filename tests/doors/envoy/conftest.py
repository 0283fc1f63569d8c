"""Fixtures of the tests behind Envoy; what they are made of stands in ``doors_envoy``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_running import Running


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.stop()
