"""A file of labels in long form, as a frame: one row per label, whatever else the columns are.

For measuring agreement on labels from anywhere. Nothing is taken for missing but an empty field: "NA" and "None" may
well be categories. A damaged file stops with the number of its row, because a shifted row would be measured as if it
were an opinion. Bringing labels into a workspace is another matter, with checks of its own (``labels import``).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import tables
from workbench.errors import MissingColumns, UnreadableFile

if TYPE_CHECKING:
    from pandas import DataFrame, Series

KNOWN = (*tables.names("labels"), "item", "session_id")
ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")


def read_long(path: Path, *, needed: Sequence[str] = ("item", "value"), of: str = "labels") -> DataFrame:
    """Read a file of labels.

    Args:
        path: A .csv, .tsv, .jsonl, .json or .parquet file.
        needed: Columns it has to have; ``trace_id`` does for ``item``.
        of: What its rows are, in messages.

    Returns:
        All its columns, ``item`` under that name; of a CSV every value as text, empty ones missing.

    Raises:
        UnreadableFile: It is missing, empty, damaged, or of another kind.
        MissingColumns: It lacks a column.
    """
    import pandas as pd

    if not path.is_file():
        raise UnreadableFile(f"{path}: there is no such file. Give a file of {of} ({', '.join(ENDINGS)})")
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UnreadableFile(f"{path}: {of} are read from {', '.join(ENDINGS)} files. Rename or convert it")
    if ending == ".parquet":
        frame = _parquet(path)
    else:
        text = text_of(path)
        rows = _csv(path, text) if ending in (".csv", ".tsv") else _json(path, text, lines=ending != ".json")
        frame = pd.DataFrame(rows)
    if frame.empty and not len(frame.columns):
        raise UnreadableFile(f"{path}: the file holds no rows. Check that the export is complete")
    frame.columns = [_column(str(name)) for name in frame.columns]
    if "item" not in frame.columns and "trace_id" in frame.columns:
        frame = frame.rename(columns={"trace_id": "item"})
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        raise MissingColumns(f"{path.name}: the file", missing, _known(frame.columns), "Add it, or rename the column.")
    return frame


def plain_text(column: Series[Any]) -> Series[Any]:
    """Values as text without space around them; what is empty is missing, and 2.0 is 2."""
    import pandas as pd

    written = {value: _written(value) for value in column.dropna().unique()} if _plain_values(column) else None
    texts = column.map(written) if written is not None else column.map(_written)
    return pd.Series(texts, index=column.index, dtype="str")


def _plain_values(column: Series[Any]) -> bool:
    return column.dtype != object


def _written(value: Any) -> str | None:
    if value is None or value != value:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def text_of(path: Path) -> str:
    """The text of a file, with or without a byte order mark.

    Raises:
        UnreadableFile: It is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(f"{path}: the file is not UTF-8 text. Save it as UTF-8 and try again") from None


def delimited(path: Path, text: str) -> Iterator[list[str]]:
    """The rows of a CSV or TSV that hold anything, the header first; commas, semicolons or tabs, whichever it has most.

    Raises:
        UnreadableFile: Two columns have the same name.
        csv.Error: A quoted field is never closed, or is followed by text; the rows before it were given.
    """
    head = text.lstrip("\r\n").split("\n", 1)[0]
    longest = csv.field_size_limit(max(len(text), 1))  # a note may be long
    header: list[str] | None = None
    try:
        for fields in csv.reader(io.StringIO(text), delimiter=max(",;\t", key=head.count), strict=True):
            if not any(field.strip() for field in fields):
                continue
            if header is None:
                fields = header = [field.strip() for field in fields]
                if len(set(header)) < len(header):
                    raise UnreadableFile(f"{path}: two columns have the same name. Rename one of them")
            yield fields
    finally:
        csv.field_size_limit(longest)


def _csv(path: Path, text: str) -> DataFrame:
    import pandas as pd

    found = delimited(path, text)
    rows: list[list[str | None]] = []
    try:
        header = next(found, [])
        for fields in found:
            if len(fields) != len(header):
                raise UnreadableFile(
                    f"{path}: row {len(rows)} has {len(fields)} fields where the header has {len(header)}. Correct it"
                )
            rows.append([field if field.strip() else None for field in fields])
    except csv.Error:
        raise UnreadableFile(f"{path}: in row {len(rows)} a quoted field is never closed. Correct it") from None
    return pd.DataFrame(rows, columns=header, dtype="str")


def _json(path: Path, text: str, *, lines: bool) -> list[dict[str, Any]]:
    try:
        found = [json.loads(line) for line in text.split("\n") if line.strip()] if lines else json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableFile(
            f"{path}: the file is not valid JSON{' Lines' if lines else ''}. Export it again"
        ) from None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise UnreadableFile(f"{path}: expected a list of objects, one per row. Wrap the rows in [ ] or use .jsonl")
    return found


def _parquet(path: Path) -> DataFrame:
    import pandas as pd
    import pyarrow as pa

    try:
        return pd.read_parquet(path)
    except (pa.ArrowException, OSError):
        raise UnreadableFile(f"{path}: the file is not readable as Parquet. Write it again") from None


def _column(name: str) -> str:
    plain = name.strip().lower()
    return plain if plain in KNOWN else name.strip()


def _known(found: Iterable[str]) -> list[str]:
    """Column names fit for a message: a file without a header has text where names should be."""
    names = [name for name in found if name.isidentifier() and len(name) <= 40]
    return [*names[:12], *(["others"] if len(names) < len(list(found)) else [])]
