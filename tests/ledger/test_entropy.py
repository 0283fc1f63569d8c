"""Random bytes are never handed out twice, and the commitment is the standard's HMAC."""

from __future__ import annotations

import hmac
import os
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from gardefou.ledger._entropy import random_bytes
from gardefou.ledger._payload import commit


def test_threads_never_get_the_same_bytes() -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = [piece for pieces in pool.map(_many, range(8)) for piece in pieces]
    assert len(set(taken)) == len(taken)
    assert {len(piece) for piece in taken} == {16}


def _many(_: int) -> list[bytes]:
    return [random_bytes(16) for _ in range(2_000)]


def test_more_than_a_block_can_be_asked_for() -> None:
    assert len(random_bytes(20_000)) == 20_000


def test_a_forked_child_gets_other_bytes_than_its_parent() -> None:
    random_bytes(1)  # the parent has a block that the child could inherit
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, random_bytes(32))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 32) != random_bytes(32)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=5_000))
def test_a_commitment_is_hmac_as_the_standard_library_computes_it(salt: bytes, data: bytes) -> None:
    assert commit(salt, data) == "hmac-sha256:" + hmac.digest(salt, data, "sha256").hex()
