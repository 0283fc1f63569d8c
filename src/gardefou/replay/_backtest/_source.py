"""Files of cases: their lines in order, whole or in parts that are read side by side."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import filterfalse
from pathlib import Path
from typing import Any, Literal

import msgspec

from gardefou.errors import FileError, UsageError

BATCH = 4096


class CaseFile(msgspec.Struct, frozen=True):
    """A file of cases: one in each line (JSONL), or in each row of the column ``case`` (Parquet)."""

    path: str

    def lines(self, part: int = 0, parts: int = 1) -> Iterator[bytes | memoryview]:
        """The JSON text of each case, in order; of ``parts`` parts one after the other, or of one.

        A part of a Parquet file is a run of its row groups, so it may be empty.

        Raises:
            FileError: ``backtest.file`` when the file cannot be read.
            UsageError: ``backtest.extra`` when it is Parquet and its library is missing.
        """
        path = Path(self.path)
        try:
            if path.suffix == ".parquet":
                yield from _parquet_lines(path, part, parts)
            else:
                yield from _text_lines(path, part, parts)
        except OSError as error:
            raise FileError(
                f"`{path}` cannot be read: {(error.strerror or 'not a file of cases').lower()}",
                code="backtest.file",
                help="name a .jsonl or .parquet file of cases",
            ) from None


def parquet_library() -> Any:
    """The library that reads and writes Parquet.

    Raises:
        UsageError: ``backtest.extra`` when it is missing.
    """
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an extra
    except ImportError:
        raise UsageError(
            "Parquet needs the extra `backtest`",
            code="backtest.extra",
            help="pip install 'gardefou[backtest]', or use .jsonl",
        ) from None
    return parquet


def _text_lines(path: Path, part: int, parts: int) -> Iterator[bytes]:
    """The lines that begin in one part of the bytes; blank ones are left out."""
    with path.open("rb") as file:
        if parts == 1:
            yield from filterfalse(bytes.isspace, file)
            return
        size = os.fstat(file.fileno()).st_size
        place, end = size * part // parts, size * (part + 1) // parts
        if place:
            # From the byte before: a line that begins exactly here is ours.
            file.seek(place - 1)
            place += len(file.readline()) - 1
        while place < end and (line := file.readline()):
            place += len(line)
            if not line.isspace():
                yield line


def _parquet_lines(path: Path, part: int, parts: int) -> Iterator[memoryview]:
    parquet = parquet_library()
    try:
        with parquet.ParquetFile(path) as file:
            count = file.num_row_groups
            groups = range(count * part // parts, count * (part + 1) // parts)
            if groups:
                for batch in file.iter_batches(BATCH, row_groups=groups, columns=["case"]):
                    yield from _texts(batch.column(0))
    except (ValueError, KeyError) as error:
        raise FileError(
            f"`{path}` is no Parquet file of cases: {str(error).splitlines()[0].lower()}",
            code="backtest.file",
            help="it needs one binary column named case",
        ) from None


def _texts(column: Any) -> Iterable[memoryview]:
    """The values of a binary or text column, as views of its buffer: no value is copied.

    Raises:
        ValueError: when the column has another type, or an empty place.
    """
    import pyarrow as pa  # noqa: PLC0415 - an extra

    form: Literal["i", "q"]
    if pa.types.is_string(column.type) or pa.types.is_binary(column.type):
        form = "i"
    elif pa.types.is_large_string(column.type) or pa.types.is_large_binary(column.type):
        form = "q"
    else:
        raise ValueError(f"the column case holds {column.type}")
    if column.null_count:
        raise ValueError("the column case has an empty place")
    if not len(column):
        return ()
    _, places, data = column.buffers()
    bounds = (
        memoryview(places).cast("B").cast(form)[column.offset : column.offset + len(column) + 1]
    )
    view = memoryview(data if data is not None else b"")
    ends = iter(bounds)
    start = next(ends)
    found = []
    for end in ends:
        found.append(view[start:end])
        start = end
    return found
