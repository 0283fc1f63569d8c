"""One vendor, and one gateway before it, for all clients; one worker runs them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from clients_fronts import WORLD, Front, Gateway

from gardefou.doors.simulate import Simulated

# All of this stays on the machine: LiteLLM would fetch its list of prices when it is imported.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder go to one worker, so that one server is enough."""
    for item in items:
        if "tests/clients" in str(item.path):
            item.add_marker(pytest.mark.xdist_group("clients"))


@pytest.fixture(scope="session")
def vendor() -> Iterator[Simulated]:
    """It lets in nobody but the gateway, whose key it knows."""
    with Simulated(WORLD, key="vendor-key") as found:
        yield found


@pytest.fixture(scope="session")
def direct(vendor: Simulated) -> Front:
    return Front("direct", vendor.base_url, "vendor-key", vendor)


@pytest.fixture(scope="session")
def process(vendor: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    running = Gateway(tmp_path_factory.mktemp("gateway"), vendor)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def explained(process: Gateway, vendor: Simulated) -> Front:
    """As a tenant whose refusals are explained to the model."""
    return Front("explained", process.base_url, process.explained_key, vendor)


@pytest.fixture(scope="session")
def gateway(process: Gateway, vendor: Simulated) -> Front:
    return Front("gateway", process.base_url, process.key, vendor)
