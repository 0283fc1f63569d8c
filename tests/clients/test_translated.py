"""Every client runs its tool loops on a vendor that speaks another wire, and notices nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from clients_fronts import BUDGET, COMPARE, MINUTES, READ, Front
from clients_translated import Translating
from test_tool_loops import CLIENTS

from gardefou.doors.simulate import Simulated

pytestmark = pytest.mark.filterwarnings("ignore:.*`ReadOnly` qualifier:UserWarning")

CHAT, RESPONSES, MESSAGES = "openai.chat", "openai.responses", "anthropic.messages"
# What is stored at the vendor does not move: this client continues by an answer's id.
STORED = "openai responses stored"


def wire_of(name: str) -> str:
    if "responses" in name:
        return RESPONSES
    return MESSAGES if "messages" in name else CHAT


CASES = [
    (name, served)
    for name in CLIENTS
    for served in (CHAT, RESPONSES, MESSAGES)
    if served != wire_of(name) and name != STORED
]


@pytest.fixture(scope="module")
def fronts(vendor: Simulated) -> Iterator[dict[str, tuple[Front, Translating]]]:
    servers = {
        served: Translating(served, vendor.base_url, "vendor-key")
        for served in (CHAT, RESPONSES, MESSAGES)
    }
    yield {
        served: (Front(served, server.base_url, "k", vendor), server)
        for served, server in servers.items()
    }
    for server in servers.values():
        server.stop()


@pytest.mark.parametrize(("name", "served"), CASES)
def test_a_client_runs_its_loop_on_another_vendor(
    fronts: dict[str, tuple[Front, Translating]], name: str, served: str
) -> None:
    front, server = fronts[served]
    text = f"{COMPARE} ({name}, {served})"
    ran = CLIENTS[name](front, text)
    assert ran.error is None
    calls = sorted(arguments["path"] for _, arguments in ran.calls)
    assert calls == sorted([MINUTES.arguments["path"], BUDGET.arguments["path"]])
    assert "The second is longer." in ran.text
    assert len(front.seen(text)) == 2
    assert "broken" not in server.notes


def test_what_is_stored_at_the_vendor_is_an_error_that_names_it(
    fronts: dict[str, tuple[Front, Translating]],
) -> None:
    with pytest.raises(Exception, match="previous_response_id"):
        CLIENTS[STORED](fronts[MESSAGES][0], READ)
