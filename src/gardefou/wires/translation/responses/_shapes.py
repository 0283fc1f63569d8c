"""Responses: the parts of a request that can be understood (OpenAI API reference)."""

from __future__ import annotations

from typing import Any

import msgspec

from gardefou.wires.translation._reading import Shape


class TextSchema(Shape, tag_field="type", tag="json_schema"):
    """An answer that keeps to a schema."""

    name: str
    schema: msgspec.Raw
    description: str | None = None
    strict: bool | None = None


class TextFormat(Shape, tag_field="type", tag="text"):
    """An answer in words."""


Format = TextSchema | TextFormat


class TextConfig(Shape):
    """How the answer is written."""

    format: msgspec.Raw = msgspec.Raw(b"null")
    verbosity: str | None = None


class Reasoning(Shape):
    """How the model thinks."""

    effort: str | None = None
    summary: str | None = None
    context: str | None = None
    mode: str | None = None
    generate_summary: Any = None


class StreamOptions(Shape):
    """What a stream adds."""

    include_obfuscation: bool | None = None


class Body(Shape):
    """The body of ``POST /responses``."""

    input: str | list[msgspec.Raw]
    model: str = ""
    instructions: str | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[msgspec.Raw] | None = None
    tool_choice: msgspec.Raw = msgspec.Raw(b"null")
    parallel_tool_calls: bool | None = None
    text: TextConfig | None = None
    reasoning: Reasoning | None = None
    user: str | None = None
    safety_identifier: str | None = None
    service_tier: str | None = None
    include: list[str] | None = None
    metadata: dict[str, Any] | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None
    access_programs: Any = None
    background: Any = None
    background_options: Any = None
    context_management: Any = None
    conversation: Any = None
    image: Any = None
    max_tool_calls: Any = None
    moderation: Any = None
    previous_response_id: Any = None
    prompt: Any = None
    store: Any = None
    top_logprobs: Any = None
    truncation: Any = None


NEUTRAL: dict[str, Any] = {
    "access_programs": None,
    "background": False,
    "background_options": None,
    "context_management": [],
    "conversation": None,
    "image": None,
    "max_tool_calls": None,
    "moderation": None,
    "previous_response_id": None,
    "prompt": None,
    "store": False,
    "top_logprobs": 0,
    "truncation": "disabled",
}


class Message(Shape, tag_field="type", tag="message"):
    """Words of any side; ``id`` and ``status`` name the vendor's own copy."""

    role: str
    content: str | list[msgspec.Raw]
    id: str | None = None
    status: str | None = None
    phase: str | None = None


class FunctionCall(Shape, tag_field="type", tag="function_call"):
    """A call."""

    call_id: str
    name: str
    arguments: str = ""
    parsed_arguments: Any = None  # the SDK's own copy
    id: str | None = None
    status: str | None = None
    caller: Any = None
    namespace: str | None = None


class FunctionCallOutput(Shape, tag_field="type", tag="function_call_output"):
    """The result of a call."""

    call_id: str
    output: str | list[msgspec.Raw]
    id: str | None = None
    status: str | None = None
    caller: Any = None
    name: str | None = None
    namespace: str | None = None


class ReasoningItem(Shape, tag_field="type", tag="reasoning"):
    """Reasoning, encrypted for its vendor or in summary."""

    id: str | None = None
    summary: Any = None
    content: Any = None
    encrypted_content: Any = None
    status: str | None = None


Item = Message | FunctionCall | FunctionCallOutput | ReasoningItem


class InputText(Shape, tag_field="type", tag="input_text"):
    """Words."""

    text: str
    prompt_cache_breakpoint: Any = None


class OutputText(Shape, tag_field="type", tag="output_text"):
    """The model's words, as sent back in a later request."""

    text: str
    annotations: Any = None
    logprobs: Any = None
    parsed: Any = None  # the SDK's own copy


class OutputRefusal(Shape, tag_field="type", tag="refusal"):
    """Words in which the model refused."""

    refusal: str


class InputImage(Shape, tag_field="type", tag="input_image"):
    """A picture."""

    image_url: str | None = None
    file_id: str | None = None
    detail: str | None = None
    prompt_cache_breakpoint: Any = None


class InputFile(Shape, tag_field="type", tag="input_file"):
    """A file."""

    file_data: str | None = None
    file_id: str | None = None
    file_url: str | None = None
    filename: str | None = None
    detail: str | None = None
    prompt_cache_breakpoint: Any = None


ContentPart = InputText | OutputText | OutputRefusal | InputImage | InputFile


class FunctionTool(Shape, tag_field="type", tag="function"):
    """A function that the application runs."""

    name: str
    description: str | None = None
    parameters: msgspec.Raw = msgspec.Raw(b"null")
    strict: bool | None = None
    defer_loading: Any = None
    allowed_callers: Any = None
    output_schema: Any = None


TOOL_NEUTRAL: dict[str, Any] = {
    "defer_loading": False,
    "allowed_callers": ["direct"],
    "output_schema": None,
}


class NamedChoice(Shape, tag_field="type", tag="function"):
    """A function that must be called."""

    name: str
