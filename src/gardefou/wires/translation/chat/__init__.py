"""Chat Completions, as a wire to translate from and to; Responses shares some of its forms."""

from gardefou.wires.translation.chat._answer import read_answer, write_answer
from gardefou.wires.translation.chat._read_request import (
    choice_of,
    document,
    image,
    json_object,
    read_request,
)
from gardefou.wires.translation.chat._stream_in import Reader
from gardefou.wires.translation.chat._stream_out import Writer
from gardefou.wires.translation.chat._write_request import (
    CHOICES,
    document_data,
    document_name,
    image_address,
    write_request,
)

__all__ = [
    "CHOICES",
    "Reader",
    "Writer",
    "choice_of",
    "document",
    "document_data",
    "document_name",
    "image",
    "image_address",
    "json_object",
    "read_answer",
    "read_request",
    "write_answer",
    "write_request",
]
