"""Past cases: one decided action in each line of a JSONL file, or in each row of a Parquet file.

1. A case holds the action, where its values came from, what was said of it, and whether it went
   ahead. Origins and intent stand for words that were heard then and are not kept.
2. Cases are in the order in which they were decided.
3. A Parquet file has one column, ``case``, with the same JSON text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from gardefou.action import Action
from gardefou.decide.origins import Intent, Origin
from gardefou.errors import FileError, InputError, UsageError
from gardefou.ledger import Case as Recorded
from gardefou.ledger import DecisionRecord, Keyring, Store, cases
from gardefou.recording import went_ahead

_BATCH = 4096


class PastCase(msgspec.Struct, frozen=True, kw_only=True):
    """One action that was decided, with what was decided and whether it went ahead."""

    at_us: int
    verdict: str
    happened: bool
    action: Action
    grounds: tuple[str, ...] = ()
    origin: dict[str, Origin] | None = None
    intent: Intent | None = None


class Outline(msgspec.Struct, frozen=True):
    """The part of a case that tells whether facts can change by it; read without the rest."""

    action: OutlineAction


class OutlineAction(msgspec.Struct, frozen=True):
    """What selects rules and facts."""

    kind: str = "tool.call"
    tool: str = ""


class CaseFile(msgspec.Struct, frozen=True):
    """A file of cases."""

    path: str

    def lines(self) -> Iterator[bytes]:
        """The JSON text of each case, in order.

        Raises:
            FileError: ``backtest.file`` when the file cannot be read.
        """
        path = Path(self.path)
        try:
            if path.suffix == ".parquet":
                yield from _parquet_lines(path)
            else:
                with path.open("rb") as file:
                    yield from (line for line in file if not line.isspace())
        except OSError as error:
            raise FileError(
                f"`{path}` cannot be read: {(error.strerror or 'not a file of cases').lower()}",
                code="backtest.file",
                help="name a .jsonl or .parquet file of cases",
            ) from None


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


def bad_case(line: int, why: str) -> InputError:
    """The error for a line that is no case."""
    return InputError(
        f"case {line} cannot be read: {why}",
        code="backtest.case",
        path=f"[{line}]",
        expected="one case as JSON in each line, as `--write-cases` writes them",
        help="write the cases again from the ledger",
    )


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


def _parquet() -> Any:
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "Parquet needs the extra `backtest`",
            code="backtest.extra",
            help="pip install 'gardefou[backtest]', or use .jsonl",
        ) from None
    return parquet


def _parquet_lines(path: Path) -> Iterator[bytes]:
    parquet = _parquet()
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH, columns=["case"]):
                yield from (value.as_buffer().to_pybytes() for value in batch.column(0))
    except (ValueError, KeyError) as error:
        raise FileError(
            f"`{path}` is no Parquet file of cases: {str(error).splitlines()[0].lower()}",
            code="backtest.file",
            help="it needs one binary column named case",
        ) from None


def _write_parquet(lines: Iterable[bytes], path: Path) -> int:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    parquet = _parquet()
    schema = pa.schema([("case", pa.binary())])
    count = 0
    with parquet.ParquetWriter(path, schema) as writer:
        block: list[bytes] = []
        for line in lines:
            block.append(line)
            count += 1
            if len(block) == _BATCH:
                writer.write_table(pa.table({"case": block}, schema=schema))
                block = []
        writer.write_table(pa.table({"case": block}, schema=schema))
    return count
