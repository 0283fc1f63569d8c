"""Who writes: a caller that waits alone, else the writer's thread; in every case one at a time.

The numbers are the rules of `gardefou.ledger._writer`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gardefou.errors import LedgerUnavailable
from gardefou.ledger._async import AsyncAppender
from gardefou.ledger._keys import SigningKey
from gardefou.ledger._ledger import Ledger, create_ledger, open_ledger, open_store, start
from gardefou.ledger._sqlite import SqliteStore
from gardefou.ledger._store import Session
from gardefou.ledger._verify import verify_store

from .conftest import ORIGIN


class Watched(SqliteStore):
    """A store that notes who writes, and lets a test step in before or after a commit."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, write=True)
        self.writers: list[int] = []
        self.at_once = 0
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        self.writers.append(threading.get_ident())
        self.at_once += 1
        assert self.at_once == 1
        try:
            with super().writing() as session:
                self.before()
                yield session
            self.after()
        finally:
            self.at_once -= 1


@pytest.fixture
def path(tmp_path: Path, key: SigningKey) -> Path:
    create_ledger(str(tmp_path / "l.db"), key)
    return tmp_path / "l.db"


@pytest.fixture
def store(path: Path) -> Watched:
    return Watched(path)


@pytest.fixture
def ledger(store: Watched, key: SigningKey) -> Iterator[Ledger]:
    with start(store, key) as ledger:
        yield ledger


def verified(path: Path, key: SigningKey) -> int:
    """How many entries there are, once every one of them was checked."""
    store = open_store(str(path), ORIGIN)
    report = verify_store(store, pinned=key.verifiers)
    store.close()
    assert report.outcome == "good"
    return report.size


def test_a_caller_alone_writes_by_itself(store: Watched, ledger: Ledger) -> None:
    """Rule 2: no other thread has to wake up for it."""
    for n in range(5):
        ledger.append("decision", {"n": n})
    assert store.writers[-5:] == [threading.get_ident()] * 5


def test_a_caller_with_a_time_limit_leaves_it_to_the_thread(store: Watched, ledger: Ledger) -> None:
    """Whoever may stop waiting must not be in the middle of a write."""
    ledger.submit("decision", {}).wait(20)
    assert store.writers[-1] != threading.get_ident()


def test_what_nobody_waits_for_is_written_with_the_next_and_at_the_end(
    path: Path, store: Watched, ledger: Ledger, key: SigningKey
) -> None:
    first = ledger.submit("decision", {"n": 0})
    assert ledger.append("decision", {"n": 1}).seq == first.receipt().seq + 1
    ledger.submit("decision", {"n": 2})
    ledger.close()
    assert verified(path, key) == first.receipt().seq + 3


def test_many_callers_are_written_one_at_a_time_and_each_once(
    path: Path, ledger: Ledger, key: SigningKey
) -> None:
    """Rules 1 and 2: `Watched` fails when two write at once."""
    seen: list[int] = []

    def call(worker: int) -> None:
        for n in range(40):
            seen.append(ledger.append("decision", {"worker": worker, "n": n}).seq)  # noqa: PERF401 - as they come

    async def loop() -> None:
        appender = AsyncAppender(ledger.writer)
        done = [appender.append("decision", {"n": n}) for n in range(100)]
        seen.extend(receipt.seq for receipt in await asyncio.gather(*done))

    threads = [threading.Thread(target=call, args=(worker,)) for worker in range(8)]
    threads.append(threading.Thread(target=lambda: asyncio.run(loop())))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(seen) == list(range(min(seen), min(seen) + 8 * 40 + 100))
    ledger.close()
    assert verified(path, key) == max(seen) + 1


def test_whoever_comes_while_a_caller_writes_is_not_forgotten(
    store: Watched, ledger: Ledger
) -> None:
    """The INVARIANT: what is left in the queue is somebody's work."""
    done = threading.Event()
    other = threading.Thread(target=lambda: (ledger.append("decision", {}), done.set()))

    def meanwhile() -> None:
        store.before = lambda: None
        other.start()
        while len(ledger.writer._queue) == 0:
            threading.Event().wait(0.001)

    store.before = meanwhile
    ledger.append("decision", {})
    assert done.wait(60)
    other.join(60)


@pytest.mark.parametrize("error", [KeyboardInterrupt, TimeoutError])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_interrupted_caller_is_refused_and_the_ledger_goes_on(
    path: Path,
    store: Watched,
    ledger: Ledger,
    key: SigningKey,
    *,
    moment: str,
    error: type[BaseException],
) -> None:
    """Rule 6: before the commit nothing is stored; after it the entry stands, and is refused."""

    def interrupt() -> None:
        store.before = store.after = lambda: None
        raise error

    size = ledger.append("decision", {}).seq + 1
    other = ledger.submit("decision", {"who": "somebody else"})
    setattr(store, moment, interrupt)
    with pytest.raises(error):
        ledger.append("decision", {"who": "me"})
    with pytest.raises(LedgerUnavailable) as caught:
        other.wait()
    assert caught.value.code == "ledger.interrupted"
    stored = 2 if moment == "after" else 0
    assert ledger.append("decision", {}).seq == size + stored
    ledger.close()
    assert verified(path, key) == size + stored + 1


def test_a_defect_in_a_caller_that_writes_is_final(store: Watched, ledger: Ledger) -> None:
    """Rule 5."""

    def defect() -> None:
        raise RuntimeError("a defect")

    store.before = defect
    with pytest.raises(LedgerUnavailable):
        ledger.append("decision", {})
    store.before = lambda: None
    with pytest.raises(LedgerUnavailable) as caught:
        ledger.append("decision", {})
    assert caught.value.code == "ledger.stopped"


def test_a_signals_handler_cannot_wait_for_the_caller_that_it_interrupted(
    store: Watched, ledger: Ledger
) -> None:
    """It would wait for ever: its own frame is above the one that writes."""
    found: list[str] = []

    def handler() -> None:
        store.before = lambda: None
        try:
            ledger.append("decision", {"who": "the handler"})
        except LedgerUnavailable as error:
            found.append(error.code)

    store.before = handler
    ledger.append("decision", {})
    assert found == ["ledger.busy"]
    ledger.append("decision", {})


def test_a_ticket_that_comes_after_the_end_is_refused(path: Path, key: SigningKey) -> None:
    with open_ledger(str(path), key) as ledger:
        writer = ledger.writer
        late = writer.submit("decision", {})
        writer._queue.clear()
    writer._queue.append(late)  # as if it had passed the check just before the end
    with pytest.raises(LedgerUnavailable) as caught:
        late.wait()
    assert caught.value.code == "ledger.closed"
