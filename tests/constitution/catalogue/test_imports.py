"""Tool definitions of other systems."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gardefou.constitution.catalogue import import_tools, ingest
from gardefou.errors import InputError, LoadError

ARGUMENTS = {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]}
FORMS: dict[str, Any] = {
    "mcp result": {"tools": [{"name": "send", "description": "d", "inputSchema": ARGUMENTS}]},
    "mcp answer": {
        "jsonrpc": "2.0",
        "id": 1,
        "result": {"tools": [{"name": "send", "description": "d", "inputSchema": ARGUMENTS}]},
    },
    "openai chat": [
        {
            "type": "function",
            "function": {"name": "send", "description": "d", "parameters": ARGUMENTS},
        }
    ],
    "one openai chat": {
        "type": "function",
        "function": {"name": "send", "description": "d", "parameters": ARGUMENTS},
    },
    "openai responses": [
        {"type": "function", "name": "send", "description": "d", "parameters": ARGUMENTS}
    ],
    "openai request": {
        "model": "m",
        "tools": [
            {"type": "function", "name": "send", "description": "d", "parameters": ARGUMENTS}
        ],
    },
    "openai namespace": [
        {
            "type": "namespace",
            "name": "mail",
            "tools": [
                {"type": "function", "name": "send", "description": "d", "parameters": ARGUMENTS}
            ],
        }
    ],
    "anthropic": [{"name": "send", "description": "d", "input_schema": ARGUMENTS}],
    "gemini": [
        {
            "functionDeclarations": [
                {
                    "name": "send",
                    "description": "d",
                    "parameters": {
                        "type": "OBJECT",
                        "properties": {"to": {"type": "STRING"}},
                        "required": ["to"],
                    },
                }
            ]
        }
    ],
    "plain list": [{"name": "send", "description": "d", "parameters": ARGUMENTS}],
    "one definition": {"name": "send", "description": "d", "parameters": ARGUMENTS},
    "names to definitions": {"send": {"description": "d", "parameters": ARGUMENTS}},
    "dict for object": [
        {
            "name": "send",
            "description": "d",
            "parameters": {
                "type": "dict",
                "properties": {"to": {"type": "str"}},
                "required": ["to"],
            },
        }
    ],
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same_tool(form: str) -> None:
    tool = import_tools(FORMS[form]).tools["send"]
    assert (tool.description, tool.schema) == ("d", ARGUMENTS)
    assert (tool.effects, tool.labelled_by, tool.confidence) == ((), "nobody", 0.0)
    assert import_tools(json.dumps(FORMS[form])).tools == {"send": tool}


@pytest.mark.parametrize(
    "form",
    [
        {**ARGUMENTS, "title": "send"},
        {**ARGUMENTS, "name": "send"},
        [{**ARGUMENTS, "title": "send"}],
        {"send": ARGUMENTS},
    ],
    ids=["title", "name", "list", "mapping"],
)
def test_a_bare_schema_with_a_name_is_a_tool(form: Any) -> None:
    tool = import_tools(form).tools["send"]
    with pytest.raises(InputError) as refused:
        ingest(tool, {"to": "a", "cc": "b"})
    assert refused.value.code == "ingress.unknown_argument"


def test_a_vendors_own_tool_has_no_schema() -> None:
    tools = import_tools(
        {
            "tools": [
                {"type": "web_search"},
                {"type": "bash_20250124", "name": "bash"},
                {"type": "custom", "name": "patch", "format": {"type": "text"}},
            ]
        }
    ).tools
    assert {name: tool.schema for name, tool in tools.items()} == {
        "web_search": {},
        "bash": {},
        "patch": {},
    }


def test_annotations_are_kept_as_hints() -> None:
    entry = {
        "name": "look",
        "inputSchema": {"type": "object"},
        "annotations": {
            "title": "Look",
            "readOnlyHint": True,
            "openWorldHint": False,
            "destructiveHint": "no",
            "madeUpHint": True,
        },
    }
    assert import_tools([entry]).tools["look"].hints == {
        "readOnlyHint": True,
        "openWorldHint": False,
    }


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        ({"type": "float"}, {"type": "number"}),
        ({"type": "INTEGER"}, {"type": "integer"}),
        ({"type": "tuple", "items": {"type": "int"}}, {"type": "array", "items": {"type": "integer"}}),
        ({"type": "any"}, {}),
        ({"type": ["str", "null"]}, {"type": ["string", "null"]}),
        ({"type": "STRING", "nullable": True}, {"type": ["string", "null"], "nullable": True}),
        ({"anyOf": [{"type": "dict"}]}, {"anyOf": [{"type": "object"}]}),
        ({"type": "string", "enum": ["float"]}, {"type": "string", "enum": ["float"]}),
        ({"properties": {"type": {"type": "bool"}}}, {"properties": {"type": {"type": "boolean"}}}),
    ],
)  # fmt: skip
def test_type_names_of_other_languages_become_json_schema(
    foreign: dict[str, Any], ours: dict[str, Any]
) -> None:
    entry = {"name": "t", "parameters": {"type": "object", "properties": {"a": foreign}}}
    assert import_tools([entry]).tools["t"].schema["properties"]["a"] == ours


def problems_of(document: Any) -> list[str]:
    with pytest.raises(LoadError) as refused:
        import_tools(document)
    return [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (5, "imports.format"),
        ("5", "imports.format"),
        (None, "imports.format"),
        ({}, "imports.format"),
        ({"model": "m"}, "imports.format"),
        ([5], "imports.format"),
        ([{"description": "d"}], "imports.name"),
        ([{"name": "", "parameters": {}}], "imports.name"),
        ([{"name": 5, "parameters": {}}], "imports.name"),
        ([{"name": " send", "parameters": {}}], "imports.name"),
        ([{"name": "se\u200bnd", "parameters": {}}], "imports.name"),
        ([{"name": "ｓend", "parameters": {}}], "imports.name"),
        ([{"name": "ѕend", "parameters": {}}], "imports.name"),
        ([{"name": "x" * 300, "parameters": {}}], "imports.name"),
        ([{"name": "a", "parameters": {"type": "banana"}}], "imports.schema"),
        ([{"name": "a", "parameters": {"$ref": "https://x.example/s.json"}}], "imports.schema"),
        ([{"name": "send"}, {"name": "Send"}], "imports.lookalike_name"),
        ([{"name": "send"}, {"name": "SEND"}], "imports.lookalike_name"),
        ([{"name": "cop"}, {"name": "сор"}], "imports.lookalike_name"),
        ([{"name": "a"}, {"name": "a", "description": "other"}], "imports.duplicate_name"),
        ([{"type": "mcp", "server_url": "https://x.example"}], "imports.name"),
    ],
    ids=ascii,
)
def test_what_is_no_tool_is_refused_with_its_code(document: Any, code: str) -> None:
    assert problems_of(document) == [code]


def test_all_problems_are_reported_at_once() -> None:
    document = [{"name": ""}, {"name": "a"}, 5, {"name": "A"}]
    assert sorted(problems_of(document)) == [
        "imports.format",
        "imports.lookalike_name",
        "imports.name",
    ]


def test_the_same_definition_twice_is_one_tool() -> None:
    entry = {"name": "a", "parameters": ARGUMENTS}
    assert list(import_tools([entry, entry]).tools) == ["a"]


def test_an_empty_list_is_an_empty_catalogue() -> None:
    assert import_tools([]).tools == {}


def test_a_duplicate_key_in_the_document_is_refused() -> None:
    """law 2."""
    with pytest.raises(InputError) as refused:
        import_tools('[{"name": "a", "name": "b"}]')
    assert refused.value.code == "json.duplicate_key"
