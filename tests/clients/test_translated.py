"""Every client runs its tool loops on a vendor that speaks another wire, and notices nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from clients_fronts import BUDGET, COMPARE, MINUTES, MIXED, PAY, READ, SETTINGS, Front, Gateway
from clients_translated import Translating
from test_tool_loops import CLIENTS, REFUSED_WHOLE

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


# The models' names lead to the other vendor's wire.
SWAPPED = SETTINGS.replace("gpt-*", "?").replace("claude-*", "gpt-*").replace('"?"', '"claude-*"')


@pytest.fixture(scope="module")
def swapped(vendor: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    running = Gateway(tmp_path_factory.mktemp("swapped"), vendor, SWAPPED)
    yield Front("swapped", running.base_url, running.key, vendor)
    running.stop()


@pytest.mark.parametrize("name", [n for n in CLIENTS if n != STORED and not n.startswith("node")])
def test_through_the_gateway_the_calls_of_another_vendor_are_decided(
    swapped: Front, name: str
) -> None:
    """The allowed call runs, the denied one beside it never leaves, the held one leaves a notice."""
    mixed = CLIENTS[name](swapped, f"{MIXED} ({name}, swapped)")
    assert mixed.error is None
    assert mixed.calls == ([] if name in REFUSED_WHOLE else [("read_file", MINUTES.arguments)])
    held = CLIENTS[name](swapped, f"{PAY} ({name}, swapped)")
    assert (held.error, held.calls) == (None, [])
    assert "Held for review" in held.text
    heard = {visit.incoming.wire for visit in swapped.seen(f"{MIXED} ({name}, swapped)")}
    assert heard == {"chat" if wire_of(name) == MESSAGES else "messages"}
