"""Fuzz target: no text of a script leads to anything but a script or a `LoadError`.

Run: ``python fuzz/fuzz_script.py -max_total_time=600 corpus/`` (needs ``atheris``).
A script that loads is also played: whatever is asked on each wire gets an answer.
"""

from __future__ import annotations

import sys

from gardefou.doors.simulate._load import load_script
from gardefou.doors.simulate._player import Player
from gardefou.doors.simulate._vendor import Incoming, Vendor
from gardefou.errors import LoadError

HEADERS = {"anthropic-version": "2023-06-01"}
BODY = (
    b'{"model":"m","max_tokens":1,"stream":%b,"messages":[{"role":"user","content":"x"}],'
    b'"input":"x"}'
)


def one_text(text: str) -> None:
    """The property, for one text."""
    try:
        script = load_script(text)
    except LoadError as error:
        if not error.problems:
            raise AssertionError("a refusal without a problem") from None
        return
    vendor = Vendor(Player(script), at_s=0, names=script.models)
    for path in ("/v1/chat/completions", "/v1/responses", "/v1/messages"):
        for stream in (b"true", b"false"):
            asked = Incoming(method="POST", path=path, headers=HEADERS, body=BODY % stream)
            served = vendor.serve(asked)
            if not 200 <= served.status < 600:
                raise AssertionError("no status of HTTP")
            # A flood is made while it is sent: its first piece is enough.
            next(iter(served.outgoing.pieces), b"")


def one_input(data: bytes) -> None:
    """What the fuzzer calls."""
    one_text(data.decode("utf-8", "replace"))


if __name__ == "__main__":
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
