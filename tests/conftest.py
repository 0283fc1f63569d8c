"""What all tests share: how Hypothesis draws, and names of tests that never change between runs.

`HYPOTHESIS_PROFILE` chooses: `repeat` (the default) draws the same examples each time, so that a
green check stays green; `random` draws new ones, for `make unit`, to look for what was missed.
No profile has a deadline: how long an example takes says nothing about the law.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)

settings.register_profile(
    "repeat", deadline=None, derandomize=True, database=None, suppress_health_check=_SLOW
)
settings.register_profile("random", deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Sets have no order: without this, two processes would name the same test differently."""
    if isinstance(val, (set, frozenset)):
        return f"{{{', '.join(sorted(map(repr, val)))}}}" if val else "set()"
    return None
