"""Envoy's messages for an external processor: the part of them that this door speaks.

The numbers are those of ``envoy/service/ext_proc/v3/external_processor.proto`` and of what it uses
from ``config/core/v3/base.proto`` and ``type/v3/http_status.proto``; a test compares them with the
published definitions. The classes are made when the module is loaded, in a pool of their own:
generated code would be bound to one version of protobuf, and only numbers travel.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Type = descriptor_pb2.FieldDescriptorProto
_PLAIN = {
    "bool": _Type.TYPE_BOOL,
    "bytes": _Type.TYPE_BYTES,
    "enum": _Type.TYPE_INT32,  # an enumeration is its number on the wire
    "string": _Type.TYPE_STRING,
}


class Field(NamedTuple):
    """One field: its number, what it holds, and the choice that it belongs to."""

    number: int
    kind: str
    choice: str = ""
    is_list: bool = False


FULL_DUPLEX_STREAMED = 4  # ProcessingMode.BodySendMode
APPEND, OVERWRITE = 0, 2  # HeaderValueOption.HeaderAppendAction

MESSAGES: dict[str, dict[str, Field]] = {
    "HeaderValue": {"key": Field(1, "string"), "raw_value": Field(3, "bytes")},
    "HeaderMap": {"headers": Field(1, "HeaderValue", is_list=True)},
    "HeaderValueOption": {"header": Field(1, "HeaderValue"), "append_action": Field(3, "enum")},
    "HeaderMutation": {
        "set_headers": Field(1, "HeaderValueOption", is_list=True),
        "remove_headers": Field(2, "string", is_list=True),
    },
    "HttpHeaders": {"headers": Field(1, "HeaderMap"), "end_of_stream": Field(3, "bool")},
    "HttpBody": {"body": Field(1, "bytes"), "end_of_stream": Field(2, "bool")},
    "HttpTrailers": {"trailers": Field(1, "HeaderMap")},
    "ProtocolConfiguration": {
        "request_body_mode": Field(1, "enum"),
        "response_body_mode": Field(2, "enum"),
    },
    "ProcessingRequest": {
        "request_headers": Field(2, "HttpHeaders", "request"),
        "response_headers": Field(3, "HttpHeaders", "request"),
        "request_body": Field(4, "HttpBody", "request"),
        "response_body": Field(5, "HttpBody", "request"),
        "request_trailers": Field(6, "HttpTrailers", "request"),
        "response_trailers": Field(7, "HttpTrailers", "request"),
        "observability_mode": Field(10, "bool"),
        "protocol_config": Field(11, "ProtocolConfiguration"),
    },
    "StreamedBodyResponse": {"body": Field(1, "bytes"), "end_of_stream": Field(2, "bool")},
    "BodyMutation": {"streamed_response": Field(3, "StreamedBodyResponse", "mutation")},
    "CommonResponse": {
        "header_mutation": Field(2, "HeaderMutation"),
        "body_mutation": Field(3, "BodyMutation"),
        "clear_route_cache": Field(5, "bool"),
    },
    "HeadersResponse": {"response": Field(1, "CommonResponse")},
    "BodyResponse": {"response": Field(1, "CommonResponse")},
    "TrailersResponse": {"header_mutation": Field(1, "HeaderMutation")},
    "HttpStatus": {"code": Field(1, "enum")},
    "ImmediateResponse": {
        "status": Field(1, "HttpStatus"),
        "headers": Field(2, "HeaderMutation"),
        "body": Field(3, "bytes"),
        "details": Field(5, "string"),
    },
    "ProcessingResponse": {
        "request_headers": Field(1, "HeadersResponse", "response"),
        "response_headers": Field(2, "HeadersResponse", "response"),
        "request_body": Field(3, "BodyResponse", "response"),
        "response_body": Field(4, "BodyResponse", "response"),
        "request_trailers": Field(5, "TrailersResponse", "response"),
        "response_trailers": Field(6, "TrailersResponse", "response"),
        "immediate_response": Field(7, "ImmediateResponse", "response"),
    },
}
_PACKAGE = "gardefou.envoy"


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="gardefou/envoy.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        choices = sorted({field.choice for field in fields.values() if field.choice})
        for choice in choices:
            message.oneof_decl.add(name=choice)
        for field_name, field in fields.items():
            made = message.field.add(name=field_name, number=field.number)
            made.label = _Type.LABEL_REPEATED if field.is_list else _Type.LABEL_OPTIONAL
            if field.choice:
                made.oneof_index = choices.index(field.choice)
            if field.kind in _PLAIN:
                made.type = _PLAIN[field.kind]
            else:
                made.type = _Type.TYPE_MESSAGE
                made.type_name = f".{_PACKAGE}.{field.kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = {name: pool.FindMessageTypeByName(f"{_PACKAGE}.{name}") for name in MESSAGES}
    return {name: message_factory.GetMessageClass(each) for name, each in found.items()}


_MADE = _classes()
ProcessingRequest: Any = _MADE["ProcessingRequest"]
ProcessingResponse: Any = _MADE["ProcessingResponse"]
