"""A fresh session for each test."""

from __future__ import annotations

import pytest
from origins_desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
