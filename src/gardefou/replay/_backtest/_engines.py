"""Where a backtest runs: in this process, on all cores, or on a Dask cluster.

All engines run the same `share`; only who calls it differs (ADR 0006).
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Literal

from gardefou.errors import UsageError
from gardefou.replay._backtest._cases import CaseFile
from gardefou.replay._backtest._result import Backtest, Draft, Tally, merged
from gardefou.replay._backtest._share import guard_of, share

Engine = Literal["cores", "dask"]
_Run = Callable[[Draft, CaseFile, int], Sequence[Tally]]


def backtest(
    draft: Draft, source: CaseFile, *, workers: int = 0, engine: Engine = "cores", gone: int = 0
) -> Backtest:
    """Decide all cases again under a draft; no worker count means one for each core.

    Raises:
        LoadError: when the draft does not load.
        FileError: when the cases cannot be read.
        InputError: ``backtest.case`` naming the case that cannot be read.
        UsageError: ``backtest.extra`` when the engine is not installed.
    """
    guard = guard_of(draft)  # mistakes are named here, once
    tallies = ENGINES[engine](draft, source, workers or os.cpu_count() or 1)
    return merged(
        tallies,
        constitution=guard.constitution_digest,
        catalogue=guard.catalogue_digest,
        gone=gone,
    )


def _on_cores(draft: Draft, source: CaseFile, workers: int) -> Sequence[Tally]:
    if workers == 1:
        return [share(draft, source, 0, 1)]
    # A forked child would inherit threads' locks in whatever state they are.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        jobs = [pool.submit(share, draft, source, worker, workers) for worker in range(workers)]
        return [job.result() for job in jobs]


def _on_dask(draft: Draft, source: CaseFile, workers: int) -> Sequence[Tally]:
    try:
        import dask  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "the engine `dask` is not installed",
            code="backtest.extra",
            help="pip install 'gardefou[backtest]', or use --engine cores",
        ) from None
    jobs = [dask.delayed(share)(draft, source, worker, workers) for worker in range(workers)]
    # A running cluster's client is used where there is one; otherwise processes of this machine.
    found: Sequence[Tally] = dask.compute(*jobs, scheduler=_scheduler())
    return found


def _scheduler() -> str | None:
    try:
        from distributed import default_client  # noqa: PLC0415 - an extra of the extra

        default_client()
    except (ImportError, ValueError):
        return "processes"
    return None


ENGINES: dict[Engine, _Run] = {"cores": _on_cores, "dask": _on_dask}
