"""Tools and sessions of an invented office, for the tests of origins."""

from __future__ import annotations

from typing import Any

from gardefou.constitution.catalogue import ResultField, Tool, ingest
from gardefou.constitution.catalogue.suggest import suggest
from gardefou.decide.origins import Labels, Memory


def _schema(
    *names: str, lists: tuple[str, ...] = (), required: tuple[str, ...] = ()
) -> dict[str, Any]:
    properties: dict[str, Any] = {name: {"type": "string", "description": name} for name in names}
    properties |= {name: {"type": "array", "items": {"type": "string"}} for name in lists}
    return {"type": "object", "properties": properties, "required": list(required)}


_TOOLS = {
    tool.name: suggest(tool)
    for tool in (
        Tool(name="read_file", description="Read a file.", schema=_schema("path")),
        Tool(name="read_inbox", description="Read the e-mails in the inbox.", schema=_schema()),
        Tool(name="search_web", description="Search web pages.", schema=_schema("query")),
        Tool(
            name="send_email",
            description="Send an e-mail.",
            schema=_schema("subject", "body", lists=("recipients",)),
        ),
        Tool(
            name="send_money",
            description="Send a payment to a bank account.",
            schema={
                "type": "object",
                "properties": {
                    "recipient": {"type": "string", "description": "IBAN of the recipient"},
                    "amount": {"type": "number", "description": "Amount in euros"},
                },
            },
        ),
        Tool(name="list_files", description="List the files of the drive.", schema=_schema()),
        Tool(name="delete_file", description="Delete a file.", schema=_schema("file_id")),
        Tool(name="update_password", description="Set a new password.", schema=_schema("password")),
    )
}
_TOOLS["ledger_lookup"] = Tool(
    name="ledger_lookup",
    description="Look up a supplier in the ledger.",
    effects=("reads",),
    results=(ResultField(writer="organisation"),),
    labelled_by="person",
    confidence=1.0,
)


class Desk:
    """A session: says, sees and asks for labels by the names of the tools."""

    def __init__(self) -> None:
        self.memory = Memory()

    def user(self, text: str) -> Desk:
        self.memory.hear("user", text)
        return self

    def operator(self, text: str) -> Desk:
        self.memory.hear("operator", text)
        return self

    def sees(self, tool: str, content: Any, **arguments: Any) -> Desk:
        self.memory.see(_TOOLS[tool], arguments, content)
        return self

    def label(self, tool: str, **arguments: Any) -> Labels:
        known = _TOOLS[tool]
        return self.memory.label(known, ingest(known, arguments, currency="EUR"), (), 0)

    def label_tool(self, known: Tool, **arguments: Any) -> Labels:
        return self.memory.label(known, ingest(known, arguments, currency="EUR"), (), 0)

    def did(self, tool: str, **arguments: Any) -> Desk:
        known = _TOOLS[tool]
        self.memory.called(known, ingest(known, arguments, currency="EUR"))
        return self


def tool(name: str, description: str, *parameters: str) -> Tool:
    """A tool labelled by its words."""
    return suggest(Tool(name=name, description=description, schema=_schema(*parameters)))


def alien(labels: Labels) -> bool:
    """The rule of the standard constitution."""
    intent = labels.intent
    unasked = intent.exposed and not intent.asked and not intent.delegated
    return intent.prompted or intent.foreign or unasked
