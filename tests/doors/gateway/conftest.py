"""Fixtures of the gateway's tests; what they are made of stands in ``gateway_running``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_running import Running

from gardefou.doors.gateway import State, open_state
from stores import location, postgres

__all__ = ["location", "postgres"]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def state(location: str) -> Iterator[State]:
    """The gateway's state, on each store in turn."""
    opened = open_state(location)
    yield opened
    opened.close()
