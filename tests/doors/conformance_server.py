"""A server with what the conformance suite asks for, on the protocol's own SDK: PORT [json|sse]."""

from __future__ import annotations

import base64
import sys
from typing import Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import (
    AudioContent,
    EmbeddedResource,
    ImageContent,
    SamplingMessage,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel, Field

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SOUND = base64.b64encode(
    b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0D\xac\0\0\x88X\1\0\2\0\x10\0data\0\0\0\0"
).decode()
server = MCPServer("conformance")


@server.tool()
def test_simple_text() -> str:
    """Return a text."""
    return "This is a simple text response for testing."


@server.tool()
def test_image_content() -> ImageContent:
    """Return an image."""
    return ImageContent(type="image", data=PIXEL, mime_type="image/png")


@server.tool()
def test_audio_content() -> AudioContent:
    """Return a sound."""
    return AudioContent(type="audio", data=SOUND, mime_type="audio/wav")


def _embedded(uri: str, text: str, kind: str = "text/plain") -> EmbeddedResource:
    resource = TextResourceContents(uri=uri, mime_type=kind, text=text)
    return EmbeddedResource(type="resource", resource=resource)


@server.tool()
def test_embedded_resource() -> EmbeddedResource:
    """Return a resource."""
    return _embedded("test://embedded-resource", "This is an embedded resource content.")


@server.tool()
def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
    """Return several things."""
    return [
        TextContent(type="text", text="Multiple content types test:"),
        ImageContent(type="image", data=PIXEL, mime_type="image/png"),
        _embedded("test://mixed", '{"test":"data","value":123}', "application/json"),
    ]


@server.tool()
async def test_tool_with_logging(context: Context) -> str:
    """Log three times."""
    for text in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await context.info(text)
    return "done"


@server.tool()
def test_error_handling() -> str:
    """Fail."""
    raise ValueError("This tool intentionally returns an error for testing")


@server.tool()
async def test_tool_with_progress(context: Context) -> str:
    """Report progress."""
    for step in (0, 50, 100):
        await context.report_progress(step, 100)
    return "done"


@server.tool()
async def test_sampling(prompt: str, context: Context) -> str:
    """Ask the client's model."""
    message = SamplingMessage(role="user", content=TextContent(type="text", text=prompt))
    found = await context.session.create_message(messages=[message], max_tokens=100)
    return f"LLM response: {found.content}"


class Answer(BaseModel):
    """What the user is asked for."""

    username: str = Field(description="Name")
    email: str = Field(description="Address")


class Defaults(BaseModel):
    """Fields with defaults."""

    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: Literal["active", "inactive", "pending"] = "active"
    verified: bool = True


@server.tool()
async def test_elicitation(message: str, context: Context) -> str:
    """Ask the user."""
    found = await context.elicit(message, Answer)
    return f"User response: {found.action}"


@server.tool()
async def test_elicitation_sep1034_defaults(context: Context) -> str:
    """Ask the user, with defaults."""
    found = await context.elicit("Please review", Defaults)
    return f"Elicitation completed: action={found.action}"


@server.resource("test://static-text", mime_type="text/plain")
def static_text() -> str:
    """A text."""
    return "This is the content of the static text resource."


@server.resource("test://static-binary", mime_type="image/png")
def static_binary() -> bytes:
    """An image."""
    return base64.b64decode(PIXEL)


@server.resource("test://template/{id}/data", mime_type="application/json")
def template(id: str) -> str:  # noqa: A002 - the suite's name
    """Data of a template."""
    return f'{{"id":"{id}","templateTest":true,"data":"Data for ID: {id}"}}'


@server.prompt()
def test_simple_prompt() -> str:
    """A prompt."""
    return "This is a simple prompt for testing."


@server.prompt()
def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """A prompt with arguments."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


if __name__ == "__main__":
    server.run("streamable-http", port=int(sys.argv[1]), json_response=sys.argv[2:] == ["json"])
