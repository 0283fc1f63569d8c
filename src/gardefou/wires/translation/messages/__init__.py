"""Messages, as a wire to translate from and to."""

from gardefou.wires.translation.messages._answer import read_answer, write_answer
from gardefou.wires.translation.messages._read_request import read_request
from gardefou.wires.translation.messages._stream_in import Reader
from gardefou.wires.translation.messages._stream_out import Writer
from gardefou.wires.translation.messages._write_request import write_request

__all__ = ["Reader", "Writer", "read_answer", "read_request", "write_answer", "write_request"]
