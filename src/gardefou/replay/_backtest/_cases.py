"""Past cases: one decided action in each line of a JSONL file, or in each row of a Parquet file.

1. A case holds the action, where its values came from, what was said of it, and whether it went
   ahead. Origins and intent stand for words that were heard then and are not kept.
2. Cases are in the order in which they were decided.
3. A Parquet file has one column, ``case``, with the same JSON text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gardefou.action import Action
from gardefou.decide.origins import Intent, Origin
from gardefou.errors import FileError
from gardefou.ledger import Case as Recorded
from gardefou.ledger import DecisionRecord, Keyring, Store, cases
from gardefou.recording import went_ahead
from gardefou.replay._backtest._source import BATCH, parquet_library


class PastCase(msgspec.Struct, frozen=True, kw_only=True):
    """One action that was decided, with what was decided and whether it went ahead."""

    at_us: int
    verdict: str
    happened: bool
    action: Action
    grounds: tuple[str, ...] = ()
    origin: dict[str, Origin] | None = None
    intent: Intent | None = None


def read_ledger(store: Store, keyring: Keyring) -> Iterator[PastCase | None]:
    """The cases of a ledger; None where the payload was erased or has expired.

    Raises:
        VerificationError: when an entry or a payload is not what was recorded.
    """
    for record, case in cases(store, keyring):
        yield None if case is None else _past(record, case)


def write_cases(found: Iterable[PastCase], path: Path) -> int:
    """Write cases to a file, for later backtests; they hold what people said and did, in clear.

    Raises:
        FileError: ``backtest.file`` when it cannot be written.
        UsageError: ``backtest.extra`` when Parquet is asked for and its library is missing.
    """
    encode = msgspec.json.Encoder().encode
    count = 0
    try:
        if path.suffix == ".parquet":
            return _write_parquet((encode(case) for case in found), path)
        with path.open("wb") as file:
            for case in found:
                file.write(encode(case) + b"\n")
                count += 1
    except OSError as error:
        raise FileError(
            f"`{path}` cannot be written: {(error.strerror or 'unknown').lower()}",
            code="backtest.file",
            help="name a file in a folder that exists and that you may write to",
        ) from None
    return count


def _past(record: DecisionRecord, case: Recorded) -> PastCase:
    return PastCase(
        at_us=record.decided_at_us,
        verdict=record.verdict,
        happened=went_ahead(msgspec.structs.asdict(record)),
        action=msgspec.convert(case.action["action"], Action),
        grounds=record.grounds,
        origin=msgspec.convert(case.action["origin"], dict[str, Origin] | None),
        intent=msgspec.convert(case.action["intent"], Intent | None),
    )


def _write_parquet(lines: Iterable[bytes], path: Path) -> int:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    parquet = parquet_library()
    schema = pa.schema([("case", pa.binary())])
    count = 0
    with parquet.ParquetWriter(path, schema) as writer:
        block: list[bytes] = []
        for line in lines:
            block.append(line)
            count += 1
            if len(block) == BATCH:
                writer.write_table(pa.table({"case": block}, schema=schema))
                block = []
        writer.write_table(pa.table({"case": block}, schema=schema))
    return count
