"""Messages: the parts of a request that can be understood (Anthropic API reference)."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.wires.translation._reading import Shape


class Metadata(Shape):
    """Whom the request is for."""

    user_id: str | None = None


class SchemaFormat(Shape, tag_field="type", tag="json_schema"):
    """An answer that keeps to a schema."""

    schema: msgspec.Raw


class OutputConfig(Shape):
    """How the answer is written."""

    effort: str | None = None
    format: SchemaFormat | None = None


class ThinkingOff(Shape, tag_field="type", tag="disabled"):
    """No thinking."""


class ThinkingAdaptive(Shape, tag_field="type", tag="adaptive"):
    """As much thinking as the model wants."""

    display: str | None = None


class ThinkingEnabled(Shape, tag_field="type", tag="enabled"):
    """Thinking within a number of tokens."""

    budget_tokens: int
    display: str | None = None


Thinking = ThinkingOff | ThinkingAdaptive | ThinkingEnabled


class Body(Shape):
    """The body of ``POST /v1/messages``."""

    messages: list[msgspec.Raw]
    model: str = ""
    max_tokens: int | None = None
    system: str | list[msgspec.Raw] | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: list[str] | None = None
    stream: bool | None = None
    tools: list[msgspec.Raw] | None = None
    tool_choice: msgspec.Raw = msgspec.Raw(b"null")
    output_config: OutputConfig | None = None
    thinking: msgspec.Raw = msgspec.Raw(b"null")
    metadata: Metadata | None = None
    service_tier: str | None = None
    cache_control: Any = None
    container: Any = None
    context_management: Any = None
    diagnostics: Any = None
    inference_geo: Any = None
    mcp_servers: Any = None
    speed: Any = None
    top_k: Any = None
    user_profile_id: Any = None
    workspace_id: Any = None


NEUTRAL: dict[str, Any] = {
    "container": None,
    "context_management": None,
    "diagnostics": None,
    "inference_geo": None,
    "mcp_servers": [],
    "speed": "standard",
    "top_k": None,
    "user_profile_id": None,
    "workspace_id": None,
}


class User(Shape, tag_field="role", tag="user"):
    """The user's words, pictures and documents, and results of tools."""

    content: str | list[msgspec.Raw]


class Assistant(Shape, tag_field="role", tag="assistant"):
    """The model's words and calls, as sent back in a later request."""

    content: str | list[msgspec.Raw]


class System(Shape, tag_field="role", tag="system"):
    """The operator's words within the conversation."""

    content: str | list[msgspec.Raw]


Message = User | Assistant | System


class TextBlock(Shape, tag_field="type", tag="text"):
    """Words."""

    text: str
    cache_control: Any = None
    citations: Any = None
    parsed_output: Any = None  # the SDK's own copy


class Base64Source(Shape, tag_field="type", tag="base64"):
    """Content in base64."""

    media_type: str
    data: str


class UrlSource(Shape, tag_field="type", tag="url"):
    """Content at an address."""

    url: str


class TextSource(Shape, tag_field="type", tag="text"):
    """A document's text."""

    data: str
    media_type: str = "text/plain"


ImageSource = Base64Source | UrlSource
DocumentSource = Base64Source | UrlSource | TextSource


class ImageBlock(Shape, tag_field="type", tag="image"):
    """A picture."""

    source: ImageSource
    cache_control: Any = None


class Citations(Shape):
    """Whether the answer cites the document."""

    enabled: bool | None = None


class DocumentBlock(Shape, tag_field="type", tag="document"):
    """A document."""

    source: DocumentSource
    title: str | None = None
    context: str | None = None
    citations: Citations | None = None
    cache_control: Any = None


class Caller(Shape):
    """Who called a tool: the model itself, or code that ran at the vendor."""

    type: str


class ToolUse(Shape, tag_field="type", tag="tool_use"):
    """A call."""

    id: str
    name: str
    input: msgspec.Raw
    caller: Caller | None = None
    cache_control: Any = None


class ToolResult(Shape, tag_field="type", tag="tool_result"):
    """What a tool gave back."""

    tool_use_id: str
    content: str | list[msgspec.Raw] | None = None
    is_error: bool | None = None
    cache_control: Any = None


class Thought(Shape, tag_field="type", tag="thinking"):
    """Reasoning, signed for its vendor."""

    thinking: str
    signature: str


class HiddenThought(Shape, tag_field="type", tag="redacted_thinking"):
    """Reasoning that only its vendor reads."""

    data: str


Block = TextBlock | ImageBlock | DocumentBlock | ToolUse | ToolResult | Thought | HiddenThought


class ToolDeclaration(Shape):
    """A tool that the request offers."""

    name: str
    input_schema: msgspec.Raw
    type: str | None = None
    description: str | None = None
    strict: bool | None = None
    cache_control: Any = None
    eager_input_streaming: Any = None
    defer_loading: Any = None
    input_examples: Any = None
    allowed_callers: Any = None


TOOL_NEUTRAL: dict[str, Any] = {
    "defer_loading": False,
    "input_examples": [],
    "allowed_callers": ["direct"],
}


class ToolChoice(Shape):
    """Which tools may or must be called."""

    type: str
    name: str | None = None
    disable_parallel_tool_use: bool | None = None
