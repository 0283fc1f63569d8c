"""Chat Completions: the parts of a request that can be understood (OpenAI API reference)."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.wires.translation._reading import Shape


class StreamOptions(Shape):
    """What a stream adds."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class Body(Shape):
    """The body of ``POST /chat/completions``."""

    messages: list[msgspec.Raw]
    model: str = ""
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: str | list[str] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[msgspec.Raw] | None = None
    tool_choice: msgspec.Raw = msgspec.Raw(b"null")
    parallel_tool_calls: bool | None = None
    response_format: msgspec.Raw = msgspec.Raw(b"null")
    reasoning_effort: str | None = None
    user: str | None = None
    safety_identifier: str | None = None
    service_tier: str | None = None
    metadata: dict[str, Any] | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None
    audio: Any = None
    frequency_penalty: Any = None
    function_call: Any = None
    functions: Any = None
    logit_bias: Any = None
    logprobs: Any = None
    modalities: Any = None
    moderation: Any = None
    n: Any = None
    prediction: Any = None
    presence_penalty: Any = None
    seed: Any = None
    store: Any = None
    top_logprobs: Any = None
    verbosity: Any = None
    web_search_options: Any = None


# Fields without a counterpart, and the value that says what is the case without them.
NEUTRAL: dict[str, Any] = {
    "audio": None,
    "frequency_penalty": 0,
    "function_call": None,
    "functions": None,
    "logit_bias": {},
    "logprobs": False,
    "modalities": ["text"],
    "moderation": None,
    "n": 1,
    "prediction": None,
    "presence_penalty": 0,
    "seed": None,
    "store": False,
    "top_logprobs": 0,
    "verbosity": "medium",
    "web_search_options": None,
}


class Function(Shape):
    """A function of a tool call."""

    name: str
    arguments: str = ""
    parsed_arguments: Any = None  # the SDK's own copy


class ToolCall(Shape, tag_field="type", tag="function"):
    """A call in an assistant's message."""

    id: str
    function: Function
    index: Any = None  # the SDK's own copy


class System(Shape, tag_field="role", tag="system"):
    """The operator's words."""

    content: str | list[msgspec.Raw]
    name: str | None = None


class Developer(Shape, tag_field="role", tag="developer"):
    """The operator's words, as newer models call them."""

    content: str | list[msgspec.Raw]
    name: str | None = None


class User(Shape, tag_field="role", tag="user"):
    """The user's words, pictures and files."""

    content: str | list[msgspec.Raw]
    name: str | None = None


class Assistant(Shape, tag_field="role", tag="assistant"):
    """The model's words and calls, as sent back in a later request."""

    content: str | list[msgspec.Raw] | None = None
    refusal: str | None = None
    tool_calls: list[msgspec.Raw] | None = None
    name: str | None = None
    audio: Any = None
    function_call: Any = None
    annotations: Any = None
    reasoning_content: Any = None
    parsed: Any = None  # the SDK's own copy


class ToolMessage(Shape, tag_field="role", tag="tool"):
    """The result of a call."""

    content: str | list[msgspec.Raw]
    tool_call_id: str


Message = System | Developer | User | Assistant | ToolMessage


class TextPart(Shape, tag_field="type", tag="text"):
    """Words."""

    text: str
    prompt_cache_breakpoint: Any = None


class RefusalPart(Shape, tag_field="type", tag="refusal"):
    """Words of a refusal."""

    refusal: str


class ImageUrl(Shape):
    """Where a picture is."""

    url: str
    detail: str | None = None


class ImagePart(Shape, tag_field="type", tag="image_url"):
    """A picture."""

    image_url: ImageUrl
    prompt_cache_breakpoint: Any = None


class File(Shape):
    """A file's content or id."""

    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None


class FilePart(Shape, tag_field="type", tag="file"):
    """A file."""

    file: File
    prompt_cache_breakpoint: Any = None


ContentPart = TextPart | RefusalPart | ImagePart | FilePart


class FunctionTool(Shape):
    """A function that the application runs."""

    name: str
    description: str | None = None
    parameters: msgspec.Raw = msgspec.Raw(b"null")
    strict: bool | None = None


class ToolDeclaration(Shape, tag_field="type", tag="function"):
    """A tool that the request offers."""

    function: FunctionTool


class Named(Shape):
    """A function by its name."""

    name: str


class NamedChoice(Shape, tag_field="type", tag="function"):
    """A function that must be called."""

    function: Named


class JsonSchema(Shape):
    """A schema for the answer."""

    name: str
    schema: msgspec.Raw = msgspec.Raw(b"null")
    description: str | None = None
    strict: bool | None = None


class SchemaFormat(Shape, tag_field="type", tag="json_schema"):
    """An answer that keeps to a schema."""

    json_schema: JsonSchema


class TextFormat(Shape, tag_field="type", tag="text"):
    """An answer in words."""


ResponseFormat = SchemaFormat | TextFormat
