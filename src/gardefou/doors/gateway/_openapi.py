"""The management API's own description, OpenAPI 3.1; it is served and tested against."""

from __future__ import annotations

from typing import Any

from gardefou import __version__

_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-z]{12}$"},
}
_ERROR = {
    "description": "Refused, with a code and a way out.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
}
_NAME = {"type": "string", "maxLength": 64, "pattern": "^[^\\x00-\\x1f\\x7f]*$"}
_LIST = {"type": "array", "maxItems": 50, "items": {"type": "string", "maxLength": 200}}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _answers(good: dict[str, dict[str, Any]], *codes: str) -> dict[str, Any]:
    return {**good, **dict.fromkeys(("401", "503", *codes), _ERROR)}


def _body(schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"required": True, "content": content}


_MADE = {"$ref": "#/components/schemas/Made"}
_KEYS = {"type": "array", "items": {"$ref": "#/components/schemas/Key"}}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Gardefou management", "version": __version__},
    "security": [{"key": []}],
    "paths": {
        "/manage/v1/health": {
            "get": {
                "summary": "Whether it is ready, and what is in force.",
                "responses": _answers({"200": _json("Health.", {"type": "object"})}),
            }
        },
        "/manage/v1/keys": {
            "get": {
                "summary": "The keys; no text of a key is kept.",
                "responses": _answers({"200": _json("Keys.", _KEYS)}),
            },
            "post": {
                "summary": "Make a key; its text is given once.",
                "requestBody": _body("NewKey"),
                "responses": _answers({"201": _json("Made.", _MADE)}, "400", "403", "413"),
            },
        },
        "/manage/v1/keys/{id}": {
            "delete": {
                "summary": "Let a key count no more.",
                "parameters": [_ID],
                "responses": _answers({"200": _json("Revoked.", {"type": "object"})}, "404"),
            }
        },
        "/manage/v1/keys/{id}/rotate": {
            "post": {
                "summary": "Make a key with the same rights; the old one counts for a while.",
                "parameters": [_ID],
                "requestBody": _body("Rotation"),
                "responses": _answers({"201": _json("Made.", _MADE)}, "400", "404", "413"),
            }
        },
        "/manage/v1/report": {
            "get": {
                "summary": "What was decided, and what enforcing would change.",
                "responses": _answers({"200": _json("Report.", {"type": "object"})}),
            }
        },
        "/manage/v1/reload": {
            "post": {
                "summary": "Load constitution and catalogue anew.",
                "responses": _answers({"202": _json("Asked for.", {"type": "object"})}, "403"),
            }
        },
    },
    "components": {
        "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Error": {
                "type": "object",
                "required": ["error"],
                "properties": {
                    "error": {
                        "type": "object",
                        "required": ["code", "message"],
                        "properties": {
                            "code": {"type": "string"},
                            "message": {"type": "string"},
                            "help": {"type": "string"},
                        },
                    }
                },
            },
            "Made": {
                "type": "object",
                "required": ["id", "key"],
                "properties": {"id": {"type": "string"}, "key": {"type": "string"}},
            },
            "Key": {
                "type": "object",
                "required": ["id", "tenant", "role"],
                "properties": {"id": {"type": "string"}, "tenant": {"type": "string"}},
            },
            "NewKey": {
                "type": "object",
                "required": ["tenant"],
                "additionalProperties": False,
                "properties": {
                    "tenant": {**_NAME, "minLength": 1, "pattern": "^[^\\x00-\\x1f\\x7f]+$"},
                    "application": _NAME,
                    "agent": _NAME,
                    "mode": {"enum": ["observe", "enforce", None]},
                    "wires": _LIST,
                    "models": _LIST,
                    "days": {"type": "integer", "minimum": 0, "maximum": 3650},
                },
            },
            "Rotation": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"grace_hours": {"type": "integer", "minimum": 0, "maximum": 8760}},
            },
        },
    },
}
