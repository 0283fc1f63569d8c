"""What the tests of orders in a ledger share: an empty ledger in either store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from order_ledger import LOG_KEY

from gardefou.ledger import Ledger, create_ledger, open_ledger
from stores import location, postgres

__all__ = ["location", "postgres"]


@pytest.fixture
def ledger(location: str) -> Iterator[Ledger]:
    create_ledger(location, LOG_KEY)
    with open_ledger(location, LOG_KEY) as opened:
        yield opened
