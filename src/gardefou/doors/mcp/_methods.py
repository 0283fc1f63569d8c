"""The methods of the protocol, and what a door does with each; revisions 2025-06-18 to 2026-07-28.

What stands in no list here is not passed on: a method that nobody knows may act (law 2).
Source: the specification's schema of the three revisions.
"""

from __future__ import annotations

from gardefou.constitution.catalogue import Parameter, ResultField, Tool

# Decided before they are passed on.
CALL = "tools/call"
DECIDED = {
    CALL: "",
    "resources/read": "resource",
    "resources/subscribe": "resource",
    "prompts/get": "prompt",
}
FROM_SERVER_DECIDED = {"sampling/createMessage": "sampling", "elicitation/create": "elicitation"}

# About something that was decided before: a held call, or a task that the server began.
TASKS = frozenset({"tasks/cancel", "tasks/get", "tasks/list", "tasks/result", "tasks/update"})

# Passed on as they are: they look, or they belong to the connection.
PASSED = frozenset(
    {
        "completion/complete",
        "initialize",
        "logging/setLevel",
        "ping",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "resources/unsubscribe",
        "server/discover",
        "subscriptions/listen",
        "tools/list",
    }
)
FROM_SERVER_PASSED = frozenset({"ping", "roots/list"})
NOTIFIED = frozenset(
    {
        "notifications/cancelled",
        "notifications/initialized",
        "notifications/progress",
        "notifications/roots/list_changed",
    }
)
FROM_SERVER_NOTIFIED = frozenset(
    {
        "notifications/cancelled",
        "notifications/elicitation/complete",
        "notifications/message",
        "notifications/progress",
        "notifications/prompts/list_changed",
        "notifications/resources/list_changed",
        "notifications/resources/updated",
        "notifications/subscriptions/acknowledged",
        "notifications/tasks/status",
        "notifications/tools/list_changed",
    }
)
MODERN = "2026-07-28"
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CLIENT_KEY = "io.modelcontextprotocol/clientInfo"


def own_tools(server: str) -> dict[str, Tool]:
    """What a server can do besides its tools, labelled here: it is the same for every server."""
    return {
        f"{server}.{tool.name}": Tool(
            name=f"{server}.{tool.name}",
            description=tool.description,
            effects=tool.effects,
            parameters=tool.parameters,
            results=tool.results,
            labelled_by="person",
            confidence=1.0,
        )
        for tool in _OWN
    }


_OUTSIDER = (ResultField(writer="outsider"),)
_OWN = (
    Tool(
        name="resource",
        description="Read a resource of the server.",
        effects=("reads_outside",),
        parameters={"uri": Parameter(role="targets")},
        results=_OUTSIDER,
    ),
    Tool(
        name="prompt",
        description="Take a prompt of the server into the conversation.",
        effects=("reads_outside",),
        parameters={"name": Parameter(role="targets")},
        results=_OUTSIDER,
    ),
    Tool(
        name="sampling",
        description="The server has the client's model answer a text that the server wrote.",
        effects=("starts_agent", "sends_outside"),
        parameters={"messages": Parameter(role="other")},
    ),
    Tool(
        name="elicitation",
        description="The server asks the user for something; the answer goes to the server.",
        effects=("sends_outside",),
        parameters={"message": Parameter(role="content")},
    ),
)
