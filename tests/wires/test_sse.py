"""Server-sent events, cut anywhere."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gardefou.errors import InputError
from gardefou.wires import _sse
from gardefou.wires._sse import Event, Splitter, event


def split(chunks: list[bytes]) -> tuple[list[Event], bytes]:
    splitter = Splitter()
    events = [found for chunk in chunks for found in splitter.feed(chunk)]
    last, rest = splitter.close()
    return [*events, *last], rest


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"data: x\n\n", [(b"", b"x")]),
        (b"data:x\n\n", [(b"", b"x")]),
        (b"data:  x\n\n", [(b"", b" x")]),
        (b"data\n\n", [(b"", b"")]),
        (b"data: a\ndata: b\n\n", [(b"", b"a\nb")]),
        (b"event: e\ndata: x\n\n", [(b"e", b"x")]),
        (b"data: x\nevent: e\n\n", [(b"e", b"x")]),
        (b"event: e\nid: 7\nretry: 3\ndata: x\n\n", [(b"e", b"x")]),
        (b"event: e\r\ndata: x\r\n\r\n", [(b"e", b"x")]),
        (b"event: e\rdata: x\r\rdata: y\r\r", [(b"e", b"x"), (b"", b"y")]),
        (b"data: x\r\n\n", [(b"", b"x")]),
        (b"data: x\n\r\n", [(b"", b"x")]),
        (b"\xef\xbb\xbfdata: x\n\n", [(b"", b"x")]),
        (b"data: x\n\n\xef\xbb\xbfdata: y\n\n", [(b"", b"x"), (b"", None)]),
        (b": comment\n\n", [(b"", None)]),
        (b"event: e\n\n", [(b"e", None)]),
        (b"\n\n\ndata: x\n\n", [(b"", None), (b"", b"x")]),
        (b": c\ndata: x\n\n", [(b"", b"x")]),
        (" data: x\u2028data: y\n\n".encode(), [(b"", None)]),
        (b"Data: x\n\n", [(b"", None)]),
    ],
)
def test_events_are_read_as_the_standard_says(
    data: bytes, expected: list[tuple[bytes, bytes | None]]
) -> None:
    events, rest = split([data])
    assert [(found.name, found.data) for found in events] == expected
    assert (b"".join(found.raw for found in events), rest) == (data, b"")


def test_what_never_was_an_event_is_given_back_at_the_end() -> None:
    assert split([b"data: x\n\ndata: y\n"])[1] == b"data: y\n"


PIECES = st.lists(
    st.sampled_from([b"data: ", b"event: ", b": ", b"x", b"\n", b"\r", b"\r\n", b"\n\n", b"\xef"]),
    max_size=24,
)


@given(PIECES, st.lists(st.integers(0, 60), max_size=8))
def test_however_it_is_cut_the_events_are_the_same(pieces: list[bytes], places: list[int]) -> None:
    """Law 7."""
    data = b"".join(pieces)
    cuts = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    chunks = [data[a:b] for a, b in itertools.pairwise(cuts)]
    whole, rest = split([data])
    assert split(chunks) == (whole, rest)
    assert split([bytes([b]) for b in data]) == (whole, rest)
    assert b"".join(found.raw for found in whole) + rest == data


def collect(chunks: list[bytes], found: list[Event]) -> None:
    splitter = Splitter()
    for chunk in chunks:
        for each in splitter.feed(chunk):
            found.append(each)  # noqa: PERF402 - an error must not lose what came before it


def test_an_event_without_an_end_is_refused_and_what_came_before_it_is_not_lost() -> None:
    large = b"data: x\n\n" + b"y" * (_sse.MAX_EVENT_BYTES + 1)
    for chunks in ([large], [large[:100], large[100:]], [large + b"\n\n"]):
        found: list[Event] = []
        with pytest.raises(InputError) as caught:
            collect(chunks, found)
        assert caught.value.code == "wire.event_size"
        assert [each.data for each in found] == [b"x"]


def test_our_own_events_are_events() -> None:
    assert split([event(b"{}", "e") + event(b"[]")])[0] == [
        Event(b"event: e\ndata: {}\n\n", b"e", b"{}"),
        Event(b"data: []\n\n", b"", b"[]"),
    ]
