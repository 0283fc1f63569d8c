"""Where a backtest runs: in this process, on all cores, or on a Dask cluster.

All engines run the same functions; only who calls them differs (ADR 0006).
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Literal

import msgspec

from gardefou.errors import UsageError
from gardefou.replay._backtest._plan import plan_of
from gardefou.replay._backtest._reach import Reach
from gardefou.replay._backtest._result import Backtest, Draft, merged, numbered
from gardefou.replay._backtest._share import guard_of, scan, share_of_part, share_of_plan
from gardefou.replay._backtest._source import CaseFile

Engine = Literal["cores", "dask"]
# Calls a function once for each last argument; the others are the same for all.
_Each = Callable[[Callable[..., Any], tuple[Any, ...], Iterable[int]], Sequence[Any]]


class Sharing(msgspec.Struct, frozen=True):
    """How the work was shared out; the result says nothing of it, since it changes nothing there.

    ``kept_by_all`` cases touch facts that reach so far that every worker had to remember them.
    """

    workers: int
    kept_by_all: int = 0


def backtest(
    draft: Draft,
    source: CaseFile,
    *,
    workers: int = 0,
    engine: Engine = "cores",
    gone: int = 0,
    told: Callable[[Sharing], None] | None = None,
) -> Backtest:
    """Decide all cases again under a draft; no worker count means one for each core.

    ``told`` is called with how the work was shared out.

    Raises:
        LoadError: when the draft does not load.
        FileError: when the cases cannot be read.
        InputError: ``backtest.case`` naming the first case that cannot be read.
        UsageError: ``backtest.extra`` when the engine is not installed.
    """
    guard = guard_of(draft)  # mistakes are named here, once
    workers = workers or os.cpu_count() or 1
    sharing = Sharing(workers)
    with ENGINES[engine](workers) as each:
        everybody = range(workers)
        if workers == 1 or Reach(guard).is_empty:
            tallies = numbered(each(share_of_part, (draft, source, workers), everybody))
        else:
            scans = each(scan, (draft, source, workers), everybody)
            plan = plan_of(scans, workers)
            sharing = Sharing(workers, plan.kept)
            tallies = list(each(share_of_plan, (draft, source, plan), everybody))
    result = merged(
        tallies,
        constitution=guard.constitution_digest,
        catalogue=guard.catalogue_digest,
        gone=gone,
    )
    if told is not None:
        told(sharing)
    return result


@contextmanager
def _on_cores(workers: int) -> Iterator[_Each]:
    if workers == 1:
        yield lambda work, common, rows: [work(*common, row) for row in rows]
        return
    with _processes(workers) as pool:

        def each(
            work: Callable[..., Any], common: tuple[Any, ...], rows: Iterable[int]
        ) -> Sequence[Any]:
            jobs = [pool.submit(work, *common, row) for row in rows]
            return [job.result() for job in jobs]

        yield each


@contextmanager
def _on_dask(workers: int) -> Iterator[_Each]:
    try:
        import dask  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "the engine `dask` is not installed",
            code="backtest.extra",
            help="pip install 'gardefou[backtest]', or use --engine cores",
        ) from None

    def each(
        work: Callable[..., Any],
        common: tuple[Any, ...],
        rows: Iterable[int],
        **where: Any,
    ) -> Sequence[Any]:
        same = [dask.delayed(value, traverse=False) for value in common]
        jobs = [dask.delayed(work)(*same, row) for row in rows]
        found: Sequence[Any] = dask.compute(*jobs, **where)
        return found

    if _has_cluster():
        yield each
        return
    # Processes of this machine. Dask would hand six tasks at a time to one of them.
    with _processes(workers) as pool:
        yield partial(each, scheduler="processes", pool=pool, chunksize=1)


def _processes(workers: int) -> ProcessPoolExecutor:
    # A forked child would inherit threads' locks in whatever state they are.
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def _has_cluster() -> bool:
    """A running cluster's client is used where there is one."""
    try:
        from distributed import default_client  # noqa: PLC0415 - an extra of the extra

        default_client()
    except (ImportError, ValueError):
        return False
    return True


ENGINES: dict[Engine, Callable[[int], AbstractContextManager[_Each]]] = {
    "cores": _on_cores,
    "dask": _on_dask,
}
