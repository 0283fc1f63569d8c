"""Several processes on one socket: the parent starts them, passes signals on, and ends with them.

1. Nothing is opened before the children are made: no file, thread or connection is shared.
2. A child that ends by itself ends all: whoever supervises the gateway starts it anew.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from collections.abc import Callable

from gardefou.doors.gateway._logs import event, place_of
from gardefou.errors import GardefouError

_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run_workers(count: int, work: Callable[[], None]) -> bool:
    """Run ``work`` in so many processes until a signal ends them; tells whether all ended well."""
    children: set[int] = set()
    for _ in range(count):
        child = os.fork()
        if child == 0:
            _work(work)
        children.add(child)
    is_ending = False

    def pass_on(number: int, frame: object) -> None:
        nonlocal is_ending
        del frame
        is_ending = is_ending or number != signal.SIGHUP
        _signal(children, number)

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    is_good = True
    while children:
        child, status = os.wait()
        children.discard(child)
        if not is_ending or status != 0:
            is_good = False
            is_ending = True
            _signal(children, signal.SIGTERM)
    return is_good


def _work(work: Callable[[], None]) -> None:
    """The child: what it does, and nothing of what the parent would do afterwards."""
    code = 1
    try:
        work()
        code = 0
    except Exception as error:  # noqa: BLE001 - the child ends here; its log says why
        code_of = error.code if isinstance(error, GardefouError) else type(error).__name__
        event(logging.ERROR, "worker_failed", code=code_of, at=place_of(error))
    finally:
        os._exit(code)


def _signal(children: set[int], number: int) -> None:
    for child in list(children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)
